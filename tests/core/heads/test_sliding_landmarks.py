"""Landmarks that slide with the view do so smoothly, where they must, and mirror-symmetrically."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.ibug import MESH_TO_IBUG, MIRROR

KINDS = ("dynamic", "open-v1", "open-v2")


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def turned(head: HeadModel, yaw: np.ndarray, pitch: np.ndarray) -> tuple[HeadParams, np.ndarray]:
    """Neutral heads at angles in degrees, and their rotations."""
    rotation = Rotation.from_euler("YX", np.stack([yaw, pitch], axis=1), degrees=True)
    params = head.neutral(len(yaw))
    params.global_orient[:] = torch.tensor(rotation.as_rotvec())
    return params, rotation.as_matrix()


def on_head(head: HeadModel, kind: str, yaw: np.ndarray, pitch: np.ndarray) -> np.ndarray:
    params, rotation = turned(head, yaw, pitch)
    return 1000 * np.einsum("nij,npi->npj", rotation, head.landmarks(params, kind).numpy())


@pytest.mark.parametrize("kind", KINDS)
def test_no_point_jumps_while_the_head_turns_and_nods(head: HeadModel, kind: str) -> None:
    yaw, pitch = np.arange(-75, 75.01, 0.5), np.arange(-30, 30.01, 0.5)
    limit = 1.3 if kind == "dynamic" else 0.8  # millimetres in half a degree
    for still in (-30.0, -12.0, 0.0, 21.0, 30.0):
        points = on_head(head, kind, yaw, np.full(len(yaw), still))
        assert np.linalg.norm(np.diff(points, axis=0), axis=-1).max() < limit
    for still in (-75.0, -40.0, -12.5, 0.0, 33.0, 60.0):
        points = on_head(head, kind, np.full(len(pitch), still), pitch)
        assert np.linalg.norm(np.diff(points, axis=0), axis=-1).max() < limit


@pytest.mark.parametrize("kind", KINDS)
def test_views_beyond_the_table_keep_its_edge(head: HeadModel, kind: str) -> None:
    points = on_head(head, kind, np.array([75.0, 85.0, 75.0]), np.array([30.0, 45.0, 60.0]))
    np.testing.assert_allclose(points[1], points[0], atol=0.05)
    np.testing.assert_allclose(points[2], points[0], atol=0.05)


def test_the_chin_slides_up_when_the_head_looks_down(head: HeadModel) -> None:
    chin = on_head(head, "dynamic", np.zeros(2), np.array([0.0, 30.0]))[:, 8]
    assert 0.5 < chin[1, 1] - chin[0, 1] < 15
    assert chin[1, 2] > chin[0, 2] - 1


@pytest.mark.parametrize("kind", ["open-v1", "open-v2"])
def test_the_far_jaw_of_a_turned_face_comes_forward_for_detectors(head: HeadModel, kind: str) -> None:
    params, _ = turned(head, np.array([40.0]), np.zeros(1))
    moved = (head.landmarks(params, kind) - head.landmarks(params, "static"))[0, :17, 0].numpy()
    assert moved[12:16].mean() > 0.003  # to the side that the face looks to: nearer to the outline
    assert np.abs(moved[2:5]).mean() < 0.008


@pytest.mark.parametrize("kind", KINDS)
def test_mirrored_heads_have_mirrored_landmarks(head: HeadModel, kind: str) -> None:
    params, _ = turned(head, np.array([-50.0, 3.0, 22.0]), np.array([10.0, -20.0, 0.0]))
    params.shape[:] = torch.tensor(np.random.default_rng(0).normal(size=(3, head.n_shape)))
    wanted = head.landmarks(params, kind)[:, list(MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])
    got = head.landmarks(head.mirrored(params), kind)
    assert (got - wanted).norm(dim=-1).max() < 1e-3


@pytest.mark.parametrize("kind", ["open-v1", "open-v2"])
def test_lids_and_inner_lips_lie_on_the_edges_that_move(head: HeadModel, kind: str) -> None:
    params = head.neutral(3)
    for side in ("Left", "Right"):
        params.expression[1, head.expression_names.index(f"eyeBlink{side}")] = 1.0
    params.jaw_pose[2, 0] = 0.3
    points = 1000 * head.landmarks(params, kind)[:, :, 1]
    lids = torch.stack([points[:, a] - points[:, b] for a, b in ((37, 41), (38, 40), (43, 47), (44, 46))], dim=1)
    assert lids[0].min() > 5
    assert lids[1].abs().max() < 0.35 * lids[0].min()
    assert points[2, 62] - points[2, 66] > points[0, 62] - points[0, 66] + 14


def test_the_68_of_a_detector_are_points_of_its_mesh(head: HeadModel) -> None:
    params, _ = turned(head, np.array([-33.0, 8.0]), np.array([5.0, 0.0]))
    for kind, count in (("open-v1", 468), ("open-v2", 478)):
        dense = head.dense_landmarks(params, kind)
        assert dense.shape == (2, count, 3)
        torch.testing.assert_close(dense[:, list(MESH_TO_IBUG)], head.landmarks(params, kind))


def test_iris_centres_turn_with_the_eyes(head: HeadModel) -> None:
    params = head.neutral(2)
    params.eye_pose[1] = torch.tensor([0.0, 0.4, 0.0, 0.0, 0.4, 0.0])
    dense = head.dense_landmarks(params, "open-v2")
    assert (dense[1, [468, 473], 0] - dense[0, [468, 473], 0]).min() > 0.003


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_sliding_points_are_those_of_points_that_stay(head: HeadModel, kind: str) -> None:
    params, _ = turned(head, np.array([31.0]), np.array([4.0]))
    params = params.map(lambda t: t.requires_grad_())
    head.landmarks(params, kind)[:, :17].sum().backward()
    assert params.shape.grad is not None
    assert params.shape.grad.isfinite().all()
    assert params.global_orient.grad is not None
    assert params.global_orient.grad.isfinite().all()
    assert params.global_orient.grad.abs().max() > 0


def test_an_unknown_detector_is_named(head: HeadModel) -> None:
    with pytest.raises(ValueError, match="nobody"):
        head.landmarks(head.neutral(1), "nobody")
    with pytest.raises(ValueError, match="nobody"):
        head.dense_landmarks(head.neutral(1), "nobody")

"""Every metric of `neuface evaluate` against a case whose answer is known without it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuface_core.evaluation.face_errors import (
    METRICS,
    constant_errors,
    head_errors,
    meshes,
    picture_errors,
    truth_attributes,
)
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.evaluation.mesh_distance import constant_mesh, vertex_error_mm
from neuface_core.geometry import matrix_from_rotvec, rotvec_from_matrix
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture
def truth(head: HeadModel) -> HeadParams:
    """Six people with expressions, turned heads and open jaws."""
    draw = torch.Generator().manual_seed(0)
    params = head.neutral(6)
    params.shape[:] = torch.randn(params.shape.shape, generator=draw)
    params.expression[:] = 0.3 * torch.rand(params.expression.shape, generator=draw)
    params.global_orient[:] = 0.4 * torch.randn(6, 3, generator=draw)
    params.jaw_pose[:, 0] = 0.2
    params.eye_pose[:, :2] = params.eye_pose[:, 3:5] = 0.1
    params.camera[:] = torch.tensor([7.0, 0.01, -0.02])
    return params


def landmarks(head: HeadModel, params: HeadParams) -> np.ndarray:
    return head.project(head.landmarks(params, "static"), params.camera).numpy()


def all_errors(head: HeadModel, answer: HeadParams, truth: HeadParams) -> dict[str, np.ndarray]:
    return picture_errors(head, answer, truth, landmarks(head, truth)) | head_errors(head, answer, truth)


def test_the_truth_itself_has_no_error_and_every_metric_is_measured(head, truth) -> None:
    errors = all_errors(head, truth, truth)
    assert set(errors) == {metric.name for metric in METRICS}
    for name, values in errors.items():
        assert values.shape == (6,)
        assert np.nanmax(np.abs(values)) < 2e-3, name


def test_a_head_turned_five_degrees_further_is_five_degrees_wrong_and_nothing_else_of_the_head(head, truth) -> None:
    extra = matrix_from_rotvec(torch.tensor([0.0, np.radians(5), 0.0]).float())
    turned = rotvec_from_matrix(matrix_from_rotvec(truth.global_orient) @ extra)
    errors = all_errors(head, replace(truth, global_orient=turned), truth)
    np.testing.assert_allclose(errors["rotation_deg"], 5, atol=1e-3)
    assert errors["nme_bbox"].min() > 0.1
    assert max(errors[metric.name].max() for metric in METRICS if metric.about == "head") < 2e-3


def test_a_camera_a_tenth_larger_and_shifted(head, truth) -> None:
    larger = replace(truth, camera=truth.camera * torch.tensor([1.1, 1.0, 1.0]))
    np.testing.assert_allclose(all_errors(head, larger, truth)["camera_scale"], 10, rtol=1e-3)
    # One millimetre to the side at scale 7 is 0.007 in the crop, for the landmarks and for the head's centre alike.
    shifted = replace(truth, camera=truth.camera + torch.tensor([0.0, 0.001, 0.0]))
    errors = all_errors(head, shifted, truth)
    extent = np.ptp(landmarks(head, truth), axis=1)
    wanted = 100 * 0.007 / np.sqrt(extent[:, 0] * extent[:, 1])
    np.testing.assert_allclose(errors["nme_bbox"], wanted, rtol=1e-3)
    np.testing.assert_allclose(errors["camera_place"], wanted, rtol=1e-3)


def test_a_scaled_mesh_has_a_rigid_error_and_no_similarity_error() -> None:
    mesh = np.random.default_rng(0).normal(size=(3, 50, 3)) * 0.1
    scaled = 1.05 * mesh + [0, 0, 0.3]
    assert vertex_error_mm(scaled, mesh, "similarity").max() < 1e-9
    centred = mesh - mesh.mean(axis=1, keepdims=True)
    wanted = 1000 * 0.05 * np.linalg.norm(centred, axis=2).mean(axis=1)
    np.testing.assert_allclose(vertex_error_mm(scaled, mesh, "rigid"), wanted, rtol=1e-6)


def test_one_wrong_identity_component_is_as_far_as_its_direction_moves_the_face(head, truth) -> None:
    wrong = replace(truth, shape=truth.shape + torch.nn.functional.one_hot(torch.tensor(3), head.n_shape) * 2.0)
    errors = head_errors(head, wrong, truth)
    face = head.vertex_masks["face"]
    wanted = 1000 * 2.0 * np.linalg.norm(head.data.shape[face, :, 3], axis=1).mean()
    np.testing.assert_allclose(errors["identity"], wanted, rtol=1e-4)
    assert errors["expression"].max() < 1e-4
    assert (errors["mpve_rigid"] <= wanted * 1.5).all()
    assert errors["mpve_rigid"].min() > 0.05
    assert (errors["mpve_similarity"] <= errors["mpve_rigid"] + 1e-6).all()


def test_expression_alone_and_with_the_jaw(head, truth) -> None:
    closed = replace(truth, jaw_pose=torch.zeros_like(truth.jaw_pose))
    errors = head_errors(head, closed, truth)
    np.testing.assert_allclose(errors["jaw_deg"], np.degrees(0.2), atol=1e-3)
    assert errors["expression"].max() < 1e-4
    assert errors["expression_jaw"].min() > 0.5
    np.testing.assert_allclose(errors["identity"], 0, atol=1e-4)
    assert (errors["mouth"] > 2).all()  # lips part by about sin(0.2) times the length of the jaw

    smiling = replace(truth, expression=truth.expression.clone())
    smiling.expression[:, head.expression_names.index("mouthSmileLeft")] += 0.5
    alone = head_errors(head, smiling, truth)
    face = head.vertex_masks["face"]
    direction = head.data.expression[face][..., head.expression_names.index("mouthSmileLeft")]
    np.testing.assert_allclose(alone["expression"], 500 * np.linalg.norm(direction, axis=1).mean(), rtol=1e-3)


def test_gaze_is_wrong_by_the_angle_and_is_no_error_of_the_mesh(head, truth) -> None:
    ahead = replace(truth, eye_pose=torch.zeros_like(truth.eye_pose))
    errors = head_errors(head, ahead, truth)
    wanted = np.degrees(np.arccos(np.cos(0.1) ** 2))  # 0.1 down and 0.1 to the side, about; exact within a hundredth
    np.testing.assert_allclose(errors["gaze_deg"], wanted, rtol=0.01)
    assert errors["mpve_head_rigid"].max() < 1e-3


def test_shut_eyes_are_an_error_of_the_aperture(head, truth) -> None:
    both = [head.expression_names.index(f"eyeBlink{side}") for side in ("Left", "Right")]
    open_eyes, shut = (replace(truth, expression=truth.expression.clone()) for _ in range(2))
    open_eyes.expression[:, both], shut.expression[:, both] = 0.0, 1.0
    errors = head_errors(head, open_eyes, shut)
    apart = []
    for params in (open_eyes, shut):
        points = head.landmarks(params, "static").numpy()
        lids = [(37, 41), (38, 40), (43, 47), (44, 46)]
        apart.append(np.stack([np.linalg.norm(points[:, a] - points[:, b], axis=1) for a, b in lids]).mean(axis=0))
    np.testing.assert_allclose(errors["lids"], 1000 * (apart[0] - apart[1]), rtol=1e-3)
    assert errors["lids"].min() > 1.0  # one of the heads squints, and its lids pass each other by a millimetre
    assert errors["lids"].mean() > 2.5
    assert (truth_attributes(head, shut)["lids"] < truth_attributes(head, open_eyes)["lids"] - 0.1).all()


def test_the_mean_head_is_as_wrong_as_it_is_far_and_the_best_constant_is_nearer(head, truth) -> None:
    mean = head_errors(head, head.neutral(6), truth)
    constant = constant_errors(head, truth)
    assert 0 < constant["mpve_similarity"].mean() < mean["mpve_similarity"].mean()
    face = head.vertex_masks["face"]
    found, wanted = meshes(head, head.neutral(6))[:, face], meshes(head, truth)[:, face]
    np.testing.assert_allclose(mean["mpve_rigid"], vertex_error_mm(found, wanted, "rigid"))


def test_the_best_constant_of_moved_copies_is_the_mesh_itself() -> None:
    rng = np.random.default_rng(1)
    mesh = rng.normal(size=(30, 3))
    copies = np.stack([s * mesh + rng.normal(size=3) for s in (0.9, 1.0, 1.1)])
    best = constant_mesh(copies)
    assert vertex_error_mm(np.broadcast_to(best, copies.shape), copies, "similarity").max() < 1e-6


def test_eyes_that_lie_behind_each_other_are_no_measure_of_a_face(head, truth) -> None:
    aside = replace(truth, global_orient=torch.tensor([[0.0, np.radians(88), 0.0]]).float().repeat(6, 1))
    seen = landmarks(head, aside)
    errors = picture_errors(head, aside, aside, seen + np.float32(0.01))
    assert np.isnan(errors["nme_iod"]).any()
    np.testing.assert_allclose(errors["nme_bbox"], frame_nme(landmarks(head, aside), seen + np.float32(0.01)))


def test_attributes_say_how_the_head_is_turned(head) -> None:
    params = head.neutral(2)
    params.global_orient[0] = torch.tensor([0.0, -0.5, 0.0])
    params.global_orient[1] = torch.tensor([0.3, 0.0, 0.0])
    attributes = truth_attributes(head, params)
    np.testing.assert_allclose(attributes["yaw"], [np.degrees(0.5), 0], atol=1e-4)
    np.testing.assert_allclose(attributes["turned"], [-np.degrees(0.5), 0], atol=1e-4)
    np.testing.assert_allclose(attributes["pitch"], [0, np.degrees(0.3)], atol=1e-4)
    np.testing.assert_allclose(attributes["expression"], 0)
    np.testing.assert_allclose(attributes["lids"], 1, atol=1e-5)

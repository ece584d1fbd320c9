"""The open head does what its parameters say."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.ibug import MIRROR


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def random_params(head: HeadModel, n: int, seed: int = 0) -> HeadParams:
    generator = torch.Generator().manual_seed(seed)

    def draw(width: int, size: float) -> torch.Tensor:
        return size * torch.randn((n, width), generator=generator)

    return HeadParams(
        shape=draw(head.n_shape, 1.0),
        expression=draw(head.n_expression, 0.4).abs().clamp(max=1),
        global_orient=draw(3, 0.5),
        neck_pose=draw(3, 0.2),
        jaw_pose=draw(3, 0.1),
        eye_pose=draw(6, 0.2),
        camera=torch.tensor([[7.0, 0.01, -0.02]]).expand(n, 3).clone(),
    )


def plain_skinning(head: HeadModel, params: HeadParams, i: int) -> np.ndarray:
    """Linear blend skinning one joint after the other, in float64, from the arrays alone."""
    d = head.data
    p = {name: array[i].astype(np.float64) for name, array in params.to_arrays().items()}
    rest = d.mean + d.shape @ p["shape"] + d.expression @ p["expression"]
    joints = d.joints + d.joints_shape @ p["shape"]

    def about(pivot: np.ndarray, rotvec: np.ndarray) -> np.ndarray:
        turn = np.eye(4)
        turn[:3, :3] = Rotation.from_rotvec(rotvec).as_matrix()
        turn[:3, 3] = pivot - turn[:3, :3] @ pivot
        return turn

    root = about(joints[0], p["global_orient"])
    neck = root @ about(joints[1], p["neck_pose"])
    jaw = neck @ about(joints[2], p["jaw_pose"])
    eyes = [neck @ about(joints[3 + k], p["eye_pose"][3 * k : 3 * k + 3]) for k in range(2)]
    result = np.zeros_like(rest)
    homogeneous = np.concatenate([rest, np.ones((len(rest), 1))], axis=1)
    for column, transform in enumerate([root, neck, jaw, *eyes]):
        result += d.skin_weights[:, column, None] * (homogeneous @ transform.T)[:, :3]
    return result


def test_vertices_agree_with_plain_skinning(head: HeadModel) -> None:
    params = random_params(head, 3)
    vertices = head(params).numpy()
    for i in range(3):
        np.testing.assert_allclose(vertices[i], plain_skinning(head, params, i), atol=1e-5)


def test_local_vertices_are_the_vertices_before_the_head_turned(head: HeadModel) -> None:
    params = random_params(head, 2)
    turned = head.vertices_local(params).numpy()
    turn = Rotation.from_rotvec(params.global_orient.numpy()).as_matrix()
    np.testing.assert_allclose(np.einsum("nij,nvj->nvi", turn, turned), head(params).numpy(), atol=1e-5)


def test_a_part_of_the_vertices_is_where_all_of_them_are(head: HeadModel) -> None:
    params = random_params(head, 3)
    picked = torch.arange(5, head.n_vertices, 7)
    whole = head.vertices_local(params)[:, picked]
    assert (head.vertices_local(params, head.part(picked)) - whole).abs().max() < 1e-6


@pytest.mark.parametrize("kind", ["static", "dense"])
def test_fast_landmarks_lie_on_the_full_mesh(head: HeadModel, kind: str) -> None:
    params = random_params(head, 4)
    points = head.data.static if kind == "static" else head.data.dense
    assert points is not None
    corners = head(params)[:, torch.tensor(head.faces[points.faces])]
    wanted = (corners * torch.tensor(points.weights)[..., None]).sum(-2)
    got = head.landmarks(params, "static") if kind == "static" else head.dense_landmarks(params)
    torch.testing.assert_close(got, wanted, atol=1e-6, rtol=0)


def test_both_contours_share_the_inner_face(head: HeadModel) -> None:
    params = random_params(head, 4)
    static, dynamic = head.landmarks(params, "static"), head.landmarks(params, "dynamic")
    torch.testing.assert_close(static[:, 17:], dynamic[:, 17:], atol=1e-6, rtol=0)
    assert (static[:, :17] - dynamic[:, :17]).norm(dim=-1).max() > 1e-3


def test_dynamic_contour_slides_without_jumps(head: HeadModel) -> None:
    yaw = torch.deg2rad(torch.arange(-85.0, 85.0, 0.1))
    params = head.neutral(len(yaw))
    params.global_orient[:, 1] = yaw
    jaw = head.landmarks(params, "dynamic")[:, :17].numpy()
    on_head = np.einsum("nij,npi->npj", Rotation.from_rotvec(params.global_orient.numpy()).as_matrix(), jaw)
    step_mm = 1000 * np.linalg.norm(np.diff(on_head, axis=0), axis=-1)
    assert step_mm.max() < 0.5


@pytest.mark.parametrize("degrees", [20, 35, 50])
def test_dynamic_contour_is_the_outline_of_the_far_cheek(head: HeadModel, degrees: int) -> None:
    params = head.neutral(1)
    params.global_orient[:, 1] = np.deg2rad(degrees)
    jaw = head.landmarks(params, "dynamic")[0].numpy()
    vertices = head(params)[0].numpy()[head.vertex_masks["face"]]
    for point in jaw[12:16]:
        level = vertices[np.abs(vertices[:, 1] - point[1]) < 0.004]
        level = level[level[:, 2] < 0.6 * vertices[:, 2].max() + 0.02]
        assert abs(level[:, 0].max() - point[0]) < 0.006


def test_contour_follows_the_neck_as_well(head: HeadModel) -> None:
    params = head.neutral(2)
    params.global_orient[0, 1] = 0.7
    params.neck_pose[1, 1] = 0.7
    turned = head.landmarks(params, "dynamic")[:, :17]
    inner = head.landmarks(params, "static")[:, 30:31]
    still = head.landmarks(params, "static")[:, :17]
    slid = (turned - still).norm(dim=-1)
    assert inner.isfinite().all()
    torch.testing.assert_close(slid[0], slid[1], atol=2e-3, rtol=0)


def test_blink_shuts_the_eyes(head: HeadModel) -> None:
    params = head.neutral(2)
    for side in ("Left", "Right"):
        params.expression[1, head.expression_names.index(f"eyeBlink{side}")] = 1.0
    points = head.landmarks(params, "static")[:, :, 1]
    gaps = torch.stack([points[:, a] - points[:, b] for a, b in ((37, 41), (38, 40), (43, 47), (44, 46))], dim=1)
    assert gaps[0].min() > 0.006
    assert gaps[1].max() < 0.0005
    assert gaps[1].min() > -0.004  # and does not slide down the cheek


def test_jaw_opens_the_mouth_and_mouth_close_keeps_it_shut(head: HeadModel) -> None:
    params = head.neutral(3)
    params.jaw_pose[1, 0] = 0.3
    params.expression[2, head.expression_names.index("mouthClose")] = 1.0
    points = head.landmarks(params, "static")[:, :, 1]
    gap = points[:, 62] - points[:, 66]
    assert abs(gap[0]) < 0.002
    assert gap[1] > 0.015
    assert abs(gap[2]) < 0.004
    chin = points[:, 8]
    assert chin[0] - chin[1] > 0.015
    assert chin[0] - chin[2] > 0.015


def test_looking_moves_the_iris_and_not_the_lids(head: HeadModel) -> None:
    params = head.neutral(2)
    params.eye_pose[1] = torch.tensor([0.0, 0.4, 0.0, 0.0, 0.4, 0.0])
    dense = head.dense_landmarks(params)
    assert (dense[1, [468, 473], 0] - dense[0, [468, 473], 0]).min() > 0.003
    lids = head.landmarks(params, "static")[:, 36:48]
    assert (lids[1] - lids[0]).norm(dim=-1).max() < 0.001


def test_mirrored_parameters_give_the_mirrored_head(head: HeadModel) -> None:
    params = random_params(head, 3)
    other = head.mirrored(params)
    flip = torch.tensor([-1.0, 1.0, 1.0])
    assert head.data.mirror is not None
    torch.testing.assert_close(head(other), head(params)[:, head.data.mirror] * flip, atol=2e-5, rtol=0)
    for contour in ("static", "dynamic"):
        wanted = head.landmarks(params, contour)[:, list(MIRROR)] * flip
        assert (head.landmarks(other, contour) - wanted).norm(dim=-1).max() < 5e-4
    twice = head.mirrored(other)
    for name, array in twice.to_arrays().items():
        np.testing.assert_allclose(array, params.to_arrays()[name], atol=1e-6)


def test_identity_components_are_symmetric_or_antisymmetric(head: HeadModel) -> None:
    d = head.data
    assert d.mirror is not None
    assert d.shape_mirror is not None
    flipped = d.shape[d.mirror] * np.array([-1.0, 1.0, 1.0])[:, None]
    np.testing.assert_allclose(flipped, d.shape * d.shape_mirror, atol=1e-6)


def test_projection_follows_the_crop_convention(head: HeadModel) -> None:
    points = torch.tensor([[[0.01, 0.02, 0.5]]])
    camera = torch.tensor([[5.0, 0.1, -0.03]])
    np.testing.assert_allclose(head.project(points, camera).numpy(), [[[5 * 0.11, -5 * -0.01]]], atol=1e-6)


def test_gradients_are_finite_at_neutral(head: HeadModel) -> None:
    params = head.neutral(2).map(lambda t: t.requires_grad_())
    both = head.landmarks(params, "static") + head.landmarks(params, "dynamic")
    loss = head.project(both, params.camera).square().sum() + head(params).square().sum()
    loss.backward()
    for name, value in vars(params).items():
        assert value.grad is not None, name
        assert value.grad.isfinite().all(), name
        assert value.grad.abs().max() > 0, name


@pytest.mark.parametrize("n", [0, 1, 300])
def test_any_number_of_heads(head: HeadModel, n: int) -> None:
    params = head.neutral(n)
    assert head(params[:2]).shape == (min(n, 2), head.n_vertices, 3)
    assert head.landmarks(params, "dynamic").shape == (n, 68, 3)


def test_a_face_looks_like_a_face(head: HeadModel) -> None:
    """Coarse anatomy in the model frame: catches swapped axes, units and sides."""
    mm = 1000 * head.landmarks(head.neutral(1), "static")[0].numpy()
    assert 55 < mm[42:48, 0].mean() - mm[36:42, 0].mean() < 70  # the left eye at +x
    assert 80 < mm[36:48, 1].mean() - mm[8, 1] < 140  # the chin below
    assert mm[30, 2] > mm[17:, 2].mean() + 10  # the nose in front
    assert abs(mm[[8, 27, 30, 33, 51, 57], 0]).max() < 0.5

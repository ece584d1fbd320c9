"""Views agree on one face: who sees what, how meshes are laid on each other, who loses the vote."""

import numpy as np
import pytest
import roma
import torch

from neuface_core.fitting.observed import Observed
from neuface_core.fitting.view_orientation import ViewTurns
from neuface_core.fitting.view_targets import (
    agreed,
    bootstrapped_mesh,
    disagreement,
    multiview_loss,
    to_canonical,
    vote,
)
from neuface_core.fitting.visibility import vertex_confidence
from neuface_core.geometry import vertex_normals, weak_perspective
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel

GENERATOR = torch.Generator().manual_seed(0)


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def turned(head: HeadModel, yaw_deg: float) -> torch.Tensor:
    params = head.neutral(1)
    params.global_orient[0, 1] = np.radians(yaw_deg)
    return head(params)


def test_a_vertex_is_hidden_only_where_it_is_both_steep_and_far_back(head: HeadModel) -> None:
    vertices = turned(head, 40.0)
    confidence = vertex_confidence(vertices, head.faces_tensor)[0]
    cosine = vertex_normals(vertices, head.faces_tensor)[0, :, 2]
    steep, behind = cosine < np.cos(np.radians(72.0)), vertices[0, :, 2] < -0.08
    assert (confidence[steep & behind] == 0).all()
    assert (confidence[~(steep & behind)] >= 0.3).all()
    assert (steep & ~behind).any()
    assert (behind & ~steep).any()
    facing = cosine > 0.5
    torch.testing.assert_close(confidence[facing], cosine[facing])


def test_each_side_of_the_head_is_seen_by_the_camera_on_that_side(head: HeadModel) -> None:
    side = torch.as_tensor(head.data.mean[:, 0] > 0.05)
    left, right = (vertex_confidence(turned(head, yaw), head.faces_tensor)[0, side].mean() for yaw in (-60.0, 60.0))
    assert left > 2 * right


def test_the_mean_of_equal_meshes_is_that_mesh_however_they_were_turned(head: HeadModel) -> None:
    mesh = head.vertices_local(head.neutral(1))
    turn = roma.rotvec_to_rotmat(0.1 * torch.randn(4, 3, generator=GENERATOR))
    moved = mesh @ turn.mT + 0.01 * torch.randn(4, 1, 3, generator=GENERATOR)
    laid = to_canonical(moved, mesh.expand(4, -1, -1))
    mean, unseen = bootstrapped_mesh(laid[None], torch.rand(1, 4, laid.shape[1]) + 0.1, torch.ones(1, 4))
    torch.testing.assert_close(mean, mesh, atol=1e-6, rtol=0)
    assert not unseen.any()


def test_aligning_does_not_shrink_a_larger_face(head: HeadModel) -> None:
    mesh = head.vertices_local(head.neutral(1))
    laid = to_canonical(1.1 * mesh, mesh)
    assert float(laid[0].std(dim=0).norm()) == pytest.approx(1.1 * float(mesh[0].std(dim=0).norm()), rel=1e-5)


def test_a_vertex_counts_as_seen_by_hand() -> None:
    meshes = torch.tensor([[[[0.0, 0, 0], [0, 0, 0]], [[1.0, 0, 0], [1, 0, 0]], [[9.0, 0, 0], [5, 0, 0]]]])
    confidence = torch.tensor([[[1.0, 0.0], [0.5, 0.0], [1.0, 0.0]]])
    mean, unseen = bootstrapped_mesh(meshes, confidence, torch.tensor([[1.0, 1.0, 0.0]]))
    # First vertex: (1 · 0 + 0.5 · 1) / 1.5, the third view has no vote. Second: nobody sees it, plain mean of two.
    np.testing.assert_allclose(mean[0, :, 0], [1 / 3, 0.5], rtol=1e-6)
    assert unseen.tolist() == [[False, True]]


def test_a_view_that_is_far_from_the_others_loses_its_vote_and_two_views_keep_the_better() -> None:
    meshes = 0.001 * torch.randn(6, 4, 50, 3, generator=GENERATOR)
    meshes[2:, 3] += 0.05
    known = torch.ones(6, 4, dtype=torch.bool)
    known[0, 0] = False
    weight = vote(disagreement(meshes, known), known)
    assert weight[0].tolist() == [0.0, 1.0, 1.0, 1.0]
    assert (weight[1, :] == 1).all()
    assert (weight[2:, :3] == 1).all()
    assert (weight[2:, 3] == 0).all()
    two = vote(torch.tensor([[1.0, 9.0], [1.1, 8.0], [0.9, 1.0]]), torch.ones(3, 2, dtype=torch.bool))
    assert two.tolist() == [[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]


def test_settled_views_have_one_face_and_their_own_orientation_and_camera(head: HeadModel) -> None:
    params = head.neutral(5).map(lambda t: t + torch.randn(t.shape, generator=GENERATOR))
    moments = torch.tensor([[0, 2], [1, 3], [-1, 4]])
    weight = torch.tensor([[1.0, 3.0], [1.0, 0.0], [0.0, 1.0]])
    settled = agreed(params, moments, weight)
    torch.testing.assert_close(settled.shape[0], (params.shape[0] + 3 * params.shape[2]) / 4)
    torch.testing.assert_close(settled.expression[3], params.expression[1])
    torch.testing.assert_close(settled.jaw_pose[4], params.jaw_pose[4])
    assert torch.equal(settled.shape[0], settled.shape[2])
    assert torch.equal(settled.global_orient, params.global_orient)
    assert torch.equal(settled.camera, params.camera)


def test_the_loss_pulls_views_together_and_not_their_target() -> None:
    views = torch.zeros(2, 3, 3, requires_grad=True)
    target = torch.ones(2, 3, 3, requires_grad=True)
    loss = multiview_loss(views, target)
    loss.backward()
    assert float(loss) == pytest.approx(30.0)  # 3 m of L1 are 30 dm
    assert target.grad is None
    assert views.grad is not None
    assert (views.grad < 0).all()


def test_a_view_that_looks_from_elsewhere_is_turned_as_a_whole(head: HeadModel) -> None:
    frames = 12
    params = head.neutral(frames)
    params.global_orient[:, 1] = torch.linspace(-0.3, 0.3, frames)
    points = head.landmarks(params, "static")
    wrong = roma.rotvec_to_rotmat(torch.tensor([0.05, -0.03, 0.02]))
    target = weak_perspective(points @ wrong.mT, params.camera)
    turns = ViewTurns([(0, frames)], torch.device("cpu"))
    total = torch.eye(3)
    for _ in range(4):
        now = points @ total.mT
        turns.look(slice(0, frames), now, params.camera, target, torch.ones(frames, 68))
        total = roma.rotvec_to_rotmat(turns.estimate()[0]) @ total
    # The prior holds a part of it back.
    assert float(roma.rotmat_geodesic_distance(total, wrong)) < 0.15 * 0.062


def test_batches_are_whole_moments_of_all_views() -> None:
    table = np.array([[0, 5], [1, -1], [2, 6], [-1, 7], [3, 8], [4, 9]])
    valid = (np.array([True, True, True, False, True, True]), np.array([True, False, True, True, True, True]))
    observed = Observed(torch.zeros(10, 68, 2), torch.ones(10, 68), [(0, 3), (3, 5), (5, 10)], valid, table, "static")
    batches = observed.batches(4)
    assert [b.n_rows for b in batches] == [3, 3, 4]
    rows = [torch.as_tensor(np.arange(10)[b.rows] if isinstance(b.rows, slice) else b.rows) for b in batches]
    assert sorted(torch.cat(rows).tolist()) == list(range(10))
    assert rows[0].tolist() == [0, 1, 5]
    assert batches[0].moments.tolist() == [[0, 2], [1, -1]]
    assert batches[0].moment_of_row.tolist() == [0, 1, 0]
    assert batches[0].joined.tolist() == [0]
    assert observed.view_runs(1) == [(0, 5)]
    assert observed.whole().rows == slice(0, 10)

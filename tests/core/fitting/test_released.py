"""The published schedule: its averages, its batches, its identity, as the published code has them."""

import numpy as np
import pytest
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.observed import observe
from neuface_core.fitting.released import (
    landmark_term,
    one_identity,
    temporal_term,
    trained_batches,
    view_term,
)
from neuface_core.fitting.view_input import ViewInput
from neuface_core.geometry import quaternion_from_rotvec
from neuface_core.heads.bundle import load_head
from neuface_core.landmarks.track import LandmarkTrack


def turning(count: int, step: float) -> torch.Tensor:
    rotvec = torch.zeros(count, 3)
    rotvec[:, 1] = step * torch.arange(count)
    return quaternion_from_rotvec(rotvec)


def test_the_average_lags_by_half_a_frame() -> None:
    """A head that turns evenly is held half a step back: half of the half angle, in each inner frame."""
    step, count = 0.02, 20
    loss = float(temporal_term(turning(count, step)))
    half_lag = 0.5 * step / 2
    assert loss == pytest.approx((count - 4) * (2 * np.sin(half_lag / 2)) ** 2 / (4 * count), rel=1e-3)


def test_a_still_head_costs_nothing_and_the_edges_of_a_batch_are_free() -> None:
    still = turning(20, 0.0)
    assert float(temporal_term(still)) == pytest.approx(0.0, abs=1e-12)
    moved = still.clone()
    moved[-1] = turning(2, 0.5)[1]
    assert float(temporal_term(moved)) == pytest.approx(0.0, abs=1e-12)
    assert float(temporal_term(turning(4, 0.1))) == 0.0


def test_gradients_flow_through_the_average() -> None:
    """Frame 0 is in an average and in no difference: only through the average can it get a gradient."""
    quaternions = turning(20, 0.02).requires_grad_()
    temporal_term(quaternions).backward()
    assert quaternions.grad is not None
    assert float(quaternions.grad[0].abs().max()) > 0
    assert float(quaternions.grad[-1].abs().max()) == 0


def test_landmarks_count_by_coordinate_and_not_by_confidence() -> None:
    target = torch.zeros(1, 3, 2)
    projected = torch.tensor([[[0.2, 0.4], [1.0, 1.0], [5.0, 5.0]]])
    weight = torch.tensor([[0.9, 0.1, 0.0]])
    assert float(landmark_term(projected, target, weight)) == pytest.approx((0.2 + 0.4 + 2.0) / 4)


def test_a_view_that_sees_a_vertex_from_behind_does_not_count() -> None:
    """One triangle; in the second view it is turned away, so that the merged mesh is the first view's."""
    seen = torch.tensor([[0.0, 0.0, 0.1], [1.0, 0.0, 0.1], [0.0, 1.0, 0.1]])
    posed = torch.stack([seen, seen * torch.tensor([-1.0, 1.0, 1.0])])[None]
    local = torch.stack([seen, seen + 0.3])[None]
    faces = torch.tensor([[0, 1, 2]])
    assert float(view_term(posed, local, faces)) == pytest.approx(0.3 / 2, rel=1e-5)
    behind = posed.clone()
    behind[0, 0, :, 2] = -0.2
    behind[0, 1] = seen
    assert float(view_term(behind, local, faces)) == pytest.approx(0.3 / 2, rel=1e-5)
    assert float(view_term(posed, local[:, [0, 0]], faces)) == pytest.approx(0.0, abs=1e-9)


def test_only_one_image_gets_the_gradient_of_the_identity() -> None:
    params = load_head().neutral(3)
    shape = torch.arange(300, dtype=torch.float32).reshape(3, 100).requires_grad_()
    copied = one_identity(type(params)(**{**vars(params), "shape": shape}), 1)
    assert torch.equal(copied.shape, shape[1].expand(3, 100))
    copied.shape.sum().backward()
    assert shape.grad is not None
    assert shape.grad[[0, 2]].abs().max() == 0


@pytest.mark.parametrize(("frames", "trained"), [(19, 0), (20, 1), (59, 2), (60, 3)])
def test_what_is_left_over_is_never_trained(frames: int, trained: int) -> None:
    points = np.tile(np.linspace(10, 90, 68, dtype=np.float32)[None, :, None], (frames, 1, 2))
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    track = LandmarkTrack(points, np.ones((frames, 68), np.float32), boxes, np.ones(frames, bool), "made-up", "static")
    crops = CropTrack(np.full((frames, 2), 50, np.float32), np.full(frames, 100, np.float32))
    view = ViewInput(np.zeros((frames, 3, 1, 1), np.uint8), track, crops)
    observed = observe([view, view], (), 5, torch.device("cpu"))
    assert len(trained_batches(observed.batches(2 * 20), 20)) == trained

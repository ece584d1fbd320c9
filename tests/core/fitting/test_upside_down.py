"""A face that is upside down in the picture is fitted as the same face upright."""

from __future__ import annotations

import numpy as np
import pytest
import roma
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import observe
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.geometry import matrix_from_rotvec, nearest_rotvec
from neuface_core.heads.bundle import load_head
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack

F = 12


def test_both_ways_to_write_a_turn_are_one_rotation() -> None:
    turns = torch.tensor([[0.0, 0.0, 3.1], [0.1, -3.0, 0.2], [0.3, 0.2, 0.1], [0.0, 0.0, 0.0]])
    near = nearest_rotvec(turns, -turns)
    torch.testing.assert_close(matrix_from_rotvec(near), matrix_from_rotvec(turns), atol=1e-5, rtol=0)
    assert ((near - turns).norm(dim=1) > 6).tolist() == [True, True, False, False]
    assert torch.equal(nearest_rotvec(turns, turns), turns)


def test_the_loss_does_not_mind_which_way_is_up() -> None:
    head, random = load_head(), torch.Generator().manual_seed(0)
    wobble = [roma.rotvec_to_rotmat(0.03 * torch.randn(F, 3, generator=random)) for _ in range(2)]

    def loss(roll: float) -> float:
        up = roma.rotvec_to_rotmat(torch.tensor([0.0, 0.0, roll]))
        first, params = (
            HeadParams(**{**vars(head.neutral(F)), "global_orient": roma.rotmat_to_rotvec(up @ turn)})
            for turn in wobble
        )
        crops = CropTrack(np.full((F, 2), 200, np.float32), np.full(F, 300, np.float32))
        points = crops.to_frame(head.project(head.landmarks(first, "static"), first.camera).numpy())
        boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
        track = LandmarkTrack(points, np.ones((F, 68), np.float32), boxes, np.ones(F, bool), "t", "static")
        view = ViewInput(np.zeros((F, 3, 2, 2), np.uint8), track, crops)
        observed = observe([view], (), 0, torch.device("cpu"))
        return float(Objective(observed, head, NeuFaceSettings(), first).loss(params, observed.whole()))

    # Not equal: differences of axis-angle vectors are up to π/2 longer there. It was a thousand times as large.
    assert loss(np.pi) == pytest.approx(loss(0.0), rel=1.0)

"""FLAME fitting on landmarks of a head that is known: no network, no pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.flame_fit import Moved, move_parameters
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import Observed, observe
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.landmarks.track import LandmarkTrack

FRAMES = 12
LOOP = NeuFaceSettings(freeze_target=False, settle=False)
FREE = FlameFitSettings(orient_weight=0, pose_weight=0, shape_weight=0, expression_weight=0, temporal_weight=0)


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def truth(head: HeadModel) -> HeadParams:
    params = head.neutral(FRAMES)
    params.global_orient[:, 1] = torch.linspace(-0.2, 0.2, FRAMES)
    params.jaw_pose[:, 0] = 0.1
    params.shape[:, :3] = torch.tensor([1.0, -1.0, 0.5])
    params.expression[:, 0] = 0.4
    return params


@pytest.fixture(scope="module")
def observed(head: HeadModel, truth: HeadParams) -> Observed:
    """The true landmarks as a detector in frames of 200 x 200 pixels would give them."""
    projected = head.project(head.landmarks(truth, "static"), truth.camera).numpy()
    crops = CropTrack(np.full((FRAMES, 2), 100, np.float32), np.full(FRAMES, 200, np.float32))
    points = crops.to_frame(projected)
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    seen = np.ones(FRAMES, bool)
    track = LandmarkTrack(points, np.ones((FRAMES, 68), np.float32), boxes, seen, "made-up", "static")
    view = ViewInput(np.zeros((FRAMES, 3, 1, 1), np.uint8), track, crops)
    return observe([view], tuple(head.data.detectors), 5, torch.device("cpu"))


def fit(head: HeadModel, observed: Observed, settings: FlameFitSettings, first: HeadParams | None = None) -> Moved:
    first = head.neutral(FRAMES) if first is None else first
    objective = Objective(observed, head, settings.losses(LOOP), first)
    return run(move_parameters(first, objective, [observed.whole()], settings))


def error(head: HeadModel, params: HeadParams, truth: HeadParams) -> float:
    def points(p: HeadParams) -> torch.Tensor:
        return head.project(head.landmarks(p, "static"), p.camera)

    return float((points(params) - points(truth)).norm(dim=-1).mean())


def test_the_landmarks_are_met(head: HeadModel, observed: Observed, truth: HeadParams) -> None:
    moved = fit(head, observed, FREE)
    assert error(head, moved.params, truth) < 0.1 * error(head, head.neutral(FRAMES), truth)
    assert moved.history[-1] < 0.2 * moved.history[0]


def test_the_first_stage_moves_orientation_and_camera_alone(head: HeadModel, observed: Observed) -> None:
    first = head.neutral(FRAMES)
    coarse = fit(head, observed, FREE.model_copy(update={"fine_iterations": 0})).params
    for name, value in vars(coarse).items():
        same = torch.equal(value, getattr(first, name))
        assert same == (name not in {"global_orient", "camera"}), name


def test_the_second_stage_leaves_the_camera(head: HeadModel, observed: Observed) -> None:
    first = head.neutral(FRAMES)
    fine = fit(head, observed, FREE.model_copy(update={"coarse_iterations": 0})).params
    assert torch.equal(fine.camera, first.camera)
    assert not torch.equal(fine.expression, first.expression)


def test_strengths_of_actions_do_not_become_negative(head: HeadModel, observed: Observed) -> None:
    assert float(fit(head, observed, FREE).params.expression.min()) >= -1e-6


@pytest.mark.parametrize("toward", ["mean", "first"])
def test_regularisers_draw_to_where_they_should(head: HeadModel, observed: Observed, toward: str) -> None:
    first = head.neutral(FRAMES)
    first.shape[:, 5] = 2.0
    strong = {"shape_weight": 10.0, "toward": toward, "coarse_iterations": 0, "learning_rate": 0.1}
    moved = fit(head, observed, FREE.model_copy(update=strong), first).params
    wanted = 0.0 if toward == "mean" else 2.0
    assert float((moved.shape[:, 5] - wanted).abs().max()) < 0.15


def test_small_batches_give_the_same_fit(head: HeadModel, observed: Observed) -> None:
    settings = FREE.model_copy(update={"coarse_iterations": 5, "fine_iterations": 5, "shape_weight": 1e-3})
    first = head.neutral(FRAMES)
    whole = fit(head, observed, settings).params
    objective = Objective(observed, head, settings.losses(LOOP), first)
    parts = run(move_parameters(first, objective, observed.batches(4), settings)).params
    for name, value in vars(whole).items():
        torch.testing.assert_close(value, getattr(parts, name), rtol=1e-3, atol=1e-4, msg=name)


def test_the_temporal_weight_calms_orientations(head: HeadModel, observed: Observed) -> None:
    shaken = head.neutral(FRAMES)
    shaken.global_orient[:, 1] += 0.1 * (-1.0) ** torch.arange(FRAMES)
    noise = observed.target + 0.05 * torch.randn(observed.target.shape, generator=torch.Generator().manual_seed(0))
    seen = replace(observed, target=noise)

    def jitter(weight: float) -> float:
        moved = fit(head, seen, FREE.model_copy(update={"temporal_weight": weight}), shaken).params
        return float(moved.global_orient.diff(n=2, dim=0).norm(dim=-1).mean())

    assert jitter(10.0) < 0.5 * jitter(0.0)

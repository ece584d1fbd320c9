"""MPVE and motion against the truth of a synthetic clip: moments, offsets, and a second way to compute them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from random_fits import random_fit
from scipy.spatial.transform import Rotation

from neuface_core.encoders.crops import CropTrack
from neuface_core.evaluation.stability import rotation_range_deg
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.bundle import load_head
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.study.inputs import ClipPlan, ViewPlan
from neuface_core.study.truth import ClipTruth, bootstrapped_errors, clip_truth, truth_cvd_mm, truth_errors
from neuface_core.training.clips.clip_folder import ClipOrder, read_view_truth, write_clip

FRAMES = 8
VIEWS = ("front", "left_30", "right_30")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three views of eight moments that begin at different frames; no videos."""
    path = tmp_path_factory.mktemp("synth") / "clip"
    run(write_clip(ClipOrder(seed=5, seconds=FRAMES / 25, views=3, stagger=4, videos=False), path))
    return path


@pytest.fixture(scope="module")
def plan(folder: Path) -> ClipPlan:
    import tomlkit

    rows = tomlkit.parse((folder / "views.toml").read_text())["view"]
    offsets = {str(row["name"]): int(row["offset"]) for row in rows}
    assert len(set(offsets.values())) > 1
    track = random_fit(FRAMES).landmarks
    squares = CropTrack(np.zeros((FRAMES, 2), np.float32), np.ones(FRAMES, np.float32))
    views = [ViewPlan(k, v, folder / f"{v}.mp4", offsets[v], track, squares) for k, v in enumerate(VIEWS)]
    return ClipPlan("clip", 25.0, tuple(views), "open-head-2")


@pytest.fixture(scope="module")
def truth(plan: ClipPlan) -> ClipTruth:
    found = clip_truth(plan, load_head())
    assert found is not None
    return found


def fit_of(params: list[HeadParams]) -> MultiViewFit:
    views: list[Fit] = []
    for own in params:
        valid = np.ones(FRAMES, bool)
        valid[2] = False
        blank = own.map(lambda t: t.clone())
        for tensor in vars(blank).values():
            tensor[2] = torch.nan
        views.append(dataclasses.replace(random_fit(FRAMES), params=blank, valid=valid))
    nothing = np.zeros((3, 3))
    return MultiViewFit(tuple(views), VIEWS, np.ones((FRAMES, 3), np.float32), nothing, nothing, {})


def test_moments_of_staggered_views_show_the_same_face(truth: ClipTruth, folder: Path, plan: ClipPlan) -> None:
    assert all(len(view) == FRAMES for view in truth.views)
    assert torch.equal(truth.views[0].expression, truth.views[1].expression)
    assert torch.equal(truth.views[0].jaw_pose, truth.views[2].jaw_pose)
    assert truth_cvd_mm(load_head(), truth, every=1) == pytest.approx(0, abs=1e-3)
    later = max(plan.views, key=lambda view: view.offset)
    stored = read_view_truth(folder, later.name)["jaw_pose"]
    np.testing.assert_array_equal(truth.views[later.number].jaw_pose, stored[later.offset :][:FRAMES])


def test_the_truth_itself_has_no_error_and_all_its_motion(truth: ClipTruth) -> None:
    errors = truth_errors(load_head(), fit_of(list(truth.views)), truth)
    assert errors["mpve_rigid_mm"] == pytest.approx(0, abs=1e-3)
    assert errors["mpve_similarity_mm"] == pytest.approx(0, abs=1e-3)


def test_another_face_has_the_error_that_scipy_finds(truth: ClipTruth) -> None:
    head = load_head()
    wrong = [dataclasses.replace(view, shape=view.shape + 0.5) for view in truth.views]
    errors = truth_errors(head, fit_of(wrong), truth)
    face = head.vertex_masks["face"]
    expected = []
    for found, wanted in zip(wrong, truth.views, strict=True):
        a, b = head(found).numpy()[:, face].astype(float), head(wanted).numpy()[:, face].astype(float)
        for k in (k for k in range(FRAMES) if k != 2):
            a0, b0 = a[k] - a[k].mean(0), b[k] - b[k].mean(0)
            turn, _ = Rotation.align_vectors(b0, a0)
            expected.append(1000 * np.linalg.norm(turn.apply(a0) - b0, axis=1).mean())
    assert errors["mpve_rigid_mm"] == pytest.approx(np.mean(expected), rel=1e-4)
    assert errors["mpve_similarity_mm"] < errors["mpve_rigid_mm"]


def test_half_of_the_true_motion_is_a_half(truth: ClipTruth) -> None:
    halved = []
    for view in truth.views:
        turns = Rotation.from_rotvec(view.global_orient.numpy())
        middle = turns.mean()
        calm = middle * Rotation.from_rotvec(0.5 * (middle.inv() * turns).as_rotvec())
        halved.append(dataclasses.replace(view, global_orient=torch.tensor(calm.as_rotvec(), dtype=torch.float32)))
    seen = [k for k in range(FRAMES) if k != 2]
    kept = [
        rotation_range_deg(h.global_orient.numpy()[seen]) / rotation_range_deg(t.global_orient.numpy()[seen])
        for h, t in zip(halved, truth.views, strict=True)
    ]
    errors = truth_errors(load_head(), fit_of(halved), truth)
    assert errors["motion_of_truth"] == pytest.approx(np.mean(kept))
    assert errors["motion_of_truth"] == pytest.approx(0.5, abs=0.05)


def test_a_view_that_is_wrong_where_it_sees_nothing_is_outweighed_by_visibility(truth: ClipTruth) -> None:
    head = load_head()
    exact = bootstrapped_errors(head, fit_of(list(truth.views)), truth)
    assert exact["together_visibility_mm"] == pytest.approx(0, abs=1e-3)
    assert exact["together_uniform_mm"] == pytest.approx(0, abs=1e-3)
    assert "sides_uniform_mm" not in exact  # this rig has no views at 60 degrees
    # One view of three sees the face from behind: whatever it says of the face, it does not see it.
    behind = torch.tensor([0.0, np.pi * 0.9, 0.0]).expand(FRAMES, 3)
    lost = dataclasses.replace(truth.views[2], shape=truth.views[2].shape + 0.5, global_orient=behind)
    errors = bootstrapped_errors(head, fit_of([*truth.views[:2], lost]), truth)
    assert errors["together_visibility_mm"] < 0.8 * errors["together_uniform_mm"]


def test_other_clips_have_no_truth(plan: ClipPlan, tmp_path: Path) -> None:
    view = dataclasses.replace(plan.views[0], video=tmp_path / "a.mp4")
    assert clip_truth(dataclasses.replace(plan, views=(view,)), load_head()) is None

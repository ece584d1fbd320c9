"""Each signal of a fit says the one thing that it is for, on fits that are good but for that thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from good_fits import FRAMES, good_fit
from random_fits import random_fit

from neuface_core.evaluation.signal_kinds import KIND
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.signals import judge, signals


def with_shape(fit: Fit, shape: np.ndarray, which: str) -> Fit:
    params = getattr(fit, which)
    return replace(fit, **{which: replace(params, shape=torch.from_numpy(shape.astype(np.float32)))})


def test_every_signal_has_a_value_for_every_frame_and_is_known_by_name() -> None:
    found = signals(good_fit())
    assert set(found) <= set(KIND)
    assert all(values.shape == (FRAMES,) for values in found.values())
    assert all(np.isfinite(values[6:-6]).all() for values in found.values())


def test_steady_motion_is_no_jitter_and_a_shaken_frame_is() -> None:
    fit = good_fit()
    assert np.nanmax(signals(fit)["jitter"]) < 0.01
    shaken = fit.projected.copy()
    shaken[20] += 3
    found = signals(replace(fit, projected=shaken))["jitter"]
    assert np.nanargmax(found) == 20
    assert found[20] == pytest.approx(2 * 3 * np.sqrt(2) / 0.975, rel=0.05)  # percent of the face, about 97.5 px


def test_a_cut_is_no_jitter() -> None:
    fit = good_fit()
    points = fit.landmarks.points.copy()
    points[20:] += 150
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    track = replace(fit.landmarks, points=points, boxes=boxes)
    found = signals(replace(fit, landmarks=track, projected=points + np.float32([1, 0])))
    assert np.nanmax(found["jitter"]) < 0.01


def test_landmarks_that_jump_and_an_encoder_that_jumps_are_told_apart() -> None:
    fit = good_fit()
    points = fit.landmarks.points.copy()
    points[::2] += 2
    jumping = signals(replace(fit, landmarks=replace(fit.landmarks, points=points)))
    assert np.nanmedian(jumping["jumps"]) > 5
    assert np.nanmax(jumping["unrest"]) < 0.01
    first = fit.projected_encoder.copy()
    first[::2] += 2
    nervous = signals(replace(fit, projected_encoder=first))
    assert np.nanmedian(nervous["unrest"]) > 5
    assert np.nanmax(nervous["jumps"]) < 0.01


def test_frozen_frames_stand_still() -> None:
    fit = good_fit()
    points = fit.landmarks.points.copy()
    points[15:30] = points[15]
    found = signals(replace(fit, landmarks=replace(fit.landmarks, points=points)))["stillness"]
    assert (found[16:30] == 0).all()
    assert found[5] == pytest.approx(0.5, rel=0.05)


def test_another_person_shows_where_the_identity_changes() -> None:
    fit = good_fit()
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.standard_normal((FRAMES, 100))
    same = signals(with_shape(fit, noise, "params_encoder"))["identity"]
    changed = noise.copy()
    changed[22:] += 1.0
    found = signals(with_shape(fit, changed, "params_encoder"))["identity"]
    assert np.nanargmax(found) == 22
    assert found[22] == pytest.approx(1.0, rel=0.1)
    assert np.nanmax(same) < 0.1


def test_distance_from_the_encoder_and_from_the_mean_head_are_seen() -> None:
    fit = good_fit()
    far = signals(replace(fit, projected=fit.projected + np.float32([5, 0])))
    assert np.median(far["disagreement"]) > 4 * np.median(signals(fit)["disagreement"])
    turned = fit.params.global_orient.clone()
    turned[:, 1] = np.radians(7)
    found = signals(replace(fit, params=replace(fit.params, global_orient=turned)))
    np.testing.assert_allclose(found["turned"], 7, rtol=1e-3)
    odd = signals(with_shape(fit, np.full((FRAMES, 100), 1.5), "params"))
    np.testing.assert_allclose(odd["shape"], 15, rtol=1e-4)


def test_doubt_detection_missing_and_edge() -> None:
    fit = good_fit()
    detected = fit.landmarks.detected.copy()
    detected[10:15] = False
    sure = fit.landmarks.confidence.copy()
    sure[20:] = 0.4
    doubt = np.full(FRAMES, 0.8, np.float32)
    doubt[30:] = 0.1
    moved = replace(fit.crops, centre=fit.crops.centre + np.float32([50, 0]))
    track = replace(fit.landmarks, detected=detected, confidence=sure)
    found = signals(replace(fit, landmarks=track, confidence=doubt, crops=moved))
    assert found["missing"][12] == 100
    assert found["missing"][5] == 0
    assert found["detection"][25] == pytest.approx(60)
    assert np.isnan(found["detection"][12])
    assert found["doubt"][35] == pytest.approx(90)
    assert found["edge"][0] == pytest.approx(100, abs=2)


def test_fits_from_before_confidence_was_kept_still_have_the_other_signals() -> None:
    found = signals(replace(good_fit(), confidence=None))
    assert "doubt" not in found
    assert "error" in found


def test_of_several_views_the_worst_counts_and_a_lost_vote_is_told() -> None:
    good = good_fit()
    bad = replace(good, error=np.full(FRAMES, 5.0, np.float32))
    weight = np.ones((FRAMES, 2), np.float32)
    weight[10:20, 1] = 0.1
    distance = np.array([[0, 1.5], [1.5, 0]])
    both = MultiViewFit((good, bad), ("front", "left"), weight, distance, distance, {})
    found = signals(both)
    np.testing.assert_allclose(found["error"], 5.0)
    assert found["lost_vote"][15] == pytest.approx(90)
    assert found["lost_vote"][5] == 0
    np.testing.assert_allclose(found["cvd"], 1.5)


def test_the_clip_with_the_ruined_fit_is_the_most_suspicious() -> None:
    fits = {f"clip {k}": good_fit() for k in range(14)}
    fits["ruined"] = replace(good_fit(), error=np.full(FRAMES, 8.0, np.float32))
    judged = judge(fits)
    assert max(judged, key=lambda name: judged[name].score) == "ruined"
    assert judged["ruined"].words.startswith("landmark error 8.0 × the project's median (8 %), frames 0-39")


@pytest.mark.parametrize("frames", [1, 2, 3, 5])
def test_short_clips_with_holes_have_signals(frames: int) -> None:
    assert all(len(values) == frames for values in signals(random_fit(frames)).values())

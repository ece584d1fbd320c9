"""The numbers of a real clip, on clips whose answer is made up, so that every number is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.evaluation.clip_report import ClipReport, measure_clip, shape_spread_mm
from neuface_core.evaluation.encoder_report import clip_bars
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.open_detector import boxes_of
from neuface_core.landmarks.track import LandmarkTrack

FRAMES = 30


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture
def still(head: HeadModel) -> HeadParams:
    return head.neutral(FRAMES)


def track_of(head: HeadModel, params: HeadParams, moved_px: float = 0.0) -> tuple[LandmarkTrack, CropTrack]:
    """What a perfect detector would see, all points moved to the side."""
    crops = CropTrack(np.full((len(params), 2), 200, np.float32), np.full(len(params), 300, np.float32))
    points = crops.to_frame(head.project(head.landmarks(params, "static"), params.camera).numpy())
    points = points + np.array([moved_px, 0], np.float32)
    seen = np.ones(len(params), bool)
    return LandmarkTrack(points, np.ones(points.shape[:2], np.float32), boxes_of(points), seen, "made", "static"), crops


def measure(head: HeadModel, params: HeadParams, track: LandmarkTrack, crops: CropTrack) -> ClipReport:
    return measure_clip("clip", head, params[np.flatnonzero(track.detected)], track, crops)


def test_an_answer_beside_the_detector_by_three_pixels(head, still) -> None:
    track, crops = track_of(head, still, moved_px=3)
    found = measure(head, still, track, crops)
    extent = np.ptp(track.points[0], axis=0)
    assert found.nme_bbox == pytest.approx(100 * 3 / np.sqrt(extent[0] * extent[1]), rel=1e-4)
    assert found.jitter_mm == pytest.approx(0, abs=1e-6)
    assert found.shape_spread_mm == 0
    assert (found.frames, found.detected, found.far_frames, found.blink_frames) == (FRAMES, FRAMES, 0, 0)


def test_frames_without_a_detection_do_not_count(head, still) -> None:
    track, crops = track_of(head, still, moved_px=3)
    track.points[5:9] = np.nan
    track.detected[5:9] = False
    found = measure(head, still, track, crops)
    assert found.detected == FRAMES - 4
    assert np.isfinite(found.nme_bbox)


def test_the_spread_is_the_mean_distance_to_the_mean_face(head, still) -> None:
    swing = torch.zeros_like(still.shape)
    swing[::2, 4], swing[1::2, 4] = 1.0, -1.0  # one standard deviation to either side of the mean
    face = head.vertex_masks["face"]
    wanted = 1000 * np.linalg.norm(head.data.shape[face, :, 4], axis=1).mean()
    assert shape_spread_mm(head, replace(still, shape=swing)) == pytest.approx(wanted, rel=1e-4)
    # A constant identity, however far from the mean head, has no spread.
    assert shape_spread_mm(head, replace(still, shape=torch.full_like(still.shape, 2.0))) == pytest.approx(0, abs=1e-4)


def test_far_frames_are_those_that_the_detector_sees_turned_whatever_the_answer_says(head, still) -> None:
    turned = replace(still, global_orient=still.global_orient.clone())
    turned.global_orient[:10, 1] = np.radians(50)
    turned.global_orient[10:20, 1] = np.radians(-35)
    track, crops = track_of(head, turned)
    found = measure(head, still, track, crops)  # the answer looks ahead all the time
    assert found.far_frames == 10
    assert found.far_nme_bbox > found.nme_bbox > 1


def test_blinks_are_those_of_the_detector_and_the_aperture_that_of_the_answer(head, still) -> None:
    both = [head.expression_names.index(f"eyeBlink{side}") for side in ("Left", "Right")]
    real = replace(still, expression=still.expression.clone())
    for index in both:
        real.expression[12:15, index] = 1.0
    track, crops = track_of(head, real)
    good = measure(head, real, track, crops)
    assert good.blink_frames == 3
    assert good.lids_closed_mm < good.lids_open_mm / 2
    assert good.lids_follow == pytest.approx(1, abs=0.01)
    blind = measure(head, still, track, crops)
    assert blind.blink_frames == 3
    assert blind.lids_closed_mm == pytest.approx(blind.lids_open_mm)
    assert np.isnan(blind.lids_follow)


def test_jitter_is_the_spread_of_the_acceleration(head, still) -> None:
    track, crops = track_of(head, still)
    shaking = replace(still, shape=still.shape.clone())
    shaking.shape[::3, 0] = 0.5
    assert measure(head, shaking, track, crops).jitter_mm > 0.05


def clip(name: str, **numbers: float) -> ClipReport:
    plain = dict.fromkeys(
        ("nme_iod", "nme_bbox_p95", "jitter_mm", "lids_open_mm", "lids_closed_mm", "lids_follow", "mouth_follow"), 0.0
    )
    rest = {"nme_bbox": 1.0, "far_nme_bbox": float("nan"), "far_frames": 0, "shape_spread_mm": 0.5, "people": 1}
    return ClipReport(name, "made", frames=9, detected=9, blink_frames=0, **{**plain, **rest, **numbers})  # type: ignore[arg-type]


def test_the_worst_clip_is_judged_and_named() -> None:
    each, mean, far, spread = clip_bars((clip("a", nme_bbox=1.2), clip("b", nme_bbox=2.6, shape_spread_mm=0.81)), {})
    assert (each.verdict, each.found) == ("MISSED", 2.6)
    assert "b" in each.detail
    assert (mean.verdict, mean.found) == ("holds", pytest.approx(1.9))
    assert far.verdict == "NOT MEASURED"
    assert (spread.verdict, spread.detail) == ("MISSED", "worst: b")


def test_far_frames_of_all_clips_count_alike() -> None:
    clips = (clip("a", far_frames=10, far_nme_bbox=2.0), clip("b", far_frames=30, far_nme_bbox=5.0))
    assert clip_bars(clips, {})[2].found == pytest.approx(4.25)


def test_clips_of_several_people_are_not_judged_and_a_broken_one_leaves_the_demand_unmet() -> None:
    assert clip_bars((clip("a"), clip("crowd", people=3, nme_bbox=9.0)), {})[0].holds
    broken = clip_bars((clip("a"),), {"lost": "It cannot be read."})
    assert broken[0].verdict == "NOT MEASURED"
    assert "lost" in broken[0].detail

"""Planted failures: the bad frames are bad in the way that was asked for, and the others are untouched."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neuface_core import jobs
from neuface_core.errors import ExportError
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.training.clips.clip_folder import ClipOrder, read_view_truth, write_clip
from neuface_core.training.clips.spoil import FAILURES, Planted, draw_failures, plan, spoil_pictures, spoil_track
from neuface_core.training.clips.spoil_folder import write_spoilt

FRAMES = 20
GRID = np.stack(np.meshgrid(np.linspace(-20, 20, 8), np.linspace(-20, 20, 9)), axis=-1).reshape(-1, 2)[:68]


def pictures(seed: int) -> np.ndarray:
    """Fine random patterns: what is the same is the same picture."""
    return np.random.default_rng(seed).integers(0, 255, (FRAMES, 64, 80, 3), dtype=np.uint8)


def landmarks() -> np.ndarray:
    return (GRID + np.array([40, 32]) + np.arange(FRAMES)[:, None, None] * 0.2).astype(np.float32)


def spoilt(failure: str, detail: str = "", seed: int = 0) -> tuple[np.ndarray, np.ndarray, slice]:
    planted = Planted(failure, 6, 14, detail)  # type: ignore[arg-type]
    if failure == "shuffled":
        planted = plan(np.random.default_rng(seed), failure, FRAMES)
    good = pictures(1)
    other = (pictures(2), landmarks())
    bad = spoil_pictures(np.random.default_rng(seed), planted, good, landmarks(), other)
    return good, bad, slice(planted.first, planted.last + 1)


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        ("frozen", ""),
        ("blur", "out of focus"),
        ("blur", "moved while the shutter was open"),
        ("occluder", "board"),
        ("occluder", "ball"),
        ("other-face", "cut to another person"),
        ("other-face", "another face on the same body"),
    ],
)
def test_only_the_planted_frames_are_spoilt(failure: str, detail: str) -> None:
    good, bad, rows = spoilt(failure, detail)
    assert (good[: rows.start] == bad[: rows.start]).all()
    assert (good[rows.stop :] == bad[rows.stop :]).all()
    assert all((good[frame] != bad[frame]).any() for frame in range(rows.start + 1, rows.stop))


def test_frozen_frames_repeat_the_first_of_them_and_shuffled_ones_are_all_still_there() -> None:
    good, bad, rows = spoilt("frozen")
    assert (bad[rows] == good[rows.start]).all()
    good, bad, _ = spoilt("shuffled")
    order = [int(np.flatnonzero((good == picture).all(axis=(1, 2, 3)))[0]) for picture in bad]
    assert sorted(order) == list(range(FRAMES))
    assert (np.abs(np.diff(order)) <= 1).sum() <= 3


def test_a_board_covers_a_good_part_of_the_face_and_a_blur_takes_its_detail() -> None:
    good, bad, rows = spoilt("occluder", "board")
    face = (slice(12, 52), slice(20, 60))
    covered = (good[rows.start][face] != bad[rows.start][face]).any(axis=-1).mean()
    assert covered > 0.2
    good, bad, rows = spoilt("blur", "out of focus")
    assert bad[rows].std() < 0.5 * good[rows].std()


def test_another_face_on_the_same_body_leaves_the_room_as_it_is() -> None:
    good, bad, rows = spoilt("other-face", "another face on the same body")
    assert (good[rows][:, :, :10] == bad[rows][:, :, :10]).all()
    assert (good[rows][:, 30:34, 38:42] != bad[rows][:, 30:34, 38:42]).any(axis=-1).mean() > 0.9


@pytest.mark.parametrize("detail", ["beside the face", "left and right exchanged", "half as large", "scattered"])
def test_wrong_landmarks_are_wrong_by_much_and_stay_sure_of_themselves(detail: str) -> None:
    points = landmarks()
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    track = LandmarkTrack(points, np.full((FRAMES, 68), 0.9, np.float32), boxes, np.ones(FRAMES, bool), "x", "static")
    wrong = spoil_track(np.random.default_rng(3), Planted("landmarks", 6, 14, detail), track)
    off = np.linalg.norm(wrong.points - points, axis=-1).mean(axis=1) / 40
    assert (off[6:15] > 0.05).all()
    assert (off[:6] == 0).all()
    assert (wrong.confidence == track.confidence).all()
    np.testing.assert_allclose(wrong.boxes[8, :2], wrong.points[8].min(axis=0))


def test_every_failure_is_planted_about_as_often_and_the_seed_says_where() -> None:
    drawn = draw_failures(5, 120, 20)
    counts = [list(drawn.values()).count(failure) for failure in FAILURES]
    assert len(drawn) == 20
    assert max(counts) - min(counts) <= 1
    assert drawn == draw_failures(5, 120, 20)
    assert drawn != draw_failures(6, 120, 20)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_plan_lies_within_the_clip_and_leaves_good_frames(failure: str) -> None:
    for seed in range(20):
        planted = plan(np.random.default_rng(seed), failure, FRAMES)  # type: ignore[arg-type]
        assert 0 <= planted.first < planted.last < FRAMES
        assert planted.last - planted.first + 1 < FRAMES or failure == "shuffled"


def test_a_second_person_is_asked_for_and_a_short_clip_is_refused() -> None:
    planted = Planted("other-face", 5, 10, "cut to another person")
    with pytest.raises(ExportError, match="second clip"):
        spoil_pictures(np.random.default_rng(0), planted, pictures(1), landmarks())
    with pytest.raises(ExportError, match="too short"):
        plan(np.random.default_rng(0), "blur", 5)


def test_a_clip_without_videos_gets_wrong_landmarks_beside_its_truth(tmp_path: Path) -> None:
    order = ClipOrder(seed=3, seconds=0.5, noise=True, videos=False)
    jobs.run(write_clip(order, tmp_path / "good"))
    planted = jobs.run(write_spoilt(tmp_path / "good", tmp_path / "bad", "landmarks", seed=4))
    good, bad = (read_view_truth(tmp_path / name, "front") for name in ("good", "bad"))
    changed = (good["track_points"] != bad["track_points"]).any(axis=(1, 2))
    assert np.flatnonzero(changed)[[0, -1]].tolist() == [planted.first, planted.last]
    assert (good["landmarks_open-v2"] == bad["landmarks_open-v2"]).all()
    assert json.loads((tmp_path / "bad" / "spoilt.json").read_text())["failure"] == "landmarks"
    with pytest.raises(ExportError, match="not empty"):
        jobs.run(write_spoilt(tmp_path / "good", tmp_path / "bad", "landmarks"))

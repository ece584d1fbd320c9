"""A track with another rate than its video: every frame gets the row that is nearest in time."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from test_track import small_track

from neuface_core.interchange.aligned import lay_over
from neuface_core.interchange.track import ForeignTrack
from neuface_core.video import VideoInfo


def video(frames: int, fps: int) -> VideoInfo:
    pts = np.arange(frames, dtype=np.int64)
    return VideoInfo(Path("v.mp4"), frames, 640, 480, pts, Fraction(1, fps), float(fps), "h264", 0, "")


def track(rows: int, fps: float) -> ForeignTrack:
    """Its first identity coefficient is the number of the row."""
    found = replace(small_track(rows), fps=fps)
    found.shape[:, 0] = np.arange(rows)
    return found


RATES = [(100, 50, 50, 25), (60, 30, 50, 25), (48, 24, 60, 30)]


@pytest.mark.parametrize(("rows", "fps", "frames", "video_fps"), RATES)
def test_no_frame_gets_a_row_where_another_one_is_nearer(rows: int, fps: int, frames: int, video_fps: int) -> None:
    laid = lay_over(track(rows, fps), video(frames, video_fps))
    assert "matched by time" in laid.notes[0]
    for frame, row in zip(laid.frames, laid.shape[:, 0], strict=True):
        away = np.abs(np.arange(rows) / fps - frame / video_fps)
        assert away[int(row)] <= away.min() + 1e-9
    assert len(laid.frames) >= min(frames, 0.99 * rows)


def test_rows_after_the_end_of_the_video_are_left_out() -> None:
    laid = lay_over(track(150, 50.0), video(50, 25))
    assert (laid.frames[-1], laid.shape[-1, 0]) == (49, 98)
    assert len(laid.frames) == 50

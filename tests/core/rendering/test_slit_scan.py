"""A slit scan shows the frames it says, and a head that trembles has a saw edge in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.view_agreement import moment_distances
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Progress, run
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.rendering.slit_scan import read_slit_scan, slit_scan, write_slit_scan
from neuface_core.video import open_source
from neuface_core.video_write import write_video

FRAMES, WIDTH, HEIGHT = 12, 160, 120


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Frame k is grey, of lightness 10 k, with a white band whose upper edge lies at row 40 + 2 k."""
    path = tmp_path_factory.mktemp("slits") / "band.mp4"

    def frame(k: int) -> np.ndarray:
        picture = np.full((HEIGHT, WIDTH, 3), 10 * k, np.uint8)
        picture[40 + 2 * k : 60 + 2 * k] = 255
        return picture

    write_video(path, (frame(k) for k in range(FRAMES)), 25.0)
    return path


def fit_of(head: HeadModel, shift: np.ndarray) -> Fit:
    """A head that stands still after the fit, and is `shift` (F,) off in height before it; frame 3 has no mesh."""
    params = head.neutral(FRAMES)
    first = replace(
        params, camera=params.camera + torch.tensor([[0.0, 0.0, 1.0]]) * torch.tensor(shift).float()[:, None]
    )
    blank = np.zeros((FRAMES, 68, 2), np.float32)
    sure, boxes, seen = np.ones((FRAMES, 68), np.float32), np.zeros((FRAMES, 4), np.float32), np.ones(FRAMES, bool)
    track = LandmarkTrack(blank, sure, boxes, seen, "d", "static")
    crops = CropTrack(np.tile(np.float32([80, 60]), (FRAMES, 1)), np.full(FRAMES, 110, np.float32))
    valid = np.arange(FRAMES) != 3
    error = np.zeros(FRAMES, np.float32)
    return Fit(params, first, crops, track, blank, blank, valid, error, error, {}, error, head.head_id, "e")


def edge(strip: np.ndarray) -> np.ndarray:
    """Row of the highest pixel of every column that is not ground."""
    ground = strip[0, 3].astype(int)
    return np.argmax(np.abs(strip.astype(int) - ground).sum(-1) > 60, axis=0)


def test_every_column_is_that_of_its_frame_and_jitter_is_a_saw(head: HeadModel, video: Path) -> None:
    trembling = np.where(np.arange(FRAMES) % 2, 0.02, -0.02)
    with open_source(video) as source:
        scan = run(slit_scan(source, fit_of(head, trembling), head))
    assert scan.picture.shape == scan.before.shape == scan.after.shape == (96, FRAMES, 3)
    ground = scan.picture[-4:].mean((0, 2))
    assert np.abs(ground - 10 * np.arange(FRAMES)).max() < 8, "a column is of another frame"
    top = np.argmax(scan.picture.mean(-1) > 200, axis=0)
    assert np.all(np.abs(np.diff(top) - 2 * 96 / 110) < 1.5), "the band does not sink evenly"
    there = np.arange(FRAMES) != 3
    assert (scan.after[:, 3] == scan.after[0, 3]).all(), "a frame without a mesh shows none"
    assert np.ptp(edge(scan.after)[there]) <= 1, "a still head has a straight edge"
    saw = edge(scan.before)
    assert np.all(saw[[4, 6, 8]] - saw[[5, 7, 9]] >= 2), "a trembling one has not"


def test_a_scan_survives_the_disk_and_damage_is_noticed(head: HeadModel, video: Path, tmp_path: Path) -> None:
    with open_source(video) as source:
        scan = run(slit_scan(source, fit_of(head, np.zeros(FRAMES)), head))
    path = tmp_path / "deep" / "scan.png"
    write_slit_scan(path, scan)
    again = read_slit_scan(path, FRAMES)
    assert again is not None
    for name in ("picture", "before", "after"):
        assert np.array_equal(getattr(again, name), getattr(scan, name))
    assert read_slit_scan(path, FRAMES + 1) is None
    path.write_bytes(path.read_bytes()[:200])
    assert read_slit_scan(path, FRAMES) is None
    assert read_slit_scan(tmp_path / "none.png", FRAMES) is None


def test_it_can_be_stopped_at_every_frame(head: HeadModel, video: Path) -> None:
    with open_source(video) as source:
        job = slit_scan(source, fit_of(head, np.zeros(FRAMES)), head)
        assert next(job) == Progress("slit scan", 1, FRAMES)
        job.close()


def test_the_distance_of_the_views_is_told_for_every_moment(head: HeadModel) -> None:
    fits = [fit_of(head, np.zeros(FRAMES)) for _ in range(3)]
    wider = fits[1].params.shape.clone()
    wider[5:, 0] += 2.0
    fits[1] = replace(fits[1], params=replace(fits[1].params, shape=wider), valid=np.arange(FRAMES) != 7)
    fits[2] = replace(fits[2], valid=np.arange(FRAMES) > 8)
    nothing = np.full((3, 3), np.nan)
    several = MultiViewFit(tuple(fits), ("a", "b", "c"), np.ones((FRAMES, 3), np.float32), nothing, nothing, {})
    before, after = run(moment_distances(several, head))
    assert np.isnan(after[[3, 7]]).all(), "one view alone has no distance"
    assert np.allclose(before[[0, 5]], 0, atol=1e-3)
    assert np.allclose(after[:3], 0, atol=1e-3)
    assert (after[[5, 6, 8]] > 0.5).all()
    assert after[10] == pytest.approx(2 / 3 * after[5], rel=1e-3), "two of three pairs are apart"

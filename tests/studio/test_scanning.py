"""Slit scans and the distance of views: made while a clip is on show, kept in the project, stopped when it is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.jobs import Progress
from neuface_core.rendering.slit_scan import SlitScan
from neuface_studio import scanning
from neuface_studio.worker import THREAD_NAME

from .conftest import FRAMES, Driver, read_number

pytestmark = pytest.mark.gl


def _files(studio: Driver) -> list[Path]:
    project = studio.window.session.project
    assert project is not None
    return sorted(path for path in (project.path / "derived").rglob("*") if path.is_file())


def _scanned(studio: Driver) -> bool:
    return studio.window.work.timeline.has_slits(0)


def test_the_strips_of_a_clip_are_made_kept_and_read_again(studio: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    window = studio.window
    studio.wait(lambda: _scanned(studio))
    scan = window.work.timeline._slits
    assert scan is not None
    assert scan[1].picture.shape == (96, FRAMES, 3)
    assert len(_files(studio)) == 1
    project = window.session.project
    assert project is not None
    stored = cv2.imread(str(project.derived_file("ada", "slits_0.png")))
    assert stored is not None
    assert np.array_equal(stored[:96, :, ::-1], scan[1].picture)

    def fail(*_: object) -> Iterator[Progress]:
        raise AssertionError("it was made once more")
        yield

    monkeypatch.setattr(scanning, "slit_scan", fail)
    window.review.show_clip("dora")  # has no fit, so no strips
    studio.wait_for_clip("dora")
    assert not _scanned(studio)
    window.review.show_clip("ada")
    studio.wait_for_clip("ada")
    studio.wait(lambda: _scanned(studio))


def test_a_clip_that_is_left_costs_nothing_any_more(studio: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    begun = threading.Event()

    def endless(_source: object, fit: object, _head: object, name: str) -> Iterator[Progress]:
        try:
            while True:
                begun.set()
                yield Progress("slit scan", 0, 1, name)
        finally:
            closed.append(name)

    monkeypatch.setattr(scanning, "slit_scan", endless)
    window = studio.window
    window.review.show_clip("bob")
    studio.wait_for_clip("bob")
    studio.wait(begun.is_set)
    window.review.show_clip("cleo")
    studio.wait(lambda: "bob" in closed)
    studio.wait_for_clip("cleo")
    assert not any("bob" in path.parent.name for path in _files(studio))
    window.close_at_once()
    assert not [thread for thread in threading.enumerate() if thread.name == THREAD_NAME]


def test_the_mesh_strip_is_that_before_the_fit_while_b_is_held(studio: Driver) -> None:
    window = studio.window
    studio.wait(lambda: _scanned(studio))
    timeline = window.work.timeline
    after = timeline.grab().toImage()
    QTest.keyPress(window, Qt.Key.Key_B)
    studio.wait(lambda: timeline.grab().toImage() != after)
    QTest.keyRelease(window, Qt.Key.Key_B)
    studio.wait(lambda: timeline.grab().toImage() == after)
    high = timeline.sizeHint().height()
    studio.press(Qt.Key.Key_S, shift=True)
    assert timeline.sizeHint().height() < high - 50
    studio.press(Qt.Key.Key_S, shift=True)
    assert timeline.sizeHint().height() == high


def test_the_columns_are_those_of_the_video(studio: Driver) -> None:
    """The middle of the crop runs through the face; the video's own frames say which column is which."""
    window = studio.window
    studio.wait(lambda: _scanned(studio))
    clip = window.stage.clip
    assert clip is not None
    assert clip.fit is not None
    scan: SlitScan = window.work.timeline._slits[1]  # type: ignore[index]
    for frame in (0, 7, 29):
        picture = clip.source.frame(frame)
        assert read_number(picture) == frame
        x, y = clip.fit.crops.centre[frame]
        middle = picture[int(y), int(x)].astype(int)
        top = max(0.0, float((clip.fit.crops.centre[:, 1] - clip.fit.crops.size / 2).min()))
        bottom = min(240.0, float((clip.fit.crops.centre[:, 1] + clip.fit.crops.size / 2).max()))
        row = int((y - top) / (bottom - top) * 96)
        assert np.abs(scan.picture[row, frame].astype(int) - middle).max() < 12

"""The frame and the clip are saved as they are seen: layers, opacity, zoom, view, and the frames between the marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from neuface_core.video import open_source

from .conftest import Driver, read_number

pytestmark = pytest.mark.gl


def _pixels(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).astype(int)


def test_a_picture_and_a_video_show_what_the_panel_shows(studio: Driver, tmp_path: Path) -> None:
    window = studio.window
    window.playhead.seek(12)
    studio.wait_for_frame(12)
    studio.press(Qt.Key.Key_I)
    window.playhead.seek(15)
    studio.wait_for_frame(15)
    studio.press(Qt.Key.Key_O, Qt.Key.Key_BracketLeft, Qt.Key.Key_Q)
    studio.qtbot.wait(300)  # type: ignore[attr-defined]
    panel = _pixels(window.work.video.grab().toImage())
    window.picturing.save_frame(tmp_path / "frame.png")
    saved = _pixels(QImage(str(tmp_path / "frame.png")))
    assert saved.shape == panel.shape
    assert np.abs(saved - panel).max() <= 2, "what is saved is not what is seen"

    window.picturing.save_video(tmp_path / "seen.mp4")
    studio.wait_for_jobs()
    assert "seen.mp4" in window.work.banner.text
    with open_source(tmp_path / "seen.mp4") as source:
        assert source.info.n_frames == 4, "only what lies between the marks"
        last = source.frame(3).astype(int)[: panel.shape[0], : panel.shape[1]]
        assert np.abs(last - panel).mean() < 4
        rect, scale = window.work.video.frame_rect(), window.work.video.scale
        for k in range(4):
            frame = source.frame(k)
            top, left = round(rect.y()), round(rect.x())
            shrunk = frame[top : top + round(240 * scale), left : left + round(320 * scale)]
            rows, columns = (np.arange(size) * scale for size in (240, 320))
            small = shrunk[np.minimum(rows.astype(int), len(shrunk) - 1)][:, columns.astype(int)]
            assert read_number(small) == 12 + k


def test_a_place_that_cannot_be_written_is_said(studio: Driver, tmp_path: Path) -> None:
    window = studio.window
    window.picturing.save_frame(tmp_path / "no" / "frame.png")
    assert "could not be written" in window.work.banner.text
    window.picturing.save_video(tmp_path / "no" / "seen.mp4")
    studio.wait_for_jobs()
    assert "seen.mp4" in window.work.banner.text
    assert not list(tmp_path.rglob("*.mp4*"))

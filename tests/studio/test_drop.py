"""Videos, folders and projects that are dropped on the window."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from .conftest import Driver

pytestmark = pytest.mark.gl


def drop(studio: Driver, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window, place = studio.window, QPointF(300, 300)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(place, Qt.DropAction.CopyAction, mime, buttons, keys))


def test_an_empty_window_makes_a_project_and_offers_to_fit(empty_studio: Driver, videos: Path, tmp_path: Path) -> None:
    window = empty_studio.window
    assert not window.work.shows_clips
    drop(empty_studio, videos / "extra.mp4", videos / "dora.mp4")
    empty_studio.wait_for_clip("extra")
    assert window.work.shows_clips
    assert window.session.project is not None
    assert window.session.project.path == tmp_path / "home" / "extra.neuface"
    assert [r.name for r in window.model.records] == ["extra", "dora"]
    assert window.work.banner._action.text() == "Fit all 2"
    assert window.stage.shown_frames == (0, None, 0), "a clip without a fit shows its video"


def test_a_project_takes_more_clips_and_none_twice(studio: Driver, videos: Path, tmp_path: Path) -> None:
    more = tmp_path / "more"
    more.mkdir()
    shutil.copy(videos / "extra.mp4", more / "eve.mp4")
    drop(studio, more, videos / "ada.mp4")
    studio.wait(lambda: len(studio.window.model.records) == 5)
    assert [r.name for r in studio.window.model.records] == ["ada", "bob", "cleo", "dora", "eve"]
    assert studio.clip == "ada", "who is judging is not led away"


def test_a_project_is_opened(empty_studio: Driver, project_path: Path) -> None:
    drop(empty_studio, project_path)
    empty_studio.wait_for_clip("ada")


def test_what_is_no_video_is_said(studio: Driver, tmp_path: Path) -> None:
    (tmp_path / "letter.mp4").write_text("dear all")
    drop(studio, tmp_path / "letter.mp4")
    studio.wait(lambda: "letter" in studio.window.work.banner.text)
    assert studio.state("letter") == "failed"
    studio.window.review.show_clip("letter")
    studio.wait(lambda: bool(studio.window.work.video._message))


def test_a_video_that_is_gone_is_said_and_the_queue_goes_on(studio: Driver, tmp_path: Path, videos: Path) -> None:
    moved = tmp_path / "moved.mp4"
    shutil.copy(videos / "extra.mp4", moved)
    drop(studio, moved)
    studio.wait(lambda: len(studio.window.model.records) == 5)
    moved.unlink()
    studio.window.review.show_clip("moved")
    studio.wait(lambda: "gone" in studio.window.work.video._message)
    studio.window.review.show_clip("bob")
    studio.wait_for_clip("bob")

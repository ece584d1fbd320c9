"""Videos, folders and projects that are dropped on the window."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from neuface_core.project import ClipState
from neuface_studio.grouping import Grouping, clip_of_views, videos_together

from .conftest import FRAMES, Driver

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


def answer(studio: Driver, grouping: Grouping) -> None:
    """Wait until the window asks whether videos are views of one clip, and say so or not."""
    question = studio.window.work.question
    studio.wait(question.isVisible)
    apart, together, _ = question.buttons
    (together if grouping is Grouping.TOGETHER else apart).click()


def test_an_empty_window_makes_a_project_and_offers_to_fit(empty_studio: Driver, videos: Path, tmp_path: Path) -> None:
    window = empty_studio.window
    assert not window.work.shows_clips
    drop(empty_studio, videos / "extra.mp4", videos / "dora.mp4")
    answer(empty_studio, Grouping.APART)
    empty_studio.wait_for_clip("extra")
    assert window.work.shows_clips
    assert window.session.project is not None
    assert window.session.project.path == tmp_path / "home" / "extra.neuface"
    assert [r.name for r in window.model.records] == ["extra", "dora"]
    assert window.work.banner._action.text() == "Fit all 2  Ctrl+D"
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


def test_videos_that_belong_together_become_one_clip(studio: Driver, videos: Path, tmp_path: Path) -> None:
    for view, source in (("left_30", "extra"), ("front", "dora"), ("left_60", "cleo")):
        shutil.copy(videos / f"{source}.mp4", tmp_path / f"take7_{view}.mp4")
    drop(studio, *(tmp_path / f"take7_{view}.mp4" for view in ("left_30", "front", "left_60")))
    answer(studio, Grouping.TOGETHER)
    studio.wait(lambda: "take7" in {r.name for r in studio.window.model.records})
    project = studio.window.session.project
    assert project is not None
    assert project.view_names("take7") == ("front", "left_30", "left_60")
    assert project.clip("take7").n_frames == FRAMES
    studio.window.review.show_clip("take7")
    studio.wait_for_clip("take7")
    assert studio.window.work.strip.isVisible()


def test_a_folder_with_a_views_toml_is_one_clip_and_nobody_asks(studio: Driver, videos: Path, tmp_path: Path) -> None:
    rig = tmp_path / "rig"
    rig.mkdir()
    rows = ""
    for offset, (view, source) in enumerate((("front", "extra"), ("side", "dora"))):
        shutil.copy(videos / f"{source}.mp4", rig / f"{view}.mp4")
        rows += f'[[view]]\nname = "{view}"\nfile = "{view}.mp4"\noffset = {3 * offset}\n'
    (rig / "views.toml").write_text(rows)
    drop(studio, rig)
    studio.wait(lambda: "rig" in {r.name for r in studio.window.model.records})
    project = studio.window.session.project
    assert project is not None
    assert project.offsets("rig") == (0, 3)
    assert project.clip("rig").n_frames == FRAMES - 3
    assert not studio.window.work.question.isVisible()


def test_nothing_is_added_where_nobody_says_what_it_is(studio: Driver, videos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    folder.mkdir()
    for name in ("extra", "dora"):
        shutil.copy(videos / f"{name}.mp4", folder / f"{name}_.mp4")
    before = len(studio.window.model.records)
    drop(studio, folder)
    question = studio.window.work.question
    studio.wait(question.isVisible)
    assert question.buttons[0].hasFocus()
    studio.press(Qt.Key.Key_F6)
    assert not question.buttons[0].hasFocus()
    studio.press(Qt.Key.Key_A)
    assert studio.state("ada") is ClipState.ACCEPTED, "a question does not keep anybody from judging"
    studio.press(Qt.Key.Key_F6)
    QTest.keyClick(studio.window.focusWidget(), Qt.Key.Key_Right)
    assert question.buttons[1].hasFocus()
    QTest.keyClick(studio.window.focusWidget(), Qt.Key.Key_Escape)
    assert not question.isVisible()
    studio.wait_for_jobs()
    assert len(studio.window.model.records) == before


def test_names_of_views_are_what_their_files_do_not_share(tmp_path: Path) -> None:
    for name in ("take7_left_30", "take7_left_60"):
        (tmp_path / f"{name}.mp4").touch()
    paths = sorted(tmp_path.iterdir())
    assert (clip_of_views(paths).name, clip_of_views(paths).view_names) == ("take7_left", ("30", "60"))
    plain = [tmp_path / "front.mp4", tmp_path / "side.mp4"]
    assert (clip_of_views(plain).name, clip_of_views(plain).view_names) == (tmp_path.name, ("front", "side"))
    assert videos_together(paths) == tuple(paths)
    assert videos_together(paths[:1]) == ()
    (tmp_path / "notes.txt").touch()
    assert videos_together([*paths, tmp_path / "notes.txt"]) == ()

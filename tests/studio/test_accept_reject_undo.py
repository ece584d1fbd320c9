"""Decisions: each is on disk before the next clip is shown, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.project import ClipState, Project
from neuface_studio.window_memory import View

from .conftest import Driver

pytestmark = pytest.mark.gl


def on_disk(path: Path, name: str) -> tuple[ClipState, str]:
    """As another program would read it."""
    with Project.open(path, read_only=True) as project:
        record = project.clip(name)
    return record.state, record.reason


def test_accept_is_on_disk_before_the_next_clip_is_announced(studio: Driver, project_path: Path) -> None:
    states: list[tuple[ClipState, str]] = []
    studio.window.session.clip_changed.connect(lambda _: states.append(on_disk(project_path, "ada")))
    studio.press(Qt.Key.Key_A)
    assert states[0][0] is ClipState.ACCEPTED
    studio.wait_for_clip("bob")


def test_undo_returns_to_the_clip_and_redo_puts_back(studio: Driver, project_path: Path) -> None:
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_U)
    studio.wait_for_clip("ada")
    assert on_disk(project_path, "ada")[0] is ClipState.TO_REVIEW
    studio.press(Qt.Key.Key_Z, ctrl=True, shift=True)
    assert on_disk(project_path, "ada")[0] is ClipState.ACCEPTED
    studio.press(Qt.Key.Key_Z, ctrl=True)
    assert on_disk(project_path, "ada")[0] is ClipState.TO_REVIEW


def test_reject_takes_a_digit(studio: Driver, project_path: Path) -> None:
    studio.press(Qt.Key.Key_3)
    assert on_disk(project_path, "ada")[0] is ClipState.TO_REVIEW, "a digit alone rejects nothing"
    studio.press(Qt.Key.Key_R)
    assert studio.window.work.rejecting
    studio.press(Qt.Key.Key_3)
    assert on_disk(project_path, "ada") == (ClipState.REJECTED, "jitter")
    studio.wait_for_clip("bob")
    assert not studio.window.work.rejecting


def test_escape_leaves_the_clip_undecided(studio: Driver, project_path: Path) -> None:
    studio.press(Qt.Key.Key_R, Qt.Key.Key_Escape)
    assert not studio.window.work.rejecting
    assert on_disk(project_path, "ada")[0] is ClipState.TO_REVIEW


def test_another_reason_asks_for_words(studio: Driver, project_path: Path) -> None:
    studio.press(Qt.Key.Key_R, Qt.Key.Key_8)
    note = studio.window.work.reject._note
    studio.wait(note.hasFocus)
    QTest.keyClicks(note, "a 3 and A cat")
    QTest.keyClick(note, Qt.Key.Key_Return)
    with Project.open(project_path, read_only=True) as project:
        record = project.clip("ada")
    assert (record.state, record.reason, record.note) == (ClipState.REJECTED, "other", "a 3 and A cat")


def test_advance_goes_round_to_what_is_undecided(studio: Driver) -> None:
    studio.press(Qt.Key.Key_N)
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("cleo")
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("ada")
    studio.press(Qt.Key.Key_A)
    assert studio.clip == "ada", "nothing is left: the clip stays"
    assert "Ctrl+E" in studio.window.work.banner.text


def test_a_project_that_is_open_elsewhere_is_read_only(empty_studio: Driver, project_path: Path) -> None:
    with Project.open(project_path):
        empty_studio.window.files.open_project(project_path)
        empty_studio.wait_for_clip("ada")
        assert "read-only" in empty_studio.window.work.banner.text
        assert not empty_studio.window.actions_["review.accept"].isEnabled()
        empty_studio.press(Qt.Key.Key_A)
        assert empty_studio.state("ada") is ClipState.TO_REVIEW


def test_the_next_start_comes_back_to_the_same_place(qtbot: object, studio: Driver, project_path: Path) -> None:
    window = studio.window
    studio.press(Qt.Key.Key_N)
    studio.wait_for_clip("bob")
    window.playhead.seek(13)
    studio.press(Qt.Key.Key_D, Qt.Key.Key_BracketRight, Qt.Key.Key_Z)
    view, layers = window.work.video.view, window.layers.value
    window.place.save()
    window.session.close()
    window.session.show(None)
    window.files.open_project(project_path)
    studio.wait_for_clip("bob")
    studio.wait_for_frame(13)
    assert window.layers.value == layers
    assert not layers.detected
    assert window.work.video.view == pytest.approx(view)


def test_after_a_kill_nobody_comes_back_to_a_clip_that_is_judged(studio: Driver, project_path: Path) -> None:
    """What is on disk at once is what a killed program leaves."""
    studio.press(Qt.Key.Key_A)
    assert studio.clip == "bob"
    with Project.open(project_path, read_only=True) as project:
        left = View.from_stored(project.view_state())
    assert (left.clip, left.frame) == ("bob", -1), "the place is older than the decision"
    studio.wait_for_clip("bob")
    studio.window.playhead.loop = True
    studio.press(Qt.Key.Key_Space)
    frames: set[int] = set()

    def seen() -> bool:
        with Project.open(project_path, read_only=True) as project:
            frames.add(View.from_stored(project.view_state()).frame)
        return len(frames) > 2

    studio.wait(seen, 15_000)
    assert studio.window.playhead.rate, "the place is written while the clip plays, not only when it stops"


def test_another_clip_than_that_of_last_time_opens_at_its_own_first_frame(studio: Driver, project_path: Path) -> None:
    window = studio.window
    window.playhead.seek(17)
    window.place.save()
    window.session.close()
    window.session.show(None)
    window.files.open_project(project_path)
    window.review.show_clip("cleo")  # before the clip of last time is there
    studio.wait_for_clip("cleo")
    assert window.playhead.frame == 0
    with Project.open(project_path, read_only=True) as project:
        assert View.from_stored(project.view_state()).clip == "cleo"

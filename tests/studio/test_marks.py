"""In and out marks, a loop between them, and frames that are left out: kept at once, taken back across restarts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from neuface_core.export import export_dataset, read_clip
from neuface_core.jobs import run
from neuface_core.project import Project
from neuface_core.project.records import DecisionEvent
from neuface_studio import qt_setup
from neuface_studio.main_window import MainWindow
from neuface_studio.playhead import Playhead
from neuface_studio.views.history_words import history_rows

from .conftest import FRAMES, Driver

pytestmark = pytest.mark.gl


def _on_disk(studio: Driver) -> tuple[str, str]:
    """What a reader of the project finds."""
    project = studio.window.session.project
    assert project is not None
    with Project.open(project.path, read_only=True) as reader:
        record = reader.clip("ada")
        return record.marks, record.excluded


def _go_to(studio: Driver, frame: int) -> None:
    studio.window.playhead.seek(frame)
    studio.wait_for_frame(frame)


def test_marked_frames_are_left_out_of_the_dataset(studio: Driver) -> None:
    window = studio.window
    _go_to(studio, 5)
    studio.press(Qt.Key.Key_I)
    _go_to(studio, 8)
    studio.press(Qt.Key.Key_O, Qt.Key.Key_X)
    assert _on_disk(studio) == ("5-8", "5-8")
    assert "left out" in window.work.video.hud_words
    assert "Frames 5 to 8 are left out" in window.work.banner.text
    _go_to(studio, 20)
    studio.press(Qt.Key.Key_X)  # outside of the marks: this frame alone
    assert _on_disk(studio) == ("5-8", "5-8, 20")
    project = window.session.project
    assert project is not None
    studio.press(Qt.Key.Key_A)
    out = project.path.parent / "out.h5"
    run(export_dataset(project, out))
    clip = read_clip(out, "ada")
    assert np.flatnonzero(clip["excluded"]).tolist() == [5, 6, 7, 8, 20]
    assert not clip["valid"][[5, 8, 20]].any()
    assert clip["valid"][9]


def test_a_second_press_takes_the_frames_in_again(studio: Driver) -> None:
    _go_to(studio, 3)
    studio.press(Qt.Key.Key_X)
    assert _on_disk(studio)[1] == "3"
    studio.press(Qt.Key.Key_X)
    assert _on_disk(studio)[1] == ""
    assert "left out" not in studio.window.work.video.hud_words


def test_marks_and_frames_are_taken_back_after_a_restart(studio: Driver) -> None:
    _go_to(studio, 4)
    studio.press(Qt.Key.Key_I, Qt.Key.Key_X)
    assert _on_disk(studio) == ("4-", f"4-{FRAMES - 1}")
    project = studio.window.session.project
    assert project is not None
    path = project.path
    studio.window.close_at_once()
    again = Driver(MainWindow(torch.device("cpu"), opengl=qt_setup.has_opengl()), studio.qtbot)
    try:
        again.window.show()
        again.window.activateWindow()
        assert again.window.files.open_project(path)
        again.wait_for_clip("ada")
        again.wait_for_frame(4)
        assert "left out" in again.window.work.video.hud_words
        again.press(Qt.Key.Key_U)
        assert _on_disk(again) == ("4-", "")
        assert "frames that are left out" in again.window.work.banner.text
        again.press(Qt.Key.Key_U)
        assert _on_disk(again) == ("", "")
        QTest.keyClick(
            again.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        )
        assert _on_disk(again) == ("4-", "")
    finally:
        again.window.close_at_once()
        again.window.deleteLater()


def test_left_out_frames_are_hatched_on_the_timeline(studio: Driver) -> None:
    timeline = studio.window.work.timeline

    def stripe() -> np.ndarray:
        studio.window.playhead.seek(0)
        picture = timeline.grab().toImage()
        ratio = timeline.devicePixelRatioF()
        y = timeline.height() // 2
        xs = range(round(timeline.x_of(12) * ratio), round(timeline.x_of(17) * ratio))
        return np.array([picture.pixelColor(x, round(y * ratio)).lightness() for x in xs], float)

    plain = stripe()
    _go_to(studio, 10)
    studio.press(Qt.Key.Key_I)
    _go_to(studio, 18)
    studio.press(Qt.Key.Key_O, Qt.Key.Key_X)
    studio.wait_for_frame(18)
    assert np.abs(np.diff(stripe())).sum() > 3 * np.abs(np.diff(plain)).sum() + 100, "no slanted lines were drawn"


def test_a_loop_stays_between_the_marks(studio: Driver) -> None:
    window = studio.window
    _go_to(studio, 6)
    studio.press(Qt.Key.Key_I)
    _go_to(studio, 9)
    studio.press(Qt.Key.Key_O)
    seen: list[int] = []
    window.playhead.frame_changed.connect(seen.append)
    _go_to(studio, 25)
    seen.clear()
    studio.press(Qt.Key.Key_L, Qt.Key.Key_L, Qt.Key.Key_L)
    studio.wait(lambda: seen.count(6) > 2)
    studio.press(Qt.Key.Key_Space)
    assert set(seen) <= {6, 7, 8, 9}
    studio.press(Qt.Key.Key_I, shift=True)
    assert window.playhead.span == (0, FRAMES - 1)


def test_without_a_loop_playing_goes_on_to_the_end(qtbot: object) -> None:
    playhead = Playhead()
    playhead.set_clip(np.arange(10) / 25)
    playhead.set_span((2, 4))
    playhead.loop = False
    playhead.play(8)
    qtbot.waitUntil(lambda: not playhead.playing)  # type: ignore[attr-defined]
    assert playhead.frame == 9


def test_the_strips_say_what_they_are_and_show_their_value(studio: Driver) -> None:
    timeline = studio.window.work.timeline
    assert [strip.words for strip in timeline.strips] == ["Before", "After", "Jitter", "Detector"]
    jitter, detector = timeline.strips[2:]
    assert jitter.value(15)
    assert detector.value(3) == "10 % unsure"
    assert detector.value(10) == "", "where no face was found the strip is empty"
    QTest.mouseMove(timeline, QPoint(round(timeline.x_of(3)), timeline.height() // 2))


def test_the_history_tells_of_fits_marks_and_decisions(studio: Driver) -> None:
    from PySide6.QtWidgets import QLabel

    def said() -> set[str]:
        labels = studio.window.work.inspector.findChildren(QLabel)
        return {label.text() for label in labels if not label.isHidden()}

    _go_to(studio, 3)
    studio.press(Qt.Key.Key_I, Qt.Key.Key_X, Qt.Key.Key_U)
    studio.wait(lambda: said() >= {"HISTORY", "fitted", "in and out marks", "frames left out", "undo: frames left out"})


def test_the_history_names_other_people_and_says_how_much_else_there_was() -> None:
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    who_and_what = [("me", "accept")] * 8 + [("bob", "reject"), ("me", "accept")]
    events = [
        DecisionEvent(str(k), noon + timedelta(minutes=k), "decide", "ada", verdict=verdict, reviewer=who)  # type: ignore[arg-type]
        for k, (who, verdict) in enumerate(who_and_what)
    ]
    rows = [what for what, _ in history_rows(events, {}, me="me")]
    assert rows[:2] == ["accepted", "rejected, by bob"]
    assert rows[-1] == "and 2 earlier"
    assert len(rows) == 9

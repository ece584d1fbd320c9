"""One registry of commands: no key twice, every command on the sheet and in the guide, all reached by keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.project.records import RejectReason
from neuface_studio.actions import COMMANDS, REASON_KEYS, key_table
from neuface_studio.key_map import KeyMap, portable

from .conftest import Driver

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "studio.md"


def test_no_two_commands_share_a_key() -> None:
    assert [clash.words for clash in KeyMap(COMMANDS).clashes()] == []


def test_a_conflict_would_be_found() -> None:
    twin = replace(COMMANDS[0], id="other")
    assert KeyMap((*COMMANDS, twin)).clashes()[0].second is twin


def test_the_reasons_have_the_digits_of_the_project() -> None:
    assert [reason.key for reason in RejectReason] == list(range(1, REASON_KEYS + 1))


def test_keys_are_written_as_qt_reads_them() -> None:
    for command in COMMANDS:
        assert tuple(map(portable, command.keys)) == command.keys, command.id


def test_the_guide_lists_the_keys_as_they_are() -> None:
    assert key_table() in GUIDE.read_text(encoding="utf-8"), "run: python -m neuface_studio.actions docs/studio.md"


@pytest.mark.gl
def test_the_sheet_lists_every_command(studio: Driver) -> None:
    studio.press(Qt.Key.Key_F1)
    sheet = studio.window.cheat_sheet_dialog
    assert sheet is not None
    assert sheet.isVisible()
    assert sheet.listed == {command.id for command in COMMANDS}
    assert all(label.width() >= label.sizeHint().width() for label in sheet.findChildren(type(sheet._caption(""))))
    assert sheet.area.horizontalScrollBar().maximum() == 0, "it is wider than the screen"
    down = sheet.area.verticalScrollBar()
    QTest.keyClick(sheet, Qt.Key.Key_End)
    assert down.value() == down.maximum()
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


@pytest.mark.gl
def test_a_morning_with_the_keyboard_alone(studio: Driver) -> None:
    window = studio.window
    studio.press(Qt.Key.Key_L, Qt.Key.Key_L)
    assert window.playhead.rate == 2
    studio.press(Qt.Key.Key_J)
    assert window.playhead.rate == -1
    studio.press(Qt.Key.Key_K)
    assert not window.playhead.playing
    opacity = window.layers.value.opacity
    studio.press(Qt.Key.Key_BracketLeft, Qt.Key.Key_S, Qt.Key.Key_T, Qt.Key.Key_Q, Qt.Key.Key_H, Qt.Key.Key_C)
    layers = window.layers.value
    assert layers.opacity == pytest.approx(opacity - 0.1)
    assert (layers.projected, layers.errors, layers.crop, layers.colour, layers.follow_head) == (
        False, False, True, "error", True,
    )  # fmt: skip
    studio.wait(lambda: window.work.video._picture.mesh.values is not None)  # type: ignore[union-attr]
    studio.press(Qt.Key.Key_Tab)
    assert not window.work.panels_shown
    studio.press(Qt.Key.Key_Tab)
    studio.press(Qt.Key.Key_Slash)
    studio.wait(window.work.queue.search.hasFocus)
    QTest.keyClicks(window.work.queue.search, "cleo a")
    assert window.work.queue.names == [], "letters in the field are letters and not commands"
    window.work.queue.search.setText("cleo")
    QTest.keyClick(window.work.queue.search, Qt.Key.Key_Return)
    studio.press(Qt.Key.Key_N)
    studio.wait_for_clip("cleo")
    studio.press(Qt.Key.Key_A)
    assert studio.state("cleo") == "accepted"


@pytest.mark.gl
def test_letters_do_nothing_in_the_3d_view(studio: Driver) -> None:
    window = studio.window
    for letter in "qewsrp":
        QTest.keyClick(window.work.mesh._surface, letter)
    studio.qtbot.wait(50)  # type: ignore[attr-defined]
    assert window.work.mesh.scene.points is not None, "a key of VTK closed or changed the view"

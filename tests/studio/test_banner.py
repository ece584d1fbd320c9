"""A message is answered, copied and closed with the keyboard alone, and looks like the theme that is chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest

from neuface_studio import theme
from neuface_studio.actions import COMMANDS
from neuface_studio.key_map import KeyMap
from neuface_studio.views.banner import Kind
from neuface_studio.why_not import why_not

from .conftest import WAITING, Driver

pytestmark = pytest.mark.gl


def test_a_key_does_what_the_message_offers(studio: Driver) -> None:
    banner = studio.window.work.banner
    assert studio.window.background.queue.current is None
    studio.window.files.offer_fits([WAITING], "One clip waits.")
    assert "Ctrl+D" in banner._action.text()
    assert "Ctrl+D" in banner._action.toolTip()
    studio.press(Qt.Key.Key_D, ctrl=True)
    task = studio.window.background.queue.current
    assert task is not None
    assert (task.kind, task.clip) == ("fit", WAITING)
    assert banner.text == ""
    studio.window.background.queue.stop()
    studio.wait_for_jobs()


def test_the_key_beside_the_words_is_the_one_that_holds(studio: Driver) -> None:
    window = studio.window
    window.tell("One clip waits.", Kind.INFO, "Fit it")
    window.actions_.set_keys(KeyMap(COMMANDS).with_keys("message.act", ["F8"]))
    assert window.work.banner._action.text() == "Fit it  F8"
    window.actions_.set_keys(KeyMap(COMMANDS).with_keys("message.act", []))
    assert window.work.banner._action.text() == "Fit it"
    window.actions_.set_keys(KeyMap(COMMANDS))


def test_keys_copy_the_details_and_close_the_message(studio: Driver) -> None:
    banner = studio.window.work.banner
    studio.window.tell("It went wrong.", Kind.PROBLEM, details="Traceback: the chin")
    studio.press(Qt.Key.Key_D, ctrl=True)  # nothing is offered
    assert banner.text == "It went wrong."
    studio.press(Qt.Key.Key_D, ctrl=True, shift=True)
    assert QGuiApplication.clipboard().text() == "It went wrong.\n\nTraceback: the chin"
    assert banner._details.text() == "Copied"
    studio.press(Qt.Key.Key_Escape)
    assert banner.text == ""


def test_escape_leaves_what_is_asked_before_it_closes_a_message(studio: Driver) -> None:
    window, banner = studio.window, studio.window.work.banner
    window.tell("It went wrong.", Kind.PROBLEM)
    studio.press(Qt.Key.Key_R)
    studio.press(Qt.Key.Key_Escape)
    assert not window.work.rejecting
    assert banner.text
    studio.press(Qt.Key.Key_N, ctrl=True)
    QTest.keyClick(window.work.note.line, Qt.Key.Key_Escape)
    assert window.work.note.isHidden()
    assert banner.text
    studio.press(Qt.Key.Key_Escape)
    assert banner.text == ""


def test_the_icon_takes_the_colour_of_the_theme(studio: Driver) -> None:
    window = studio.window
    window.tell("It went wrong.", Kind.PROBLEM)
    for scheme, other in ((theme.DARK, theme.LIGHT), (theme.LIGHT, theme.DARK)):
        window.set_theme(scheme)
        picture = window.work.banner._icon.grab().toImage()
        seen = [picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height())]

        def nearest(colour: str, seen: list[QColor] = seen) -> int:
            rgb = QColor(colour).getRgb()
            return min(sum(abs(a - b) for a, b in zip(one.getRgb(), rgb, strict=True)) for one in seen)

        assert nearest(scheme.warn) < nearest(other.warn), scheme.name
    window.set_theme(theme.DARK)


def test_without_a_message_the_palette_says_why(studio: Driver) -> None:
    studio.window.work.banner.hide()
    commands = {command.id: command for command in COMMANDS}
    assert why_not(commands["message.act"], studio.window.situation) == "no message offers anything"
    assert why_not(commands["message.close"], studio.window.situation) == "no message is shown"
    assert why_not(commands["edit.begin"], studio.window.situation) == "the clip has no landmarks yet"

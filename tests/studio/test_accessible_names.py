"""A screen reader has a word for everything that takes the keyboard or the mouse, in the window and in its dialogs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from every_dialog import DIALOGS, open_dialog
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QDialog,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMenuBar,
    QScrollArea,
    QScrollBar,
    QWidget,
)

from neuface_core.jobs import Job, Progress
from neuface_studio.questions import leave_question, views_question
from neuface_studio.views.banner import Kind
from neuface_studio.worker import Task

from .conftest import Driver

pytestmark = pytest.mark.gl

# Qt names these itself, or reads out what is in them.
_NAMED_BY_QT = (QHeaderView, QLabel, QMainWindow, QMenu, QMenuBar, QScrollBar, QScrollArea)
_WITH_PARTS = (QComboBox, QKeySequenceEdit)
_CONTROLS = (QAbstractButton, QAbstractItemView, QAbstractSlider, QComboBox, QLineEdit)


def _controls(root: QWidget) -> Iterator[QWidget]:
    """What a person can use below `root`, seen now or not; the inner parts of Qt's own widgets do not count."""
    for widget in root.findChildren(QWidget):
        parent = widget.parentWidget()
        if widget.objectName().startswith("qt_") or isinstance(widget, _NAMED_BY_QT) or widget.window() is not root:
            continue
        if parent is not None and (isinstance(parent, _WITH_PARTS) or isinstance(parent.parentWidget(), _WITH_PARTS)):
            continue
        if isinstance(widget, _CONTROLS) or widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            yield widget


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")


def _nameless(root: QWidget) -> list[str]:
    found = list(_controls(root))
    assert found, "nothing to use: the walk went wrong"
    assert root.windowTitle() or root.accessibleName()
    return [
        f"{type(w).__name__} in {type(w.parentWidget()).__name__}, {w.toolTip()!r}"
        for w in found
        if not _name(w).replace("&", "").strip()
    ]


def _endless() -> Job[None]:
    while True:
        yield Progress("fit", 1, 2)


def test_everything_in_the_window_has_a_name(studio: Driver) -> None:
    assert _nameless(studio.window) == []


def test_a_window_without_a_project_has_names_too(empty_studio: Driver) -> None:
    empty_studio.window.tell("3 clips wait for a fit.", Kind.INFO, "Fit all 3")
    assert _nameless(empty_studio.window) == []


def test_everything_in_the_dialogs_has_a_name(studio: Driver) -> None:
    window = studio.window
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("bob")
    dialogs = {name: open_dialog(window, name) for name in (*DIALOGS, "about")}
    for question in (
        leave_question(Task("fit", "Fitting bob", _endless), 1, "Stop and close", lambda: None),
        views_question(3, lambda _: None),
    ):
        window.work.question.ask(question)
        assert all(_name(button) for button in window.work.question.buttons)
        assert window.work.question.accessibleName() == question.title
        window.work.question.drop()
    assert dialogs.pop("cheat_sheet").windowTitle()  # nothing to use
    for name, dialog in dialogs.items():
        assert _nameless(dialog) == [], name
    for dialog in (*window.findChildren(QDialog), dialogs["palette"]):
        dialog.close()


def test_every_entry_of_the_menus_has_words(empty_studio: Driver) -> None:
    menus = [menu for menu in empty_studio.window.menuBar().findChildren(QMenu) if menu.title()]
    assert len(menus) >= 5
    for menu in menus:
        assert all(action.text().strip() for action in menu.actions() if not action.isSeparator()), menu.title()

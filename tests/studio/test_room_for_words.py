"""Every word has the room it needs, in both themes, at the usual size of words and at one and a half times of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from pprint import pformat

import pytest
from every_dialog import DIALOGS, open_dialog
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from neuface_core.jobs import Job, Progress
from neuface_core.project import Project
from neuface_studio import theme
from neuface_studio.views.banner import Kind
from neuface_studio.views.controls import Elided
from neuface_studio.worker import Task

from .conftest import FITTED, WAITING, Driver

SMALL_SCREEN = 1280, 720
LONG_WORDS = "The clip could not be fitted: no face was found in more than a tenth of its frames. " * 2


def _words(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QLineEdit):
        return widget.placeholderText()
    return widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""


def _carriers(root: QWidget) -> Iterator[QWidget]:
    """What carries words or an icon below `root` and is seen; the inner parts of Qt's own widgets do not count."""
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parentWidget(), QLineEdit | QComboBox) or widget.objectName().startswith("qt_")
        words = isinstance(widget, QLabel | QAbstractButton | QComboBox) and not inner
        asks = isinstance(widget, QLineEdit) and widget.placeholderText()
        if (words or asks) and widget.isVisibleTo(root):
            yield widget


def _too_small(widget: QWidget) -> bool:
    if isinstance(widget, QLineEdit):
        return widget.fontMetrics().horizontalAdvance(widget.placeholderText()) > widget.width() - 12
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    wanted = widget.minimumSizeHint() if isinstance(widget, Elided) else widget.sizeHint()
    return widget.width() < wanted.width() or widget.height() < wanted.height()


def _sticks_out(widget: QWidget, root: QWidget) -> bool:
    """Whether a part of it lies outside of something that holds it; what can be scrolled to is not lost."""
    above = widget.parentWidget()
    while above is not None:
        place = QRect(widget.mapTo(above, QPoint(0, 0)), widget.size())
        area = above.parentWidget()
        area = area.parentWidget() if area is not None else None
        if isinstance(area, QScrollArea) and area.widget() is above:
            return False if not area.widgetResizable() else place.right() > area.viewport().width()
        if not above.rect().contains(place):
            return True
        if above is root:
            break
        above = above.parentWidget()
    return False


def _overlapping(root: QWidget) -> list[str]:
    """Neighbours in one layout that lie over each other."""
    found, placed = [], {}
    for widget in _carriers(root):
        parent = widget.parentWidget()
        if parent is not None and parent.layout() is not None:
            placed.setdefault(parent, []).append(widget)
    for neighbours in placed.values():
        for k, one in enumerate(neighbours):
            found += [f"{_words(one)!r} over {_words(o)!r}" for o in neighbours[:k] if one.geometry() & o.geometry()]
    return found


def cut(root: QWidget) -> list[str]:
    """What is wrong with the room that words have below `root`."""
    for _ in range(3):  # a layout in a layout asks once more
        QApplication.processEvents()
    wrong = [
        f"{type(w).__name__} {_words(w)!r}: {w.width()}×{w.height()}, wants {w.sizeHint().toTuple()}"
        for w in _carriers(root)
        if _too_small(w) or _sticks_out(w, root)
    ]
    return wrong + _overlapping(root)


def _endless() -> Job[None]:
    while True:
        time.sleep(0.01)
        yield Progress("fit", 412, 1000, {"loss": 0.1})


def _states(studio: Driver) -> Iterator[str]:
    """The window in one state after the other."""
    window = studio.window
    yield "a fit"
    window.tell(LONG_WORDS, Kind.PROBLEM, "Fit all 12", "details")
    yield "a problem"
    window.work.banner.hide()
    studio.press(Qt.Key.Key_R)
    yield "reasons"
    studio.press(Qt.Key.Key_8)
    yield "another reason"
    window.review.stop_rejecting()
    window.review.start_note()
    yield "a note"
    window.review.start_tags()
    yield "tags"
    window.work.hide_strips()
    studio.press(Qt.Key.Key_E, Qt.Key.Key_Tab, Qt.Key.Key_G)
    assert window.editing.active
    yield "repair"
    window.editing.end()
    window.work.queue.search.setText("nobody")
    yield "no clip found"
    window.work.queue.search.clear()
    window.background.queue.add(Task("fit", "Fitting a clip with a rather long name", _endless, clip="ada"))
    studio.wait(lambda: "412" in window.job_bar._stage.text())
    yield "a running fit"
    window.background.queue.cancel()
    studio.wait(lambda: window.background.queue.current is None)
    window.review.show_clip("dora")
    studio.wait_for_clip("dora")
    yield "no fit yet"


@pytest.fixture(params=[1.0, 1.5], ids=["usual", "large"])
def scale(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[float]:
    yield request.param
    theme.set_font_scale(qapp, 1.0)
    theme.apply(qapp, theme.DARK)


@pytest.fixture
def studio(project_path: Path, empty_studio: Driver) -> Driver:
    """The window on a clip whose landmarks can be repaired."""
    with Project.open(project_path) as project:
        for name in FITTED:
            project.save_landmarks(name, [project.load_fit(name).landmarks])
    assert empty_studio.window.files.open_project(project_path)
    empty_studio.wait_for_clip("ada")
    empty_studio.wait_for_frame(0)
    return empty_studio


def _dress(studio: Driver, scheme: theme.Theme, scale: float) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.set_font_scale(app, scale)
    studio.window.set_theme(scheme)


@pytest.mark.gl
@pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT], ids=lambda s: s.name)
def test_no_word_is_cut(studio: Driver, scheme: theme.Theme, scale: float) -> None:
    _dress(studio, scheme, scale)
    wrong = {state: found for state in _states(studio) if (found := cut(studio.window))}
    for name in DIALOGS:
        dialog = open_dialog(studio.window, name)
        if found := cut(dialog):
            wrong[name] = found
        dialog.close()
    assert not wrong, pformat(wrong, width=200)


@pytest.mark.gl
def test_a_small_screen_is_enough(studio: Driver, scale: float) -> None:
    _dress(studio, theme.DARK, scale)
    window = studio.window
    window.resize(*SMALL_SCREEN)
    wrong = {}
    for state in _states(studio):
        if found := cut(window):
            wrong[state] = found
        assert window.size().toTuple() == SMALL_SCREEN, f"{state}: the window grew"
    assert not wrong, pformat(wrong, width=200)
    assert window.work.video.height() >= 180 / scale


@pytest.mark.gl
def test_an_empty_window_has_room_for_its_words(empty_studio: Driver, tmp_path: Path, scale: float) -> None:
    _dress(empty_studio, theme.DARK, scale)
    window = empty_studio.window
    window.resize(*SMALL_SCREEN)
    deep = tmp_path / "a folder with a name that is rather long" / "and another one in it" / "people.neuface"
    Project.create(deep).close()
    window.preferences.remember(deep)
    window._show_records()
    assert not cut(window)
    assert window.files.open_project(tmp_path / "nothing.neuface", create=True)
    assert not cut(window)


@pytest.mark.gl
def test_the_state_of_a_clip_is_whole_beside_its_verdicts(studio: Driver, scale: float) -> None:
    studio.window.resize(1560, 960)
    _dress(studio, theme.DARK, scale)
    studio.press(Qt.Key.Key_A)
    studio.window.review.show_clip("ada")
    studio.wait_for_clip("ada")
    for _ in range(3):
        QApplication.processEvents()
    state = studio.window.work.review._state
    assert state.text() == "accepted"
    assert state.fontMetrics().horizontalAdvance(state.text()) <= state.width()
    assert not studio.window.work.queue.table.isColumnHidden(3), "the list has too little room"


@pytest.mark.gl
def test_words_are_as_large_as_the_system_asks_for(studio: Driver) -> None:
    assert theme.system_scale(9, "win32") == 1
    assert theme.system_scale(13.5, "win32") == pytest.approx(1.5)
    assert [theme.system_scale(points, "linux") for points in (9, 10, 11, 16.5)] == pytest.approx([1, 1, 1, 1.5])
    assert theme.system_scale(-1, "linux") == 1
    usual = studio.window.work.review._name.sizeHint().width()
    _dress(studio, theme.DARK, 1.5)
    assert studio.window.work.review._name.sizeHint().width() == pytest.approx(1.5 * usual, rel=0.06)
    _dress(studio, theme.DARK, 1.0)


@pytest.mark.gl
def test_the_list_of_clips_has_the_room_it_wants(studio: Driver) -> None:
    studio.window.resize(1480, 920)
    QApplication.processEvents()
    queue = studio.window.work.queue
    assert queue.width() >= 400
    assert studio.window.work.inspector.isVisible()
    assert not queue.table.isColumnHidden(3)


@pytest.mark.gl
def test_words_beside_the_timeline_stand_apart(studio: Driver, scale: float) -> None:
    _dress(studio, theme.DARK, scale)
    timeline = studio.window.work.timeline
    line = QFontMetricsF(theme.interface_font(8)).height()
    for name in ("ada", WAITING):
        studio.window.review.show_clip(name)
        studio.wait_for_clip(name)
        QApplication.processEvents()
        middles = [box.center().y() for _, box in timeline._places()]
        assert min(low - high for high, low in itertools.pairwise(middles)) >= line + 2, name
        assert middles[-1] + line / 2 <= timeline.height() + 1, name


@pytest.mark.gl
def test_what_cannot_be_clicked_stands_apart_from_what_can(studio: Driver, scale: float) -> None:
    _dress(studio, theme.DARK, scale)
    studio.press(Qt.Key.Key_E)
    studio.window.resize(*SMALL_SCREEN)
    for _ in range(3):
        QApplication.processEvents()
    bar = studio.window.work.edit_bar
    words = next(label for label in bar.findChildren(QLabel) if "arrows" in label.text())
    chips = [c.geometry() for c in bar.findChildren(QAbstractButton) if c.objectName() == "hint"]
    beside = [chip for chip in chips if chip.top() < words.geometry().center().y() < chip.bottom()]
    assert all(abs(chip.center().y() - words.geometry().center().y()) <= 1 for chip in beside)
    left = words.geometry().left() + words.contentsMargins().left()
    assert all(left - chip.right() >= 12 for chip in beside)

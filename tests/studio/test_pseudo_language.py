"""In the pseudo-language every text of the window stands in brackets: what does not cannot be translated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from every_dialog import DIALOGS, open_dialog
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QTableView,
    QTabWidget,
    QTreeView,
    QWidget,
)

from neuface_core.jobs import Job, Progress
from neuface_core.project import Project
from neuface_studio.dialogs.help_window import HelpWindow
from neuface_studio.dialogs.models_panel import ModelsPanel
from neuface_studio.language import CONTEXT, PseudoTranslator, tr
from neuface_studio.questions import leave_question, views_question
from neuface_studio.session import reviewer_name
from neuface_studio.state import RESULT_WORDS
from neuface_studio.views.banner import Kind
from neuface_studio.worker import Task

from .conftest import FITTED, WAITING, Driver
from .test_texts import _extracted

pytestmark = pytest.mark.gl

BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
# The same in every language: names of clips, files, models and languages, keys, units, licences, dates.
_NAMES = (
    r"\S*/\S*",
    r"\S+\.\w+\b",
    *(*FITTED, WAITING, "extra", "faces", "front", "NeuFace Studio", "NeuFace", "default", "seed", "English"),
    r"\b(Ctrl|Shift|Alt|Meta|Space|Esc|Tab|Return|Enter|Home|End|Del|PgUp|PgDown|Left|Right|Up|Down|F\d+)\b",
    r"open-[a-z]+-?v?\d",
    r"\b(cpu|mm|HDF5|GLB|HTML|MP4|OBJ|PLY|PC2|CSV|COCO|VHAP|PARAMS|vhap|params)\b",
    r"Apache-2\.0|CC0|CC-BY[-\d.A-Z]*|MIT",
    r"\d\d [A-Z][a-z]{2} \d\d:\d\d",
)
NAMES = re.compile("|".join(_NAMES))
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")


class Recorder(PseudoTranslator):
    """Knows which texts were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        if context == CONTEXT:
            self.asked.add(text)
        return super().translate(context, text, disambiguation, n)


@pytest.fixture
def pseudo(qapp: QApplication) -> Iterator[Recorder]:
    translator = Recorder()
    qapp.installTranslator(translator)
    yield translator
    qapp.removeTranslator(translator)


@pytest.fixture
def foreign(pseudo: Recorder, project_path: Path, request: pytest.FixtureRequest) -> Driver:
    """The window on the project, in the pseudo-language; its landmarks can be edited."""
    with Project.open(project_path) as project:
        for name in FITTED:
            project.save_landmarks(name, [project.load_fit(name).landmarks])
    driver: Driver = request.getfixturevalue("studio")
    return driver


def plain_words(text: str) -> str:
    """What of a text is in no brackets and is no name."""
    text = re.sub(r"<[^>]*>", " ", text.replace("&", ""))
    while BRACKETED.search(text):
        text = BRACKETED.sub(" ", text)
    return " ".join(WORD.findall(NAMES.sub(" ", text)))


def _of_model(model: QAbstractItemModel | None) -> Iterator[str]:
    if model is None:
        return
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
    for column in range(columns):
        for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
        for row in range(min(model.rowCount(QModelIndex()), 200)):
            index = model.index(row, column, QModelIndex())
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
                yield str(model.data(index, role) or "")


def _of_widget(widget: QWidget) -> Iterator[str]:
    """What a widget says itself."""
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QTabWidget):
        yield from (widget.tabText(tab) for tab in range(widget.count()))
    elif isinstance(widget, QComboBox) or (
        isinstance(widget, QListView | QTableView | QTreeView) and not _from_the_core(widget)
    ):
        yield from _of_model(widget.model())


def texts(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Every text below `root`, seen now or not, with its widget."""
    for widget in (root, *root.findChildren(QWidget)):
        said = (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), *_of_widget(widget))
        yield from ((widget, words) for words in said)
        if widget.isWindow():
            yield widget, widget.windowTitle()
    for action in root.findChildren(QAction):
        yield from ((root, words) for words in (action.text(), action.toolTip()))


def _from_the_core(widget: QWidget) -> bool:
    """Titles of documents, and what the core says of a model, are English."""
    parent = widget.parentWidget()
    return isinstance(widget.window(), HelpWindow) or isinstance(parent, ModelsPanel)


def english(root: QWidget, core: Iterable[str] = ()) -> list[str]:
    """Every text below `root` that has words outside brackets, with where it is; but for what the core says."""
    said = [re.compile(re.escape(words), re.IGNORECASE) for words in core]
    found = []
    for widget, text in dict.fromkeys((type(widget).__name__, text) for widget, text in texts(root)):
        for sentence in said:
            text = sentence.sub("", text)
        found.append((widget, text))
    assert sum("⟦" in text for _, text in found) >= 3, "nothing is bracketed: the walk went wrong"
    return [f"{where}: {text!r} says {plain_words(text)!r}" for where, text in found if plain_words(text)]


def _endless() -> Job[None]:
    while True:
        yield Progress("fit", 1, 2)


def test_every_text_of_the_window_is_translated(foreign: Driver, pseudo: Recorder) -> None:
    window = foreign.window
    core = [finding for record in window.model.records for finding in record.suspect.split("; ") if finding]
    foreign.press(Qt.Key.Key_W)
    assert english(window, core) == []
    # What is asked for in strips over the queue, and what is said of a decision.
    foreign.press(Qt.Key.Key_R)
    assert english(window, core) == []
    foreign.press(Qt.Key.Key_Escape)
    foreign.press(Qt.Key.Key_N, ctrl=True)
    assert english(window, core) == []
    QTest.keyClick(window.work.note.line, Qt.Key.Key_Escape)
    foreign.press(Qt.Key.Key_E)
    assert window.editing.active
    foreign.press(Qt.Key.Key_Tab)
    assert english(window, core) == []
    foreign.press(Qt.Key.Key_Escape, Qt.Key.Key_Escape)
    foreign.press(Qt.Key.Key_A)
    foreign.wait_for_clip("bob")
    assert english(window, core) == []
    assert "⟦" in window.work.banner.text
    foreign.press(Qt.Key.Key_R, Qt.Key.Key_3)
    foreign.wait_for_clip("cleo")
    foreign.press(Qt.Key.Key_U)
    foreign.wait_for_clip("bob")
    assert english(window, core) == []
    unknown = pseudo.asked - {text for text, _ in _extracted()} - {""}
    assert unknown == set(), "shown through tr, but neither written in its call nor marked: no translator sees them"


def test_every_text_of_the_dialogs_is_translated(foreign: Driver, pseudo: Recorder) -> None:
    window = foreign.window
    foreign.press(Qt.Key.Key_A)
    foreign.wait_for_clip("bob")
    dialogs = {name: open_dialog(window, name) for name in DIALOGS}
    task = Task("fit", tr("Fitting {name}", name="bob"), _endless)
    for question in (leave_question(task, 1, tr("Stop and close"), lambda: None), views_question(3, lambda _: None)):
        window.work.question.ask(question)
        assert english(window.work.question, [reviewer_name()]) == []
        window.work.question.drop()
    for called, dialog in dialogs.items():
        names = [reviewer_name(), "open", "deca", "emoca"]  # of encoders: what is typed on the command line, too
        assert english(dialog, names) == [], called
    for dialog in (*window.findChildren(QDialog), dialogs["palette"]):
        dialog.close()
    unknown = pseudo.asked - {text for text, _ in _extracted()} - {""}
    assert unknown == set()


def test_what_an_empty_window_teaches_is_translated(pseudo: Recorder, request: pytest.FixtureRequest) -> None:
    window = request.getfixturevalue("empty_studio").window
    window.tell(tr("No clip waits for a fit."), Kind.INFO, tr("Fit it"))
    assert english(window) == []
    assert all(words == "" or tr(words).startswith("⟦") for words in RESULT_WORDS.values())

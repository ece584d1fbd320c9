"""The user's models: what is there, add by button or by dropping files, check, remove. Made to stand in any window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from neuface_core.jobs import Job, Progress
from neuface_core.models import (
    INSTALL_REMEDY,
    AddReport,
    add_models,
    check_models,
    installed,
    remove_model,
    stored_models,
)
from neuface_studio import theme
from neuface_studio.language import mark, tr
from neuface_studio.worker import Failure, JobQueue, Task

_COLUMNS = (mark("Model"), mark("Good for"), mark("Licence"), mark("State"))
_FILES = "*.pkl *.npy *.npz *.tar *.pth *.pt *.ckpt *.zip"
_STATES = {
    "installed": mark("installed"),
    "missing": mark("missing"),
    "added": mark("added"),
    "linked": mark("linked"),
}
_HINT = mark("Drop FLAME, DECA, EMOCA or FAN files here, or a folder of them. Nothing in a file is executed.")


@dataclass(frozen=True)
class ModelRow:
    """One line of the list.

    Attributes
    ----------
    own
        Whether the user added it, and may remove it.
    state
        "installed", "missing", "added" or "linked".
    """

    name: str
    purpose: str
    licence: str
    state: str
    tip: str
    own: bool
    commercial: bool | None = True


def all_rows() -> Job[tuple[ModelRow, ...]]:
    """The user's models first, then those that the program installs itself."""
    yield Progress("models", 0, 1)
    own = [
        ModelRow(
            model.name,
            model.purpose,
            model.licence,
            "linked" if model.linked else "added",
            tr("{title}\nfrom {source}\nSHA-256 {sha256}", title=model.title, source=model.source, sha256=model.sha256),
            True,
            model.commercial,
        )
        for model in stored_models()
    ]
    program = [
        ModelRow(
            entry.asset.name,
            entry.asset.purpose,
            entry.asset.licence,
            "installed" if entry.present else "missing",
            ("" if entry.present else f"{INSTALL_REMEDY}\n")
            + tr("from the package {wheel}\nSHA-256 {sha256}", wheel=entry.asset.wheel, sha256=entry.asset.sha256),
            False,
        )
        for entry in installed()
        if entry.asset.kind == "model"
    ]
    return (*own, *program)


class ModelsPanel(QWidget):
    """List and commands; everything slow runs on a thread of its own."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.queue = JobQueue(self)
        self.queue.progressed.connect(lambda _, progress, __: self._show_progress(progress))
        self.queue.ended.connect(self._on_ended)
        self.queue.changed.connect(self._show_busy)
        self._checked: dict[str, str] = {}
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("Models"))
        self.list.setColumnCount(len(_COLUMNS))
        self.list.setHeaderLabels([tr(words) for words in _COLUMNS])
        self.list.setRootIsDecorated(False)
        self.list.setAlternatingRowColors(False)
        self.list.setUniformRowHeights(True)
        self.list.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._show_busy)
        header = self.list.header()
        for column, width in enumerate((150, 440, 260)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, theme.px(width))
        self.words = QLabel(tr(_HINT))
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 100)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.bar)
        layout.addWidget(self.words)
        layout.addLayout(self._buttons())
        self.refresh()

    def refresh(self) -> None:
        """Read the list again."""
        self.queue.add(Task("list", tr("Looking at the models"), all_rows))

    def add(self, paths: Sequence[Path]) -> None:
        """Add files and folders."""
        self.words.setText(tr("Looking at the files…"))
        self.queue.add(Task("add", tr("Adding models"), lambda: add_models(paths)))

    def check(self) -> None:
        """Hash and load the user's models again."""
        self.queue.add(Task("check", tr("Checking the models"), check_models))

    def remove_selected(self) -> None:
        """Remove the chosen models of the user; their original files stay."""
        names = self._selected()
        if names:
            self.queue.add(Task("remove", tr("Removing"), lambda: _remove(names)))

    def stop(self) -> bool:
        """Stop what runs; before the panel goes away."""
        return self.queue.stop()

    # --- looks

    def _buttons(self) -> QHBoxLayout:
        def button(words: str, run: Callable[[], Any], name: str = "") -> QPushButton:
            made = QPushButton(words)
            made.setAutoDefault(False)
            made.clicked.connect(lambda: run())
            if name:
                made.setObjectName(name)
            row.addWidget(made)
            return made

        row = QHBoxLayout()
        row.setSpacing(8)
        self.add_button = button(tr("Add files…"), self._ask_for_files, "primary")
        self.folder_button = button(tr("Add a folder…"), self._ask_for_folder)
        self.check_button = button(tr("Check"), self.check)
        self.remove_button = button(tr("Remove"), self.remove_selected)
        row.addStretch()
        return row

    def _selected(self) -> tuple[str, ...]:
        rows = [item.data(0, Qt.ItemDataRole.UserRole) for item in self.list.selectedItems()]
        return tuple(row.name for row in rows if row.own)

    def _show_busy(self) -> None:
        busy = self.queue.current is not None
        if not busy:
            self.bar.setValue(0)
        self.bar.setVisible(busy)
        for made in (self.add_button, self.folder_button, self.check_button):
            made.setEnabled(not busy)
        self.remove_button.setEnabled(not busy and bool(self._selected()))

    def _show_progress(self, progress: Progress) -> None:
        self.bar.setValue(int(100 * progress.fraction))

    def _show_rows(self, rows: Sequence[ModelRow]) -> None:
        self.list.clear()
        for row in rows:
            problem = self._checked.get(row.name, "")
            checked = tr("cannot be used") if problem else tr("checked")
            state = checked if row.name in self._checked else tr(_STATES[row.state])
            licence = _licence_words(row)
            item = QTreeWidgetItem([row.name, row.purpose, licence, state])
            item.setData(0, Qt.ItemDataRole.UserRole, row)
            for column, words in enumerate((row.tip, row.purpose, row.licence, problem or row.tip)):
                item.setToolTip(column, words)
            self.list.addTopLevelItem(item)

    # --- what came of it

    def _on_ended(self, task: Task, outcome: str, result: object) -> None:
        if outcome == "failed" and isinstance(result, Failure):
            self.words.setText(result.words)
        elif outcome == "done" and task.kind == "list":
            self._show_rows(result)  # type: ignore[arg-type]
            return
        elif outcome == "done" and isinstance(result, AddReport):
            self.words.setText(_what_was_added(result))
        elif outcome == "done" and isinstance(result, dict):
            self._checked = result
            problems = [words for words in result.values() if words]
            self.words.setText("\n".join(problems) or tr("{n} of your models are whole.", n=len(result)))
        elif outcome == "done":
            self.words.setText(str(result))
        if task.kind != "list":
            self.refresh()

    def _ask_for_files(self) -> None:
        models, everything = tr("Models"), tr("All files")
        kinds = f"{models} ({_FILES});;{everything} (*)"
        names, _ = QFileDialog.getOpenFileNames(self, tr("Add models"), str(Path.home()), kinds)
        if names:
            self.add([Path(name) for name in names])

    def _ask_for_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Add a folder of models"), str(Path.home()))
        if name:
            self.add([Path(name)])

    # --- dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()
            self.words.setText(tr("Let go to add them."))

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.words.setText(tr(_HINT))

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.add(paths)


def _licence_words(row: ModelRow) -> str:
    """The licence, and before it what it forbids where it does not begin with that itself."""
    if row.commercial is None and not row.licence.startswith("not"):
        return tr("not stated: {licence}", licence=row.licence)
    if row.commercial is False and not row.licence.startswith("non"):
        return tr("non-commercial: {licence}", licence=row.licence)
    return row.licence


def _remove(names: Sequence[str]) -> Job[str]:
    for number, name in enumerate(names):
        yield Progress("models", number, len(names))
        remove_model(name)
    return tr("Removed: {names}. Your original files stay where they are.", names=", ".join(names))


def _what_was_added(report: AddReport) -> str:
    lines = []
    if report.added:
        lines.append(tr("Added: {names}.", names=", ".join(model.name for model in report.added)))
    if report.there:
        lines.append(tr("There already: {names}.", names=", ".join(model.name for model in report.there)))
    return "\n".join(
        [*lines, *report.notes, *(tr("Left out: {problem}", problem=problem) for problem in report.problems)]
    )

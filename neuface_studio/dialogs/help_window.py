"""The guide and its neighbours, offline; and what `neuface doctor` finds, ready to be copied into a report."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QListWidget, QTextBrowser, QVBoxLayout, QWidget

from neuface_studio import theme
from neuface_studio.language import tr

FIRST = "studio.md"
_LOOK_EVERY_MS = 50
_PICTURE_WIDTH = 680
_BESIDE = 28  # a title: frame, scroll bar
_WIDEST_TITLE = 380
_MARGINS = 60  # around the list and the page


def docs_folder() -> Path | None:
    """Where the documents lie: in a checkout, or inside the installed package."""
    package = Path(__file__).resolve().parent.parent
    return next((f for f in (package / "_docs", package.parent / "docs") if (f / FIRST).is_file()), None)


def title_of(page: Path) -> str:
    """The first heading of a document."""
    with page.open(encoding="utf-8") as file:
        return next((line.removeprefix("# ").strip() for line in file if line.startswith("# ")), page.stem)


class _Page(QTextBrowser):
    """Pictures are at most as wide as a column of text."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        found = super().loadResource(kind, name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return found
        picture = QImage(str(next(iter(self.searchPaths()), "")) + "/" + QUrl(name).path())
        if picture.width() <= _PICTURE_WIDTH:
            return found
        return picture.scaledToWidth(_PICTURE_WIDTH, Qt.TransformationMode.SmoothTransformation)


class HelpWindow(QDialog):
    """Pages on the left, the chosen one on the right; links lead from page to page and never out of the machine."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Guide"))
        self._folder = folder
        self.pages = QListWidget()
        self.pages.setAccessibleName(tr("Pages of the guide"))
        self.pages.setWordWrap(True)
        self.pages.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text = _Page()
        self.text.setAccessibleName(tr("The page"))
        self.text.setSearchPaths([str(folder)])
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._follow)
        self._files = [folder / FIRST, *(p for p in sorted(folder.glob("*.md")) if p.name != FIRST)]
        for page in self._files:
            self.pages.addItem(title_of(page))
        self.pages.setFixedWidth(min(self.pages.sizeHintForColumn(0) + theme.px(_BESIDE), theme.px(_WIDEST_TITLE)))
        self.resize(self.pages.width() + _PICTURE_WIDTH + theme.px(_BESIDE) + _MARGINS, 760)
        self.pages.currentRowChanged.connect(lambda row: self._show(self._files[row]))
        layout = QHBoxLayout(self)
        layout.addWidget(self.pages)
        layout.addWidget(self.text, 1)
        self.pages.setCurrentRow(0)

    def _show(self, page: Path) -> None:
        self.text.setMarkdown(page.read_text(encoding="utf-8"))

    def _follow(self, link: QUrl) -> None:
        wanted = (self._folder / link.path()).resolve()
        if link.isRelative() and wanted.suffix == ".md" and wanted.is_relative_to(self._folder) and wanted.is_file():
            if wanted in self._files:
                self.pages.setCurrentRow(self._files.index(wanted))
            else:
                self._show(wanted)


class ReportWindow(QDialog):
    """Lines that come from a background thread, or a finished text, with a button that copies all of it."""

    def __init__(self, title: str, lines: Callable[[], Iterable[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(760, 560)
        self.text = QTextBrowser()
        self.text.setAccessibleName(title)
        buttons = QDialogButtonBox()
        self.copy = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.text, 1)
        layout.addWidget(buttons)
        self._found: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.complete = False
        self._look = QTimer(self)
        self._look.timeout.connect(self._empty)
        self._look.start(_LOOK_EVERY_MS)
        threading.Thread(target=self._collect, args=(lines,), name="neuface report", daemon=True).start()

    def _collect(self, lines: Callable[[], Iterable[str]]) -> None:
        try:
            for line in lines():
                self._found.put(line)
        except Exception as error:
            self._found.put(
                tr("The report could not be completed: {kind}: {error}", kind=type(error).__name__, error=error)
            )
        self._found.put(None)

    def _empty(self) -> None:
        while not self._found.empty():
            line = self._found.get()
            if line is None:
                self.complete = True
                self._look.stop()
            else:
                self.text.append(line)

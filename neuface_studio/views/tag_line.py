"""A line to give a clip its tags: words with commas between, completed by those that the project has."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from neuface_studio.language import tr
from neuface_studio.views.note_line import LineStrip, NoteLine


class _TagLine(NoteLine):
    """Completes the last of several words."""

    def __init__(self) -> None:
        super().__init__()
        self._known = QStringListModel(self)
        self._completer = QCompleter(self._known, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setWidget(self)
        self._completer.activated.connect(self._complete)
        self.textEdited.connect(self._offer)

    def set_known(self, tags: Sequence[str]) -> None:
        self._known.setStringList(list(tags))

    def _offer(self, text: str) -> None:
        last = text.rpartition(",")[2].strip()
        self._completer.setCompletionPrefix(last)
        if last and self._completer.completionCount() and self._completer.currentCompletion() != last:
            self._completer.complete()
        else:
            self._hide_offers()

    def _hide_offers(self) -> bool:
        """Take the list of offers away; whether it was there."""
        offers = self._completer.popup()
        shown = offers is not None and offers.isVisible()
        if offers is not None:
            offers.hide()
        return shown

    def _complete(self, tag: str) -> None:
        before = self.text().rpartition(",")[0].strip()
        self.setText(f"{before}, {tag}" if before else tag)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._hide_offers():
            return  # the first Escape is about the offers alone
        super().keyPressEvent(event)


class TagStrip(LineStrip):
    """Asks for the tags of the clip.

    Signals
    -------
    written(list of str)
        Enter was pressed; an empty list takes all tags away.
    """

    written = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        line = _TagLine()
        super().__init__(line, tr("Tags"), tr("Enter keeps them  ·  Esc leaves them"), parent)
        self._tags = line
        self.line.setPlaceholderText(tr("glasses, beard, …"))
        self.line.setAccessibleName(tr("Tags of the clip, with commas between"))
        self.line.returnPressed.connect(lambda: self.written.emit(self.line.text().split(",")))

    def begin(self, tags: Sequence[str], known: Sequence[str]) -> None:
        """Ask, with the tags that stand; `known` are those of the project."""
        self._tags.set_known(known)
        self._ask("".join(f"{tag}, " for tag in tags))

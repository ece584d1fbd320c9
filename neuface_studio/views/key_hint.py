"""Buttons and their hints that name the key of their command, whatever key that is at the moment."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QPushButton

from neuface_studio import theme


class KeyButton(QPushButton):
    """Words with the key of `action` behind them: who works by keys never sees a hint."""

    def __init__(self, action: QAction, words: str = "") -> None:
        super().__init__()
        self._command, self._words = action, words
        self._icon_size = 0
        follow_hint(self, action)
        action.changed.connect(self._say)
        self._say()

    def set_words(self, words: str) -> None:
        """Say something else; without words it says nothing of its own, not the key either."""
        self._words = words
        self._say()

    def set_icon_size(self, size: int) -> None:
        """How large its icon is, in pixels at the usual size of words."""
        self._icon_size = size
        self._fit_words()

    def _fit_words(self) -> None:
        if self._icon_size:
            self.setIconSize(QSize(theme.px(self._icon_size), theme.px(self._icon_size)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()

    def _say(self) -> None:
        if self._words:
            self.setText(f"{self._words}  {key_text(self._command)}".rstrip())


def key_text(action: QAction) -> str:
    """The key of a command as the system writes it, or ""."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def follow_hint(button: QAbstractButton, action: QAction) -> None:
    """Let the hint of `button` be that of `action` from now on."""

    def take() -> None:
        if button.toolTip() != action.toolTip():
            button.setToolTip(action.toolTip())

    take()
    action.changed.connect(take)

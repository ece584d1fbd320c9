"""Keys that work while they are held down: a shortcut knows no release, so these are followed here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from neuface_studio.actions import COMMANDS
from neuface_studio.command import Command

_TYPING = (QLineEdit, QPlainTextEdit, QComboBox)


class HeldKeys(QObject):
    """Calls `press` and `release` with the layer's name ("before", "bare") for the keys of the registry."""

    def __init__(
        self, window: QWidget, may_press: Callable[[Command], bool], hold: Callable[[str, bool], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._may_press = may_press
        self._hold = hold
        # The keys are plain letters, so that the text of a key is its name in Qt.
        self._commands = {
            Qt.Key(ord(key.upper())): command for command in COMMANDS if command.hold for key in command.keys
        }
        self._held: set[Qt.Key] = set()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            return self._on_key(event)
        if event.type() in (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationDeactivate):
            self.release_all()
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        command = self._commands.get(key)
        if command is None or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        if event.type() == QEvent.Type.KeyRelease:
            if key not in self._held or event.isAutoRepeat():
                return key in self._held
            self._held.discard(key)
            self._hold(_layer(command), False)
            return True
        if key in self._held:
            return True
        modal = QApplication.activeModalWidget()
        if event.isAutoRepeat() or modal is not None or isinstance(QApplication.focusWidget(), _TYPING):
            return False
        if not self._may_press(command):
            return False
        self._held.add(key)
        self._hold(_layer(command), True)
        return True

    def release_all(self) -> None:
        """The window lost the keyboard: a release may never come."""
        for key in list(self._held):
            self._held.discard(key)
            self._hold(_layer(self._commands[key]), False)


def _layer(command: Command) -> str:
    return command.id.removeprefix("look.hold_")

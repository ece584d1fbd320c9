"""Keys that work while they are held down: a shortcut knows no release, so these are followed here."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from neuface_studio.actions import COMMANDS
from neuface_studio.command import Command
from neuface_studio.key_map import KeyMap

_TYPING = (QLineEdit, QPlainTextEdit, QComboBox)


class HeldKeys(QObject):
    """Calls `hold` with the layer's name ("before", "bare", …) for the keys of the registry."""

    def __init__(
        self, window: QWidget, may_press: Callable[[Command], bool], hold: Callable[[str, bool], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._may_press = may_press
        self._hold = hold
        self._commands: dict[tuple[Qt.Key, Qt.KeyboardModifier], Command] = {}
        self._held: dict[Qt.Key, Command] = {}
        self.set_keys(KeyMap(COMMANDS))

    def set_keys(self, keys: KeyMap) -> None:
        """Follow other keys; what is held is let go."""
        self.release_all()
        held = [command for command in COMMANDS if command.hold]
        self._commands = {
            _combination(sequence): command for command in held for sequence in keys.sequences(command.id)
        }

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            return self._on_key(event)
        if event.type() in (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationDeactivate):
            self.release_all()
        return False

    def _on_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if event.type() == QEvent.Type.KeyRelease:
            # Whatever else is still held down: whoever lets the letter go wants the fit back.
            if key not in self._held or event.isAutoRepeat():
                return key in self._held
            self._hold(_layer(self._held.pop(key)), False)
            return True
        command = self._commands.get((key, event.modifiers()))
        if command is None:
            return False
        if key in self._held:
            return True
        modal = QApplication.activeModalWidget()
        if event.isAutoRepeat() or modal is not None or isinstance(QApplication.focusWidget(), _TYPING):
            return False
        if not self._may_press(command):
            return False
        self._held[key] = command
        self._hold(_layer(command), True)
        return True

    def release_all(self) -> None:
        """The window lost the keyboard: a release may never come."""
        for key in list(self._held):
            self._hold(_layer(self._held.pop(key)), False)


def _combination(sequence: QKeySequence) -> tuple[Qt.Key, Qt.KeyboardModifier]:
    """The key of a sequence of one, and what is held down with it."""
    first = sequence[0]  # type: ignore[index]
    return first.key(), first.keyboardModifiers()


def _layer(command: Command) -> str:
    return command.id.removeprefix("look.hold_")

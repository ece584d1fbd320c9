"""Hints of buttons that name the key of their command, whatever key that is at the moment."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton


def follow_hint(button: QAbstractButton, action: QAction) -> None:
    """Let the hint of `button` be that of `action` from now on."""

    def take() -> None:
        if button.toolTip() != action.toolTip():
            button.setToolTip(action.toolTip())

    take()
    action.changed.connect(take)

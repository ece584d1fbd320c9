"""Everything that opens over or beside the window, by name: for pictures, and for tests that look at all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from neuface_studio.main_window import MainWindow

_Ways = tuple[Callable[["MainWindow"], None], Callable[["MainWindow"], "QWidget | None"]]

_DIALOGS: dict[str, _Ways] = {
    "palette": (lambda w: w.tailoring.show_palette(), lambda w: w.tailoring.palette),
    "keys": (lambda w: w.tailoring.edit_keys(), lambda w: w.tailoring.key_editor),
    "cheat_sheet": (lambda w: w.cheat_sheet(), lambda w: w.cheat_sheet_dialog),
    "settings": (lambda w: w.tailoring.show_settings(), lambda w: w.tailoring.settings_dialog),
    "models": (lambda w: w.files.show_models(), lambda w: w.files.models_dialog),
    "export": (lambda w: w.files.export(), lambda w: w.files.export_dialog),
    "fits": (lambda w: w.files.show_batch(), lambda w: w.files.batch_dialog),
    "guide": (lambda w: w.helping.show_guide(), lambda w: w.helping.last),
    "about": (lambda w: w.helping.show_about(), lambda w: w.helping.last),
    "doctor": (lambda w: w.helping.show_doctor(), lambda w: w.helping.last),
    "crash": (lambda w: w.helping.show_crash(), lambda w: w.helping.last),
}
REPORTS = ("about", "doctor", "crash")
"""What these say comes from the core, or from Python; "crash" only opens where something went wrong once."""
DIALOGS = tuple(name for name in _DIALOGS if name not in REPORTS)
"""Those whose words are the window's own."""


def open_dialog(window: MainWindow, name: str) -> QWidget:
    """Open one; what is open already stays."""
    show, find = _DIALOGS[name]
    show(window)
    dialog = find(window)
    assert dialog is not None, f"{name} did not open"
    return dialog

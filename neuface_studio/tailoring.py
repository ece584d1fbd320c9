"""What a person suits to their hand: keys and settings, kept in the user's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import platformdirs
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from neuface_studio import theme
from neuface_studio.actions import COMMANDS, ActionSet
from neuface_studio.background import Background
from neuface_studio.desk import Situation
from neuface_studio.dialogs.key_editor import KeyEditor
from neuface_studio.dialogs.palette import Entry, Palette
from neuface_studio.dialogs.settings_dialog import SettingsDialog, UserSettings
from neuface_studio.key_map import FILE_NAME, KeyMap, KeyMapError
from neuface_studio.language import tr, tr_n
from neuface_studio.session import Session, reviewer_name
from neuface_studio.views.banner import Kind
from neuface_studio.why_not import why_not
from neuface_studio.window_memory import Preferences


def user_folder() -> Path:
    """Where the files of the person who works here lie."""
    return platformdirs.user_config_path("neuface-studio", appauthor=False)


class Tailored(Protocol):
    """What of the window is suited to its user."""

    preferences: Preferences
    session: Session
    background: Background

    @property
    def situation(self) -> Situation: ...
    def tell(self, words: str, kind: Kind) -> None: ...
    def set_theme(self, wanted: theme.Theme) -> None: ...


class Tailoring(QObject):
    """Keys and the palette of commands.

    Signals
    -------
    keys_changed(KeyMap)
    """

    keys_changed = Signal(object)

    def __init__(self, window: QWidget, actions: ActionSet, tailored: Tailored, folder: Path | None = None) -> None:
        super().__init__(window)
        self._window, self._actions, self._tailored = window, actions, tailored
        self.folder = folder if folder is not None else user_folder()
        self.palette: Palette | None = None
        self.key_editor: KeyEditor | None = None
        self.settings_dialog: SettingsDialog | None = None
        self._read_keys()

    # --- keys

    def _read_keys(self) -> None:
        path = self.folder / FILE_NAME
        if not path.exists():
            return
        try:
            keys = KeyMap(COMMANDS).loaded(path)
        except KeyMapError as error:
            self._tell_soon(tr("{error} The usual keys hold.", error=error), Kind.PROBLEM)
            return
        self._actions.set_keys(keys)
        if keys.gave_way:
            self._tell_soon(_what_gave_way(keys), Kind.INFO)

    def _tell_soon(self, words: str, kind: Kind) -> None:
        """The banner comes when the window is there to be read."""
        QTimer.singleShot(0, self, lambda: self._tailored.tell(words, kind))

    def edit_keys(self) -> None:
        self.key_editor = KeyEditor(self._actions.keys, self.take_keys, self._window)
        self.key_editor.open()

    def take_keys(self, keys: KeyMap) -> None:
        """Let other keys hold from now on, and at the next start.

        Raises
        ------
        KeyMapError
            When they cannot be kept; they hold until the window is closed.
        """
        self._actions.set_keys(keys)
        self.keys_changed.emit(keys)
        keys.save(self.folder / FILE_NAME)

    # --- settings

    def show_settings(self) -> None:
        self.settings_dialog = SettingsDialog(
            self._tailored.preferences.settings, self.take_settings, reviewer_name(), self._window
        )
        self.settings_dialog.accepted.connect(self._keep_settings)
        self.settings_dialog.open()

    def take_settings(self, settings: UserSettings) -> None:
        """Let settings hold in this window."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.set_font_scale(app, settings.font_scale)
        wanted = theme.THEMES.get(settings.theme)
        self._tailored.set_theme(wanted if wanted is not None else theme.of_system())
        self._tailored.session.reviewer = settings.reviewer or reviewer_name()
        self._tailored.background.elsewhere = settings.elsewhere

    def _keep_settings(self) -> None:
        if self.settings_dialog is not None:
            self._tailored.preferences.settings = self.settings_dialog.settings

    # --- palette

    def show_palette(self) -> None:
        situation = self._tailored.situation
        entries = [
            Entry(c.id, c.said, tr(c.category), self._actions.keys.shown(c.id), why_not(c, situation))
            for c in COMMANDS
            if not c.hold and c.id != "window.commands"
        ]
        # What can be given comes first; the rest is there to be learnt.
        entries.sort(key=lambda entry: bool(entry.why_not))
        self.palette = Palette(entries, self._give, self._window)
        self.palette.open()

    def _give(self, command_id: str) -> None:
        # When the palette is gone and the window has the keyboard again: a command may open a dialog.
        QTimer.singleShot(0, self, self._actions[command_id].trigger)


def _what_gave_way(keys: KeyMap) -> str:
    """Which command lost its usual key to one that the person chose."""
    clash = keys.gave_way[0]
    names = {"other": tr(clash.second.words), "key": clash.key, "mine": tr(clash.first.words)}
    if has := keys.shown(clash.second.id):
        words = tr("“{other}” has only {has} now: your keys give {key} to “{mine}”.", has=has, **names)
    else:
        words = tr("“{other}” has no key: your keys give {key} to “{mine}”.", **names)
    more = len(keys.gave_way) - 1
    others = [tr_n("{n} other commands lost a key, too.", "{n} other command lost a key, too.", more)] if more else []
    return " ".join([words, *others, tr("{window.keys} changes keys.")])

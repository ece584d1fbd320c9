"""What a person suits to their hand: keys and settings, kept in the user's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import platformdirs
import torch
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from neuface_core.devices import pick_device
from neuface_core.errors import NeuFaceError
from neuface_studio import theme
from neuface_studio.actions import COMMANDS, ActionSet
from neuface_studio.background import Background
from neuface_studio.desk import Situation
from neuface_studio.dialogs.key_editor import KeyEditor
from neuface_studio.dialogs.palette import Entry, Palette
from neuface_studio.dialogs.project_page import ProjectPage
from neuface_studio.dialogs.settings_dialog import SettingsDialog
from neuface_studio.heat_maps import choose_heat
from neuface_studio.key_map import FILE_NAME, KeyMap, KeyMapError
from neuface_studio.language import tr, tr_n
from neuface_studio.problems import problem
from neuface_studio.reviewing import Reviewing
from neuface_studio.session import Session, reviewer_name
from neuface_studio.user_settings import UserSettings
from neuface_studio.views.banner import Kind
from neuface_studio.why_not import why_not
from neuface_studio.window_memory import HABITS, Preferences


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
    @property
    def review(self) -> Reviewing: ...
    def tell(self, words: str, kind: Kind, action: str = ..., details: str = ...) -> None: ...
    def take_device(self, device: torch.device) -> None: ...
    def set_theme(self, wanted: theme.Theme) -> None: ...


class Tailoring(QObject):
    """Keys and the palette of commands.

    Signals
    -------
    keys_changed(KeyMap)
    project_changed()
        The project has other settings.
    """

    keys_changed = Signal(object)
    project_changed = Signal()

    def __init__(self, window: QWidget, actions: ActionSet, tailored: Tailored, folder: Path | None = None) -> None:
        super().__init__(window)
        self._window, self._actions, self._tailored = window, actions, tailored
        self.folder = folder if folder is not None else user_folder()
        self.palette: Palette | None = None
        self.key_editor: KeyEditor | None = None
        self.settings_dialog: SettingsDialog | None = None
        self._device = tailored.preferences.settings.device
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
            self._tailored.preferences.settings,
            self.take_settings,
            reviewer_name(),
            self._project_page(),
            self._window,
        )
        self.settings_dialog.accepted.connect(self._keep_settings)
        self.settings_dialog.open()

    def take_settings(self, settings: UserSettings) -> None:
        """Let settings hold in this window."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        theme.set_font_scale(app, settings.font_scale)
        choose_heat(settings.heat)
        wanted = theme.THEMES.get(settings.theme)
        self._tailored.set_theme(wanted if wanted is not None else theme.of_system())
        self._tailored.session.reviewer = settings.reviewer or reviewer_name()
        self._tailored.background.elsewhere = settings.elsewhere
        self._tailored.review.take_habits({name: getattr(settings, name) for name in HABITS})
        if settings.device != self._device:  # what the command line asked for holds until a person chooses another
            self._device = settings.device
            self._tailored.take_device(pick_device(settings.device))

    def _project_page(self) -> ProjectPage:
        project = self._tailored.session.project
        if project is None:
            return ProjectPage.of_none()
        why_not = tr("This project is open read-only.") if project.read_only else ""
        return ProjectPage(project.settings, project.path, why_not, self._judge)

    def _judge(self) -> None:
        if self.settings_dialog is not None:
            self.settings_dialog.judge()

    def _keep_settings(self) -> None:
        dialog, project = self.settings_dialog, self._tailored.session.project
        if dialog is None:
            return
        self._tailored.preferences.settings = dialog.settings
        wanted = dialog.project.wanted
        if project is None or wanted is None:
            return
        try:
            project.set_settings(wanted)
        except NeuFaceError as error:
            self._tailored.tell(*problem(error))
            return
        self._tailored.tell(tr("The settings of the project are kept; they hold for fits from now on."), Kind.GOOD)
        self.project_changed.emit()

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

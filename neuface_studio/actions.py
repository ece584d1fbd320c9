"""Every command of the window, once, as data.

Menus, shortcuts, the cheat sheet and the table in `docs/studio.md` are all made from `COMMANDS`; no other module names
a key. What a person changes of the keys is a `KeyMap`; texts name a key by its command (`ActionSet.with_keys`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from neuface_studio.command import Command, Condition, fitted, may_judge, shown
from neuface_studio.desk import Desk, Situation
from neuface_studio.desk_commands import BATCH, HELP, MESSAGE, TAILORING
from neuface_studio.edit_commands import EDITING, JUDGING
from neuface_studio.key_map import KeyMap
from neuface_studio.language import mark, tr
from neuface_studio.look_commands import COLOURS, COMPARING, FITTING, LEAVING_OUT, MARKING, SAVING, STRIPS, VIEWS
from neuface_studio.play_commands import PLAYING

CATEGORIES = (
    mark("Project"),
    mark("Play"),
    mark("Review"),
    mark("Repair"),
    mark("Fit"),
    mark("Look"),
    mark("Window"),
    mark("Help"),
)
REASON_KEYS = 8
VIEW_KEYS = 9
CONTEXT_WORDS = {
    "reject": mark("while rejecting"),
    "views": mark("in a clip of several views"),
    "edit": mark("while editing"),
    "welcome": mark("while the welcome is shown"),
    "message": mark("while a message is shown"),
}


def _layer(name: str, words: str, key: str, enabled: Condition = fitted) -> Command:
    return Command(f"look.{name}", words, "Look", (key,), lambda d: d.layers.toggle(name), enabled=enabled, layer=name)


def _hold(name: str, words: str, key: str) -> Command:
    return Command(
        f"look.hold_{name}",
        words,
        "Look",
        (key,),
        lambda d: d.layers.hold(name, True),
        enabled=shown,
        hold=True,
        menu=False,
    )


def _reason(digit: int) -> Command:
    return Command(
        f"review.reason_{digit}",
        mark("Give reason {digit}"),
        "Review",
        (str(digit),),
        lambda d: d.review.reject(digit),
        context="reject",
        enabled=lambda s: s.rejecting,
        menu=False,
        values={"digit": digit},
    )


def _view(digit: int) -> Command:
    return Command(
        f"look.view_{digit}",
        mark("View {digit} large"),
        "Look",
        (str(digit),),
        lambda d: d.views.choose(digit - 1),
        context="views",
        enabled=lambda s: 2 <= s.views >= digit and not s.rejecting,
        menu=False,
        values={"digit": digit},
    )


COMMANDS: tuple[Command, ...] = (
    Command("project.open", mark("Open project…"), "Project", ("Ctrl+O",), lambda d: d.files.open_project_dialog()),
    Command("project.add", mark("Add videos…"), "Project", ("Ctrl+I",), lambda d: d.files.add_videos_dialog()),
    Command(
        "project.import", mark("Import tracks…"), "Project", ("Ctrl+Shift+I",), lambda d: d.files.import_tracks_dialog()
    ),
    Command(
        "project.export",
        mark("Export dataset or files…"),
        "Project",
        ("Ctrl+E",),
        lambda d: d.files.export(),
        enabled=lambda s: s.accepted,
    ),
    Command("project.models", mark("Models…"), "Project", ("Ctrl+M",), lambda d: d.files.show_models()),
    Command("project.quit", mark("Quit"), "Project", ("Ctrl+Q",), lambda d: d.close_window()),
    *PLAYING,
    *MARKING,
    Command(
        "review.accept",
        mark("Accept"),
        "Review",
        ("A",),
        lambda d: d.review.accept(),
        enabled=lambda s: (s.fit or s.landmarks) and s.writable,
    ),
    Command(
        "review.reject", mark("Reject…"), "Review", ("R",), lambda d: d.review.start_rejecting(), enabled=may_judge
    ),
    *(_reason(digit) for digit in range(1, REASON_KEYS + 1)),
    Command(
        "review.keep",
        mark("Do not reject after all"),
        "Review",
        ("Esc",),
        lambda d: d.review.stop_rejecting(),
        context="reject",
        enabled=lambda s: s.rejecting,
        menu=False,
    ),
    Command(
        "review.undo", mark("Undo"), "Review", ("U", "Ctrl+Z"), lambda d: d.review.undo(), enabled=lambda s: s.writable
    ),
    Command(
        "review.redo",
        mark("Redo"),
        "Review",
        ("Ctrl+Shift+Z",),
        lambda d: d.review.redo(),
        enabled=lambda s: s.writable,
    ),
    *LEAVING_OUT,
    Command(
        "review.note", mark("Write a note…"), "Review", ("Ctrl+N",), lambda d: d.review.start_note(), enabled=may_judge
    ),
    Command(
        "review.next",
        mark("Next clip"),
        "Review",
        ("N",),
        lambda d: d.review.go_to_clip(1),
        enabled=lambda s: s.project,
    ),
    Command(
        "review.previous",
        mark("Previous clip"),
        "Review",
        ("P",),
        lambda d: d.review.go_to_clip(-1),
        enabled=lambda s: s.project,
    ),
    Command(
        "review.find",
        mark("Find a clip"),
        "Review",
        ("Ctrl+F", "/"),
        lambda d: d.review.find_clip(),
        enabled=lambda s: s.project,
    ),
    Command(
        "review.suspicious_first",
        mark("Most suspicious clips first"),
        "Review",
        ("Shift+W",),
        lambda d: d.review.sort_by_suspicion(),
        enabled=lambda s: s.project,
    ),
    *JUDGING,
    *EDITING,
    Command("fit.clip", mark("Fit, or fit again"), "Fit", ("F",), lambda d: d.files.fit_clip(), enabled=may_judge),
    Command(
        "fit.waiting",
        mark("Fit all that wait"),
        "Fit",
        ("Shift+F",),
        lambda d: d.files.fit_waiting(),
        enabled=lambda s: s.writable,
    ),
    Command(
        "fit.next_face",
        mark("Fit the next face in the clip"),
        "Fit",
        ("Shift+N",),
        lambda d: d.files.fit_next_face(),
        enabled=may_judge,
    ),
    *FITTING,
    Command(
        "fit.pause", mark("Pause or go on"), "Fit", ("Ctrl+P",), lambda d: d.files.pause_job(), enabled=lambda s: s.job
    ),
    *BATCH,
    Command("fit.cancel", mark("Cancel"), "Fit", ("Ctrl+.",), lambda d: d.files.cancel_job(), enabled=lambda s: s.job),
    _hold("before", mark("Hold: before the fit (encoder only)"), "B"),
    *COMPARING,
    _hold("bare", mark("Hold: the frame alone"), "V"),
    _layer("mesh", mark("Mesh over the video"), "M"),
    _layer("wire", mark("Mesh as its edges"), "Shift+M"),
    _layer("detected", mark("Detected landmarks"), "D"),
    _layer("projected", mark("Fitted landmarks"), "S"),
    _layer("errors", mark("Lines between the two"), "T"),
    _layer("crop", mark("Square that the encoder saw"), "Q"),
    *COLOURS,
    _layer("follow_head", mark("Camera follows the head"), "C"),
    *STRIPS,
    Command(
        "look.fainter", mark("Mesh fainter"), "Look", ("[",), lambda d: d.layers.change_opacity(-0.1), enabled=fitted
    ),
    Command(
        "look.stronger", mark("Mesh stronger"), "Look", ("]",), lambda d: d.layers.change_opacity(0.1), enabled=fitted
    ),
    Command("look.zoom_in", mark("Zoom in"), "Look", ("+", "="), lambda d: d.looking.zoom(1.25), enabled=shown),
    Command("look.zoom_out", mark("Zoom out"), "Look", ("-",), lambda d: d.looking.zoom(0.8), enabled=shown),
    Command("look.zoom_fit", mark("Whole frame"), "Look", ("0",), lambda d: d.looking.zoom_to_fit(), enabled=shown),
    Command(
        "look.zoom_pixels", mark("One to one"), "Look", ("Ctrl+1",), lambda d: d.looking.zoom_to_pixels(), enabled=shown
    ),
    Command(
        "look.zoom_face", mark("Zoom to the face"), "Look", ("Z",), lambda d: d.looking.zoom_to_face(), enabled=fitted
    ),
    *(_view(digit) for digit in range(1, VIEW_KEYS + 1)),
    Command(
        "look.meshes",
        mark("Mesh of this view, of all, or put together"),
        "Look",
        ("Y",),
        lambda d: d.views.next_meshes(),
        enabled=lambda s: s.fit and s.views > 1,
    ),
    *VIEWS,
    *SAVING,
    Command("look.reset_camera", mark("Mesh from the front"), "Look", ("Ctrl+0",), lambda d: d.looking.reset_camera()),
    Command("window.panels", mark("Hide or show the panels"), "Window", ("Tab",), lambda d: d.toggle_panels()),
    Command("window.next_panel", mark("Next panel"), "Window", ("F6",), lambda d: d.next_panel()),
    Command("window.theme", mark("Light or dark"), "Window", ("Ctrl+T",), lambda d: d.toggle_theme()),
    Command(
        "window.screenshot",
        mark("Save a picture of the window…"),
        "Window",
        ("Ctrl+Shift+S",),
        lambda d: d.save_screenshot(),
    ),
    *MESSAGE,
    *TAILORING,
    Command("help.keys", mark("All keys"), "Help", ("?", "F1"), lambda d: d.cheat_sheet()),
    *HELP,
)


@dataclass(frozen=True)
class Row:
    """A line of a list of keys: one command, or the commands of all views."""

    keys: tuple[str, ...]
    words: str
    commands: tuple[Command, ...]


def rows(category: str, keys: KeyMap | None = None) -> list[Row]:
    """What a list of keys shows of a category; nine lines that say the same are one."""
    keys = keys if keys is not None else KeyMap(COMMANDS)
    found: list[Row] = []
    for command in (c for c in COMMANDS if c.category == category):
        if command.context == "views" and found and found[-1].commands[0].context == "views":
            together = (*found[-1].commands, command)
            shown = tuple(key for end in (together[0], command) for key in keys.keys(end.id)[:1])
            several = tr("View {digits} large", digits=" … ".join(shown))
            found[-1] = Row(shown, tr("One of the views large") if keys.changed else several, together)
        else:
            found.append(Row(keys.keys(command.id), command.said, (command,)))
    return found


class ActionSet(QObject):
    """The QActions of one window, made from `COMMANDS`."""

    def __init__(self, window: QWidget, desk: Desk) -> None:
        super().__init__(window)
        self._desk = desk
        self._actions: dict[str, QAction] = {}
        self._keys = KeyMap(COMMANDS)
        for command in COMMANDS:
            action = QAction(command.said, window)
            action.setObjectName(command.id)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.setAutoRepeat(command.category == "Play")
            action.setCheckable(bool(command.layer))
            action.triggered.connect(partial(self._trigger, command))
            window.addAction(action)
            self._actions[command.id] = action
        self.set_keys(self._keys)

    @property
    def keys(self) -> KeyMap:
        """Which keys hold now."""
        return self._keys

    def set_keys(self, keys: KeyMap) -> None:
        """Let other keys hold; menus and hints follow."""
        self._keys = keys
        for command, action in self:
            # A held key is followed by the event filter of the window: a shortcut has no release.
            if not command.hold:
                action.setShortcuts(keys.sequences(command.id))
            shown = keys.shown(command.id)
            action.setToolTip(f"{command.said} ({shown})" if shown else command.said)

    def with_keys(self, words: str, dress: Callable[[str], str] = str) -> str:
        """`words` with the present key in place of every "{review.undo}"; its name where it has none.

        `dress` says how a key is written, for example in bold.
        """

        def key(found: re.Match[str]) -> str:
            command_id = found.group(1)
            if command_id not in self._actions:
                return found.group(0)
            return dress(next(iter(self._keys.all_shown(command_id)), f"“{self._actions[command_id].text()}”"))

        return re.sub(r"\{([a-z]+\.[a-z_0-9]+)\}", key, words)

    def _trigger(self, command: Command, _checked: bool = False) -> None:
        command.run(self._desk)

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    def __iter__(self) -> Iterator[tuple[Command, QAction]]:
        return ((command, self._actions[command.id]) for command in COMMANDS)

    def refresh(self, situation: Situation, flags: Mapping[str, object]) -> None:
        """Enable and check every action for the present situation and layer flags."""
        # While landmarks are edited a key does what it does there, and its other command waits.
        first = [c.id for c in COMMANDS if c.context == "edit" and c.enabled(situation)]
        taken = {key for command_id in first for key in self._keys.keys(command_id)}
        for command, action in self:
            shadowed = command.context != "edit" and not taken.isdisjoint(self._keys.keys(command.id))
            action.setEnabled(command.enabled(situation) and not shadowed)
            if command.layer:
                action.setChecked(bool(flags[command.layer]))

    def fill_menus(self, bar: QMenuBar) -> None:
        """One menu a category."""
        for category in CATEGORIES:
            menu = QMenu(f"&{tr(category)}", bar)
            bar.addMenu(menu)
            for command, action in self:
                if command.category == category and command.menu:
                    menu.addAction(action)


def key_table() -> str:
    """All keys as a Markdown table, for `docs/studio.md`."""
    lines = ["| Key | What it does | |", "|---|---|---|"]
    for row in (row for category in CATEGORIES for row in rows(category) if row.keys):
        keys = (" … " if len(row.commands) > 1 else " or ").join(f"`{key}`" for key in row.keys)
        lines.append(f"| {keys} | {row.words} | {CONTEXT_WORDS.get(row.commands[0].context, '')} |")
    return "\n".join(lines) + "\n"


_BEGIN, _END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"


def write_key_table(guide: Path) -> None:
    """Put the table into the guide, between its two marks."""
    text = guide.read_text(encoding="utf-8")
    head, rest = text.split(_BEGIN)
    guide.write_text(f"{head}{_BEGIN}{key_table()}{_END}{rest.split(_END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    write_key_table(Path(sys.argv[1]))

"""What a command of the window is, and when it can be given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neuface_studio.desk import Desk, Situation
from neuface_studio.language import tr

Run = Callable[[Desk], None]
Condition = Callable[[Situation], bool]


def always(_: Situation) -> bool:
    """At any time."""
    return True


def shown(s: Situation) -> bool:
    """While a clip is shown."""
    return s.frames


def fitted(s: Situation) -> bool:
    """While the clip has a fit."""
    return s.fit


def may_judge(s: Situation) -> bool:
    """While decisions can be written."""
    return s.clip and s.writable


@dataclass(frozen=True)
class Command:
    """One thing that a person can tell the window to do.

    Attributes
    ----------
    id
        Stable name, for example "play.step_forward".
    words
        What the menu says, in English; `said` in the language of the window.
    category
        Menu and heading of the cheat sheet, one of `CATEGORIES`.
    keys
        Default keys in Qt's portable notation; the first one is shown in menus.
    run
        What it does.
    context
        "window"; "reject": only while a reason is being asked for; "views": only in a clip of several views, and not
        while a reason is being asked for; "edit": only while landmarks are edited, and before all others with its key;
        "welcome": only while the welcome is shown; "message": only while a message is shown and nothing else is asked.
    enabled
        Whether it can be given now.
    layer
        Name of the flag of `Layers` that it switches, or "".
    hold
        It lasts while the key is held down.
    menu
        It stands in a menu.
    values
        What comes into the places of `words`.
    """

    id: str
    words: str
    category: str
    keys: tuple[str, ...]
    run: Run
    context: str = "window"
    enabled: Condition = always
    layer: str = ""
    hold: bool = False
    menu: bool = True
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """What the menu says."""
        return tr(self.words, **self.values)

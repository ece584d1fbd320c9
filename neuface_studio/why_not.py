"""Why a command cannot be given now, in words."""

from __future__ import annotations

from dataclasses import fields
from itertools import product
from typing import Any

from neuface_studio.command import Command
from neuface_studio.desk import Situation
from neuface_studio.language import mark, tr

_WORDS = {
    "project": mark("no project is open"),
    "writable": mark("no project is open for writing"),
    "clip": mark("no clip is chosen"),
    "frames": mark("no clip is shown"),
    "fit": mark("the clip has no fit yet"),
    "views": mark("the clip has one view"),
    "judged": mark("the clip has no fit that could be judged"),
    "accepted": mark("no clip is accepted yet"),
    "job": mark("nothing is running"),
    "landmarks": mark("the clip has no landmarks yet"),
    "editing": mark("only while landmarks are edited"),
    "welcome": mark("only while the welcome is shown"),
    "points": mark("no point is chosen"),
    "rejecting": mark("only while a reason is asked for"),
    "message": mark("no message is shown"),
    "offer": mark("no message offers anything"),
    "details": mark("no message has details"),
    "results": mark("the clip has no such result yet"),
}


_MODES = ("rejecting", "editing", "welcome")  # some commands can only be given in one of them, others only outside


class _Everything(frozenset[str]):
    """A set with everything in it."""

    def __contains__(self, _: object) -> bool:
        return True


# The most of everything that a situation can have.
_MOST: dict[type, Any] = {bool: True, int: 99, frozenset: _Everything(("",))}


def why_not(command: Command, situation: Situation) -> str:
    """The first thing that is missing; "" where the command can be given."""
    if command.enabled(situation):
        return ""
    # With everything at hand but one thing as it is now: where that does not do, it is what is missing.
    everything = {field.name: _MOST[type(getattr(situation, field.name))] for field in fields(Situation)}
    for field in fields(Situation):
        now = getattr(situation, field.name)
        modes = [mode for mode in _MODES if mode != field.name]
        ways = (dict(zip(modes, on, strict=True)) for on in product((False, True), repeat=len(modes)))
        if not any(command.enabled(Situation(**{**everything, field.name: now, **way})) for way in ways):
            return tr("not now") if field.name in _MODES and now else tr(_WORDS.get(field.name, mark("not now")))
    return tr("not now")

"""The commands that mark frames and change what is seen of them; a part of `actions.COMMANDS`."""

from __future__ import annotations

from neuface_studio.command import Command, may_judge
from neuface_studio.desk import Situation


def _may_mark(s: Situation) -> bool:
    return s.frames and may_judge(s)


MARKING: tuple[Command, ...] = (
    Command("play.mark_in", "In mark here", "Play", ("I",), lambda d: d.marking.mark_in(), enabled=_may_mark),
    Command("play.mark_out", "Out mark here", "Play", ("O",), lambda d: d.marking.mark_out(), enabled=_may_mark),
    Command(
        "play.clear_marks",
        "Take the marks away",
        "Play",
        ("Shift+I",),
        lambda d: d.marking.clear_marks(),
        enabled=_may_mark,
    ),
)
STRIPS: tuple[Command, ...] = (
    Command(
        "look.slits",
        "Slit-scan strips",
        "Look",
        ("Shift+S",),
        lambda d: d.layers.toggle("slits"),
        enabled=lambda s: s.fit,
        layer="slits",
    ),
)
LEAVING_OUT: tuple[Command, ...] = (
    Command(
        "review.exclude",
        "Leave out the frame, or those between the marks",
        "Review",
        ("X",),
        lambda d: d.marking.toggle_excluded(),
        enabled=_may_mark,
    ),
)

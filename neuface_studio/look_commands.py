"""The commands that mark frames and change what is seen of them; a part of `actions.COMMANDS`."""

from __future__ import annotations

from neuface_studio.command import Command, fitted, may_judge, shown
from neuface_studio.desk import Situation
from neuface_studio.language import mark


def _may_mark(s: Situation) -> bool:
    return s.frames and may_judge(s)


MARKING: tuple[Command, ...] = (
    Command("play.mark_in", mark("In mark here"), "Play", ("I",), lambda d: d.marking.mark_in(), enabled=_may_mark),
    Command("play.mark_out", mark("Out mark here"), "Play", ("O",), lambda d: d.marking.mark_out(), enabled=_may_mark),
    Command(
        "play.clear_marks",
        mark("Take the marks away"),
        "Play",
        ("Shift+I",),
        lambda d: d.marking.clear_marks(),
        enabled=_may_mark,
    ),
)
STRIPS: tuple[Command, ...] = (
    Command(
        "look.slits",
        mark("Slit-scan strips"),
        "Look",
        ("Shift+S",),
        lambda d: d.layers.toggle("slits"),
        enabled=lambda s: s.fit,
        layer="slits",
    ),
)


def _held(name: str, words: str, key: str) -> Command:
    return Command(
        f"look.hold_{name}",
        words,
        "Look",
        (key,),
        lambda d: d.layers.hold(name, True),
        enabled=lambda s: name in s.results,
        hold=True,
        menu=False,
    )


COMPARING: tuple[Command, ...] = (
    _held("flame", mark("Hold: FLAME fitting, where it was run"), "Shift+B"),
    _held("previous", mark("Hold: the previous run, where there is one"), "Shift+P"),
)
FITTING: tuple[Command, ...] = (
    Command(
        "fit.flame",
        mark("FLAME fitting, to compare with"),
        "Fit",
        ("Ctrl+B",),
        lambda d: d.comparing.fit_flame(),
        enabled=lambda s: s.fit and may_judge(s),
    ),
)
COLOURS: tuple[Command, ...] = (
    Command(
        "look.colour",
        mark("Colour the mesh by error, detector, what is hidden, views apart"),
        "Look",
        ("H",),
        lambda d: d.comparing.next_colour(),
        enabled=fitted,
    ),
    Command(
        "look.gradient",
        mark("Gradient map: what moves the mesh"),
        "Look",
        ("G",),
        lambda d: d.comparing.toggle_gradient(),
        enabled=fitted,
        layer="gradient",
    ),
    Command(
        "look.gradient_fainter",
        mark("Gradient map fainter"),
        "Look",
        ("{",),
        lambda d: d.layers.change_gradient_opacity(-0.1),
        enabled=fitted,
    ),
    Command(
        "look.gradient_stronger",
        mark("Gradient map stronger"),
        "Look",
        ("}",),
        lambda d: d.layers.change_gradient_opacity(0.1),
        enabled=fitted,
    ),
)
SAVING: tuple[Command, ...] = (
    Command(
        "look.save_frame",
        mark("Save the frame as it is seen…"),
        "Look",
        ("Ctrl+Shift+F",),
        lambda d: d.picturing.save_frame_dialog(),
        enabled=shown,
    ),
    Command(
        "look.save_video",
        mark("Save a video of what is seen…"),
        "Look",
        ("Ctrl+Shift+V",),
        lambda d: d.picturing.save_video_dialog(),
        enabled=shown,
    ),
)
VIEWS: tuple[Command, ...] = (
    Command(
        "look.grid",
        mark("All views equally large"),
        "Look",
        ("Shift+Y",),
        lambda d: d.layers.toggle("grid"),
        enabled=lambda s: s.views > 1,
        layer="grid",
    ),
)
LEAVING_OUT: tuple[Command, ...] = (
    Command(
        "review.exclude",
        mark("Leave out the frame, or those between the marks"),
        "Review",
        ("X",),
        lambda d: d.marking.toggle_excluded(),
        enabled=_may_mark,
    ),
    Command(
        "review.tags",
        mark("Give the clip tags…"),
        "Review",
        ("Shift+T",),
        lambda d: d.review.start_tags(),
        enabled=may_judge,
    ),
)

"""The commands of landmark repair and of judging in two stages; a part of `actions.COMMANDS`.

While landmarks are edited, these commands come before all others that have the same key (`ActionSet.refresh`).
"""

from __future__ import annotations

from functools import partial

from neuface_studio.command import Command, may_judge
from neuface_studio.desk import Desk, Situation
from neuface_studio.language import mark

FINE, PLAIN, COARSE = 0.1, 1.0, 10.0
"""Pixels of one nudge."""

_ARROWS = (("left", "Left", (-1, 0)), ("right", "Right", (1, 0)), ("up", "Up", (0, -1)), ("down", "Down", (0, 1)))
_STEPS = (
    ("", "", PLAIN, (mark("Nudge left"), mark("Nudge right"), mark("Nudge up"), mark("Nudge down"))),
    (
        "_far",
        "Shift+",
        COARSE,
        (
            mark("Nudge left by ten"),
            mark("Nudge right by ten"),
            mark("Nudge up by ten"),
            mark("Nudge down by ten"),
        ),
    ),
    (
        "_fine",
        "Ctrl+",
        FINE,
        (
            mark("Nudge left by a tenth"),
            mark("Nudge right by a tenth"),
            mark("Nudge up by a tenth"),
            mark("Nudge down by a tenth"),
        ),
    ),
)


def _editing(s: Situation) -> bool:
    return s.editing and not s.rejecting


def _chosen(s: Situation) -> bool:
    return _editing(s) and s.points


def _nudge(desk: Desk, by: tuple[float, float]) -> None:
    desk.editing.nudge(*by)


def _edit(name: str, words: str, *keys: str, chosen: bool = False) -> Command:
    def run(desk: Desk) -> None:
        getattr(desk.editing, name)()

    enabled = _chosen if chosen else _editing
    return Command(f"edit.{name}", words, "Repair", keys, run, context="edit", enabled=enabled)


EDITING: tuple[Command, ...] = (
    Command(
        "edit.begin",
        mark("Edit landmarks"),
        "Repair",
        ("E",),
        lambda d: d.editing.begin(),
        enabled=lambda s: s.landmarks and may_judge(s) and not s.editing,
    ),
    _edit("leave", mark("Let the points go, then leave editing"), "Esc"),
    _edit("next_point", mark("Next point"), "Tab"),
    _edit("previous_point", mark("Previous point"), "Shift+Tab"),
    _edit("choose_group", mark("The whole eye, mouth, jaw; again: the whole face"), "G"),
    *(
        Command(
            f"edit.{name}{suffix}",
            words,
            "Repair",
            (f"{modifier}{key}",),
            partial(_nudge, by=(x * size, y * size)),
            context="edit",
            enabled=_chosen,
            menu=False,
        )
        for suffix, modifier, size, all_words in _STEPS
        for (name, key, (x, y)), words in zip(_ARROWS, all_words, strict=True)
    ),
    _edit("frame_back", mark("One frame back"), ","),
    _edit("frame_on", mark("One frame on"), "."),
    _edit("previous_key", mark("Previous key frame"), "PgUp"),
    _edit("next_key", mark("Next key frame"), "PgDown"),
    _edit("mirror", mark("Take the points from the other side"), "M", chosen=True),
    _edit("confirm", mark("Right as it is: make it a key frame"), "K"),
    _edit("toggle_hold", mark("The correction holds to the ends of the shot, or fades"), "H", chosen=True),
    _edit("guess", mark("The detector's second guess"), "D"),
    _edit("take_guess", mark("Take the second guess"), "Return"),
    _edit("other_face", mark("Another face between the marks, or from here on"), "Shift+N"),
    _edit("reset_points", mark("Points back to the detection"), "Del", chosen=True),
    _edit("reset_frame", mark("The whole frame back to the detection"), "Shift+Del"),
    _edit("refit", mark("Fit anew what was touched"), "F"),
)

JUDGING: tuple[Command, ...] = (
    Command(
        "review.skip",
        mark("Leave the clip for later"),
        "Review",
        ("Shift+L",),
        lambda d: d.review.skip(),
        enabled=may_judge,
    ),
    Command(
        "review.ask_comment",
        mark("Ask for a comment after a decision"),
        "Review",
        ("Shift+C",),
        lambda d: d.review.toggle("comment"),
        layer="ask_comment",
    ),
    Command(
        "review.pace",
        mark("Show the pace, clips an hour"),
        "Review",
        ("Ctrl+Shift+P",),
        lambda d: d.review.toggle("pace"),
        layer="pace",
    ),
    Command(
        "review.breaks",
        mark("Remind of breaks"),
        "Review",
        ("Ctrl+Shift+B",),
        lambda d: d.review.toggle("breaks"),
        layer="breaks",
    ),
    Command(
        "review.two_stages",
        mark("Verify landmarks before the fit"),
        "Review",
        ("Shift+D",),
        lambda d: d.files.toggle_two_stages(),
        enabled=lambda s: s.writable,
        layer="two_stages",
    ),
)

"""The history of a clip in words: decisions, marks, tags, corrections of landmarks, and fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby

import numpy as np

from neuface_core.errors import NeuFaceError
from neuface_core.fitting.fit import Fit
from neuface_core.frame_ranges import frames_text
from neuface_core.landmarks.corrections import LandmarkEdit
from neuface_core.project.records import DecisionEvent
from neuface_studio.language import mark, tr, tr_n
from neuface_studio.views.queue_model import reason_words

_MOST_ROWS = 8
_LONGEST = 22  # letters of a list of frames; a longer one is told by its ends
_KIND_WORDS = {
    "exclude": mark("frames left out"),
    "marks": mark("in and out marks"),
    "tag": mark("tags"),
    "note": mark("note"),
    "skip": mark("left for later"),
}
_VERDICT_WORDS = {
    "accept": mark("accepted"),
    "accept-repaired": mark("accepted after repair"),
    "reject": mark("rejected"),
}
_LANDMARK_WORDS = {"accept": mark("landmarks accepted"), "reject": mark("landmarks rejected")}


def history_rows(
    history: Sequence[DecisionEvent],
    runs: Mapping[str, datetime],
    latest: str = "",
    fit: Fit | None = None,
    me: str = "",
) -> list[tuple[str, str]]:
    """What was done to a clip and when, the latest first, with the name of whoever did it if that was somebody else.

    Corrections of one person that follow each other are one row. The last row says how much else there was.

    Parameters
    ----------
    me
        The person at the screen.
    runs
        When each fit that is kept was made, by its identifier.
    latest, fit
        The latest of them; it knows which frames were fitted anew to come to it. None where it was not read yet.
    """
    rows: list[tuple[datetime, str]] = []
    anew = _fitted_anew(latest, fit)
    for run, time in runs.items():
        rows.append((time, tr("frames {frames} fitted anew", frames=anew[run]) if run in anew else tr("fitted")))
    said = {event.id: event for event in history}
    for (kind, who), group in groupby(history, key=lambda event: (event.kind, event.reviewer)):
        events = list(group)
        if kind == "edit":
            rows.append((events[-1].time, _by(_edit_words(events), who, me)))
        else:
            rows += [(event.time, _by(_words(event, said), who, me)) for event in events]
    rows.sort(key=lambda row: row[0], reverse=True)
    shown = [(what, time.astimezone().strftime("%d %b %H:%M")) for time, what in rows[:_MOST_ROWS]]
    earlier = len(rows) - len(shown)
    return [*shown, (tr_n("and {n} earlier", "and {n} earlier", earlier), "")] if earlier else shown


def _by(what: str, who: str, me: str) -> str:
    return tr("{what}, by {who}", what=what, who=who) if who and who != me else what


def _words(event: DecisionEvent, said: Mapping[str, DecisionEvent]) -> str:
    if event.kind in ("undo", "redo"):
        target = said.get(event.target)
        what = _words(target, said) if target is not None else ""
        return tr("undo: {what}", what=what) if event.kind == "undo" else tr("redo: {what}", what=what)
    if event.kind == "edit":
        return _edit_words([event])
    words = _LANDMARK_WORDS if event.stage == "landmarks" else _VERDICT_WORDS
    what = tr(words.get(event.verdict, _KIND_WORDS.get(event.kind, event.kind)))
    return f"{what}, {reason_words(event.reason)}" if event.reason else what


def _edit_words(events: Sequence[DecisionEvent]) -> str:
    frames: set[int] = set()
    for event in events:
        with suppress(NeuFaceError):  # a log of a newer version: that something was corrected is still true
            frames.update(LandmarkEdit.from_text(event.value).frames)
    if not frames:
        return tr("landmarks repaired")
    if len(frames) == 1:
        return tr("landmarks repaired, frame {frame}", frame=min(frames))
    return tr("landmarks repaired, frames {frames}", frames=_frames(frames))


def _frames(frames: set[int]) -> str:
    there = np.zeros(max(frames) + 1, bool)
    there[list(frames)] = True
    text = frames_text(there).replace("-", "–")
    return text if len(text) <= _LONGEST else f"{min(frames)}–{max(frames)}"


def _fitted_anew(latest: str, fit: Fit | None) -> dict[str, str]:
    """Of every run that fitted a part of another one anew: which frames."""
    notes = fit.settings.get("refits", []) if fit is not None else []
    found: dict[str, str] = {}
    run = latest
    for note in reversed(notes if isinstance(notes, list) else []):
        found[run] = ", ".join(str(part) for part in note["frames"]).replace("-", "–")
        run = str(note["from_run"])
    return found

"""Which clips of a long list are wanted: words, a state, a reason, a tag, a least value. Whole columns at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from neuface_core.project.clip_list import STATES, ClipList
from neuface_core.project.records import ClipState
from neuface_studio.language import mark, tr


class Measure(StrEnum):
    """A number that every fitted clip has."""

    SUSPICION = "suspicion"
    NME = "nme"
    JITTER = "jitter"


MEASURE_WORDS = {Measure.SUSPICION: mark("Suspicion"), Measure.NME: mark("NME %"), Measure.JITTER: mark("Jitter mm")}


def values_of(clips: ClipList, measure: Measure) -> NDArray[np.float32]:
    """(N,) NaN where unknown."""
    column: NDArray[np.float32] = getattr(clips, str(measure))
    return column


@dataclass(frozen=True)
class Wanted:
    """Which clips are shown; all that is set must hold.

    Attributes
    ----------
    text
        In small letters; every word of it must be found.
    reason, tag
        As the search knows them, in small letters.
    least
        The least value of `measure`; None for any, and for clips without one.
    """

    text: str = ""
    state: ClipState | None = None
    reason: str = ""
    tag: str = ""
    measure: Measure = Measure.SUSPICION
    least: float | None = None

    def chips(self) -> list[tuple[str, str]]:
        """(field, words) of everything that is set but for the text, which stands in its own field."""
        found = []
        if self.state is not None:
            found.append(("state", str(self.state).replace("_", " ")))
        if self.reason:
            found.append(("reason", tr(self.reason)))
        if self.tag:
            found.append(("tag", f"#{self.tag}"))
        if self.least is not None:
            found.append(("least", f"{tr(MEASURE_WORDS[self.measure])} ≥ {self.least:.2g}"))
        return found

    def without(self, field: str) -> Wanted:
        """Without one of the fields that `chips` names."""
        empty = Wanted()
        return replace(self, **{field: getattr(empty, field)})


def shown_rows(clips: ClipList, states: NDArray[np.int8], wanted: Wanted) -> NDArray[np.bool_]:
    """Which clips (N,) are wanted; `states` (N,) are indices into `STATES` as they are drawn."""
    shown = np.ones(len(clips), bool)
    if wanted.state is not None:
        shown &= states == STATES.index(wanted.state)
    if wanted.least is not None:
        with np.errstate(invalid="ignore"):
            shown &= values_of(clips, wanted.measure) >= wanted.least
    for part, texts in ((wanted.reason, clips.reasons), (f"|{wanted.tag}|" if wanted.tag else "", clips.tags)):
        if part:
            shown &= np.fromiter((part in text for text in texts()), bool, len(clips))
    for part in wanted.text.split():
        words, suspects = clips.texts()
        found = np.fromiter((part in text for text in words), bool, len(clips))
        # What is suspect is told in so many words that one letter would find every clip.
        if len(part) > 2:
            found |= np.fromiter((part in text for text in suspects), bool, len(clips))
        shown &= found
    return shown

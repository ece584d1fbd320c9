"""Where in a clip a person should look, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.suspicion import Finding, Suspicion

_MOST_OF_A_CLIP = 0.8  # what holds for so much of it is said of the clip: there is nowhere to jump to


@dataclass(frozen=True)
class Stretch:
    """Frames `first` to `last`, both included, and what is wrong there."""

    first: int
    last: int
    words: str


def stretches(suspicion: Suspicion, n_frames: int) -> tuple[Stretch, ...]:
    """The places that the findings name, in their order in the clip; those that touch are one.

    A finding about nearly the whole clip names no place.
    """
    placed = sorted(
        (f for f in suspicion.findings if f.last - f.first + 1 < max(2, _MOST_OF_A_CLIP * n_frames)),
        key=lambda f: f.first,
    )
    groups: list[list[Finding]] = []
    for finding in placed:
        if groups and finding.first <= max(f.last for f in groups[-1]) + 1:
            groups[-1].append(finding)
        else:
            groups.append([finding])
    return tuple(_stretch(group) for group in groups)


def _stretch(group: Sequence[Finding]) -> Stretch:
    worst_first = sorted(group, key=lambda f: -f.z)
    words = "; ".join(_without_place(finding.words) for finding in worst_first)
    return Stretch(min(f.first for f in group), max(f.last for f in group), words)


def _without_place(words: str) -> str:
    """The sentence of a finding without the frames that it ends with."""
    head, _, place = words.rpartition(", ")
    return head if head and place.startswith("frame") else words


def flags(places: Sequence[Stretch], n_frames: int) -> NDArray[np.bool_]:
    """(F,): which frames lie in one of the places."""
    found = np.zeros(n_frames, bool)
    for place in places:
        found[place.first : place.last + 1] = True
    return found


def next_place(places: Sequence[Stretch], frame: int, step: int) -> Stretch | None:
    """The place behind (`step` 1) or before (-1) `frame`, from the other end again; None where there is none."""
    if not places:
        return None
    if step > 0:
        return next((p for p in places if p.first > frame), places[0])
    return next((p for p in reversed(places) if p.first < frame), places[-1])

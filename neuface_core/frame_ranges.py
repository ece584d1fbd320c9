"""Sets of frames as people write them: "3, 10-20" are frame 3 and the frames from 10 to 20."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import NeuFaceError

_RANGE = re.compile(r"^(\d+)(?:\s*[-–]\s*(\d+))?$")


def parse_frames(text: str) -> list[tuple[int, int]]:
    """First and last frame, both included, of every range in `text`, in their order and without overlap.

    Raises
    ------
    NeuFaceError
        When something in it is no frame and no range of frames.
    """
    ranges = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        found = _RANGE.match(part)
        first = int(found[1]) if found else 0
        last = int(found[2]) if found and found[2] else first
        if found is None or last < first:
            raise NeuFaceError(f"{part!r} is no range of frames; nothing was changed.", remedy="Write 3, or 10-20.")
        ranges.append((first, last))
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def frames_mask(text: str, n_frames: int) -> NDArray[np.bool_]:
    """(F,): which of the frames of a clip are in `text`; frames that the clip has not are ignored."""
    mask = np.zeros(n_frames, bool)
    for first, last in parse_frames(text):
        mask[first : last + 1] = True
    return mask


def frames_text(mask: NDArray[np.bool_]) -> str:
    """Inverse of `frames_mask`; "" where no frame is set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8))).reshape(-1, 2)
    return ", ".join(str(a) if b == a + 1 else f"{a}-{b - 1}" for a, b in edges.tolist())


@dataclass(frozen=True)
class Span:
    """The frames between an in mark and an out mark, both included; None where there is no such mark."""

    first: int | None = None
    last: int | None = None

    @classmethod
    def from_text(cls, text: str) -> Span:
        """Inverse of `text`; no marks where it is not understood."""
        first, dash, last = text.partition("-")
        numbers = [int(n) if n.isdigit() else None for n in (first, last)]
        return cls(*numbers) if dash else cls()

    @property
    def text(self) -> str:
        """As it is stored: "10-20", "10-", "-20", or "" without marks."""
        if not self:
            return ""
        return "-".join("" if n is None else str(n) for n in (self.first, self.last))

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    def within(self, n_frames: int) -> tuple[int, int]:
        """First and last frame of a clip of `n_frames` that lie between the marks; an open end is that of the clip."""
        end = max(0, n_frames - 1)
        first = min(self.first if self.first is not None else 0, end)
        return first, max(first, min(self.last if self.last is not None else end, end))

    def with_first(self, frame: int) -> Span:
        """The in mark at `frame`; an out mark before it goes away."""
        return Span(frame, self.last if self.last is not None and self.last >= frame else None)

    def with_last(self, frame: int) -> Span:
        """The out mark at `frame`; an in mark behind it goes away."""
        return Span(self.first if self.first is not None and self.first <= frame else None, frame)

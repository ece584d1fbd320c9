"""Which frames are fitted anew after a repair, and how their new result passes into the old one around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TAPER_FRAMES = 8
"""Frames on either side of the touched ones over which the new result passes into the old one."""

CONTEXT_FRAMES = 8
"""Frames beyond these that the loop sees and holds to the old result."""


@dataclass(frozen=True)
class Stretch:
    """One stretch of a clip.

    Attributes
    ----------
    first, stop
        Half-open: the frames whose result changes. All others keep every bit of theirs.
    seen_first, seen_stop
        Half-open: the frames that the loop sees.
    share : (stop - first,) float32
        How much of the new result each frame takes: 1 where landmarks were touched, less towards both ends. At an end
        of a shot there is nothing to pass into, and it is 1 up to there.
    """

    first: int
    stop: int
    seen_first: int
    seen_stop: int
    share: NDArray[np.float32]

    @property
    def seen_share(self) -> NDArray[np.float32]:
        """`share` of all frames that are seen; 0 for those that are held."""
        full = np.zeros(self.seen_stop - self.seen_first, np.float32)
        full[self.first - self.seen_first : self.stop - self.seen_first] = self.share
        return full

    @property
    def words(self) -> str:
        """The frames as a person reads them."""
        return f"{self.first}-{self.stop - 1}"


def stretches(touched: NDArray[np.bool_], shots: Sequence[tuple[int, int]]) -> list[Stretch]:
    """The stretches that have to be fitted anew; those near each other are one.

    Parameters
    ----------
    touched : (F,) bool
        Frames whose landmarks are not those that were fitted.
    shots
        Half-open runs of frames of continuous motion.
    """
    frames = np.flatnonzero(touched)
    if len(frames) == 0:
        return []
    apart = 2 * (TAPER_FRAMES + CONTEXT_FRAMES)
    groups = np.split(frames, np.flatnonzero(np.diff(frames) > apart) + 1)
    return [_stretch(int(group[0]), int(group[-1]) + 1, shots, len(touched)) for group in groups]


def _stretch(start: int, stop: int, shots: Sequence[tuple[int, int]], n_frames: int) -> Stretch:
    low = next((a for a, b in shots if a <= start < b), start)
    high = next((b for a, b in shots if a < stop <= b), stop)
    before, after = min(TAPER_FRAMES, start - low), min(TAPER_FRAMES, high - stop)
    # A ramp that does not fit into the shot is none: its end has no neighbour to pass into.
    rise = _ramp() if before == TAPER_FRAMES and start - low > before else np.ones(before, np.float32)
    fall = _ramp()[::-1] if after == TAPER_FRAMES and high - stop > after else np.ones(after, np.float32)
    first, end = start - before, stop + after
    return Stretch(
        first,
        end,
        max(low, first - CONTEXT_FRAMES, 0),
        min(high, end + CONTEXT_FRAMES, n_frames),
        np.concatenate([rise, np.ones(stop - start, np.float32), fall]),
    )


def _ramp() -> NDArray[np.float32]:
    """From 0 to 1, level at both ends, both ends left out."""
    x = np.arange(1, TAPER_FRAMES + 1) / (TAPER_FRAMES + 1)
    return (x * x * (3 - 2 * x)).astype(np.float32)

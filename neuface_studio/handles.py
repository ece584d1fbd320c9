"""The landmarks of one frame while a person edits them: which are chosen, where they are, what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuface_core.landmarks.corrections import Origin
from neuface_core.landmarks.ibug import GROUPS, group_of
from neuface_studio.language import tr


@dataclass(frozen=True)
class Handles:
    """What the video draws and can be grabbed.

    Attributes
    ----------
    frame
        The moment that they belong to.
    points : (68, 2) float32
        Pixels of the frame; NaN where there is nothing to grab.
    detected : (68, 2) float32
        What the detector saw; NaN where it saw nothing.
    origin : (68,) uint8
        `Origin` of each.
    chosen
        Numbers of the chosen points.
    ghost : (68, 2) float32, optional
        The detector's second guess.
    """

    frame: int
    points: NDArray[np.float32]
    detected: NDArray[np.float32]
    origin: NDArray[np.uint8]
    chosen: frozenset[int] = field(default_factory=frozenset)
    ghost: NDArray[np.float32] | None = None

    @property
    def shown(self) -> bool:
        """Whether the frame has points."""
        return bool(np.isfinite(self.points).all())

    @property
    def is_key(self) -> bool:
        """Whether a person put a point in this frame."""
        return bool(((self.origin != Origin.DETECTOR) & (self.origin != Origin.INTERPOLATED)).any())

    def nearest(self, x: float, y: float, within: float) -> int | None:
        """The point nearest to a place of the frame, at most `within` pixels away."""
        if not self.shown:
            return None
        distance = np.linalg.norm(self.points - np.array([x, y], np.float32), axis=1)
        point = int(distance.argmin())
        return point if distance[point] <= within else None

    def words(self) -> str:
        """Which points are chosen, as a person reads it."""
        if not self.shown:
            return tr("no landmarks in this frame")
        if not self.chosen:
            return tr("no point chosen")
        parts = sorted({group_of(point) for point in self.chosen}, key=list(GROUPS).index)
        names = [tr(part) for part in parts]
        if len(self.chosen) == 1:
            (point,) = self.chosen
            return tr(
                "point {point}, {part} · {origin}",
                point=point,
                part=names[0],
                origin=tr(Origin(int(self.origin[point])).words),
            )
        if len(self.chosen) == 68:
            return tr("the whole face")
        return ", ".join(names) if len(names) < 4 else tr("{n} points", n=len(self.chosen))


def grown(chosen: frozenset[int]) -> frozenset[int]:
    """The parts of the face that the chosen points belong to; the whole face where these are chosen already."""
    wider = frozenset(p for name in {group_of(point) for point in chosen} for p in GROUPS[name])
    return wider if wider != chosen and wider else frozenset(range(68))

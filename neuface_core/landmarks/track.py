"""What a detector returns: one `LandmarkTrack` a person, in pixels of the original video frame."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from neuface_core.jobs import Job
from neuface_core.video import FrameSource

N_LANDMARKS = 68
Contour = Literal["static", "dynamic"]


@dataclass(frozen=True)
class LandmarkTrack:
    """The 68 iBUG landmarks of one person through a clip.

    Attributes
    ----------
    points : (F, 68, 2) float32
        Pixels of the original (upright) frame, the centre of the top-left pixel at (0, 0); NaN where not detected.
    confidence : (F, 68) float32
        In [0, 1]; 0 where not detected.
    boxes : (F, 4) float32
        Tight box of the 68 points (x0, y0, x1, y1) in pixels; NaN where not detected.
    detected : (F,) bool
        False is a state, not an error: the frame has no landmarks.
    detector
        Identifier of the detector, for example "open-v2" or "fan-2d".
    contour
        What the jaw points mean: "static" follows the bone line of the head, "dynamic" the visible outline.
    """

    points: NDArray[np.float32]
    confidence: NDArray[np.float32]
    boxes: NDArray[np.float32]
    detected: NDArray[np.bool_]
    detector: str
    contour: Contour

    def __post_init__(self) -> None:
        frames = len(self.points)
        shapes = {
            "points": (self.points.shape, (frames, N_LANDMARKS, 2)),
            "confidence": (self.confidence.shape, (frames, N_LANDMARKS)),
            "boxes": (self.boxes.shape, (frames, 4)),
            "detected": (self.detected.shape, (frames,)),
        }
        for name, (shape, wanted) in shapes.items():
            if shape != wanted:
                raise ValueError(f"{name} has shape {shape}, wanted {wanted}")

    @property
    def n_frames(self) -> int:
        return len(self.points)

    def convention(self, known: Container[str]) -> str:
        """What to ask a head model's `landmarks` for, to compare with these points.

        The detector's own name where the head knows where this detector puts its points (`known`: its
        ``data.detectors``), else the kind of contour: the case of heads from other sources.
        """
        return self.detector if self.detector in known else self.contour

    def part(self, start: int, stop: int) -> LandmarkTrack:
        """The frames from `start` up to `stop`."""
        rows = slice(start, stop)
        arrays = (self.points[rows], self.confidence[rows], self.boxes[rows], self.detected[rows])
        return LandmarkTrack(*arrays, self.detector, self.contour)

    @property
    def detected_share(self) -> float:
        """Share of frames with landmarks, in [0, 1]."""
        return float(self.detected.mean()) if len(self.detected) else 0.0


class LandmarkDetector(Protocol):
    """Finds the faces of a clip. Implemented by the open default and by FAN."""

    name: str
    contour: Contour
    licence: str

    def detect(self, source: FrameSource) -> Job[tuple[LandmarkTrack, ...]]:
        """Detect and track every person; the one that the clip is about (longest, then largest) comes first.

        Returns an empty tuple where no face was found in any frame.
        """
        ...

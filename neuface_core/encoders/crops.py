"""The square that an encoder sees, and the way back to pixels of the original frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CropTrack:
    """One upright square a frame, smoothed over time.

    A point p in crop coordinates ([-1, 1], y down) is the frame pixel ``centre + size / 2 * p``.

    Attributes
    ----------
    centre : (F, 2) float32
        Pixels of the original frame.
    size : (F,) float32
        Side of the square in pixels, > 0.
    """

    centre: NDArray[np.float32]
    size: NDArray[np.float32]

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Crop coordinates (F, P, 2) to frame pixels (F, P, 2)."""
        scaled: NDArray[np.float32] = self.centre[:, None] + 0.5 * self.size[:, None, None] * points
        return scaled.astype(np.float32)

    def to_crop(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Frame pixels (F, P, 2) to crop coordinates (F, P, 2)."""
        scaled: NDArray[np.float32] = (points - self.centre[:, None]) / (0.5 * self.size[:, None, None])
        return scaled.astype(np.float32)

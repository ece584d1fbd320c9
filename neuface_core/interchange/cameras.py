"""Cameras of other tools: weak perspective in pixels, pinhole, and weak perspective in a square that is not known yet.

All take points of the posed head (`HeadModel.forward`: metres, +y up, turned by the global orientation) to pixels of
the frame, with the centre of the first pixel at (0, 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class WeakPerspective:
    """``pixel = centre + scale * (x, -y)``.

    Attributes
    ----------
    scale : (F,) float64
        Pixels a metre, > 0.
    centre : (F, 2) float64
        Pixel of the origin of the model frame.
    """

    scale: Doubles
    centre: Doubles

    @property
    def n_rows(self) -> int:
        return len(self.scale)

    def project(self, points: NDArray[np.floating]) -> Doubles:
        """Pixels (F, P, 2) of points (F, P, 3)."""
        flat = np.asarray(points, np.float64)[..., :2] * [1.0, -1.0]
        return np.asarray(self.centre[:, None] + self.scale[:, None, None] * flat, np.float64)

    @classmethod
    def of_crop(cls, camera: NDArray[np.floating], centre: NDArray[np.floating], size: NDArray[np.floating]) -> Self:
        """From DECA's [s, tx, ty] (F, 3) in squares around `centre` (F, 2), `size` (F,) pixels wide."""
        scale = np.asarray(camera, np.float64)[:, 0] * np.asarray(size, np.float64) / 2
        shift = np.asarray(camera, np.float64)[:, 1:] * [1.0, -1.0]
        return cls(scale, np.asarray(centre, np.float64) + scale[:, None] * shift)

    def in_crop(self, centre: NDArray[np.floating], size: NDArray[np.floating]) -> Doubles:
        """Inverse of `of_crop`: [s, tx, ty] (F, 3) in these squares."""
        shift = (self.centre - centre) / self.scale[:, None] * [1.0, -1.0]
        return np.column_stack([2 * self.scale / np.asarray(size, np.float64), shift])


@dataclass(frozen=True)
class Pinhole:
    """``pixel = K (R x + t)``, divided by depth; OpenCV's axes: x right, y down, z ahead.

    Attributes
    ----------
    intrinsics, rotation : (F, 3, 3) float64
        K in pixels, and R.
    translation : (F, 3) float64
        Metres.
    """

    intrinsics: Doubles
    rotation: Doubles
    translation: Doubles

    @property
    def n_rows(self) -> int:
        return len(self.translation)

    def project(self, points: NDArray[np.floating]) -> Doubles:
        """Pixels (F, P, 2) of points (F, P, 3)."""
        seen = np.asarray(points, np.float64) @ np.swapaxes(self.rotation, -1, -2) + self.translation[:, None]
        homogeneous = seen @ np.swapaxes(self.intrinsics, -1, -2)
        return np.asarray(homogeneous[..., :2] / homogeneous[..., 2:], np.float64)


@dataclass(frozen=True)
class InCrop:
    """DECA's weak perspective in crop coordinates; which square of the frame the crop was, the file does not say.

    Attributes
    ----------
    camera : (F, 3) float64
        [s, tx, ty]: crop (x, y) = (s (X + tx), -s (Y + ty)).
    """

    camera: Doubles

    @property
    def n_rows(self) -> int:
        return len(self.camera)


Camera = WeakPerspective | Pinhole | InCrop

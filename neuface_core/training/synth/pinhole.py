"""The camera of a synthetic picture: a pinhole and a crop, and the weak perspective nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.encoders.crop_rule import CROP_SCALE

Rng = np.random.Generator

TELEPHOTO_M = 20.0


@dataclass(frozen=True)
class Pinhole:
    """A pinhole looking at the head's centre, and the crop: crop coordinates = (focal * x / depth - shift) / half."""

    distance: float
    shift: NDArray[np.float64]
    half: float

    def crop(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Model points (..., 3) to crop coordinates and depth (..., 3)."""
        depth = self.distance - points[..., 2:]
        plane = points[..., :2] * [1.0, -1.0] * self.distance / depth
        return np.concatenate([(plane - self.shift) / self.half, depth], axis=-1)


def sample_view(rng: Rng, landmarks: NDArray[np.float64]) -> Pinhole:
    """Distance of the camera and the square around the 68 points (68, 3), placed as inexactly as a detector would."""
    distance = float(np.exp(rng.uniform(np.log(0.35), np.log(2.5)))) if rng.random() < 0.7 else TELEPHOTO_M
    points = Pinhole(distance, np.zeros(2), 1.0).crop(landmarks)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    half = CROP_SCALE * side / 2 * float(np.exp(rng.normal(0, 0.06)))
    shift = (low + high) / 2 + rng.normal(0, 0.03, 2) * side
    return Pinhole(distance, shift, half)


def nearest_weak_perspective(points: NDArray[np.floating], crop: NDArray[np.floating]) -> NDArray[np.float64]:
    """The camera [s, tx, ty] (3,) that projects model points (P, 3) nearest to crop coordinates (P, 2)."""
    flat = points[:, :2] * [1.0, -1.0]
    mean_points, mean_crop = flat.mean(axis=0), crop.mean(axis=0)
    centred = flat - mean_points
    scale = float((centred * (crop - mean_crop)).sum() / np.square(centred).sum())
    shift = mean_crop / scale - mean_points
    return np.array([scale, shift[0], -shift[1]])

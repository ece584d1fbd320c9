"""The upright square that the face mesh wants to see: around the face, turned so that the eye line is level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

REGION_SCALE = 1.5
"""Side of the square over the long side of the face's box, as the network was trained."""

SMOOTHING_REACH = 8
"""How many frames before and after take part in `smoothed`."""

_SIGMA_PLACE = 2.0  # frames; the square may miss a fast head by a little, the points are read fresh inside it
_SIGMA_SIZE = 4.0
_RIGHT_EYE, _LEFT_EYE = 33, 263  # outer corners in the mesh, the subject's right and left
_MAX_REDUCTION = 1.5  # beyond this, bilinear sampling skips pixels and the points begin to shimmer
_MAX_OVERSAMPLE = 8


@dataclass(frozen=True, slots=True)
class Region:
    """A square in the frame that may be turned.

    Attributes
    ----------
    x, y
        Centre in pixels of the frame.
    size
        Side in pixels.
    angle
        How far the face leans, in radians; positive turns its x axis towards +y (clockwise on the screen).
    """

    x: float
    y: float
    size: float
    angle: float

    def to_frame(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Points (..., 2) as the mesh gives them for a crop of `side` pixels, to pixels of the frame.

        The mesh counts from the corner of the crop (its middle is ``side / 2``): measured on mirrored crops.
        """
        local = (points - 0.5 * side) * (self.size / side)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        x, y = local[..., 0], local[..., 1]
        return np.stack([self.x + cos * x - sin * y, self.y + sin * x + cos * y], axis=-1).astype(np.float32)

    def crop(self, frame: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
        """Cut the square out of `frame` (H, W, 3) as (side, side, 3); black outside of the frame.

        Large faces are sampled densely and averaged, so that every pixel of the frame counts.
        """
        times = min(_MAX_OVERSAMPLE, max(1, int(np.ceil(self.size / side / _MAX_REDUCTION))))
        fine = side * times
        scale = self.size / fine
        cos, sin = scale * np.cos(self.angle), scale * np.sin(self.angle)
        middle = 0.5 * (fine - 1)
        to_frame = np.array(
            [[cos, -sin, self.x - (cos - sin) * middle], [sin, cos, self.y - (sin + cos) * middle]], np.float64
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(frame, to_frame, (fine, fine), flags=flags)
        if times > 1:
            cut = cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA)
        square: NDArray[np.uint8] = cut
        return square


def region_of_mesh(points: NDArray[np.float32]) -> Region:
    """The region for mesh points (P, 2 or 3) in frame pixels: level eyes, box measured along the turned axes."""
    across = points[_LEFT_EYE] - points[_RIGHT_EYE]
    return _around(points[:468, :2], float(np.arctan2(across[1], across[0])))


def region_of_box(box: NDArray[np.float32], points: NDArray[np.float32]) -> Region:
    """A first region from a detector's box (4,) and its five points (5, 2), eyes first."""
    eyes, mouth = points[0] + points[1], points[3] + points[4]
    across, down = points[1] - points[0], 0.5 * (mouth - eyes)
    # In profile the eyes fall together and their line says nothing; the way from eyes to mouth still does.
    right = across + np.array([down[1], -down[0]])
    centre = 0.5 * (box[:2] + box[2:])
    return Region(
        x=float(centre[0]),
        y=float(centre[1]),
        size=float(REGION_SCALE * max(box[2] - box[0], box[3] - box[1])),
        angle=float(np.arctan2(right[1], right[0])),
    )


def _around(points: NDArray[np.float32], angle: float) -> Region:
    cos, sin = np.cos(angle), np.sin(angle)
    turned = points @ np.array([[cos, -sin], [sin, cos]], np.float32)
    low, high = turned.min(axis=0), turned.max(axis=0)
    middle = 0.5 * (low + high)
    return Region(
        x=float(cos * middle[0] - sin * middle[1]),
        y=float(sin * middle[0] + cos * middle[1]),
        size=float(REGION_SCALE * (high - low).max()),
        angle=angle,
    )


def smoothed(regions: Sequence[Region | None], index: int) -> Region:
    """Region `index`, averaged with its neighbours in time, as many before as after: calm, and without lag.

    Parameters
    ----------
    regions
        One a frame; None where the face was not seen, which ends the neighbourhood.
    index
        Must not be None there.
    """
    here = regions[index]
    assert here is not None
    reach = 0
    while (
        reach < SMOOTHING_REACH
        and index - reach - 1 >= 0
        and index + reach + 1 < len(regions)
        and regions[index - reach - 1] is not None
        and regions[index + reach + 1] is not None
    ):
        reach += 1
    near = [region for region in regions[index - reach : index + reach + 1] if region is not None]
    steps = np.arange(-reach, reach + 1)
    slow, slower = (np.exp(-0.5 * (steps / sigma) ** 2) for sigma in (_SIGMA_PLACE, _SIGMA_SIZE))
    lean = np.array([region.angle - here.angle for region in near])
    lean = (lean + np.pi) % (2 * np.pi) - np.pi
    return Region(
        x=float(np.average([region.x for region in near], weights=slow)),
        y=float(np.average([region.y for region in near], weights=slow)),
        size=float(np.average([region.size for region in near], weights=slower)),
        angle=here.angle + float(np.average(lean, weights=slow)),
    )

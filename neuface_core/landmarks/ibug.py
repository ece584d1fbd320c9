"""The 68 landmarks in iBUG order: which mesh points they are, their mirror images, and how far to trust them by yaw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# fmt: off
MESH_TO_IBUG: tuple[int, ...] = (
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,  # jaw, from the subject's right
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,  # brows
    168, 197, 5, 4, 75, 97, 2, 326, 305,  # nose
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,  # eyes
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,  # outer lips
    78, 82, 13, 312, 308, 317, 14, 87,  # inner lips
)
"""Points of the face mesh (both versions) that stand for the 68, in order; checked by eye on real faces."""

MIRROR: tuple[int, ...] = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    27, 28, 29, 30, 35, 34, 33, 32, 31,
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55,
    64, 63, 62, 61, 60, 67, 66, 65,
)
"""`MIRROR[i]` is the landmark that `i` becomes in a picture turned left to right."""
# fmt: on

GROUPS: dict[str, tuple[int, ...]] = {
    "jaw": tuple(range(17)),
    "right brow": tuple(range(17, 22)),
    "left brow": tuple(range(22, 27)),
    "nose": tuple(range(27, 36)),
    "right eye": tuple(range(36, 42)),
    "left eye": tuple(range(42, 48)),
    "mouth": tuple(range(48, 68)),
}
"""Parts of the face; right and left are the subject's."""

CLOSURE_PAIRS: tuple[tuple[int, int], ...] = ((37, 41), (38, 40), (43, 47), (44, 46), (61, 67), (62, 66), (63, 65))
"""Landmarks that meet when an eye or the mouth is shut (upper, lower): both eyes, then the lips."""


def group_of(point: int) -> str:
    """The part of the face that a landmark belongs to."""
    return next(name for name, points in GROUPS.items() if point in points)


_JAW = np.arange(17)
_RIGHT_OF_MIDDLE = np.array([*range(8), *range(17, 22), *range(36, 42)])
_FAR_JAW_FLOOR = 0.35  # OPEN_HEAD measurements: far-side jaw error doubles beyond 15 degrees and triples at 45
_FAR_FLOOR = 0.5


def yaw_of(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Yaw in radians, (N,), from 68 points with depth (N, 68, 3); positive turns the face to the right of the picture.

    Taken between the outer eye corners and between the mouth corners, whose depth the mesh knows well.
    """
    across = (points[:, 45] - points[:, 36]) + (points[:, 54] - points[:, 48])
    yaw: NDArray[np.float32] = np.arctan2(across[:, 2], np.hypot(across[:, 0], across[:, 1])).astype(np.float32)
    return yaw


def trust_by_yaw(yaw: NDArray[np.float32]) -> NDArray[np.float32]:
    """Factor in (0, 1] for every landmark, (N, 68): less for what is turned away from the camera.

    The far jaw falls to 0.35 between 15 and 40 degrees, far brow and eye to 0.5 between 40 and 65 degrees.
    """
    degrees = np.degrees(np.abs(yaw))[:, None]
    far_right = np.isin(np.arange(68), _RIGHT_OF_MIDDLE)
    far_left = far_right[list(MIRROR)]
    # Looking to the right of the picture hides the subject's left half, and the other way round.
    far = np.where(yaw[:, None] > 0, far_left[None], far_right[None])
    floor = np.where(np.isin(np.arange(68), _JAW), _FAR_JAW_FLOOR, _FAR_FLOOR)[None]
    begin = np.where(np.isin(np.arange(68), _JAW), 15.0, 40.0)[None]
    turned = np.clip((degrees - begin) / 25.0, 0.0, 1.0)
    return np.where(far, 1.0 - (1.0 - floor) * turned, 1.0).astype(np.float32)

"""What can be read off a head: how wide lids and mouth are open, where the eyes look, which way the head is turned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# 0-based iBUG indices: upper and lower edge, two pairs an eye, three pairs between the lips.
LID_PAIRS = (((37, 41), (38, 40)), ((43, 47), (44, 46)))
EYE_WIDTHS = ((36, 39), (42, 45))
LIP_PAIRS = ((61, 67), (62, 66), (63, 65))


def lid_aperture(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """How wide each eye is open: mean distance of its two pairs of lid points, in the unit of the points.

    Parameters
    ----------
    points : (N, 68, D) float
        Landmarks; D = 3 is free of foreshortening.

    Returns
    -------
    (N, 2) float64
        The subject's right eye (36-41), then the left one (42-47).
    """
    eyes = [np.stack([_gap(points, a, b) for a, b in pairs]).mean(axis=0) for pairs in LID_PAIRS]
    return np.stack(eyes, axis=1)


def eye_openness(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Lid aperture over the width of the eye, (N,): mean of both eyes, free of scale."""
    widths = np.stack([_gap(points, a, b) for a, b in EYE_WIDTHS], axis=1)
    ratio: NDArray[np.float64] = (lid_aperture(points) / np.maximum(widths, 1e-9)).mean(axis=1)
    return ratio


def mouth_opening(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean distance (N,) of the three pairs of points on the inner edges of the lips, in the unit of the points."""
    opening: NDArray[np.float64] = np.stack([_gap(points, a, b) for a, b in LIP_PAIRS]).mean(axis=0)
    return opening


def _gap(points: NDArray[np.floating], a: int, b: int) -> NDArray[np.float64]:
    distance: NDArray[np.float64] = np.linalg.norm(np.asarray(points[:, a] - points[:, b], np.float64), axis=-1)
    return distance


def angle_between_deg(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Angle (...,) in degrees of the turn from rotation matrices `a` to `b`, (..., 3, 3)."""
    turn = np.swapaxes(np.asarray(a, np.float64), -1, -2) @ np.asarray(b, np.float64)
    sine = np.linalg.norm(
        np.stack(
            [turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0], turn[..., 1, 0] - turn[..., 0, 1]],
            axis=-1,
        ),
        axis=-1,
    )
    # The arc cosine alone would make noise of single precision into hundredths of a degree.
    return np.asarray(np.degrees(np.arctan2(sine / 2, (np.trace(turn, axis1=-2, axis2=-1) - 1) / 2)), np.float64)


def direction_angle_deg(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Angle (...,) in degrees between directions (..., 3) of any length."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.asarray(np.degrees(np.arctan2(across, (a * b).sum(axis=-1))), np.float64)


def yaw_pitch_deg(rotation: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Yaw and pitch (N,) of rotation matrices (N, 3, 3), degrees.

    Where the nose points: yaw is positive to the right of the picture, pitch is positive downwards.
    """
    nose = np.asarray(rotation, np.float64)[..., 2]
    yaw = np.degrees(np.arctan2(nose[..., 0], nose[..., 2]))
    pitch = np.degrees(np.arctan2(-nose[..., 1], np.hypot(nose[..., 0], nose[..., 2])))
    return np.asarray(yaw, np.float64), np.asarray(pitch, np.float64)

"""Motion stability (MSI3D, jitter) and motion retained: read together, since squashing motion also looks stable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation


class AccelerationSpread:
    """σ(a) of every point over a clip, from chunks, so that memory does not grow with its length.

    ``a`` is the norm of the second temporal difference of a point's 3D position and σ its standard deviation over time
    (NeuFace Sec. 4.1). Differences never reach across the runs of frames that are added: a gap or a cut is no motion.
    """

    def __init__(self, n_points: int) -> None:
        self._count = 0
        self._mean = np.zeros(n_points)
        self._squares = np.zeros(n_points)
        self._tail: NDArray[np.float64] = np.zeros((0, n_points, 3))

    def start_run(self) -> None:
        """Forget the last positions: what follows is not continuous with them."""
        self._tail = self._tail[:0]

    def add(self, positions: NDArray[np.floating]) -> None:
        """Add the next positions (T, P, 3) of the present run."""
        joined = np.concatenate([self._tail, np.asarray(positions, np.float64)])
        self._tail = joined[-2:]
        if len(joined) < 3:
            return
        norms = np.linalg.norm(joined[2:] - 2 * joined[1:-1] + joined[:-2], axis=-1)
        # Chan's parallel update: exact for large and tiny values alike, unlike a sum of squares.
        count, mean = len(norms), norms.mean(axis=0)
        squares = ((norms - mean) ** 2).sum(axis=0)
        total = self._count + count
        delta = mean - self._mean
        self._squares += squares + delta**2 * self._count * count / total
        self._mean += delta * count / total
        self._count = total

    @property
    def sigma(self) -> NDArray[np.float64]:
        """σ(a) of every point (P,), in the unit of the positions a frame²; NaN with fewer than two accelerations."""
        if self._count < 2:
            return np.full(len(self._mean), np.nan)
        spread: NDArray[np.float64] = np.sqrt(self._squares / self._count)
        return spread

    def jitter_mm(self) -> float:
        """Mean of σ(a) over the points: millimetres a frame² for positions in metres. Lower is steadier."""
        return float(1000.0 * self.sigma.mean())

    def msi(self, fps: float) -> float:
        """MSI3D: mean over points of 1 / σ(a), with a in m/s² (positions in metres). Higher is steadier."""
        sigma = self.sigma * fps**2
        return float(np.mean(1.0 / np.maximum(sigma, 1e-9))) if np.isfinite(sigma).all() else float("nan")


def rotation_range_deg(global_orient: NDArray[np.floating]) -> float:
    """Range of the head's rotation over a clip in degrees.

    The rotations are taken relative to their mean; the range is the norm of the three (max - min) of the rotation
    vector's components.

    Parameters
    ----------
    global_orient : (F, 3) float
        Axis-angle in radians, finite.
    """
    if len(global_orient) < 2:
        return float("nan")
    rotations = Rotation.from_rotvec(np.asarray(global_orient, np.float64))
    relative = (rotations.mean().inv() * rotations).as_rotvec()
    return float(np.degrees(np.linalg.norm(relative.max(axis=0) - relative.min(axis=0))))


def motion_retained(global_orient: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """Range of rotation over the range of a reference (the encoder, or the truth); 1 means that no motion was lost."""
    wanted = rotation_range_deg(reference)
    return rotation_range_deg(global_orient) / wanted if wanted > 1e-6 else float("nan")

"""The sliding jaw contour: where the outline of the face lies on the head, for every yaw and pitch.

Detectors trained on 2D annotations (dlib, FAN) put the far jaw points on the visible outline of the face. Each of the
17 points gets a path on the surface: it starts at the point's place on the bone line and runs forward, in the plane of
the outward direction and the viewing axis. At a yaw the point is where the path reaches farthest outwards. The maximum
is taken softly and smoothed over neighbouring views, so that the point slides and never jumps where the outline changes
from cheek to lips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, map_coordinates
from scipy.spatial.transform import Rotation

from neuface_core.heads.model import HeadModel
from neuface_core.raster import rasterise

Array = NDArray[np.float64]

YAW_LIMIT_DEG = 75.0
YAW_STEP_DEG = 5.0
PITCH_LIMIT_DEG = 30.0
PITCH_STEP_DEG = 10.0
_SMOOTHING = 1.2
"""Steps of the table: standard deviation of the smoothing over yaw, and half of it over pitch."""

_LEAST_REACH = 0.012
"""Metres: how far forward the chin's own points may slide when the face looks down."""

_SOFTNESS = 0.0006
"""Metres: path points this much inside of the outline still weigh 1/e."""

_SAMPLES = 60
_MAP_PX = 1200
_MAP_PX_PER_M = 4000.0


@dataclass(frozen=True)
class ContourPlaces:
    """yaw (Y,) and pitch (P,) in radians, and points (Y, P, 17, 3) in metres on the mean head."""

    yaw: Array
    pitch: Array
    points: Array


def sliding_contour(jaw: Array, head: HeadModel) -> ContourPlaces:
    """Places of the 17 contour points for yaws and pitches in equal steps.

    Parameters
    ----------
    jaw : (17, 3)
        The bone line on the mean head, from the subject's right ear over the chin to the left one.
    head
        The head that `jaw` lies on.
    """
    yaw = np.deg2rad(np.arange(-YAW_LIMIT_DEG, YAW_LIMIT_DEG + 1e-6, YAW_STEP_DEG))
    pitch = np.deg2rad(np.arange(-PITCH_LIMIT_DEG, PITCH_LIMIT_DEG + 1e-6, PITCH_STEP_DEG))
    base = _evenly_spaced(jaw)
    outward = _outward(base)
    depth = _front_depth(head)
    left = [_path(base[k], outward[k], depth) for k in range(8, 17)]
    points = np.tile(base, (len(yaw), len(pitch), 1, 1))
    for row, about_y in enumerate(yaw):
        for column, about_x in enumerate(pitch):
            turn = Rotation.from_euler("YX", [about_y, about_x]).as_matrix()
            for k, path in enumerate(left, start=8):
                points[row, column, k] = _farthest(path, outward[k], turn)
    points = gaussian_filter1d(points, _SMOOTHING, axis=0, mode="nearest")
    points = gaussian_filter1d(points, _SMOOTHING / 2, axis=1, mode="nearest")
    # The subject's right half at a yaw is the mirror image of the left half at the opposite yaw.
    points[:, :, :8] = points[::-1, :, :8:-1] * [-1.0, 1.0, 1.0]
    points[:, :, 8] = (points[:, :, 8] + points[::-1, :, 8]) / 2 * [0.0, 1.0, 1.0]
    return ContourPlaces(yaw, pitch, points)


def _evenly_spaced(jaw: Array) -> Array:
    """2D annotators space the points evenly along the outline; the mesh network's map does not."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(jaw[8:], axis=0), axis=1))])
    wanted = np.linspace(0.0, length[-1], 9)
    half = np.stack([np.interp(wanted, length, jaw[8:, axis]) for axis in range(3)], axis=1)
    half[0, 0] = 0.0
    return np.concatenate([half[:0:-1] * [-1.0, 1.0, 1.0], half])


def _outward(base: Array) -> Array:
    """Unit normals (17, 2) of the contour seen from the front."""
    tangent = np.gradient(base[:, :2], axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normal *= -np.sign((normal * (base[:, :2].mean(0) - base[:, :2])).sum(1, keepdims=True))
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _front_depth(head: HeadModel) -> Array:
    """Z of the skin seen from the front, metres: a square map of side `_MAP_PX`, the origin in its middle."""
    masks = head.vertex_masks
    hidden = masks["inner_mouth"] | masks["tongue"] | masks["eye_sockets"] | masks["left_eye"] | masks["right_eye"]
    faces = head.faces[~hidden[head.faces].any(1)]
    middle = (_MAP_PX - 1) / 2
    screen = head.data.mean * [_MAP_PX_PER_M, -_MAP_PX_PER_M, -1.0] + [middle, middle, 0.0]
    return -rasterise(screen, faces, _MAP_PX, _MAP_PX).depth.astype(np.float64)


def _path(start: Array, outward: Array, depth: Array) -> Array:
    """Surface points (M, 3) from `start` towards the front of the face, in the plane of `outward` and the z axis."""
    reach = max(0.55 * abs(start[0]) + 0.004, _LEAST_REACH)
    places = start[:2] - np.linspace(0.0, reach, _SAMPLES)[:, None] * outward
    middle = (_MAP_PX - 1) / 2
    column, row = places[:, 0] * _MAP_PX_PER_M + middle, -places[:, 1] * _MAP_PX_PER_M + middle
    z = map_coordinates(depth, [row, column], order=1)
    forward = np.isfinite(z) & (z > start[2])
    return np.concatenate([start[None], np.concatenate([places, z[:, None]], axis=1)[forward]])


def _farthest(path: Array, outward: Array, turn: Array) -> Array:
    """The path's soft maximum in the outward direction of the picture, after the head is turned by `turn` (3, 3)."""
    reach = path @ turn[:2].T @ outward
    share = np.exp((reach - reach.max()) / _SOFTNESS)
    return np.asarray((share[:, None] * path).sum(0) / share.sum())

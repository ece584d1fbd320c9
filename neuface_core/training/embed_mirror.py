"""Make landmark embeddings exactly mirror-symmetric: in place, in triangle and in weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from neuface_core.heads.data import SurfacePoints
from neuface_core.heads.model import HeadModel
from neuface_core.landmarks.ibug import MESH_TO_IBUG, MIRROR

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


def mirror_partners(points: Array) -> Ints:
    """(P,): which of the mesh points (P, 3) each one becomes under a mirror.

    Raises
    ------
    ValueError
        When the points are too noisy to pair up, told by the 68 whose partners are known.
    """
    distance = np.linalg.norm(points[:, None] - (points * [-1.0, 1.0, 1.0])[None], axis=-1)
    _, partner = linear_sum_assignment(distance)
    known = np.array(MESH_TO_IBUG)
    if not np.array_equal(partner[partner], np.arange(len(points))) or np.any(partner[known] != known[list(MIRROR)]):
        raise ValueError("the landmarks do not pair up under a mirror; draw more pictures")
    return np.asarray(partner, np.int64)


def symmetric(points: Array, partner: Ints) -> Array:
    """Average every point of (P, 3) with the mirror image of its partner."""
    return np.asarray((points + points[partner] * [-1.0, 1.0, 1.0]) / 2)


def mirror_image(points: SurfacePoints, head: HeadModel) -> SurfacePoints:
    """The same points on the other half of the head: a place alone would not say which of two triangles holds it."""
    mirror = head.data.mirror
    assert mirror is not None
    number = {tuple(sorted(face)): index for index, face in enumerate(head.faces.tolist())}
    faces, weights = np.empty_like(points.faces), np.empty_like(points.weights)
    for place in np.ndindex(points.faces.shape):
        corners = mirror[head.faces[points.faces[place]]].tolist()
        faces[place] = number[tuple(sorted(corners))]
        weights[place] = [points.weights[place][corners.index(v)] for v in head.faces[faces[place]].tolist()]
    return SurfacePoints(faces, weights)


def symmetric_points(points: SurfacePoints, partner: Ints, head: HeadModel) -> SurfacePoints:
    """Of every pair of (P,) points the second becomes the exact mirror image of the first."""
    points = SurfacePoints(points.faces, points.weights.copy())
    middle = partner == np.arange(len(partner))
    points.weights[middle] = _on_middle(points.faces[middle], points.weights[middle], head)
    image = mirror_image(points, head)
    copied = partner < np.arange(len(partner))
    return SurfacePoints(
        np.where(copied, image.faces[partner], points.faces),
        np.where(copied[:, None], image.weights[partner], points.weights),
    )


def symmetric_contour(points: SurfacePoints, head: HeadModel) -> SurfacePoints:
    """(Y, P, 17) contour points over symmetric yaws: the right half mirrors the left one at the other yaw."""
    image = mirror_image(points, head)
    faces, weights = points.faces.copy(), points.weights.copy()
    faces[:, :, :8] = image.faces[::-1, :, :8:-1]
    weights[:, :, :8] = image.weights[::-1, :, :8:-1]
    weights[:, :, 8] = _on_middle(faces[:, :, 8], weights[:, :, 8], head)
    return SurfacePoints(faces, weights)


def _on_middle(faces: Ints, weights: NDArray[np.float32], head: HeadModel) -> NDArray[np.float32]:
    """Weights (..., 3) of points of the middle line with nothing left on corners beside it."""
    kept = np.where(np.abs(head.data.mean[head.faces[faces], 0]) < 1e-6, weights, 0.0)
    if (kept.sum(-1) < 0.5).any():
        raise ValueError("a landmark of the middle line lies beside it")
    return np.asarray(kept / kept.sum(-1, keepdims=True), np.float32)

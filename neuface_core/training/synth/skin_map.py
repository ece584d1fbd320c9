"""What lies where on the head: soft regions that every picture paints in its own colours.

Two kinds of map. Per vertex: regions of the mesh and how much sky each vertex sees. In the frontal plane of the neutral
head, finer than the mesh: distance to the brow lines, to the lid lines and to the edge of the lips, taken from the
head's own 68 landmarks. A pixel of a picture finds its place there through the neutral position of what it shows, so
that brows and lid lines stick to the skin when the face moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.raster import rasterise

Array = NDArray[np.float32]

MAP_SIZE = 640
_MAP_HALF_M = 0.10
_BROWS = (slice(17, 22), slice(22, 27))
_EYES = (slice(36, 42), slice(42, 48))
_OUTER_LIPS = slice(48, 60)
_REGIONS = ("left_eye", "right_eye", "lips", "ears", "scalp", "neck", "inner_mouth", "tongue", "eye_sockets")


@dataclass(frozen=True)
class SkinMap:
    """Places on one head model.

    Attributes
    ----------
    names
        Columns of `vertex`.
    vertex : (V, C) float32
        Neutral position (metres, 3 columns), then regions in [0, 1] and the share of sky.
    brow, lid, lip : (M, M) float32
        Distance in metres in the frontal plane to the brow lines, the lid lines, and to the edge of the lips (negative
        inside).
    eye_centres : (2, 3) float32
        Of the left and the right eyeball, neutral, metres.
    landmarks : (68, 3) float32
        Neutral, metres.
    """

    names: tuple[str, ...]
    vertex: Array
    brow: Array
    lid: Array
    lip: Array
    eye_centres: Array
    landmarks: Array

    def look_up(self, which: Array, neutral: Array) -> Array:
        """Values (P,) of one of the distance maps at neutral positions (P, 3)."""
        place = (neutral[:, :2] * [1.0, -1.0] / _MAP_HALF_M + 1) / 2 * MAP_SIZE - 0.5
        column, row = np.clip(place.round().astype(np.int64), 0, MAP_SIZE - 1).T
        values: Array = which[row, column]
        return values


def _to_map(points: Array) -> NDArray[np.float64]:
    return np.asarray((points[:, :2] * [1.0, -1.0] / _MAP_HALF_M + 1) / 2 * MAP_SIZE - 0.5)


def _line_distance(lines: list[Array], closed: bool) -> Array:
    """Distance in metres from every cell of the map to polylines."""
    canvas = np.full((MAP_SIZE, MAP_SIZE), 255, np.uint8)
    fixed = [(_to_map(line) * 16).round().astype(np.int32) for line in lines]
    cv2.polylines(canvas, fixed, closed, 0, 1, cv2.LINE_8, shift=4)
    cells = cv2.distanceTransform(canvas, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(cells * (2 * _MAP_HALF_M / MAP_SIZE), np.float32)


def _signed(distance: Array, outline: Array) -> Array:
    inside = np.zeros(distance.shape, np.uint8)
    cv2.fillPoly(inside, [(_to_map(outline) * 16).round().astype(np.int32)], 1, shift=4)
    return np.where(inside > 0, -distance, distance).astype(np.float32)


def _share_of_sky(vertices: Array, faces: NDArray[np.int64], normals: Array) -> Array:
    """(V,) in [0, 1]: share of the directions in front of a vertex that lead outside (ambient occlusion)."""
    size, n_directions = 256, 96
    index = np.arange(n_directions) + 0.5
    height = 1 - 2 * index / n_directions
    turn = np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - height**2)
    directions = np.stack([ring * np.cos(turn), height, ring * np.sin(turn)], axis=1)
    seen, asked = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    for direction in directions:
        side = np.cross(direction, [0.3, 0.9, 0.32])
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(direction, side), -direction])
        turned = vertices @ frame.T
        low, span = turned.min(axis=0), float(np.ptp(turned[:, :2], axis=0).max())
        screen = np.column_stack([(turned[:, :2] - low[:2]) / span * (size - 1), turned[:, 2]])
        depth = rasterise(screen, faces, size, size).depth
        column, row = screen[:, :2].round().astype(np.int64).T
        cosine = np.clip(normals @ direction, 0, None)
        seen += cosine * (screen[:, 2] < depth[row, column] + 0.003)
        asked += cosine
    return np.asarray(seen / asked, np.float32)


def vertex_normals(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.float64]:
    """Unit normals (V, 3), weighted by area, pointing out of counter-clockwise faces."""
    corners = vertices[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack(
        [np.bincount(faces.ravel(), np.repeat(face_normals[:, k], 3), minlength=len(vertices)) for k in range(3)],
        axis=1,
    )
    unit: NDArray[np.float64] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return unit


def _largest_patch(mask: NDArray[np.bool_], faces: NDArray[np.int64]) -> NDArray[np.bool_]:
    """The largest connected part of a set of vertices (V,)."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    edges = edges[mask[edges].all(axis=1)]
    graph = coo_matrix((np.ones(len(edges)), edges.T), shape=(len(mask), len(mask)))
    part = connected_components(graph, directed=False)[1]
    return np.asarray(mask & (part == np.bincount(part[mask]).argmax()), np.bool_)


def skin_map(head: HeadModel) -> SkinMap:
    """Find the places on `head`; a second of work."""
    neutral: HeadParams = head.neutral(1)
    vertices = head(neutral)[0].detach().numpy().astype(np.float32)
    landmarks = head.landmarks(neutral, "static")[0].detach().numpy().astype(np.float32)
    faces = np.asarray(head.faces, np.int64)
    masks = head.vertex_masks
    columns = {name: np.asarray(masks[name], np.float32) for name in _REGIONS}
    columns["scalp"] = _largest_patch(np.asarray(masks["scalp"], bool), faces).astype(np.float32)
    columns["sky"] = _share_of_sky(vertices, faces, vertex_normals(vertices, faces).astype(np.float32))
    eyes = [vertices[np.asarray(masks[name], bool)] for name in ("left_eye", "right_eye")]
    centres = np.stack([(eye.max(axis=0) + eye.min(axis=0)) / 2 for eye in eyes])
    lips = landmarks[_OUTER_LIPS]
    return SkinMap(
        names=("x", "y", "z", *columns),
        vertex=np.column_stack([vertices, *columns.values()]).astype(np.float32),
        brow=_line_distance([landmarks[part] for part in _BROWS], closed=False),
        lid=_line_distance([landmarks[part] for part in _EYES], closed=True),
        lip=_signed(_line_distance([lips], closed=True), lips),
        eye_centres=centres.astype(np.float32),
        landmarks=landmarks,
    )

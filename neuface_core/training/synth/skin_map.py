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
from scipy.interpolate import PchipInterpolator, make_interp_spline
from scipy.spatial import cKDTree

from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.raster import rasterise

Array = NDArray[np.float32]

MAP_SIZE = 480
_MAP_HALF_M = 0.10
_REGIONS = ("left_eye", "right_eye", "lips", "ears", "nose", "neck", "inner_mouth", "tongue", "eye_sockets")
# Points of the detector's mesh on the subject's right; the left side mirrors them.
_BROW_UPPER, _BROW_LOWER = (70, 63, 105, 66, 107), (55, 65, 52, 53, 46)
_LID_UPPER = (33, 246, 161, 160, 159, 158, 157, 173, 133)
_LID_LOWER = (33, 7, 163, 144, 145, 153, 154, 155, 133)
_CREASE = (247, 30, 29, 27, 28, 56, 190)
_LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
# The hair line around the head: degrees from the front, height in metres above the middle of the eyes.
_HAIRLINE_DEG = (0, 22, 34, 42, 47, 52, 56, 60, 65, 70, 100, 112, 125, 180)
_HAIRLINE_M = (0.066, 0.066, 0.060, 0.045, 0.028, 0.006, -0.010, -0.014, 0.0, 0.030, 0.028, -0.020, -0.055, -0.072)
HEAD_AXIS_Z_M = -0.075
"""Where the vertical axis through the middle of the head lies."""


@dataclass(frozen=True)
class SkinMap:
    """Places on one head model.

    Attributes
    ----------
    names
        Columns of `vertex`.
    vertex : (V, C) float32
        Neutral position (metres, 3 columns), regions in [0, 1], `hairline` (metres inside the hair line, negative
        outside) and `sky`, the share of the surrounding that the vertex sees.
    flat : (M, M, 6) float32
        Maps in the frontal plane, see `FLAT`: metres to the edge of the brows and lips (negative inside), to the lines
        of upper lid, lower lid and lid crease; strength of the lines of age, 0 to 1.
    eye_centres : (2, 3) float32
        Of the left and the right eyeball, neutral, metres.
    landmarks : (68, 3), dense : (P, 3) float32
        Neutral, metres; `dense` are the points of the detector's mesh.
    """

    names: tuple[str, ...]
    vertex: Array
    flat: Array
    eye_centres: Array
    landmarks: Array
    dense: Array

    def column(self, name: str) -> int:
        """Index of a column of `vertex`."""
        return self.names.index(name)

    def look_up(self, neutral: Array) -> Array:
        """Values (P, 6) of the flat maps at neutral positions (P, 3)."""
        place = neutral[:, :2] * np.array([1.0, -1.0], np.float32)
        place = (place + np.float32(_MAP_HALF_M)) * np.float32(MAP_SIZE / 2 / _MAP_HALF_M)
        column, row = np.clip(place.astype(np.int32), 0, MAP_SIZE - 1).T
        values: Array = self.flat.reshape(-1, len(FLAT))[row * MAP_SIZE + column]
        return values


FLAT = ("brow", "lip", "upper_lid", "lower_lid", "crease", "lines")


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
    return np.where(inside > 0, -np.abs(distance), distance).astype(np.float32)


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


def _mirrored(points: Array) -> list[Array]:
    return [points, points * np.array([-1, 1, 1], np.float32)]


def _age_lines(dense: Array, landmarks: Array) -> Array:
    """Where skin folds with age: forehead, between the brows, beside and below the eyes, beside nose and mouth."""
    canvas = np.zeros((MAP_SIZE, MAP_SIZE), np.float32)

    def draw(points: Array, strength: float, width: int = 1) -> None:
        curve = make_interp_spline(np.arange(len(points)), points[:, :2], k=min(2, len(points) - 1))
        smooth = curve(np.linspace(0, len(points) - 1, 40))
        line = np.zeros_like(canvas)
        cv2.polylines(line, [(_to_map(smooth) * 16).round().astype(np.int32)], False, strength, width, cv2.LINE_AA, 4)
        np.maximum(canvas, line, out=canvas)

    brow, top = float(landmarks[[19, 24], 1].mean()), float(dense[10, 1])
    for share, bend in ((0.22, 0.002), (0.45, 0.003), (0.70, 0.002)):
        x = np.linspace(-0.044, 0.044, 7)
        y = brow + share * (top - brow) + bend * np.cos(x / 0.044 * 3)
        draw(np.stack([x, y, x], 1).astype(np.float32), 0.7)
    for eye_corner, wing, mouth in ((33, 129, 61),):
        corner = dense[eye_corner]
        for angle in (25, 0, -25):
            turn = np.radians(angle)
            way = np.array([-np.cos(turn), np.sin(turn), 0], np.float32)
            for line in _mirrored(np.stack([corner + way * 0.005, corner + way * 0.015]).astype(np.float32)):
                draw(line, 0.6)
        bag = dense[list(_LID_LOWER[1:-1])] + np.array([0, -0.0065, 0], np.float32)
        fold = np.stack([dense[wing] + [-0.003, 0.002, 0], (dense[wing] + dense[mouth]) / 2 + [-0.009, 0, 0]])
        fold = np.concatenate([fold, [dense[mouth] + [-0.008, 0.004, 0]]]).astype(np.float32)
        frown = np.array([[-0.006, brow - 0.012, 0], [-0.007, brow + 0.006, 0]], np.float32)
        for line in (*_mirrored(bag), *_mirrored(frown)):
            draw(line, 0.5)
        for line in _mirrored(fold):
            draw(line, 0.75, 1)
    return np.asarray(cv2.GaussianBlur(canvas, (0, 0), 2.3) * 2.1, np.float32)


def _inside_hairline(vertices: Array, ears: NDArray[np.bool_], eye_height: float) -> Array:
    """Metres (V,) inside the hair line."""
    around = np.degrees(np.arctan2(np.abs(vertices[:, 0]), vertices[:, 2] - HEAD_AXIS_Z_M))
    degrees = np.linspace(0, 180, 721)
    line = PchipInterpolator(_HAIRLINE_DEG, _HAIRLINE_M)(degrees) + eye_height
    metres_per_degree = 0.078 * np.pi / 180
    distance = cKDTree(np.stack([degrees * metres_per_degree, line], 1)).query(
        np.stack([around * metres_per_degree, vertices[:, 1]], 1)
    )[0]
    inside = vertices[:, 1] > np.interp(around, degrees, line)
    signed = np.where(inside, distance, -distance)
    return np.where(ears, -0.02, signed).astype(np.float32)


def skin_map(head: HeadModel) -> SkinMap:
    """Find the places on `head`; a second of work."""
    neutral: HeadParams = head.neutral(1)
    vertices = head(neutral)[0].detach().numpy().astype(np.float32)
    landmarks = head.landmarks(neutral, "static")[0].detach().numpy().astype(np.float32)
    dense = head.dense_landmarks(neutral)[0].detach().numpy().astype(np.float32)
    faces = np.asarray(head.faces, np.int64)
    masks = head.vertex_masks
    columns = {name: np.asarray(masks[name], np.float32) for name in _REGIONS}
    columns["teeth"] = np.asarray(masks.get("teeth", np.zeros(len(vertices))), np.float32)
    eyes = [vertices[np.asarray(masks[name], bool)] for name in ("left_eye", "right_eye")]
    centres = np.stack([(eye.max(axis=0) + eye.min(axis=0)) / 2 for eye in eyes])
    not_scalp = np.asarray(masks["ears"], bool) & ~np.asarray(masks["scalp"], bool)
    columns["hairline"] = _inside_hairline(vertices, not_scalp, float(centres[:, 1].mean()))
    for name in ("inner_mouth", "teeth", "tongue", "left_eye", "right_eye", "eye_sockets"):
        columns["hairline"][np.asarray(masks[name], bool)] = -0.05
    columns["sky"] = _share_of_sky(vertices, faces, vertex_normals(vertices, faces).astype(np.float32))
    # The mouth is shut on the neutral head: what light gets in when it opens is set by hand.
    for name, share in (("inner_mouth", 0.30), ("tongue", 0.5), ("teeth", 0.65)):
        inside = np.asarray(columns[name] > 0.5) & ~np.asarray(masks["lips"], bool)
        columns["sky"] = np.where(inside, np.maximum(columns["sky"], share), columns["sky"]).astype(np.float32)
    brows = _mirrored(dense[[*_BROW_UPPER, *_BROW_LOWER]])
    lips = dense[list(_LIPS)]
    brow_distance = _line_distance(brows, closed=True)
    for brow in brows:
        brow_distance = _signed(brow_distance, brow)
    lip = _signed(_line_distance([lips], closed=True), lips)
    lines = [_line_distance(_mirrored(dense[list(part)]), closed=False) for part in (_LID_UPPER, _LID_LOWER, _CREASE)]
    return SkinMap(
        names=("x", "y", "z", *columns),
        vertex=np.column_stack([vertices, *columns.values()]).astype(np.float32),
        flat=np.stack([brow_distance, lip, *lines, _age_lines(dense, landmarks)], axis=-1),
        eye_centres=centres.astype(np.float32),
        landmarks=landmarks,
        dense=dense,
    )

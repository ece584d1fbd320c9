"""The look of a mesh: matt clay under a studio's key, fill and rim light, and how it is blended over a picture."""

from __future__ import annotations

from typing import Literal

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from neuface_core.raster import rasterise

Style = Literal["shaded", "wireframe", "both"]

CLAY = (216, 208, 202)
WIRE_ALONE = (235, 242, 250)
WIRE_ON_CLAY = (58, 66, 82)

# Directions from which light comes, in view axes (x right, y up, z to the viewer), with colour and strength.
_KEY = (np.array([-0.45, 0.55, 0.75]), np.array([1.00, 0.96, 0.90]) * 0.92)
_FILL = (np.array([0.75, 0.05, 0.55]), np.array([0.78, 0.88, 1.00]) * 0.26)
_SKY = np.array([0.17, 0.19, 0.23])
_GROUND = np.array([0.08, 0.07, 0.065])
_RIM_STRENGTH = 0.30
_GLOSS = 0.16
_GLOSS_POWER = 26

# Twice the resolution smooths outlines; a face as large as this has fine enough ones and would cost too much.
_SUPERSAMPLE_UP_TO_PX = 420 * 420


def screen_normals(points: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.float32]:
    """Unit vertex normals (V, 3) in view axes of screen `points` (V, 3): pixels x, y down, and depth away."""
    view = np.asarray(points, np.float32) * np.array([1, -1, -1], np.float32)
    a, b, c = (view[faces[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    normals = np.empty((len(view), 3), np.float32)
    for axis in range(3):
        weights = np.repeat(flat[:, axis], 3)
        normals[:, axis] = np.bincount(faces.ravel(), weights=weights, minlength=len(view))
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return np.asarray(normals / length, np.float32)


def studio_light(normals: NDArray[np.float32], colour: tuple[int, int, int] = CLAY) -> NDArray[np.float32]:
    """Colours (V, 3) in [0, 255] of a matt surface of `colour` with unit `normals` (V, 3) in view axes."""
    height = 0.5 + 0.5 * normals[:, 1:2]
    light = _SKY * height + _GROUND * (1 - height)
    for direction, strength in (_KEY, _FILL):
        toward = direction / np.linalg.norm(direction)
        # Half-Lambert: skin scatters light past the terminator, and the shadow side keeps its shape.
        light = light + strength * (0.5 + 0.5 * normals @ toward)[:, None] ** 3
    half = _KEY[0] / np.linalg.norm(_KEY[0]) + np.array([0, 0, 1])
    gloss = _GLOSS * np.maximum(normals @ (half / np.linalg.norm(half)), 0)[:, None] ** _GLOSS_POWER
    rim = _RIM_STRENGTH * np.square(1 - np.abs(normals[:, 2:3])) * np.maximum(0, height - 0.35)
    albedo = np.square(np.asarray(colour, np.float64) / 255)
    linear = albedo * light + (gloss + rim)
    return np.asarray(255 * np.sqrt(np.clip(linear, 0, 1)), np.float32)


def soft_region(inside: NDArray[np.bool_], faces: NDArray[np.integer], rounds: int = 6) -> NDArray[np.float32]:
    """Opacity (V,) that is 1 well inside a region of vertices and fades to 0 at its border within `rounds` edges."""
    value: NDArray[np.floating] = inside.astype(np.float64)
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    degree = np.maximum(np.bincount(pairs[:, 0], minlength=len(value)), 1)
    for _ in range(rounds):
        value = 0.5 * value + 0.5 * np.bincount(pairs[:, 0], value[pairs[:, 1]], minlength=len(value)) / degree
    return np.where(inside, np.clip(2 * value - 1, 0, 1), 0).astype(np.float32)


def draw_mesh(
    picture: NDArray[np.uint8],
    points: NDArray[np.floating],
    faces: NDArray[np.integer],
    *,
    opacity: float = 1.0,
    vertex_opacity: NDArray[np.floating] | None = None,
    vertex_light: NDArray[np.floating] | None = None,
    style: Style = "shaded",
    colour: tuple[int, int, int] = CLAY,
) -> None:
    """Draw a mesh onto `picture` (H, W, 3) uint8 RGB, in place.

    Parameters
    ----------
    points : (V, 3)
        Frame pixels x, y, and depth away from the viewer in pixels; what is not finite is not drawn.
    faces : (T, 3)
        Counter-clockwise seen from outside.
    opacity
        Of the surface, in [0, 1].
    vertex_opacity : (V,), optional
        Factor for every vertex, for example from `soft_region`; triangles with 0 at all corners hide nothing.
    vertex_light : (V,), optional
        Factor on the light that reaches every vertex, for hollows that lie in shadow.
    style
        "shaded", "wireframe" (front edges only), or "both".
    """
    if opacity <= 0 or not np.isfinite(points).all():
        return
    alpha = np.full(len(points), opacity, np.float32)
    if vertex_opacity is not None:
        alpha *= np.asarray(vertex_opacity, np.float32)
    drawn = faces[(alpha[faces] > 0).any(axis=1)]
    left, top, right, bottom = _window(points[np.unique(drawn)], picture.shape)
    if right <= left or bottom <= top:
        return
    fine = 2 if (right - left) * (bottom - top) <= _SUPERSAMPLE_UP_TO_PX else 1
    # Pixel centres are whole numbers: the centre of the first fine pixel lies at -1/4 of a coarse one.
    local = (np.asarray(points, np.float64) - [left, top, 0]) * fine
    local[:, :2] += (fine - 1) / 2
    raster = rasterise(local, drawn, (bottom - top) * fine, (right - left) * fine, cull_back=True)
    colours = studio_light(screen_normals(points, faces), colour)
    if vertex_light is not None:
        colours = colours * np.asarray(vertex_light, np.float32)[:, None]
    layer = np.zeros((*raster.triangle.shape, 4), np.float32)
    surface = 0.0 if style == "wireframe" else 1.0
    wire = {"shaded": 0.0, "wireframe": 0.75, "both": 0.4}[style]
    vertices = np.concatenate([colours, alpha[:, None]], axis=1).astype(np.float32)
    _paint(
        layer,
        raster.triangle,
        raster.barycentric,
        np.ascontiguousarray(drawn, np.int64),
        np.ascontiguousarray(local[:, :2]),
        vertices,
        surface,
        wire,
        0.35 * fine,
        np.asarray(WIRE_ALONE if style == "wireframe" else WIRE_ON_CLAY, np.float32),
    )
    if fine > 1:
        layer = cv2.resize(layer, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    _blend(picture[top:bottom, left:right], layer)


def _window(points: NDArray[np.floating], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """The part of the picture that the points touch: left, top, right, bottom (exclusive)."""
    if not len(points):
        return 0, 0, 0, 0
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    left, top = (max(0, int(np.floor(v)) - 1) for v in low)
    right, bottom = (min(limit, int(np.ceil(v)) + 2) for v, limit in zip(high, (shape[1], shape[0]), strict=True))
    return left, top, right, bottom


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _paint(
    layer: NDArray[np.float32],
    triangle: NDArray[np.int32],
    barycentric: NDArray[np.float32],
    faces: NDArray[np.int64],
    points: NDArray[np.float64],
    vertices: NDArray[np.float32],
    surface: float,
    wire: float,
    width: float,
    wire_colour: NDArray[np.float32],
) -> None:
    """Premultiplied colour and opacity of every pixel; edges from the distance to the triangle's sides."""
    for y in range(triangle.shape[0]):
        for x in range(triangle.shape[1]):
            t = triangle[y, x]
            if t < 0:
                continue
            i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
            a, b, c = barycentric[y, x, 0], barycentric[y, x, 1], barycentric[y, x, 2]
            alpha = a * vertices[i, 3] + b * vertices[j, 3] + c * vertices[k, 3]
            line = 0.0
            if wire > 0.0:
                ax, ay = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
                bx, by = points[k, 0] - points[i, 0], points[k, 1] - points[i, 1]
                area = abs(ax * by - ay * bx)
                near = min(
                    a * area / max(1e-9, np.hypot(bx - ax, by - ay)),
                    b * area / max(1e-9, np.hypot(bx, by)),
                    c * area / max(1e-9, np.hypot(ax, ay)),
                )
                line = wire * min(1.0, max(0.0, width + 0.5 - near))
            shown = alpha * surface
            lined = alpha * line
            for channel in range(3):
                value = a * vertices[i, channel] + b * vertices[j, channel] + c * vertices[k, channel]
                layer[y, x, channel] = value * shown * (1.0 - lined) + wire_colour[channel] * lined
            layer[y, x, 3] = shown * (1.0 - lined) + lined


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _blend(picture: NDArray[np.uint8], layer: NDArray[np.float32]) -> None:
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            alpha = layer[y, x, 3]
            if alpha > 0.0:
                for channel in range(3):
                    value = picture[y, x, channel] * (1.0 - alpha) + layer[y, x, channel]
                    picture[y, x, channel] = np.uint8(min(255.0, max(0.0, value + 0.5)))

"""A fit drawn on a frame: mesh, detected and projected landmarks, and the error between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.rendering.shading import CLAY, Style, draw_mesh

# Okabe and Ito's colours: they stay apart for every kind of colour vision.
DETECTED = (86, 180, 233)
PROJECTED = (240, 228, 66)
ERROR_LARGE = (213, 94, 0)
ERROR_SMALL = (255, 255, 255)
_OUTLINE = (20, 20, 24)

# Error, in percent of the box's size (`nme_bbox`), that is drawn in the full colour.
_FULL_ERROR_PERCENT = 4.0
_FRACTION_BITS = 4

# iBUG 68: jaw, brows, nose ridge, nose base, eyes (closed), lips (closed).
CURVES: tuple[tuple[tuple[int, ...], bool], ...] = (
    (tuple(range(17)), False),
    (tuple(range(17, 22)), False),
    (tuple(range(22, 27)), False),
    (tuple(range(27, 31)), False),
    (tuple(range(31, 36)), False),
    (tuple(range(36, 42)), True),
    (tuple(range(42, 48)), True),
    (tuple(range(48, 60)), True),
    (tuple(range(60, 68)), True),
)


@dataclass(frozen=True)
class OverlayStyle:
    """What is drawn and how.

    Attributes
    ----------
    mesh
        How the mesh is drawn; None leaves it out.
    opacity
        Of the mesh, in [0, 1].
    detected, projected, errors
        Whether detected landmarks, projected landmarks, and the lines between them are drawn.
    """

    mesh: Style | None = "shaded"
    opacity: float = 0.85
    detected: bool = True
    projected: bool = True
    errors: bool = True
    colour: tuple[int, int, int] = CLAY


def screen_points(
    vertices: NDArray[np.floating], camera: NDArray[np.floating], crops: CropTrack, frames: NDArray[np.integer]
) -> NDArray[np.float32]:
    """Posed vertices through the weak perspective and the crop to the frame.

    Parameters
    ----------
    vertices : (N, V, 3)
        Model frame, metres.
    camera : (N, 3)
        [s, tx, ty].
    crops
        Of the whole clip.
    frames : (N,)
        Frame numbers.

    Returns
    -------
    (N, V, 3) float32
        Frame pixels x, y, and depth away from the viewer in pixels.
    """
    scale, shift = camera[:, None, :1], camera[:, None, 1:]
    half = 0.5 * crops.size[frames][:, None, None]
    plane = scale * (vertices[..., :2] + shift) * np.array([1, -1], np.float32)
    pixels = crops.centre[frames][:, None] + half * plane
    return np.concatenate([pixels, -half * scale * vertices[..., 2:]], axis=-1).astype(np.float32)


def draw_overlay(
    picture: NDArray[np.uint8],
    *,
    points: NDArray[np.floating] | None = None,
    faces: NDArray[np.integer] | None = None,
    vertex_opacity: NDArray[np.floating] | None = None,
    vertex_light: NDArray[np.floating] | None = None,
    detected: NDArray[np.floating] | None = None,
    projected: NDArray[np.floating] | None = None,
    style: OverlayStyle | None = None,
) -> NDArray[np.uint8]:
    """A copy of `picture` (H, W, 3) uint8 RGB with one frame of a fit on it.

    Parameters
    ----------
    points : (V, 3), optional
        From `screen_points`; faces (T, 3) with it.
    vertex_opacity : (V,), optional
        Factor on the opacity, for the face region alone.
    vertex_light : (V,), optional
        Factor on the light, for hollows.
    detected, projected : (68, 2), optional
        Frame pixels; NaN where there is none.
    """
    style = style or OverlayStyle()
    drawn = picture.copy()
    if style.mesh is not None and points is not None and faces is not None:
        draw_mesh(
            drawn,
            points,
            faces,
            opacity=style.opacity,
            vertex_opacity=vertex_opacity,
            vertex_light=vertex_light,
            style=style.mesh,
            colour=style.colour,
        )
    size = _face_size(detected, projected)
    if style.errors and detected is not None and projected is not None:
        draw_errors(drawn, detected, projected, size)
    if style.projected and projected is not None:
        draw_landmarks(drawn, projected, PROJECTED, size)
    if style.detected and detected is not None:
        draw_landmarks(drawn, detected, DETECTED, size)
    return drawn


def draw_landmarks(
    picture: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    colour: tuple[int, int, int],
    face_size: float,
    curves: bool = False,
) -> None:
    """Draw dots (68, 2), in place, with a size that suits a face of `face_size` pixels; optionally joined up."""
    radius = _radius(face_size)
    finite = np.isfinite(landmarks).all(axis=1)
    if curves:
        for indices, closed in CURVES:
            if finite[list(indices)].all():
                line = _fixed(landmarks[list(indices)]).reshape(-1, 1, 2)
                cv2.polylines(picture, [line], closed, colour, 1, cv2.LINE_AA, _FRACTION_BITS)
    places = np.clip(landmarks[finite], -1e5, 1e5).astype(np.float64)
    _dots(picture, places, radius, np.asarray(colour, np.float64), np.asarray(_OUTLINE, np.float64))


def draw_errors(
    picture: NDArray[np.uint8], detected: NDArray[np.floating], projected: NDArray[np.floating], face_size: float
) -> None:
    """Draw a line from every detected to its projected landmark, in place; the larger the error, the stronger red."""
    finite = np.isfinite(detected).all(axis=1) & np.isfinite(projected).all(axis=1)
    share = np.linalg.norm(detected - projected, axis=1) / max(face_size, 1.0) * 100 / _FULL_ERROR_PERCENT
    thickness = 1 if face_size < 400 else 2
    for start, end, amount in zip(_fixed(detected[finite]), _fixed(projected[finite]), share[finite], strict=True):
        strength = float(min(1.0, amount))
        colour = tuple(round(s + strength * (e - s)) for s, e in zip(ERROR_SMALL, ERROR_LARGE, strict=True))
        ends = (int(start[0]), int(start[1])), (int(end[0]), int(end[1]))
        cv2.line(picture, *ends, colour, thickness, cv2.LINE_AA, _FRACTION_BITS)


def mesh_image(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    width: int = 512,
    height: int = 512,
    *,
    style: Style = "shaded",
    colour: tuple[int, int, int] = CLAY,
    background: tuple[int, int, int] = (38, 41, 46),
    extent: float | None = None,
    centre: tuple[float, float] | None = None,
) -> NDArray[np.uint8]:
    """A mesh (V, 3) in the model frame seen from the front, on a plain background: (height, width, 3) uint8 RGB.

    Parameters
    ----------
    extent
        Metres that the shorter side of the picture shows; by default the mesh fills it with a margin.
    centre
        Model x and y in the middle of the picture; by default the middle of the mesh.
    """
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    middle = np.asarray(centre if centre is not None else (low + high)[:2] / 2)
    span = extent if extent is not None else 1.12 * float((high - low)[:2].max())
    scale = min(width, height) / max(span, 1e-9)
    points = np.empty(vertices.shape, np.float32)
    points[:, 0] = (vertices[:, 0] - middle[0]) * scale + (width - 1) / 2
    points[:, 1] = -(vertices[:, 1] - middle[1]) * scale + (height - 1) / 2
    points[:, 2] = -vertices[:, 2] * scale
    picture = backdrop(width, height, background)
    draw_mesh(picture, points, faces, style=style, colour=colour)
    return picture


def backdrop(width: int, height: int, colour: tuple[int, int, int] = (38, 41, 46)) -> NDArray[np.uint8]:
    """A plain background, a little lighter behind the head, so that a dark side stands out."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot((x - width / 2) / (0.75 * width), (y - 0.42 * height) / (0.75 * height))
    light = 1.35 - 0.55 * np.clip(away, 0, 1)
    # Half a grey level of ordered noise: a smooth gradient would show bands after compression.
    dither = ((3 * x + 5 * y) % 8)[..., None] / 8
    return np.asarray(np.clip(light[..., None] * np.asarray(colour) + dither, 0, 255), np.uint8)


def _face_size(*landmarks: NDArray[np.floating] | None) -> float:
    """Square root of the area of the box of the first landmarks that are there, in pixels."""
    for points in landmarks:
        if points is not None and np.isfinite(points).all(axis=1).any():
            box = np.nanmax(points, axis=0) - np.nanmin(points, axis=0)
            return float(np.sqrt(box[0] * box[1]))
    return 100.0


def _radius(face_size: float) -> float:
    return float(np.clip(face_size / 110, 0.9, 5.0))


def _fixed(points: NDArray[np.floating]) -> NDArray[np.int32]:
    """Fixed-point pixels for OpenCV; far-away points are kept from overflowing."""
    return np.asarray(np.round(np.clip(points, -1e5, 1e5) * (1 << _FRACTION_BITS)), np.int32)


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _dots(
    picture: NDArray[np.uint8],
    places: NDArray[np.float64],
    radius: float,
    colour: NDArray[np.float64],
    outline: NDArray[np.float64],
) -> None:
    """Round dots with a soft dark rim; OpenCV's circles of one or two pixels are diamonds."""
    reach = int(radius) + 3
    for n in range(len(places)):
        x0, y0 = int(np.round(places[n, 0])), int(np.round(places[n, 1]))
        for y in range(max(0, y0 - reach), min(picture.shape[0], y0 + reach + 1)):
            for x in range(max(0, x0 - reach), min(picture.shape[1], x0 + reach + 1)):
                away = np.hypot(x - places[n, 0], y - places[n, 1])
                inner = min(1.0, max(0.0, radius + 0.5 - away))
                rim = 0.55 * min(1.0, max(0.0, radius + 1.4 - away)) * (1.0 - inner)
                for channel in range(3):
                    value = picture[y, x, channel] * (1.0 - inner - rim)
                    value += inner * colour[channel] + rim * outline[channel]
                    picture[y, x, channel] = np.uint8(value + 0.5)

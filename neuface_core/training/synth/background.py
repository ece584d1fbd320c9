"""What stands behind, in front of and around a synthetic face: abstract pictures, so that no photograph is needed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Picture = NDArray[np.float32]


def colour(rng: Rng, saturation: float = 0.6) -> NDArray[np.float32]:
    """A random RGB colour (3,) in [0, 1]; mostly muted, as rooms are."""
    grey = rng.uniform(0.03, 0.97)
    tint = rng.normal(0, 0.35, 3) * saturation * rng.uniform(0, 1)
    return np.clip(grey + tint, 0, 1).astype(np.float32)


def _gradient(rng: Rng, size: int) -> Picture:
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    t = np.clip((np.cos(angle) * x + np.sin(angle) * y) * rng.uniform(0.5, 1.5) + 0.5, 0, 1)[..., None]
    blend: Picture = colour(rng) * (1 - t) + colour(rng) * t
    return blend


def _noise(rng: Rng, size: int) -> Picture:
    picture = np.tile(colour(rng), (size, size, 1))
    for cells in rng.choice([3, 5, 9, 17, 33, 65], size=3, replace=False):
        grain = rng.normal(0, 1, (cells, cells, 3)).astype(np.float32)
        if rng.random() < 0.5:
            grain[:] = grain[..., :1]
        way = cv2.INTER_CUBIC if rng.random() < 0.8 else cv2.INTER_NEAREST
        picture = picture + rng.uniform(0.03, 0.2) * cv2.resize(grain, (size, size), interpolation=way)
    return np.clip(picture, 0, 1).astype(np.float32)


def _checker(rng: Rng, size: int) -> Picture:
    cells = int(rng.integers(3, 14))
    y, x = np.mgrid[:cells, :cells]
    board = np.where(((x + y) % 2)[..., None] == 0, colour(rng), colour(rng)).astype(np.float32)
    picture: Picture = cv2.resize(board, (size, size), interpolation=cv2.INTER_NEAREST)
    return picture


def _draw_shapes(rng: Rng, picture: Picture, count: int) -> None:
    size = len(picture)
    for _ in range(count):
        paint = tuple(float(c) for c in colour(rng, 1.0))
        a = rng.integers(-size // 4, size + size // 4, 2)
        b = rng.integers(-size // 4, size + size // 4, 2)
        thickness = -1 if rng.random() < 0.6 else int(rng.integers(1, max(2, size // 30)))
        kind = rng.random()
        if kind < 0.45:
            cv2.rectangle(picture, a.tolist(), b.tolist(), paint, thickness, cv2.LINE_AA)
        elif kind < 0.75:
            axes = rng.integers(size // 20, size // 2, 2).tolist()
            cv2.ellipse(picture, a.tolist(), axes, rng.uniform(0, 180), 0, 360, paint, thickness, cv2.LINE_AA)
        else:
            cv2.line(picture, a.tolist(), b.tolist(), paint, int(rng.integers(1, max(2, size // 16))), cv2.LINE_AA)


def background(rng: Rng, size: int) -> Picture:
    """A picture (size, size, 3) float32 in [0, 1]: gradient, noise, checker or flat, shapes on it, out of focus."""
    kind = rng.random()
    if kind < 0.35:
        picture = _gradient(rng, size)
    elif kind < 0.75:
        picture = _noise(rng, size)
    elif kind < 0.82:
        picture = _checker(rng, size)
    else:
        picture = np.tile(colour(rng), (size, size, 1)).astype(np.float32)
    if rng.random() < 0.6:
        picture = np.ascontiguousarray(picture, np.float32)
        _draw_shapes(rng, picture, int(rng.integers(1, 8)))
    if rng.random() < 0.75:
        picture = cv2.GaussianBlur(picture, (0, 0), size / 192 * float(np.exp(rng.uniform(np.log(0.6), np.log(12)))))
    return np.clip(picture, 0, 1).astype(np.float32)


def shoulders(rng: Rng, picture: Picture, neck: NDArray[np.float32], width: float) -> None:
    """Draw clothes under the neck into `picture`, in place.

    Parameters
    ----------
    neck : (2,)
        Pixel where the neck of the mesh ends.
    width
        Width of the head in pixels.
    """
    paint = tuple(float(c) for c in colour(rng, 1.0))
    half = width * rng.uniform(1.0, 1.7)
    top = neck + np.array([rng.normal(0, 0.05), rng.uniform(-0.25, 0.0)]) * width
    centre = (int(top[0]), int(top[1] + half * 0.75))
    cv2.ellipse(picture, centre, (int(half), int(half * 0.75)), 0, 0, 360, paint, -1, cv2.LINE_AA)
    below = (int(top[0] - half), centre[1]), (int(top[0] + half), int(centre[1] + 4 * half))
    cv2.rectangle(picture, below[0], below[1], paint, -1)
    if rng.random() < 0.4:
        collar = tuple(float(c) for c in colour(rng, 1.0))
        axes = (int(width * rng.uniform(0.35, 0.5)), int(width * rng.uniform(0.1, 0.25)))
        cv2.ellipse(picture, (int(neck[0]), int(neck[1])), axes, 0, 0, 360, collar, -1, cv2.LINE_AA)


def occlude(rng: Rng, picture: Picture) -> None:
    """Put something in front of the face (a hand-sized blob, a bar), in place."""
    size = len(picture)
    paint = tuple(float(c) for c in colour(rng, 0.8))
    place = rng.integers(size // 8, size - size // 8, 2).tolist()
    if rng.random() < 0.7:
        axes = [int(size * rng.uniform(0.03, 0.11)), int(size * rng.uniform(0.03, 0.16))]
        cv2.ellipse(picture, place, axes, rng.uniform(0, 180), 0, 360, paint, -1, cv2.LINE_AA)
    else:
        end = rng.integers(0, size, 2).tolist()
        cv2.line(picture, place, end, paint, max(1, int(size * rng.uniform(0.005, 0.04))), cv2.LINE_AA)

"""What stands behind a synthetic face: rooms, walls, lamps and patterns, so that no photograph is needed."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Picture = NDArray[np.float32]


def colour(rng: Rng, saturation: float = 0.6) -> NDArray[np.float32]:
    """A random RGB colour (3,) in [0, 1]; mostly muted, as rooms are."""
    grey = rng.uniform(0.03, 0.97)
    tint = rng.normal(0, 0.30, 3) * saturation * rng.uniform(0, 1) ** 2
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
        if rng.random() < 0.85:
            grain[:] = grain[..., :1]
        way = cv2.INTER_CUBIC if rng.random() < 0.8 else cv2.INTER_NEAREST
        picture = picture + rng.uniform(0.02, 0.10) * cv2.resize(grain, (size, size), interpolation=way)
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


def _room(rng: Rng, size: int) -> Picture:
    """Walls, floor and ceiling in perspective, with boxes for furniture and windows."""
    corner = rng.uniform([0.1, 0.05], [0.9, 0.45], 2) * size
    low = rng.uniform(0.6, 0.95) * size
    base = colour(rng, 0.3)
    picture = np.tile(base, (size, size, 1)).astype(np.float32)
    lit = [float(rng.uniform(0.6, 1.15)) for _ in range(3)]
    side = [(0, 0), corner.tolist(), (corner[0], low), (0, size)]
    for polygon, share in (
        (side, lit[0]),
        ([(0, 0), (size, 0), (size, corner[1] * 0.8), corner.tolist()], lit[1]),
        ([(0, size), (corner[0], low), (size, low * rng.uniform(0.95, 1.1)), (size, size)], lit[2]),
    ):
        paint = np.clip(base * share + rng.normal(0, 0.04, 3), 0, 1)
        cv2.fillPoly(picture, [np.array(polygon, np.int32)], paint.tolist(), cv2.LINE_AA)
    for _ in range(rng.integers(1, 7)):
        a = (rng.uniform(-0.1, 0.95, 2) * size).astype(int)
        b = a + (rng.uniform(0.06, 0.4, 2) * size).astype(int)
        fill = colour(rng, 0.5).tolist() if rng.random() < 0.8 else [float(rng.uniform(0.85, 1.0))] * 3
        cv2.rectangle(picture, a.tolist(), b.tolist(), fill, -1)
        if rng.random() < 0.4:
            cv2.rectangle(picture, a.tolist(), b.tolist(), colour(rng, 0.4).tolist(), max(1, size // 90), cv2.LINE_AA)
    return picture


def _lamps(rng: Rng, size: int) -> Picture:
    """Lights of a city out of focus: discs on a dark ground."""
    picture: Picture = _gradient(rng, size) * np.float32(rng.uniform(0.15, 0.6))
    for _ in range(rng.integers(5, 40)):
        disc = np.zeros_like(picture)
        place = rng.integers(0, size, 2).tolist()
        cv2.circle(disc, place, int(size * rng.uniform(0.01, 0.06)), colour(rng, 1.2).tolist(), -1, cv2.LINE_AA)
        picture += disc * np.float32(rng.uniform(0.2, 0.8))
    return np.asarray(np.clip(picture, 0, 1), np.float32)


def background(rng: Rng, size: int) -> Picture:
    """A picture (size, size, 3) float32 in [0, 1]: wall, room, lamps, studio or noise, mostly out of focus."""
    kind = rng.random()
    if kind < 0.40:
        picture = _room(rng, size)
    elif kind < 0.62:
        picture = _gradient(rng, size)
    elif kind < 0.72:
        picture = _lamps(rng, size)
    elif kind < 0.81:
        picture = _noise(rng, size)
    elif kind < 0.84:
        picture = _checker(rng, size)
    else:
        picture = np.tile(colour(rng, 0.3), (size, size, 1)).astype(np.float32)
    if kind > 0.40 and rng.random() < 0.4:
        picture = np.ascontiguousarray(picture, np.float32)
        _draw_shapes(rng, picture, int(rng.integers(1, 6)))
    if rng.random() < 0.75:
        picture = cv2.GaussianBlur(picture, (0, 0), size / 192 * float(np.exp(rng.uniform(np.log(0.6), np.log(9)))))
    return np.clip(picture, 0, 1).astype(np.float32)

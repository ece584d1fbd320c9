"""Small meshes that stand around a synthetic head, and how they are coloured: grids, tubes, balls, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["hair", "cloth", "skin", "plain", "teeth", "lens"]


@dataclass(frozen=True)
class Solid:
    """A mesh of one material.

    Attributes
    ----------
    vertices : (V, 3) float64
        Metres.
    faces : (T, 3) int64
        Drawn from both sides.
    uv : (V, 2) float32
        Coordinates on it, in strands, threads or teeth as its kind wants.
    colour : (3,) float32
        Display colour in [0, 1].
    kind
        How it is painted.
    gloss : float
        Strength of its shine.
    cover : (V,) float32
        Below about 0.5 it is ragged, at 0 it is not there; 1 is solid.
    """

    vertices: Floats
    faces: NDArray[np.int64]
    uv: NDArray[np.float32]
    colour: NDArray[np.float32]
    kind: Kind
    gloss: float
    cover: NDArray[np.float32]

    @property
    def sheer(self) -> bool:
        """It is seen through in places and drawn in a layer of its own."""
        return self.kind == "lens" or bool((self.cover < 1).any())

    def moved(self, rotation: Floats, pivot: Floats, shift: Floats | float = 0.0) -> Solid:
        """Turned about `pivot` (3,) by `rotation` (3, 3) and shifted."""
        return replace(self, vertices=(self.vertices - pivot) @ rotation.T + pivot + shift)


def grid(
    points: Floats,
    colour: NDArray[np.floating],
    kind: Kind,
    *,
    closed: bool = False,
    gloss: float = 0.05,
    uv: NDArray[np.floating] | None = None,
    cover: NDArray[np.floating] | None = None,
) -> Solid:
    """A sheet through points (R, C, 3); `closed` joins the last column to the first.

    Parameters
    ----------
    uv : (R, C, 2), optional
        By default column and row.
    cover : (R, C), optional
        By default 1.
    """
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], axis=1)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]))
    if uv is None:
        uv = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)
    cover = np.ones((rows, columns)) if cover is None else cover
    return Solid(
        vertices=np.asarray(points, np.float64).reshape(-1, 3),
        faces=np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]).astype(np.int64),
        uv=np.asarray(uv, np.float32).reshape(-1, 2),
        colour=np.asarray(colour, np.float32),
        kind=kind,
        gloss=gloss,
        cover=np.asarray(cover, np.float32).ravel(),
    )


def tube(
    line: Floats, radius: Floats | float, colour: NDArray[np.floating], kind: Kind, sides: int = 6, gloss: float = 0.1
) -> Solid:
    """A tube along a line (R, 3); the radius (R,) may change along it."""
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    helper = np.where(np.abs(along[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[0.0, 1.0, 0.0]])
    across = np.cross(along, helper)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    other = np.cross(along, across)
    turn = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.cos(turn)[:, None] * across[:, None] + np.sin(turn)[:, None] * other[:, None]
    thick = np.broadcast_to(np.asarray(radius, np.float64), (len(line),))
    return grid(line[:, None] + thick[:, None, None] * ring, colour, kind, closed=True, gloss=gloss)


def ball(centre: Floats, radii: Floats, colour: NDArray[np.floating], kind: Kind, gloss: float = 0.1) -> Solid:
    """An ellipsoid with its axes along the model frame's."""
    height, turn = np.linspace(-np.pi / 2, np.pi / 2, 13), np.linspace(0, 2 * np.pi, 24, endpoint=False)
    up, around = np.meshgrid(height, turn, indexing="ij")
    unit = np.stack([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)], axis=-1)
    uv = np.stack([around / (2 * np.pi) * 30, up / np.pi * 8], axis=-1)
    return grid(centre + radii * unit, colour, kind, closed=True, gloss=gloss, uv=uv)


def box(centre: Floats, half: Floats, colour: NDArray[np.floating], kind: Kind, gloss: float = 0.2) -> Solid:
    """A box with flat sides."""
    sides = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            u, v = np.meshgrid([-1.0, 1.0], [-1.0, 1.0])
            face = np.empty((2, 2, 3))
            face[..., axis], face[..., (axis + 1) % 3], face[..., (axis + 2) % 3] = sign, u, v
            sides.append(grid(centre + half * face, colour, kind, gloss=gloss))
    return join(sides)


def join(solids: Sequence[Solid]) -> Solid:
    """One solid of several; colour, kind and gloss are those of the first."""
    starts = np.cumsum([0, *(len(s.vertices) for s in solids)])
    return replace(
        solids[0],
        vertices=np.concatenate([s.vertices for s in solids]),
        faces=np.concatenate([s.faces + start for s, start in zip(solids, starts, strict=False)]),
        uv=np.concatenate([s.uv for s in solids]),
        cover=np.concatenate([s.cover for s in solids]),
    )


def capsule(line: Floats, radius: float, colour: NDArray[np.floating], kind: Kind, gloss: float = 0.1) -> Solid:
    """A tube with round ends along a line (R, 3)."""
    first, last = line[0] - line[1], line[-1] - line[-2]
    first, last = first / np.linalg.norm(first), last / np.linalg.norm(last)
    out = np.array([0.98, 0.8, 0.5])[:, None]
    points = np.concatenate([line[0] + first * out * radius, line, (line[-1] + last * out * radius)[::-1]])
    thick = np.concatenate([[0.15, 0.6, 0.87], np.ones(len(line)), [0.87, 0.6, 0.15]]) * radius
    return tube(points, thick, colour, kind, sides=10, gloss=gloss)

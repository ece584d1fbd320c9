"""Does a mesh cut through itself? Pairs of triangles that cross, found by sorting boxes and testing edges.

A triangle pair crosses when an edge of one passes through the inside of the other. Pairs that share a corner are left
out: neighbours always touch. Checked against VTK's intersection filter in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

import numba
import numpy as np
from numpy.typing import NDArray

Depths = NDArray[np.float64]

_INSIDE = 1e-9
"""Barycentric margin: an edge that only grazes the rim of a triangle doesn't cross it."""


def crossing_pairs(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.int64]:
    """Pairs (P, 2) of triangles that cross each other.

    Parameters
    ----------
    vertices : (V, 3)
        Any unit.
    faces : (T, 3)
    """
    points = np.ascontiguousarray(vertices, np.float64)
    corners = np.ascontiguousarray(faces, np.int64)
    if not len(corners):
        return np.empty((0, 2), np.int64)
    triangles = points[corners]
    low, high = triangles.min(1), triangles.max(1)
    order = np.argsort(low[:, 0], kind="stable")
    size = 1024
    while True:
        pairs = np.empty((size, 2), np.int64)
        found = int(_sweep(triangles, corners, low, high, order, pairs))
        if found <= size:
            return np.sort(pairs[:found], axis=1)
        size = found


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _sweep(
    triangles: NDArray[np.float64],
    faces: NDArray[np.int64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    order: NDArray[np.int64],
    pairs: NDArray[np.int64],
) -> int:
    found = 0
    for i in range(len(order)):
        a = order[i]
        for j in range(i + 1, len(order)):
            b = order[j]
            if low[b, 0] > high[a, 0]:
                break
            if low[b, 1] > high[a, 1] or low[a, 1] > high[b, 1] or low[b, 2] > high[a, 2] or low[a, 2] > high[b, 2]:
                continue
            shared = False
            for k in range(3):
                for m in range(3):
                    shared = shared or faces[a, k] == faces[b, m]
            if shared:
                continue
            if _pierces(triangles[a], triangles[b]) or _pierces(triangles[b], triangles[a]):
                if found < len(pairs):
                    pairs[found, 0], pairs[found, 1] = a, b
                found += 1
    return found


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _pierces(a: NDArray[np.float64], b: NDArray[np.float64]) -> bool:
    """An edge of triangle `a` passes through the inside of triangle `b`."""
    ux, uy, uz = b[1, 0] - b[0, 0], b[1, 1] - b[0, 1], b[1, 2] - b[0, 2]
    vx, vy, vz = b[2, 0] - b[0, 0], b[2, 1] - b[0, 1], b[2, 2] - b[0, 2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    square = nx * nx + ny * ny + nz * nz
    if square == 0.0:
        return False
    for k in range(3):
        p, q = a[k], a[(k + 1) % 3]
        above = nx * (p[0] - b[0, 0]) + ny * (p[1] - b[0, 1]) + nz * (p[2] - b[0, 2])
        below = nx * (q[0] - b[0, 0]) + ny * (q[1] - b[0, 1]) + nz * (q[2] - b[0, 2])
        if above * below >= 0.0:
            continue
        t = above / (above - below)
        wx = p[0] + t * (q[0] - p[0]) - b[0, 0]
        wy = p[1] + t * (q[1] - p[1]) - b[0, 1]
        wz = p[2] + t * (q[2] - p[2]) - b[0, 2]
        # Barycentric coordinates of the point where the edge meets the plane.
        s = (nx * (wy * vz - wz * vy) + ny * (wz * vx - wx * vz) + nz * (wx * vy - wy * vx)) / square
        r = (nx * (uy * wz - uz * wy) + ny * (uz * wx - ux * wz) + nz * (ux * wy - uy * wx)) / square
        if s > _INSIDE and r > _INSIDE and s + r < 1.0 - _INSIDE:
            return True
    return False


def penetration(pairs: NDArray[np.integer], vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> Depths:
    """How deep each of the pairs (P, 2) sinks, (P,): the shortest move along a normal that frees one from the other."""
    triangles = np.asarray(vertices, np.float64)[faces]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)

    def sunk(a: NDArray[np.integer], b: NDArray[np.integer]) -> Depths:
        height = np.einsum("pkc,pc->pk", triangles[a] - triangles[b][:, :1], normals[b])
        return np.asarray(np.minimum(-height.min(1), height.max(1)), np.float64)

    return np.minimum(sunk(pairs[:, 0], pairs[:, 1]), sunk(pairs[:, 1], pairs[:, 0]))


def contacts(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], masks: Mapping[str, NDArray[np.bool_]]
) -> dict[tuple[str, str], Depths]:
    """Depths (P,) of the crossing pairs between regions; a triangle belongs to the first mask that holds a corner.

    What no mask holds is "skin".
    """
    pairs = crossing_pairs(vertices, faces)
    names = [*masks, "skin"]
    inside = np.stack([mask[faces].any(1) for mask in masks.values()] + [np.ones(len(faces), bool)])
    region = np.sort(inside.argmax(0)[pairs], axis=1)
    depth = penetration(pairs, vertices, faces)
    return {
        (names[a], names[b]): depth[(region == [a, b]).all(1)] for a, b in sorted({(int(a), int(b)) for a, b in region})
    }

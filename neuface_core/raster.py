"""A z-buffer rasteriser: which triangle, and where on it, every pixel of an image sees.

Pixels follow the house rule: the centre of the top-left pixel is (0, 0), x to the right, y down. Depth grows away from
the camera. Serial and in a fixed order, so that the same mesh gives the same bytes on every run
(docs/adr/0009-own-rasteriser.md says why this is not OpenGL).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Raster:
    """What every pixel sees.

    Attributes
    ----------
    triangle : (H, W) int32
        Index into the faces; -1 where nothing was hit.
    barycentric : (H, W, 3) float32
        Weights of the triangle's corners, sum 1; 0 where nothing was hit.
    depth : (H, W) float32
        Unit of the vertices' third coordinate; infinite where nothing was hit.
    """

    triangle: NDArray[np.int32]
    barycentric: NDArray[np.float32]
    depth: NDArray[np.float32]

    @property
    def hit(self) -> NDArray[np.bool_]:
        """(H, W): the pixel sees the mesh."""
        return self.triangle >= 0

    def interpolate(self, values: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.float32]:
        """Carry per-vertex `values` (V, C) to the pixels: (H, W, C) float32, 0 where nothing was hit."""
        corners = np.asarray(values, np.float32)[faces[np.maximum(self.triangle, 0)]]
        return np.asarray(np.einsum("hwk,hwkc->hwc", self.barycentric, corners), np.float32)


def rasterise(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    height: int,
    width: int,
    *,
    cull_back: bool = False,
    perspective: bool = False,
) -> Raster:
    """Draw a mesh into a z-buffer.

    Parameters
    ----------
    vertices : (V, 3)
        Screen x and y in pixels, and depth (smaller is nearer).
    faces : (T, 3)
        Corner indices; seen from its front a triangle runs counter-clockwise as a person sees it on the screen.
    height, width
        Size of the image in pixels.
    cull_back
        Leave out triangles that turn their back to the camera.
    perspective
        The depth is a distance from a pinhole (> 0): barycentrics and depth are then perspective-correct, and a
        triangle with a corner at or behind the pinhole is left out.

    Raises
    ------
    ValueError
        When the arrays have other shapes or a face names a vertex that is not there.
    """
    points = np.ascontiguousarray(vertices, np.float64)
    corners = np.ascontiguousarray(faces, np.int64)
    if points.ndim != 2 or points.shape[1] != 3 or corners.ndim != 2 or corners.shape[1] != 3:
        raise ValueError(f"vertices {points.shape} and faces {corners.shape} must be (V, 3) and (T, 3)")
    if len(corners) and (corners.min() < 0 or corners.max() >= len(points)):
        raise ValueError(f"faces name vertices outside 0..{len(points) - 1}")
    triangle = np.full((height, width), -1, np.int32)
    barycentric = np.zeros((height, width, 3), np.float32)
    depth = np.full((height, width), np.inf, np.float32)
    _fill(points, corners, cull_back, perspective, triangle, barycentric, depth)
    return Raster(triangle, barycentric, depth)


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _fill(
    points: NDArray[np.float64],
    faces: NDArray[np.int64],
    cull_back: bool,
    perspective: bool,
    triangle: NDArray[np.int32],
    barycentric: NDArray[np.float32],
    depth: NDArray[np.float32],
) -> None:
    height, width = triangle.shape
    for t in range(faces.shape[0]):
        i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
        x0, y0, z0 = points[i, 0], points[i, 1], points[i, 2]
        x1, y1, z1 = points[j, 0], points[j, 1], points[j, 2]
        x2, y2, z2 = points[k, 0], points[k, 1], points[k, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area == 0.0 or not math.isfinite(area):
            continue
        if cull_back and area > 0.0:  # y points down: what a person sees as counter-clockwise has a negative area
            continue
        if perspective and (z0 <= 0.0 or z1 <= 0.0 or z2 <= 0.0):
            continue
        left = max(0, math.ceil(min(x0, x1, x2)))
        right = min(width - 1, math.floor(max(x0, x1, x2)))
        top = max(0, math.ceil(min(y0, y1, y2)))
        bottom = min(height - 1, math.floor(max(y0, y1, y2)))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                a = ((x1 - x) * (y2 - y) - (x2 - x) * (y1 - y)) / area
                b = ((x2 - x) * (y0 - y) - (x0 - x) * (y2 - y)) / area
                c = 1.0 - a - b
                if a < -1e-12 or b < -1e-12 or c < -1e-12:
                    continue
                if perspective:
                    a, b, c = a / z0, b / z1, c / z2
                    z = 1.0 / (a + b + c)
                    a, b, c = a * z, b * z, c * z
                else:
                    z = a * z0 + b * z1 + c * z2
                if z < depth[y, x]:
                    depth[y, x] = z
                    triangle[y, x] = t
                    barycentric[y, x, 0] = a
                    barycentric[y, x, 1] = b
                    barycentric[y, x, 2] = c

"""Mesh surgery for the bake: cut the neck by a plane, find the mirror of every vertex, name the regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_FLIP = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class CutMesh:
    """A mesh cut by a plane.

    Attributes
    ----------
    mix : (V_new, V_old) sparse
        New vertices as weighted sums of the old ones, so that any per-vertex quantity can follow the cut.
    faces : (T, 3) int64
    uv : (T, 3, 2) float64
        Texture coordinates of the corners.
    """

    mix: csr_matrix
    faces: Ints
    uv: Array

    def carry(self, values: Array) -> Array:
        """Per-vertex values (..., V_old, C) to (..., V_new, C)."""
        flat = np.moveaxis(values, -2, 0)
        carried = self.mix @ flat.reshape(len(flat), -1)
        return np.moveaxis(carried.reshape(-1, *flat.shape[1:]), 0, -2)


def cut_by_plane(vertices: Array, faces: Ints, uv: Array, normal: Array, offset: float) -> CutMesh:
    """Keep what lies at ``vertices @ normal >= offset``; triangles on the plane are split for a straight edge."""
    distance = vertices @ normal - offset
    rows: dict[tuple[int, int], int] = {(int(i), int(i)): k for k, i in enumerate(np.flatnonzero(distance >= 0))}
    kept_faces: list[list[int]] = []
    kept_uv: list[list[Array]] = []
    for face, corner_uv in zip(faces, uv, strict=True):
        polygon: list[tuple[tuple[int, int], Array]] = []
        for k in range(3):
            i, j = int(face[k]), int(face[(k + 1) % 3])
            if distance[i] >= 0:
                polygon.append(((i, i), corner_uv[k]))
            if (distance[i] >= 0) != (distance[j] >= 0):
                t = distance[i] / (distance[i] - distance[j])
                polygon.append(((min(i, j), max(i, j)), (1 - t) * corner_uv[k] + t * corner_uv[(k + 1) % 3]))
        numbers = [rows.setdefault(key, len(rows)) for key, _ in polygon]
        for triangle in _fan(polygon, vertices, distance):
            kept_faces.append([numbers[c] for c in triangle])
            kept_uv.append([polygon[c][1] for c in triangle])
    entries: list[tuple[int, int, float]] = []
    for (i, j), row in rows.items():
        if i == j:
            entries.append((row, i, 1.0))
        else:
            t = distance[i] / (distance[i] - distance[j])
            entries += [(row, i, 1.0 - t), (row, j, t)]
    row_ids, column_ids, shares = zip(*entries, strict=True)
    mix = coo_matrix((shares, (row_ids, column_ids)), shape=(len(rows), len(vertices))).tocsr()
    return CutMesh(mix, np.array(kept_faces), np.array(kept_uv))


def _fan(
    polygon: list[tuple[tuple[int, int], Array]], vertices: Array, distance: Array
) -> tuple[tuple[int, int, int], ...]:
    if len(polygon) < 3:
        return ()
    if len(polygon) == 3:
        return ((0, 1, 2),)

    def place(key: tuple[int, int]) -> Array:
        i, j = key
        t = 0.0 if i == j else distance[i] / (distance[i] - distance[j])
        return np.asarray((1 - t) * vertices[i] + t * vertices[j])

    corners = [place(key) for key, _ in polygon]
    # The shorter diagonal: the same choice on both halves of a symmetric head.
    if np.linalg.norm(corners[0] - corners[2]) <= np.linalg.norm(corners[1] - corners[3]):
        return ((0, 1, 2), (0, 2, 3))
    return ((0, 1, 3), (1, 2, 3))


def mirror_map(vertices: Array) -> Ints:
    """(V,): the vertex at the mirrored place.

    Raises
    ------
    ValueError
        When the mesh isn't symmetric to a hundredth of a millimetre.
    """
    distance, index = cKDTree(vertices).query(vertices * _FLIP)
    if distance.max() > 1e-5 or not np.array_equal(index[index], np.arange(len(vertices))):
        raise ValueError(f"the mesh is not mirror-symmetric (off by {distance.max():.2g} m)")
    return np.asarray(index, np.int64)


def mirrored(points: Array, mirror: Ints) -> Array:
    """The mirror image of meshes (..., V, 3), in the same vertex order."""
    return np.asarray(points[..., mirror, :] * _FLIP)


def components(n_vertices: int, faces: Ints) -> Ints:
    """(V,): number of the connected part that a vertex belongs to."""
    graph = coo_matrix(
        (np.ones(faces.size), (faces.ravel(), np.roll(faces, -1, axis=1).ravel())), shape=(n_vertices, n_vertices)
    )
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def boundary_vertices(faces: Ints) -> Ints:
    """Vertices on open edges."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    return np.unique(unique[count == 1])

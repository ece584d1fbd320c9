"""The surface of a head as a graphics card wants it: one normal, colour and texture coordinate a vertex."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.heads.model import HeadModel
from neuface_core.rendering.part_light import part_light
from neuface_core.rendering.shading import CLAY

_UV_DIGITS = 6


@dataclass(frozen=True)
class Surface:
    """A mesh that is cut open along the seams of its texture.

    Attributes
    ----------
    source : (P,) int64
        Vertex of the head that each vertex is a copy of; the first V are the head's own.
    faces : (T, 3) int64
    uv : (P, 2) float32 or None
        From the upper left corner of a texture, as glTF counts; None where the head has none.
    colour : (P, 4) uint8
        Linear, opaque: clay, with a dark mouth and eyes that look.
    """

    source: NDArray[np.int64]
    faces: NDArray[np.int64]
    uv: NDArray[np.float32] | None
    colour: NDArray[np.uint8]


def surface_of(head: HeadModel) -> Surface:
    """Cut the mesh of a head open where two triangles disagree about the texture coordinate of a vertex."""
    faces = head.data.faces
    source = np.arange(head.n_vertices)
    uv = None
    if head.data.uv is not None:
        source, faces, uv = _cut(faces, head.data.uv, head.n_vertices)
        uv = np.stack([uv[:, 0], 1.0 - uv[:, 1]], axis=1).astype(np.float32)
    shade = np.clip(np.asarray(CLAY) / 255 * part_light(head)[:, None], 0, 1)
    linear = np.where(shade <= 0.04045, shade / 12.92, ((shade + 0.055) / 1.055) ** 2.4)
    colour = np.full((head.n_vertices, 4), 255, np.uint8)
    colour[:, :3] = np.round(255 * linear)
    return Surface(source, faces, uv, colour[source])


def _cut(
    faces: NDArray[np.int64], uv: NDArray[np.float32], n_vertices: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Sources, triangles and texture coordinates; the first coordinate that is met stays with the vertex itself."""
    corners, places = faces.reshape(-1), uv.reshape(-1, 2)
    keys = np.column_stack([corners, np.round(places, _UV_DIGITS)])
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    vertex = corners[first]
    place_of: NDArray[np.int64] = np.full(len(first), -1, np.int64)
    _, own = np.unique(vertex, return_index=True)
    place_of[own] = vertex[own]
    copies = np.flatnonzero(place_of < 0)
    place_of[copies] = n_vertices + np.arange(len(copies))
    source = np.concatenate([np.arange(n_vertices), vertex[copies]])
    cut_uv = np.zeros((len(source), 2), np.float32)
    cut_uv[place_of] = places[first]
    return source, place_of[inverse].reshape(faces.shape), cut_uv

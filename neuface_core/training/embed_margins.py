"""Move eyelid and inner-lip landmarks to the margins that they mean.

A point found on an open eye or a closed mouth is right for that picture only: unless it lies on the very edge that
moves, a blink or an open jaw leaves it behind. The edges are closed rings of vertices around the eye sockets and the
inside of the mouth; which ring is the visible edge was looked at on the mesh.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.heads.model import HeadModel
from neuface_core.training.bake_regions import grow

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

# Points of the face mesh along the margins, corners left out: they stay where the detector sees them.
_LIDS = {
    "left_eye": ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382)),
    "right_eye": ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155)),
}
_LIPS = ((191, 80, 81, 82, 13, 312, 311, 310, 415), (95, 88, 178, 87, 14, 317, 402, 318, 324))

_LID_RING = 4
_LIP_RING = 2


def snap_to_margins(points: Array, head: HeadModel) -> Array:
    """Face-mesh points (P, 3) on the mean head, those of lids and inner lips on their margins."""
    snapped = points.copy()
    side_of = np.sign(head.data.mean[:, 0])
    for (name, halves), side in zip(_LIDS.items(), (1.0, -1.0), strict=True):
        socket = head.vertex_masks["eye_sockets"] & (side_of == side)
        _snap(snapped, halves, _ring(socket, head.faces, _LID_RING), head)
        assert head.vertex_masks[name].any()
    _snap(snapped, _LIPS, _ring(head.vertex_masks["inner_mouth"], head.faces, _LIP_RING), head)
    return snapped


def margin_edges(head: HeadModel) -> dict[int, Ints]:
    """For every face-mesh point of the margins the edges (E, 2) that it may lie on."""
    found: dict[int, Ints] = {}
    side_of = np.sign(head.data.mean[:, 0])
    for halves, side in zip(_LIDS.values(), (1.0, -1.0), strict=True):
        socket = head.vertex_masks["eye_sockets"] & (side_of == side)
        found |= _edges_of(halves, _ring(socket, head.faces, _LID_RING), head)
    return found | _edges_of(_LIPS, _ring(head.vertex_masks["inner_mouth"], head.faces, _LIP_RING), head)


def _edges_of(halves: tuple[tuple[int, ...], tuple[int, ...]], edges: Ints, head: HeadModel) -> dict[int, Ints]:
    chains = _upper_and_lower(edges, head)
    return {
        index: np.stack([chain[:-1], chain[1:]], axis=1)
        for half, chain in zip(halves, map(np.array, chains), strict=True)
        for index in half
    }


def _ring(inside: NDArray[np.bool_], faces: Ints, number: int) -> Ints:
    """Edges (E, 2) of the closed ring of vertices `number` edges away from a region."""
    on_ring = grow(inside, faces, number) & ~grow(inside, faces, number - 1)
    edges = np.unique(np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    return edges[on_ring[edges].all(1)]


def _snap(points: Array, halves: tuple[tuple[int, ...], tuple[int, ...]], edges: Ints, head: HeadModel) -> None:
    mean = head.data.mean.astype(np.float64)
    upper, lower = _upper_and_lower(edges, head)
    for half, chosen in zip(halves, (upper, lower), strict=True):
        a, b = mean[chosen[:-1]], mean[chosen[1:]]
        for index in half:
            along = np.clip(((points[index] - a) * (b - a)).sum(1) / ((b - a) ** 2).sum(1), 0.0, 1.0)
            nearest = a + along[:, None] * (b - a)
            points[index] = nearest[np.linalg.norm(nearest - points[index], axis=1).argmin()]


def _upper_and_lower(edges: Ints, head: HeadModel) -> tuple[list[int], list[int]]:
    """The two halves of a closed ring of edges (E, 2)."""
    mean = head.data.mean.astype(np.float64)
    corners = np.unique(edges)
    first, last = corners[mean[corners, 0].argmin()], corners[mean[corners, 0].argmax()]
    halves_of_ring = _chains(edges, int(first), int(last))
    # The lower lip hangs on the jaw; of a closed mouth the halves lie on each other and height tells nothing.
    height = [mean[chain, 1].mean() - 0.05 * head.data.skin_weights[chain, 2].mean() for chain in halves_of_ring]
    return halves_of_ring if height[0] > height[1] else halves_of_ring[::-1]


def _chains(edges: Ints, first: int, last: int) -> tuple[list[int], list[int]]:
    """The two ways along a closed ring of edges (E, 2) from vertex `first` to vertex `last`."""
    neighbours: dict[int, list[int]] = {}
    for a, b in edges.tolist():
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    chains = []
    for start in neighbours[first]:
        chain = [first, start]
        while chain[-1] != last:
            chain.append(next(n for n in neighbours[chain[-1]] if n != chain[-2]))
        chains.append(chain)
    return chains[0], chains[1]

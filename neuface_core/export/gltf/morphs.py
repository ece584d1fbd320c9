"""The morph targets of a clip: expression, what is left of a moving identity, and pose correctives.

All are offsets on the mesh at rest, before skinning, exactly as in `HeadModel`: the sum of offsets times weights is the
mesh that the joints then turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.heads.data import JOINTS, HeadData
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.heads.skinning import pose_joints

Floats = NDArray[np.float32]

_NOTHING_M = 1e-7
"""A target that never moves a vertex by more is left out: all of them together stay far below a hundredth of a mm."""
_IDENTITY_LEFT_M = 2e-5
"""How far a vertex may stay from where a moving identity puts it."""
_ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class Morphs:
    """M morph targets over N frames.

    Attributes
    ----------
    names
        M of them.
    offsets : (M, V, 3) float32
        Metres for a weight of 1.
    weights : (N, M) float32
    """

    names: tuple[str, ...]
    offsets: Floats
    weights: Floats

    def __add__(self, other: Morphs) -> Morphs:
        return Morphs(
            self.names + other.names,
            np.concatenate([self.offsets, other.offsets]),
            np.concatenate([self.weights, other.weights], axis=1),
        )

    def used(self) -> Morphs:
        """Without the targets that move nothing."""
        reach = np.abs(self.weights).max(axis=0, initial=0.0) * np.abs(self.offsets).max(axis=(1, 2), initial=0.0)
        kept = np.flatnonzero(reach > _NOTHING_M)
        return Morphs(tuple(self.names[i] for i in kept), self.offsets[kept], self.weights[:, kept])

    def ranges(self) -> Floats:
        """(M, 2) lowest and highest coefficient of each; at least [0, 1]."""
        low = np.minimum(self.weights.min(axis=0, initial=0.0), 0.0)
        return np.stack([low, np.maximum(self.weights.max(axis=0, initial=0.0), 1.0)], axis=1).astype(np.float32)

    def in_unit_range(self) -> tuple[Morphs, Floats]:
        """The same with weights in [0, 1], where Blender's importer cuts off, and how the base mesh has to move.

        A coefficient is low + weight (high - low) of its `ranges`: those that were in [0, 1] stay as they are.
        """
        low, high = self.ranges().T
        moved = np.einsum("m,mvc->vc", low, self.offsets)
        span = high - low
        return Morphs(self.names, self.offsets * span[:, None, None], (self.weights - low) / span), moved


def clip_morphs(head: HeadModel, params: HeadParams, mean_shape: Floats) -> Morphs:
    """All targets that the frames `params` need on the head of the identity `mean_shape` (n_shape,)."""
    arrays = params.to_arrays()
    expression = Morphs(head.expression_names, _first(head.data.expression), arrays["expression"])
    found = expression.used() + identity_morphs(head.data, arrays["shape"] - mean_shape)
    return found + corrective_morphs(head, params)


def identity_morphs(data: HeadData, moves: Floats) -> Morphs:
    """The fewest targets that carry identities which differ by `moves` (N, n_shape) from that of the base mesh.

    The directions along which the vertices move most, as a singular value decomposition in the metric of the mesh finds
    them; none where the identity stands still.
    """
    basis = data.shape.reshape(-1, data.shape.shape[-1]).astype(np.float64)
    gram = basis.T @ basis
    lower = np.linalg.cholesky(gram + 1e-12 * np.trace(gram) * np.eye(len(gram)))
    left, sizes, right = np.linalg.svd(moves.astype(np.float64) @ lower, full_matrices=False)
    directions = np.linalg.solve(lower.T, right.T)
    offsets = (basis @ directions).T.reshape(len(sizes), -1, 3)
    weights = left * sizes
    count = _needed(weights, offsets)
    # A weight of 1 is the largest that occurs: what a slider shows then makes sense.
    scale = np.abs(weights[:, :count]).max(axis=0)
    return Morphs(
        tuple(f"identity_{i:02d}" for i in range(count)),
        (offsets[:count] * scale[:, None, None]).astype(np.float32),
        (weights[:, :count] / scale).astype(np.float32),
    )


def _needed(weights: NDArray[np.float64], offsets: NDArray[np.float64]) -> int:
    """How many of the targets bring every vertex in every frame to within the tolerance; found by halving."""

    def left_out(count: int) -> float:
        flat = offsets[count:].reshape(len(offsets) - count, -1)
        farthest = 0.0
        for start in range(0, len(weights), _ROWS_AT_ONCE):
            rest = weights[start : start + _ROWS_AT_ONCE, count:] @ flat
            farthest = max(farthest, float(np.linalg.norm(rest.reshape(-1, 3), axis=1).max()))
        return farthest

    few, enough = -1, len(offsets)
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if left_out(middle) <= _IDENTITY_LEFT_M else (middle, enough)
    return enough


@torch.no_grad()
def corrective_morphs(head: HeadModel, params: HeadParams) -> Morphs:
    """Pose correctives (FLAME): one target for every entry of R - I of a joint that turns, row by row."""
    data = head.data
    if data.pose_correctives is None:
        return Morphs((), np.zeros((0, *data.mean.shape), np.float32), np.zeros((len(params), 0), np.float32))
    pose = pose_joints(params, head.rest_joints(params))
    names = tuple(f"corrective_{joint}_{row}{column}" for joint in JOINTS[1:] for row in "xyz" for column in "xyz")
    return Morphs(names, _first(data.pose_correctives), pose.correctives.numpy()).used()


def _first(basis: Floats) -> Floats:
    """(V, 3, M) as (M, V, 3)."""
    return np.ascontiguousarray(np.moveaxis(basis, -1, 0))

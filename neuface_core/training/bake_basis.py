"""The identity basis: aligned samples, split in symmetric and antisymmetric halves, principal components of both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.geometry import procrustes
from neuface_core.training.bake_mesh import mirrored

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_JOINT_MIRROR = np.array([0, 1, 2, 4, 3])


@dataclass(frozen=True)
class IdentityBasis:
    """A linear model of heads.

    Attributes
    ----------
    mean : (V, 3) float64
    directions : (V, 3, K) float64
        Displacement for one standard deviation of each component.
    joints_mean : (5, 3) float64
    joints_directions : (5, 3, K) float64
    mirror_sign : (K,) float64
        +1: the component is symmetric; -1: antisymmetric. The mirrored head of β has ``mirror_sign * β``.
    variance_kept : (K,) float64
        Share of the samples' variance that the first k + 1 components hold.
    """

    mean: Array
    directions: Array
    joints_mean: Array
    joints_directions: Array
    mirror_sign: Array
    variance_kept: Array


def align(vertices: Array, joints: Array, weights: Array, rounds: int = 3) -> tuple[Array, Array, Array]:
    """Remove rotation, translation and scale of every sample (N, V, 3): weak perspective cannot see the scale.

    `weights` (V,) says which vertices the alignment looks at; the joints (N, 5, 3) follow. The third result is the
    shape (V, 3) that all were laid on, for `align_to`.
    """
    target = vertices[0]
    for _ in range(rounds):
        target = align_to(target, vertices, joints, weights)[0].mean(0)
        # Keep the frame of the first sample: the mean of aligned shapes drifts and shrinks otherwise.
        target = procrustes(target, vertices[0], weights=weights, with_scale=True).apply(target)
    return *align_to(target, vertices, joints, weights), target


def align_to(target: Array, vertices: Array, joints: Array, weights: Array) -> tuple[Array, Array]:
    """Lay samples (N, V, 3) with their joints (N, 5, 3) on a shape (V, 3)."""
    move = procrustes(vertices, target[None], weights=weights[None], with_scale=True)
    return np.asarray(move.apply(vertices), np.float64), np.asarray(move.apply(joints), np.float64)


def principal_components(vertices: Array, joints: Array, mirror: Ints, weights: Array, count: int) -> IdentityBasis:
    """Components of aligned samples (N, V, 3), each exactly symmetric or antisymmetric.

    Adding every sample's mirror image to the set makes the covariance commute with the reflection; its components are
    then those of the symmetric and of the antisymmetric halves, taken apart here so that rounding cannot mix them.
    `weights` (V,) is the importance of a vertex; directions come from regression on the scores, so that vertices of no
    weight, and the joints, follow.
    """
    n = len(vertices)
    flipped = mirrored(vertices, mirror)
    flipped_joints = mirrored(joints, _JOINT_MIRROR)
    mean = (vertices + flipped).mean(0) / 2
    joints_mean = (joints + flipped_joints).mean(0) / 2
    root = np.sqrt(weights)[:, None]
    values, scores, signs = [], [], []
    halves = {}
    for sign in (1.0, -1.0):
        half = (vertices + sign * flipped) / 2
        half_joints = (joints + sign * flipped_joints) / 2
        # Of the antisymmetric half the mean is the source's own crookedness (0.1 mm): nobody's identity, so it is lost.
        half, half_joints = half - half.mean(0), half_joints - half_joints.mean(0)
        halves[sign] = (half.reshape(n, -1), half_joints.reshape(n, -1))
        weighted = (half * root).reshape(n, -1)
        eigenvalues, eigenvectors = np.linalg.eigh(weighted @ weighted.T / n)
        values.append(eigenvalues)
        scores.append(eigenvectors * np.sqrt(n))
        signs.append(np.full(n, sign))
    value, score, sign_of = np.concatenate(values), np.concatenate(scores, axis=1), np.concatenate(signs)
    order = np.argsort(-value, kind="stable")[:count]
    directions = np.empty((mean.size, count))
    joints_directions = np.empty((joints_mean.size, count))
    for k, column in enumerate(order):
        half, half_joints = halves[float(sign_of[column])]
        z = score[:, column]
        direction = half.T @ z / n
        # An eigenvector's sign is arbitrary: the largest entry is made positive so that two bakes agree.
        z = z * np.sign(direction[np.abs(direction).argmax()])
        directions[:, k] = half.T @ z / n
        joints_directions[:, k] = half_joints.T @ z / n
    return IdentityBasis(
        mean=mean,
        directions=directions.reshape(*mean.shape, count),
        joints_mean=joints_mean,
        joints_directions=joints_directions.reshape(*joints_mean.shape, count),
        mirror_sign=sign_of[order],
        variance_kept=np.cumsum(value[order]) / value.sum(),
    )


def scores(basis: IdentityBasis, vertices: Array, weights: Array) -> Array:
    """Coefficients (N, K) of aligned samples (N, V, 3), in standard deviations; least squares with `weights` (V,)."""
    flat = basis.directions.reshape(-1, basis.directions.shape[-1])
    weighted = flat * np.repeat(weights, 3)[:, None]
    offset = (vertices - basis.mean).reshape(len(vertices), -1)
    return np.asarray(np.linalg.solve(flat.T @ weighted, weighted.T @ offset.T).T, np.float64)


@dataclass(frozen=True)
class Readout:
    """A linear read-out of P quantities from K coefficients.

    Attributes
    ----------
    weights : (K, P), bias : (P,) float64
    r2 : (P,) float64
        Share of the variance explained on people who were not used.
    """

    weights: Array
    bias: Array
    r2: Array


def ridge(z: Array, wanted: Array, fresh_z: Array, fresh_wanted: Array, strength: float = 1.0) -> Readout:
    """Ridge regression of `wanted` (N, P) on coefficients (N, K), judged on fresh people."""
    middle_z, middle = z.mean(0), wanted.mean(0)
    centred = z - middle_z
    weights = np.linalg.solve(centred.T @ centred + strength * np.eye(z.shape[1]), centred.T @ (wanted - middle))
    bias = middle - middle_z @ weights
    miss = fresh_wanted - fresh_z @ weights - bias
    return Readout(weights, bias, 1.0 - miss.var(0) / fresh_wanted.var(0))

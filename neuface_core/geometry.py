"""Rotations, alignment of point sets, vertex normals and weak perspective, in the house's frames (ARCHITECTURE.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import numpy as np
import roma
import torch
from numpy.typing import NDArray
from torch import Tensor


def matrix_from_rotvec(rotvec: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3), radians."""
    matrix: Tensor = roma.rotvec_to_rotmat(rotvec)
    return matrix


def rotvec_from_matrix(matrix: Tensor) -> Tensor:
    """Axis-angle vectors (..., 3), radians, of rotation matrices (..., 3, 3)."""
    rotvec: Tensor = roma.rotmat_to_rotvec(matrix)
    return rotvec


def quaternion_from_rotvec(rotvec: Tensor) -> Tensor:
    """Unit quaternions (..., 4) in the order x, y, z, w of axis-angle vectors (..., 3), radians."""
    quaternion: Tensor = roma.rotvec_to_unitquat(rotvec)
    return quaternion


def rotvec_from_quaternion(quaternion: Tensor) -> Tensor:
    """Axis-angle vectors (..., 3), radians, of unit quaternions (..., 4) in the order x, y, z, w."""
    rotvec: Tensor = roma.unitquat_to_rotvec(quaternion)
    return rotvec


def nearest_rotvec(rotvec: Tensor, to: Tensor) -> Tensor:
    """The same rotations as `rotvec` (..., 3), each written as the one of its two vectors that is nearer to `to`.

    A turn by 179° about an axis is one by 181° about the opposite one: axis-angle jumps there, the rotation does not.
    """
    angle = torch.linalg.vector_norm(rotvec, dim=-1, keepdim=True).clamp_min(1e-6)
    other = rotvec - rotvec * (2.0 * torch.pi / angle)
    nearer = (other - to).square().sum(-1, keepdim=True) < (rotvec - to).square().sum(-1, keepdim=True)
    return torch.where(nearer, other, rotvec)


def yaw_of_matrix(matrix: Tensor) -> Tensor:
    """Yaw in radians (...,) of rotation matrices (..., 3, 3): positive when the face turns to the image's right.

    The angle of the turned z axis in the x-z plane, so that pitch and roll do not leak into it.
    """
    return torch.atan2(matrix[..., 0, 2], matrix[..., 2, 2])


@overload
def weak_perspective(points: Tensor, camera: Tensor) -> Tensor: ...
@overload
def weak_perspective(points: NDArray[np.floating], camera: NDArray[np.floating]) -> NDArray[np.floating]: ...
def weak_perspective(
    points: Tensor | NDArray[np.floating], camera: Tensor | NDArray[np.floating]
) -> Tensor | NDArray[np.floating]:
    """Project model points (..., P, 3) with cameras [s, tx, ty] (..., 3) to crop coordinates (..., P, 2).

    DECA's convention: ``(s (x + tx), -s (y + ty))``, y down, the crop's edges at -1 and 1.
    """
    moved = points[..., :2] + camera[..., None, 1:]  # type: ignore[operator]
    scale = camera[..., None, :1]
    if isinstance(moved, Tensor):
        return scale * moved * moved.new_tensor([1.0, -1.0])
    return np.asarray(scale * moved * np.array([1.0, -1.0], moved.dtype))


@dataclass(frozen=True)
class Similarity:
    """``scale * points @ rotation.T + translation``, over leading dimensions.

    Attributes
    ----------
    scale : (...,) float64
    rotation : (..., 3, 3) float64
    translation : (..., 3) float64
    """

    scale: NDArray[np.float64]
    rotation: NDArray[np.float64]
    translation: NDArray[np.float64]

    def apply(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Move points (..., P, 3)."""
        turned = points @ np.swapaxes(self.rotation, -1, -2)
        return np.asarray(self.scale[..., None, None] * turned + self.translation[..., None, :], np.float64)


def procrustes(
    source: NDArray[np.floating],
    target: NDArray[np.floating],
    *,
    weights: NDArray[np.floating] | None = None,
    with_scale: bool = False,
) -> Similarity:
    """Best move of `source` onto `target` in the least-squares sense, never a reflection.

    Parameters
    ----------
    source, target : (..., P, 3)
        Corresponding points, P >= 3; leading dimensions broadcast.
    weights : (..., P), optional
        Non-negative, at least one positive.
    with_scale
        Similarity alignment; without it the scale is 1 (rigid).

    Notes
    -----
    S. Umeyama, Least-squares estimation of transformation parameters between two point patterns, PAMI 13(4), 1991.
    """
    a, b = np.broadcast_arrays(np.asarray(source, np.float64), np.asarray(target, np.float64))
    w = np.ones(a.shape[:-1]) if weights is None else np.broadcast_to(np.asarray(weights, np.float64), a.shape[:-1])
    w = (w / w.sum(-1, keepdims=True))[..., None]
    mean_a, mean_b = (w * a).sum(-2, keepdims=True), (w * b).sum(-2, keepdims=True)
    a0, b0 = a - mean_a, b - mean_b
    u, singular, vt = np.linalg.svd(np.swapaxes(w * b0, -1, -2) @ a0)
    signs = np.ones_like(singular)
    signs[..., 2] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    rotation = (u * signs[..., None, :]) @ vt
    variance = (w * a0 * a0).sum((-1, -2))
    scale = (singular * signs).sum(-1) / variance if with_scale else np.ones(variance.shape)
    translation = mean_b[..., 0, :] - scale[..., None] * (rotation @ mean_a[..., 0, :, None])[..., 0]
    return Similarity(scale, rotation, translation)


def vertex_normals(vertices: Tensor, faces: Tensor) -> Tensor:
    """Unit normals (..., V, 3) of meshes (..., V, 3) with `faces` (T, 3), weighted by area; 0 for loose points."""
    corners = vertices[..., faces, :]
    normal = torch.linalg.cross(
        corners[..., 1, :] - corners[..., 0, :], corners[..., 2, :] - corners[..., 0, :], dim=-1
    )
    total = torch.zeros_like(vertices)
    for k in range(3):
        total = total.index_add(-2, faces[:, k], normal)
    return torch.nn.functional.normalize(total, dim=-1, eps=1e-20)


def vertex_normals_np(vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> NDArray[np.float32]:
    """`vertex_normals` for NumPy arrays."""
    normals = vertex_normals(
        torch.as_tensor(np.asarray(vertices, np.float32)), torch.as_tensor(np.asarray(faces, np.int64))
    )
    return np.asarray(normals.numpy(), np.float32)

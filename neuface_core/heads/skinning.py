"""Linear blend skinning of many heads at once: the turns of five joints, and what they do to vertices at rest.

Written for the cache rather than for the formula: coordinates lie apart (N, 3, P), so that every step is a multiply-add
over neighbouring numbers; a few heads are done at a time, so that their blended matrices never leave the processor's
cache; and the way back is written out, so that nothing of the size of the blended matrices is kept for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from neuface_core.heads.params import HeadParams

_POINTS_AT_A_TIME = 20_000
"""Vertices whose 12 blended numbers are held at once on a CPU: one megabyte, about half of a second-level cache."""


@dataclass(frozen=True)
class Pose:
    """What the joints of N heads do.

    Attributes
    ----------
    rotations : (N, 5, 3, 3)
        Each joint's own turn, in the order of `data.JOINTS`.
    transforms : (N, 5, 3, 4)
        Rotation and shift that each joint applies to points at rest, its parents' turns included.
    """

    rotations: Tensor
    transforms: Tensor

    @property
    def correctives(self) -> Tensor:
        """(N, 36): entries of R - I, row by row, of all joints but the root: the coefficients of pose correctives."""
        return (self.rotations[:, 1:] - _identity(3, self.rotations)).flatten(1)

    @property
    def head_turn(self) -> Tensor:
        """(N, 3, 3): root and neck together, not differentiated."""
        return (self.rotations[:, 0] @ self.rotations[:, 1]).detach()


def pose_joints(params: HeadParams, joints: Tensor, *, turned: bool = True) -> Pose:
    """The turns of N heads about their rest joints (N, 5, 3): root, then neck, then jaw and eyes on the neck.

    Parameters
    ----------
    params
        N heads.
    joints
        Before any turn.
    turned
        Whether the global orientation is applied; without it the root stands still.
    """
    root = params.global_orient if turned else torch.zeros_like(params.global_orient)
    turns = torch.cat([root, params.neck_pose, params.jaw_pose, params.eye_pose], dim=1)
    rotations = _rotations(turns.view(len(turns), 5, 3))
    pivots = joints[..., None]
    own = _homogeneous(torch.cat([rotations, pivots - rotations @ pivots], dim=-1))
    neck = own[:, :1] @ own[:, 1:2]
    return Pose(rotations, torch.cat([own[:, :1], neck, neck @ own[:, 2:]], dim=1)[:, :, :3])


def _rotations(turns: Tensor) -> Tensor:
    """Matrices (..., 3, 3) of axis-angle vectors (..., 3); half angles, so that small ones lose nothing."""
    angle = torch.linalg.vector_norm(turns, dim=-1, keepdim=True)[..., None]
    identity = _identity(3, turns)
    cross = torch.linalg.cross(turns[..., None, :], identity.expand(*turns.shape[:-1], 3, 3)).mT
    first, second = torch.sinc(angle / math.pi), torch.sinc(angle / (2 * math.pi)).square() / 2
    matrices: Tensor = identity + first * cross + second * (cross @ cross)
    return matrices


def _homogeneous(transforms: Tensor) -> Tensor:
    """(..., 4, 4) of (..., 3, 4)."""
    last = _identity(4, transforms)[3:]
    return torch.cat([transforms, last.expand(*transforms.shape[:-2], 1, 4)], dim=-2)


def _identity(size: int, like: Tensor) -> Tensor:
    # Made on the device: a constant that is copied there would make the processor wait for it.
    return torch.eye(size, dtype=like.dtype, device=like.device)


def skin(rest: Tensor, transforms: Tensor, weights: Tensor) -> Tensor:
    """Move points by the weighted sum of the joints' transforms.

    Parameters
    ----------
    rest : (N, 3, P)
        Points at rest, coordinates apart.
    transforms : (N, J, 3, 4)
    weights : (J, P)
        Sum 1 over the joints; not differentiated.

    Returns
    -------
    (N, 3, P) tensor
    """
    flat = transforms.flatten(2).mT
    moved: Tensor = _Skin.apply(rest, flat, weights)  # type: ignore[no-untyped-call]
    return moved


class _Skin(torch.autograd.Function):
    """`skin` with its own way back; transforms come as (N, 12, J)."""

    @staticmethod
    def forward(ctx: Any, rest: Tensor, transforms: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(rest, transforms, weights)
        moved = torch.empty_like(rest, memory_format=torch.contiguous_format)
        for rows in _portions(rest):
            here, out = rest[rows, None], moved[rows]
            blended = _blend(transforms[rows], weights)
            torch.addcmul(blended[:, :, 3], blended[:, :, 0], here[:, :, 0], out=out)
            out.addcmul_(blended[:, :, 1], here[:, :, 1])
            out.addcmul_(blended[:, :, 2], here[:, :, 2])
        return moved

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        rest, transforms, weights = ctx.saved_tensors
        to_rest = torch.empty_like(rest, memory_format=torch.contiguous_format)
        to_transforms = torch.empty_like(transforms, memory_format=torch.contiguous_format)
        for rows in _portions(rest):
            slope, out = gradient[rows].contiguous(), to_rest[rows]
            blended = _blend(transforms[rows], weights)
            torch.mul(blended[:, 0, :3], slope[:, 0, None], out=out)
            out.addcmul_(blended[:, 1, :3], slope[:, 1, None])
            out.addcmul_(blended[:, 2, :3], slope[:, 2, None])
            # The blended matrices are spent: their place takes the outer products.
            torch.mul(slope[:, :, None], rest[rows, None], out=blended[:, :, :3])
            blended[:, :, 3] = slope
            to_transforms[rows] = blended.flatten(1, 2) @ weights.T
        return to_rest, to_transforms, None


def _blend(transforms: Tensor, weights: Tensor) -> Tensor:
    return (transforms @ weights).view(len(transforms), 3, 4, weights.shape[1])


def _portions(points: Tensor) -> list[slice]:
    """Which heads to do at once: all on an accelerator, as many as the cache takes on a CPU."""
    n = len(points)
    size = n if points.device.type != "cpu" else _POINTS_AT_A_TIME // max(points.shape[-1], 1)
    size = max(size, 1)
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]

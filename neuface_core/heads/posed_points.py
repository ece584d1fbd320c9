"""Posing only some of a head: a part of its vertices, points on its surface, and points that slide with the view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuface_core.geometry import yaw_of_matrix
from neuface_core.heads.data import HeadData, SlidingPoints, SurfacePoints
from neuface_core.heads.params import HeadParams
from neuface_core.heads.skinning import Pose, skin

Corners = tuple[Tensor, Tensor]
"""Which vertices are the corners around P points, and their weights, both (C, P), or (N, C, P) for N heads."""


class Part(nn.Module):
    """Some of the vertices of a head, with all that is needed to pose them."""

    mean: Tensor
    directions: Tensor
    weights: Tensor

    def __init__(self, data: HeadData, vertices: NDArray[np.int64]) -> None:
        super().__init__()
        parts = [data.shape[vertices], data.expression[vertices]]
        self._n_linear = sum(part.shape[-1] for part in parts)
        if data.pose_correctives is not None:
            parts.append(data.pose_correctives[vertices])
        # Coordinates apart, (3, P), as `skin` wants them.
        basis = np.concatenate(parts, axis=-1).transpose(2, 1, 0)
        flat = np.ascontiguousarray(basis.reshape(len(basis), -1))
        self.register_buffer("mean", torch.tensor(data.mean[vertices].T.reshape(-1)), persistent=False)
        self.register_buffer("directions", torch.tensor(flat), persistent=False)
        weights = np.ascontiguousarray(data.skin_weights[vertices].T)
        self.register_buffer("weights", torch.tensor(weights), persistent=False)

    def rest(self, params: HeadParams) -> Tensor:
        """Vertices (N, P, 3) of identity and expression alone."""
        return self._sum([params.shape, params.expression]).mT

    def local(self, params: HeadParams, pose: Pose) -> Tensor:
        """Vertices (N, P, 3) after the joints turned."""
        coefficients = [params.shape, params.expression]
        if len(self.directions) > self._n_linear:
            coefficients.append(pose.correctives)
        return skin(self._sum(coefficients), pose.transforms, self.weights).mT

    def _sum(self, coefficients: list[Tensor]) -> Tensor:
        flat = torch.cat(coefficients, dim=1)
        return torch.addmm(self.mean, flat, self.directions[: flat.shape[1]]).view(len(flat), 3, self.weights.shape[1])


class Points(nn.Module):
    """Points on the surface, posed without touching the vertices that they do not need."""

    corners: Tensor
    weights: Tensor
    needed: Tensor

    def __init__(self, data: HeadData, points: SurfacePoints) -> None:
        super().__init__()
        needed, corners = np.unique(data.faces[points.faces], return_inverse=True)
        self.part = Part(data, needed)
        self.register_buffer("needed", torch.tensor(needed), persistent=False)
        by_corner = corners.reshape(-1, 3).T
        self.register_buffer("corners", torch.tensor(np.ascontiguousarray(by_corner)), persistent=False)
        weights = np.ascontiguousarray(points.weights.reshape(-1, 3).T)
        self.register_buffer("weights", torch.tensor(weights), persistent=False)

    def local(self, params: HeadParams, pose: Pose) -> Tensor:
        """(N, P, 3): every point of the embedding."""
        return on_surface(self.part.local(params, pose), [(self.corners, self.weights)])

    def corners_of_head(self, pose: Pose) -> Corners:
        """The same points as corners among all vertices of the head."""
        return self.needed[self.corners], self.weights


class Sliding(nn.Module):
    """Points that lie elsewhere on the surface for every view: blended between the views of a table.

    The choice of the view is not differentiated; within it the points are as smooth in the parameters as any other.
    """

    corners: Tensor
    weights: Tensor
    needed: Tensor

    def __init__(self, data: HeadData, table: SlidingPoints) -> None:
        super().__init__()
        faces = table.points.faces
        needed, corners = np.unique(data.faces[faces], return_inverse=True)
        self.part = Part(data, needed)
        self._axes, self._rule = (table.yaw, table.pitch), table.rule
        self.register_buffer("needed", torch.tensor(needed), persistent=False)
        by_corner = corners.reshape(-1, faces.shape[-1], 3).transpose(0, 2, 1)
        self.register_buffer("corners", torch.tensor(np.ascontiguousarray(by_corner)), persistent=False)
        weights = table.points.weights.reshape(by_corner.transpose(0, 2, 1).shape).transpose(0, 2, 1)
        self.register_buffer("weights", torch.tensor(np.ascontiguousarray(weights)), persistent=False)

    def local(self, params: HeadParams, pose: Pose) -> Tensor:
        """(N, P, 3): the points for the yaw and pitch of each head."""
        return on_surface(self.part.local(params, pose), [self._seen(pose.head_turn)])

    def corners_of_head(self, pose: Pose) -> Corners:
        """The same points as corners among all vertices of the head."""
        corners, weights = self._seen(pose.head_turn)
        return self.needed[corners], weights

    @torch.no_grad()
    def _seen(self, head: Tensor) -> Corners:
        """Corners and their weights (N, C, P) for heads that are turned by (N, 3, 3): those of all views blended."""
        views, shares = self._views(head)
        corners = torch.cat([self.corners[view] for view in views], dim=1)
        weights = [self.weights[view] * share[:, None, None] for view, share in zip(views, shares, strict=True)]
        return corners, torch.cat(weights, dim=1)

    def _views(self, head: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Neighbouring rows of the table (each (N,)) and their shares, which add up to 1."""
        if self._rule == "flame":
            return self._whole_degree(head)
        # Looking down is positive, as a turn about +x is.
        angles = yaw_of_matrix(head), torch.asin((-head[..., 1, 2]).clamp(-1.0, 1.0))
        views = [torch.zeros(len(head), dtype=torch.long, device=head.device)]
        shares = [torch.ones(len(head), dtype=head.dtype, device=head.device)]
        for axis, angle in zip(self._axes, angles, strict=True):
            if len(axis) == 1:
                continue
            place = ((angle - float(axis[0])) / float(axis[1] - axis[0])).clamp(0.0, len(axis) - 1.0)
            low = place.floor().clamp(max=len(axis) - 2)
            first, share = low.long(), place - low
            views = [view * len(axis) + first + step for view in views for step in (0, 1)]
            shares = [old * part for old in shares for part in (1.0 - share, share)]
        return views, shares

    def _whole_degree(self, head: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """The one row that loaders of FLAME take: angle of Rz Ry Rx about y, to the nearest row (FORMATS section 2)."""
        yaw = self._axes[0]
        angle = torch.atan2(-head[..., 2, 0], torch.hypot(head[..., 0, 0], head[..., 1, 0]))
        place = ((angle - float(yaw[0])) / float(yaw[1] - yaw[0])).round().clamp(0, len(yaw) - 1)
        return [place.long()], [torch.ones_like(place)]


def on_surface(vertices: Tensor, parts: Sequence[Corners]) -> Tensor:
    """Points (N, P, 3) on posed vertices (N, V, 3), those of every part after those of the one before."""
    apart = vertices.mT
    n = len(apart)
    flat = [(corners if corners.ndim == 3 else corners[None]).flatten(1).expand(n, -1) for corners, _ in parts]
    # One look for all parts: its way back writes to an array of all vertices.
    index = flat[0] if len(flat) == 1 else torch.cat(flat, dim=1)
    picked = torch.split(apart.gather(2, index[:, None].expand(-1, 3, -1)), [part.shape[1] for part in flat], dim=2)
    points = [
        (corner.view(n, 3, *weights.shape[-2:]) * (weights if weights.ndim == 2 else weights[:, None])).sum(2)
        for corner, (_, weights) in zip(picked, parts, strict=True)
    ]
    return (points[0] if len(points) == 1 else torch.cat(points, dim=2)).mT

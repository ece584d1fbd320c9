"""Posing only some of a head: a part of its vertices, points on its surface, and points that slide with the view."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuface_core.geometry import yaw_of_matrix
from neuface_core.heads.data import HeadData, SlidingPoints, SurfacePoints
from neuface_core.heads.params import HeadParams


class Part(nn.Module):
    """Some of the vertices of a head, with all that is needed to pose them."""

    mean: Tensor
    directions: Tensor
    weights: Tensor

    def __init__(self, data: HeadData, vertices: NDArray[np.int64]) -> None:
        super().__init__()
        basis = np.concatenate([data.shape[vertices], data.expression[vertices]], axis=-1)
        flat = np.ascontiguousarray(basis.reshape(3 * len(vertices), -1).T)
        self.register_buffer("mean", torch.tensor(data.mean[vertices].reshape(-1)), persistent=False)
        self.register_buffer("directions", torch.tensor(flat), persistent=False)
        self.register_buffer("weights", torch.tensor(data.skin_weights[vertices]), persistent=False)

    def rest(self, params: HeadParams) -> Tensor:
        """Vertices (N, P, 3) before any joint turns."""
        coefficients = torch.cat([params.shape, params.expression], dim=1)
        return torch.addmm(self.mean, coefficients, self.directions).view(len(coefficients), len(self.weights), 3)

    def local(self, params: HeadParams, transforms: Tensor) -> Tensor:
        """Vertices (N, P, 3) after neck, jaw and eyes turned by `transforms` (N, 5, 3, 4)."""
        blended = (self.weights @ transforms.flatten(2)).view(len(transforms), len(self.weights), 3, 4)
        turned: Tensor = (blended[..., :3] @ self.rest(params)[..., None])[..., 0]
        return turned + blended[..., 3]


class Points(nn.Module):
    """Points on the surface, posed without touching the vertices that they do not need."""

    corners: Tensor
    weights: Tensor

    def __init__(self, data: HeadData, points: SurfacePoints) -> None:
        super().__init__()
        needed, corners = np.unique(data.faces[points.faces], return_inverse=True)
        self.part = Part(data, needed)
        self.register_buffer("corners", torch.tensor(corners.reshape(*points.faces.shape, 3)), persistent=False)
        self.register_buffer("weights", torch.tensor(points.weights), persistent=False)

    def local(self, params: HeadParams, transforms: Tensor) -> Tensor:
        """(N, ..., 3): every point of the embedding."""
        vertices = self.part.local(params, transforms)
        return (vertices[:, self.corners] * self.weights[..., None]).sum(-2)


class Sliding(nn.Module):
    """Points that lie elsewhere on the surface for every view: blended between the views of a table.

    The choice of the view is not differentiated; within it the points are as smooth in the parameters as any other.
    """

    corners: Tensor
    weights: Tensor

    def __init__(self, data: HeadData, table: SlidingPoints) -> None:
        super().__init__()
        faces = table.points.faces
        needed, corners = np.unique(data.faces[faces], return_inverse=True)
        self.part = Part(data, needed)
        self._axes = table.yaw, table.pitch
        self.register_buffer("corners", torch.tensor(corners.reshape(-1, faces.shape[-1], 3)), persistent=False)
        flat = table.points.weights.reshape(-1, faces.shape[-1], 3)
        self.register_buffer("weights", torch.tensor(flat), persistent=False)

    def local(self, params: HeadParams, transforms: Tensor, head: Tensor) -> Tensor:
        """(N, P, 3) for heads that are turned by `head` (N, 3, 3)."""
        vertices = self.part.local(params, transforms)
        rows = torch.arange(len(vertices), device=vertices.device)[:, None, None]
        with torch.no_grad():
            views, shares = self._views(head)
        total = torch.zeros((), dtype=vertices.dtype, device=vertices.device)
        for view, share in zip(views, shares, strict=True):
            weights = self.weights[view] * share[:, None, None]
            total = total + (vertices[rows, self.corners[view]] * weights[..., None]).sum(-2)
        return total

    def _views(self, head: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Neighbouring rows of the table (each (N,)) and their shares, which add up to 1."""
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

"""How well a view sees each vertex of its mesh (NeuFace Sec. 3.2, bootstrapped mesh)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from neuface_core.geometry import vertex_normals

MAX_ANGLE_DEG = 72.0
MAX_DEPTH_M = -0.08


@torch.no_grad()
def vertex_confidence(
    vertices: Tensor, faces: Tensor, max_angle_deg: float = MAX_ANGLE_DEG, max_depth_m: float = MAX_DEPTH_M
) -> Tensor:
    """Confidence (N, P) in [0, 1] of the vertices of N meshes as their camera sees them; no gradient.

    It is the cosine of the angle between the vertex normal and the ray to the camera, no less than that of
    `max_angle_deg`; 0 for a vertex whose angle is above `max_angle_deg` and whose depth is behind `max_depth_m`. Only
    both together make a vertex invisible: the side of a nose is steep and seen, and a vertex that lies far back may
    face the camera. Weak perspective: the ray to the camera is +z for all vertices.

    Parameters
    ----------
    vertices : (N, P, 3)
        Metres, model frame, turned by the global orientation.
    faces : (T, 3) int64
    """
    least = math.cos(math.radians(max_angle_deg))
    cosine = vertex_normals(vertices, faces)[..., 2]
    hidden = (cosine < least) & (vertices[..., 2] < max_depth_m)
    return torch.where(hidden, 0.0, cosine.clamp(least, 1.0))

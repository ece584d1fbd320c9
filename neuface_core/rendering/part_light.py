"""What makes a grey head readable: an open mouth is dark inside, and eyes that are open look at somebody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.heads.model import HeadModel

_HOLLOWS = {"inner_mouth": 0.35, "tongue": 0.45}
_EYES = ("left_eye", "right_eye")
_SCLERA, _IRIS = 1.25, 0.4
_IRIS_HALF_ANGLE_DEG = 22.0  # seen from the middle of the open head's eyeball


def part_light(head: HeadModel) -> NDArray[np.float32]:
    """Factor on the light of every vertex (V,): dark mouth, bright eyeballs with a dark iris, 1 elsewhere."""
    light = np.ones(head.n_vertices, np.float32)
    for part, share in _HOLLOWS.items():
        if part in head.vertex_masks:
            light[head.vertex_masks[part]] = share
    for part in _EYES:
        if part in head.vertex_masks:
            eye = head.vertex_masks[part]
            ball = head.data.mean[eye]
            outward = ball - (ball.min(axis=0) + ball.max(axis=0)) / 2
            ahead = outward[:, 2] / np.linalg.norm(outward, axis=1)
            light[eye] = np.where(ahead > np.cos(np.radians(_IRIS_HALF_ANGLE_DEG)), _IRIS, _SCLERA)
    return light

"""The parameters that Φ regresses for every frame (symbols of METHOD: r, θ, β, ψ, p)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class HeadParams:
    """Parameters of N heads.

    Attributes
    ----------
    shape : (N, n_shape) float32
        Identity β in standard deviations.
    expression : (N, n_expression) float32
        Expression ψ; unit of the head model (the open head: action strengths, mostly in [0, 1]).
    global_orient, neck_pose, jaw_pose : (N, 3) float32
        Axis-angle, radians.
    eye_pose : (N, 6) float32
        Axis-angle of the left and right eye, radians.
    camera : (N, 3) float32
        Weak perspective [s, tx, ty]: crop coordinates in [-1, 1], y down, are ``(s (x + tx), -s (y + ty))`` (DECA).
    """

    shape: Tensor
    expression: Tensor
    global_orient: Tensor
    neck_pose: Tensor
    jaw_pose: Tensor
    eye_pose: Tensor
    camera: Tensor

    def __len__(self) -> int:
        return len(self.shape)

    def map(self, function: Callable[[Tensor], Tensor]) -> HeadParams:
        """Apply `function` to every array."""
        return HeadParams(**{f.name: function(getattr(self, f.name)) for f in fields(self)})

    def __getitem__(self, index: slice | Tensor | NDArray[np.integer] | list[int]) -> HeadParams:
        return self.map(lambda t: t[index])

    def to_arrays(self) -> dict[str, NDArray[np.float32]]:
        """Named (N, ·) float32 arrays on the CPU."""
        return {f.name: getattr(self, f.name).detach().cpu().numpy().astype(np.float32) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.float32]], device: torch.device | str = "cpu") -> HeadParams:
        """Inverse of `to_arrays`; surplus names are ignored."""
        return cls(
            **{f.name: torch.as_tensor(np.asarray(arrays[f.name], np.float32), device=device) for f in fields(cls)}
        )

    @classmethod
    def cat(cls, parts: list[HeadParams]) -> HeadParams:
        """Concatenate along N."""
        return cls(**{f.name: torch.cat([getattr(p, f.name) for p in parts]) for f in fields(cls)})

    def mirrored(self, shape_sign: Tensor, expression_partner: Tensor) -> HeadParams:
        """The heads in a mirror (the picture flipped left to right).

        Parameters
        ----------
        shape_sign : (n_shape,)
            What the mirror makes of an identity coefficient, 1 or -1.
        expression_partner : (n_expression,) int64
            Which expression the mirror makes of each.
        """
        turn = self.shape.new_tensor([1.0, -1.0, -1.0])
        return HeadParams(
            shape=self.shape * shape_sign,
            expression=self.expression[:, expression_partner],
            global_orient=self.global_orient * turn,
            neck_pose=self.neck_pose * turn,
            jaw_pose=self.jaw_pose * turn,
            eye_pose=torch.cat([self.eye_pose[:, 3:] * turn, self.eye_pose[:, :3] * turn], dim=1),
            camera=self.camera * self.camera.new_tensor([1.0, -1.0, 1.0]),
        )

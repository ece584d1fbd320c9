"""The mean of a face's answer and of its mirror image's: what the trunk sees differently left and right cancels out."""

from __future__ import annotations

import roma
import torch
from torch import Tensor, nn

from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.params import HeadParams


class MirrorMean(nn.Module):
    """Mean of heads and of mirrored heads of one head model.

    Attributes
    ----------
    shape_sign : (K_s,)
        What the mirror makes of an identity coefficient, 1 or -1.
    expression_partner : (K_e,) int64
        Which expression the mirror makes of each.
    """

    shape_sign: Tensor
    expression_partner: Tensor

    def __init__(self, n_shape: int, n_expression: int) -> None:
        super().__init__()
        self.register_buffer("shape_sign", torch.ones(n_shape))
        self.register_buffer("expression_partner", torch.arange(n_expression))

    def mirrored(self, params: HeadParams) -> HeadParams:
        """The heads in the mirror; `HeadModel.mirrored` without the model."""
        turn = params.shape.new_tensor([1.0, -1.0, -1.0])
        return HeadParams(
            shape=params.shape * self.shape_sign,
            expression=params.expression[:, self.expression_partner],
            global_orient=params.global_orient * turn,
            neck_pose=params.neck_pose * turn,
            jaw_pose=params.jaw_pose * turn,
            eye_pose=torch.cat([params.eye_pose[:, 3:] * turn, params.eye_pose[:, :3] * turn], dim=1),
            camera=params.camera * params.camera.new_tensor([1.0, -1.0, 1.0]),
        )

    def forward(self, plain: HeadParams, turned: HeadParams) -> HeadParams:
        """Mean of N heads and of N heads that were read from the mirrored pictures."""
        other = self.mirrored(turned)
        mean = {name: (value + getattr(other, name)) / 2 for name, value in vars(plain).items()}
        both = matrix_from_rotvec(plain.global_orient) + matrix_from_rotvec(other.global_orient)
        return HeadParams(**{**mean, "global_orient": roma.rotmat_to_rotvec(roma.special_procrustes(both))})

"""The mean of a face's answer and of its mirror image's: what the trunk sees differently left and right cancels out."""

from __future__ import annotations

import roma
import torch
from torch import Tensor, nn

from neuface_core.geometry import matrix_from_rotvec, rotvec_from_matrix
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

    def forward(self, plain: HeadParams, turned: HeadParams) -> HeadParams:
        """Mean of N heads and of N heads that were read from the mirrored pictures."""
        other = turned.mirrored(self.shape_sign, self.expression_partner)
        mean = {name: (value + getattr(other, name)) / 2 for name, value in vars(plain).items()}
        both = matrix_from_rotvec(plain.global_orient) + matrix_from_rotvec(other.global_orient)
        return HeadParams(**{**mean, "global_orient": rotvec_from_matrix(roma.special_procrustes(both))})

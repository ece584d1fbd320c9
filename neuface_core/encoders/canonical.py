"""Turn, size and place of a face from the trunk's own points, so that a network need not learn geometry.

The points of N faces are laid on a template by the similarity that fits best in the least squares sense (Umeyama 1991).
What is left, the points in the template's own frame, shows identity and expression and hardly the pose: a network that
reads them carries over from rendered to real faces, because points are what the trunk reads well on both.
"""

from __future__ import annotations

from dataclasses import dataclass

import roma
import torch
from torch import Tensor, nn

from neuface_core.geometry import matrix_from_rotvec, rotvec_from_matrix
from neuface_core.heads.params import HeadParams


@dataclass(frozen=True, slots=True)
class Placement:
    """Where N faces are: crop points = scale * rotation @ template points + shift.

    Attributes
    ----------
    rotation : (N, 3, 3)
        Model frame of the head to the viewer's: +x right, +y up, +z towards the viewer.
    scale : (N, 1)
        Crop units a metre.
    shift : (N, 2)
        Crop coordinates with y up: where the head's centre is seen.
    """

    rotation: Tensor
    scale: Tensor
    shift: Tensor


class CanonicalPoints(nn.Module):
    """The template of the trunk's points, and how faces are laid on it.

    Attributes
    ----------
    template : (P, 3)
        Metres, frame of the head: the mean over faces whose pose is known.
    weight : (P,)
        How steady each point is; lips and lids weigh less than the bridge of the nose.
    """

    template: Tensor
    weight: Tensor

    def __init__(self, n_points: int) -> None:
        super().__init__()
        self.register_buffer("template", torch.zeros(n_points, 3))
        self.register_buffer("weight", torch.full((n_points,), 1.0 / n_points))

    def learn(self, points: Tensor, truth: HeadParams) -> None:
        """Set template and weights from N faces of known pose.

        Parameters
        ----------
        points : (N, P, 3)
            Of `viewer_points`.
        truth
            N heads.
        """
        rotation = matrix_from_rotvec(truth.global_orient)
        scale, shift = truth.camera[:, :1], truth.camera[:, 1:] * truth.camera[:, :1]
        centre = points.mean(dim=1)
        turned_back = (points - centre[:, None]) @ rotation / scale[..., None]
        shape = turned_back.mean(dim=0)
        spread = (turned_back - shape).square().sum(dim=-1).mean(dim=0)
        # The centre of the points in the frame of the head: what the picture says of it, all faces together.
        seen = (rotation * scale[..., None])[:, :2].reshape(-1, 3)
        wanted = (centre[:, :2] - shift).reshape(-1, 1)
        offset = torch.linalg.lstsq(seen.double(), wanted.double()).solution[:, 0]
        # To the micrometre: a training that goes on must not differ in the last bit of a sum.
        self.template.copy_(((shape + offset) * 1e6).round() / 1e6)
        weight = 1.0 / spread.clamp(min=float(spread.quantile(0.05)))
        self.weight.copy_(weight / weight.sum())

    def forward(self, points: Tensor) -> tuple[Tensor, Placement]:
        """Lay points (N, P, 3), of `viewer_points`, on the template.

        Returns
        -------
        canonical : (N, P, 3)
            The points in the frame of the head, metres; z as the trunk guesses it.
        placement : Placement
        """
        template_centre = self.weight @ self.template
        template = self.template - template_centre
        centre = torch.einsum("p,npi->ni", self.weight, points)
        centred = points - centre[:, None]
        covariance = torch.einsum("npi,p,pj->nij", centred, self.weight, template)
        rotation = roma.special_procrustes(covariance)
        scale = (covariance * rotation).sum(dim=(1, 2)) / (self.weight[:, None] * template.square()).sum()
        scale = scale[:, None]
        shift = centre - scale * (rotation @ template_centre)
        canonical = (points - shift[:, None]) @ rotation / scale[..., None]
        return canonical, Placement(rotation, scale, shift[:, :2])


def viewer_points(points: Tensor, input_size: int) -> Tensor:
    """The trunk's points (N, P, 3), pixels, as crop coordinates in the viewer's frame: y up, z towards the viewer."""
    crop = points * (2.0 / input_size) - points.new_tensor([1.0, 1.0, 0.0])
    return crop * crop.new_tensor([1.0, -1.0, -1.0])


def placed_params(parts: dict[str, Tensor], placement: Placement) -> tuple[Tensor, Tensor]:
    """Global orientation (N, 3) and camera (N, 3) from a placement and corrections to it.

    Parameters
    ----------
    parts
        "global_orient" (N, 3), a turn in the head's own frame, and "camera" (N, 3): logarithm of the size, and metres.
    """
    turn = placement.rotation @ matrix_from_rotvec(parts["global_orient"])
    scale = placement.scale * torch.exp(parts["camera"][:, :1])
    camera = torch.cat([scale, parts["camera"][:, 1:] + placement.shift / scale], dim=1)
    return rotvec_from_matrix(turn), camera


def placement_corrections(truth: HeadParams, placement: Placement) -> tuple[Tensor, Tensor]:
    """Inverse of `placed_params`: the turn (N, 3) and the camera correction (N, 3) that give `truth`."""
    turn = placement.rotation.mT @ matrix_from_rotvec(truth.global_orient)
    scale = truth.camera[:, :1]
    camera = torch.cat([torch.log(scale / placement.scale), truth.camera[:, 1:] - placement.shift / scale], dim=1)
    return rotvec_from_matrix(turn), camera

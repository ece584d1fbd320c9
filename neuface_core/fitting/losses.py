"""The M-step's losses. All are means, so that their weights do not depend on the length of a clip."""

from __future__ import annotations

import torch
from torch import Tensor

from neuface_core.heads.params import HeadParams

# Typical spread of each group over real clips: it makes "far from the encoder's answer" comparable between them.
EXPRESSION_SCALE = 0.25
JAW_SCALE_RAD = 0.1
ORIENT_SCALE_RAD = 0.002


def landmark_loss(projected: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """L2D, NeuFace Eq. (2): weighted L1 in crop coordinates.

    Parameters
    ----------
    projected, target : (N, 68, 2)
        Crop coordinates; the target is finite everywhere (any number where the weight is 0).
    weight : (N, 68)
        Detector confidence; 0 for what was not detected.
    """
    distance = (projected - target).abs().sum(dim=-1)
    return (weight * distance).sum() / weight.sum().clamp_min(1e-6)


def temporal_loss(quaternions: Tensor, target: Tensor) -> Tensor:
    """Ltemporal, NeuFace Eq. (3): mean ‖q - q̂‖₂ of (N, 4), the sign of q̂ chosen to match q."""
    sign = torch.where((quaternions * target).sum(-1, keepdim=True) < 0, -1.0, 1.0)
    return torch.sqrt(((quaternions - sign * target) ** 2).sum(-1) + 1e-12).mean()


def pairwise_loss(quaternions: Tensor, joined: Tensor) -> Tensor:
    """Neighbour differences instead of an E-step target (NeuFace Table S3).

    Parameters
    ----------
    quaternions : (N, 4)
    joined : (N - 1,) bool
        Whether frame i + 1 continues frame i.
    """
    if not bool(joined.any()):
        return quaternions.sum() * 0.0
    return temporal_loss(quaternions[1:][joined], quaternions[:-1][joined])


def stay_close_loss(params: HeadParams, first: HeadParams) -> Tensor:
    """Distance of all but the camera to the encoder's own first answer, smoothed, on standardised parameters (ours).

    Without it ‖β‖ grows with the iterations, and 68 points let a smile be explained by a nod: the orientation that the
    network saw in the whole picture settles it.
    """
    shape = (params.shape - first.shape).square().mean()
    expression = ((params.expression - first.expression) / EXPRESSION_SCALE).square().mean()
    jaw = ((params.jaw_pose - first.jaw_pose) / JAW_SCALE_RAD).square().mean()
    eyes = ((params.eye_pose - first.eye_pose) / JAW_SCALE_RAD).square().mean()
    orient = ((params.global_orient - first.global_orient) / ORIENT_SCALE_RAD).square().mean()
    return shape + expression + jaw + eyes + orient


def steady_shape_loss(shape: Tensor, mean: Tensor) -> Tensor:
    """Spread of the identity (N, n) around the clip's mean (1, n), in standard deviations² (ours)."""
    return (shape - mean).square().mean()


def steady_motion_features(params: HeadParams) -> Tensor:
    """Expression, jaw, eyes and camera in one standardised (N, D) array, as `steady_motion_loss` compares them."""
    return torch.cat(
        [
            params.expression / EXPRESSION_SCALE,
            params.jaw_pose / JAW_SCALE_RAD,
            params.eye_pose / JAW_SCALE_RAD,
        ],
        dim=-1,
    )


def steady_motion_loss(features: Tensor, target: Tensor) -> Tensor:
    """Mean distance of (N, D) features to their smoothed target; large departures (a blink) are not squared."""
    return torch.sqrt(((features - target) ** 2).sum(-1) + 1e-12).mean()

"""The M-step's losses. All are means, so that their weights do not depend on the length of a clip."""

from __future__ import annotations

import torch
from torch import Tensor

from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.ibug import CLOSURE_PAIRS

# Typical spread of joints over real clips: with the head's `expression_spread` it makes courses comparable.
JAW_SCALE_RAD = 0.1

# How far from the encoder's first answer counts as far.
FAR_SHAPE_SD = 1.8
FAR_SURFACE_MM = 1.7
FAR_EXPRESSION = 1.8  # of the head's `expression_spread`
FAR_EYE_RAD = 0.1
FAR_JAW_RAD = 0.1
FAR_ORIENT_RAD = 0.0015

CLOSURE_SCALE = 0.02
"""Crop units; half the opening of an eye."""


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


def closure_loss(projected: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """How wrong the openings of eyes and mouth are: mean squared error of the way from upper to lower margin (ours).

    Squared, unlike L2D: a blink is a few frames of hundreds, and only a price that grows with the error buys it. Taken
    between two landmarks, it does not mind where the face is (the eye closure and lip distance losses of DECA and EMOCA
    have the same reason).

    Parameters
    ----------
    projected, target, weight
        As in `landmark_loss`.
    """
    upper, lower = (list(side) for side in zip(*CLOSURE_PAIRS, strict=True))
    error = (projected[:, upper] - projected[:, lower]) - (target[:, upper] - target[:, lower])
    trust = torch.minimum(weight[:, upper], weight[:, lower])
    return (trust * (error / CLOSURE_SCALE).square().sum(dim=-1)).sum() / trust.sum().clamp_min(1e-6)


def temporal_loss(quaternions: Tensor, target: Tensor) -> Tensor:
    """Ltemporal, NeuFace Eq. (3): mean ‖q - q̂‖₂ of (N, 4), the sign of q̂ chosen to match q."""
    sign = torch.where((quaternions * target).sum(-1, keepdim=True) < 0, -1.0, 1.0)
    return torch.sqrt(((quaternions - sign * target) ** 2).sum(-1) + 1e-12).mean()


def pairwise_loss(quaternions: Tensor, joined: Tensor) -> Tensor:
    """Neighbour differences instead of an E-step target (NeuFace Table S3).

    Parameters
    ----------
    quaternions : (N, 4)
    joined : (K,) int64
        Rows that the next one continues.
    """
    if len(joined) == 0:
        return quaternions.sum() * 0.0
    return temporal_loss(quaternions[joined + 1], quaternions[joined])


def surface_metric(shape: Tensor, expression: Tensor) -> Tensor:
    """Matrix G such that ``d @ G @ d`` is the mean squared move in mm² of all vertices when (β, ψ) change by d.

    Parameters
    ----------
    shape : (V, 3, n)
        Identity basis in metres.
    expression : (V, 3, m)
        Expression basis in metres.

    Returns
    -------
    (n + m, n + m)
    """
    flat = 1000.0 * torch.cat([shape, expression], dim=-1).flatten(0, 1)
    return flat.T @ flat / len(shape)


def stay_close_loss(params: HeadParams, first: HeadParams, metric: Tensor, expression_spread: float) -> Tensor:
    """Distance of all but the camera to the encoder's own first answer, smoothed, each in units of "far" (ours).

    Without it ‖β‖ grows with the iterations, and 68 points let a smile be explained by a nod: the orientation that the
    network saw in the whole picture settles it. Identity and expression are held by what the surface does as well as by
    their coefficients: 68 points see little of the head, and coefficients alone would let the unseen rest drift for
    their sake, or one of the two undo the other.

    Parameters
    ----------
    metric : (n + m, n + m)
        `surface_metric` of the head's bases.
    expression_spread
        Of the head (`HeadData`).
    """
    shape, face = params.shape - first.shape, params.expression - first.expression
    change = torch.cat([shape, face], dim=1)
    surface = ((change @ metric) * change).sum(-1).mean() / FAR_SURFACE_MM**2
    identity = (shape / FAR_SHAPE_SD).square().mean()
    expression = (face / (FAR_EXPRESSION * expression_spread)).square().mean()
    jaw = ((params.jaw_pose - first.jaw_pose) / FAR_JAW_RAD).square().mean()
    eyes = ((params.eye_pose - first.eye_pose) / FAR_EYE_RAD).square().mean()
    orient = ((params.global_orient - first.global_orient) / FAR_ORIENT_RAD).square().mean()
    return surface + identity + expression + jaw + eyes + orient


def steady_shape_loss(shape: Tensor, mean: Tensor) -> Tensor:
    """Spread of the identity (N, n) around the clip's mean (1, n), in standard deviations² (ours)."""
    return (shape - mean).square().mean()


def steady_motion_features(params: HeadParams, expression_spread: float) -> Tensor:
    """Expression, jaw and eyes in one standardised (N, D) array, as `steady_motion_loss` compares them."""
    return torch.cat(
        [
            params.expression / expression_spread,
            params.jaw_pose / JAW_SCALE_RAD,
            params.eye_pose / JAW_SCALE_RAD,
        ],
        dim=-1,
    )


def steady_motion_loss(features: Tensor, target: Tensor) -> Tensor:
    """Mean distance of (N, D) features to their smoothed target; large departures (a blink) are not squared."""
    return torch.sqrt(((features - target) ** 2).sum(-1) + 1e-12).mean()

"""The part of the open encoder that is ours: what the trunk knows of a face to parameters of the head model."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuface_core.encoders.canonical import Placement, placed_params
from neuface_core.heads.params import HeadParams

_SOFT_RECTIFIER = 12.0  # expression and jaw never go below zero; the larger, the sharper the bend there


class RegressionHead(nn.Module):
    """Features of a face to parameters of the head model, and how far they can be trusted.

    Everything that is regressed is scaled so that one unit of the last layer is about one standard deviation of the
    training set: one learning rate then suits all of them, in training and in the optimisation of a clip.

    Parameters
    ----------
    n_features
        Length of the vector of a face.
    n_shape, n_expression
        Sizes of the answer.
    width
        Of the hidden layers.
    """

    feature_mean: Tensor
    feature_scale: Tensor
    answer_mean: Tensor
    answer_scale: Tensor

    def __init__(self, n_features: int, n_shape: int, n_expression: int, width: int) -> None:
        super().__init__()
        self.sizes = {
            "shape": n_shape,
            "expression": n_expression,
            "global_orient": 3,
            "jaw_pose": 3,
            "eye_pose": 4,
            "camera": 3,
        }
        n_out = sum(self.sizes.values())
        self.register_buffer("feature_mean", torch.zeros(n_features))
        self.register_buffer("feature_scale", torch.ones(n_features))
        self.register_buffer("answer_mean", torch.zeros(n_out))
        self.register_buffer("answer_scale", torch.ones(n_out))
        self.first = nn.Linear(n_features, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, n_out)
        self.trust = nn.Linear(width, 1)

    def forward(self, vector: Tensor, placement: Placement) -> HeadParams:
        """N heads from their features (N, D) and placement."""
        answer = self.answer_mean + self.answer_scale * self.last(self._hidden(vector))
        part = dict(zip(self.sizes, answer.split(list(self.sizes.values()), dim=1), strict=True))
        zero = torch.zeros_like(answer[:, :1])
        jaw, eyes = part["jaw_pose"], part["eye_pose"]
        orient, camera = placed_params(part, placement)
        return HeadParams(
            shape=part["shape"],
            expression=_rectify(part["expression"]),
            global_orient=orient,
            neck_pose=torch.zeros_like(jaw),
            jaw_pose=torch.cat([_rectify(jaw[:, :1]), jaw[:, 1:]], dim=1),
            eye_pose=torch.cat([eyes[:, :2], zero, eyes[:, 2:], zero], dim=1),  # eyes do not roll
            camera=camera,
        )

    def trust_logit(self, vector: Tensor) -> Tensor:
        """(N,): logit of the probability that the answer is a good one; see `OpenEncoder.confidence`."""
        logit: Tensor = self.trust(self._hidden(vector))[:, 0]
        return logit

    def set_scales(self, vector: Tensor, wanted: Mapping[str, Tensor]) -> None:
        """Fix what one unit of features and answers is; the first answers will then lie near the mean.

        Parameters
        ----------
        vector : (N, D)
            Features of the training set.
        wanted
            By the names of `sizes`: what the last layer should say for each, before any bend (`unrectify`).
        """
        answers = torch.cat([wanted[name] for name in self.sizes], dim=1)
        self.feature_mean.copy_(vector.mean(dim=0))
        self.feature_scale.copy_(1.0 / vector.std(dim=0).clamp(min=1e-4))
        self.answer_mean.copy_(answers.mean(dim=0))
        self.answer_scale.copy_(answers.std(dim=0).clamp(min=1e-3))
        with torch.no_grad():
            self.last.weight.mul_(0.1)
            self.last.bias.zero_()

    def _hidden(self, vector: Tensor) -> Tensor:
        hidden = functional.silu(self.first((vector - self.feature_mean) * self.feature_scale))
        hidden = hidden + functional.silu(self.second(hidden))
        return hidden


def _rectify(x: Tensor) -> Tensor:
    return functional.softplus(x, beta=_SOFT_RECTIFIER)


def unrectify(y: Tensor) -> Tensor:
    """Inverse of the bend that keeps expression and jaw from going below zero (for training statistics)."""
    return y + torch.log(-torch.expm1(-_SOFT_RECTIFIER * y.clamp(min=0.02))) / _SOFT_RECTIFIER

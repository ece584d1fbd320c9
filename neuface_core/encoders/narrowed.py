"""Φ for one clip: its first layer is trained only where the clip's features are.

The head of the open encoder begins with a layer of thousands of inputs. A gradient step can move it only inside the
span of the features that it sees, a few hundred rows of one clip; everywhere else nothing is known. So the layer's
answer at w⁰ is computed once for every row, and what is trained is a change of it that reads the clip's features in
their own principal axes: y = W⁰ x + A z, A = 0 at first. The answer at w⁰ is the same, a step costs a fraction, and
Adam no longer spreads its steps over directions in which the clip says nothing: docs/adr/0012-speed-and-long-clips.md.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.canonical import Placement
from neuface_core.encoders.open_encoder import OpenEncoder
from neuface_core.heads.params import HeadParams

STEP = 12.0
"""Size of z: how far one step of the optimiser moves the layer, against what it moves the layers behind it."""

_CONSTANT = 0.1  # of the mean length of z: what all rows of the clip have in common is learned as well
_TENSORS_A_LOOK = 4  # vector, rotation, scale, shift


class _Change(nn.Module):
    """The first layer of one clip: rows [W⁰ x, z] to y."""

    def __init__(self, n_axes: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(width, n_axes))

    def forward(self, rows: Tensor) -> Tensor:
        n_axes = self.weight.shape[1]
        return functional.linear(rows[:, -n_axes:], self.weight, None) + rows[:, :-n_axes]


class NarrowedEncoder(nn.Module):
    """An `OpenEncoder` for the clip that `sample` is of (`base.Encoder`, stage "head" only).

    Parameters
    ----------
    encoder
        With its weights w⁰; left as it is.
    sample
        Features of the stage "head" of some rows of the clip, all of them where they are few.
    n_axes
        Principal axes at most.
    """

    _axes: Tensor
    _middle: Tensor
    _constant: Tensor

    def __init__(self, encoder: OpenEncoder, sample: Features, n_axes: int) -> None:
        super().__init__()
        self.encoder_id, self.head_id, self.licence = encoder.encoder_id, encoder.head_id, encoder.licence
        self.input_size, self.crop_rule = encoder.input_size, encoder.crop_rule
        # In a list, so that weights that are not trained here are not counted as its own.
        self._before = [encoder.head]
        self.mirror = copy.deepcopy(encoder.mirror)
        with torch.no_grad():
            rows = torch.cat([self._standardised(vector) for vector in sample[::_TENSORS_A_LOOK]])
            middle = rows.mean(dim=0)
            axes, lengths = _principal_axes(rows - middle, n_axes)
            constant = STEP * _CONSTANT * lengths.square().sum().div(len(rows)).sqrt().clamp_min(1e-6)
        self.register_buffer("_axes", STEP * axes)
        self.register_buffer("_middle", middle)
        self.register_buffer("_constant", constant)
        head = copy.deepcopy(encoder.head)
        width = head.first.out_features
        # Rows come standardised: the head's own scales have nothing left to do.
        head.feature_mean, head.feature_scale = torch.zeros_like(constant), torch.ones_like(constant)
        head.first = _Change(axes.shape[1] + 1, width).to(middle)  # type: ignore[assignment]
        self.head = head

    @torch.no_grad()
    def narrow(self, features: Features) -> Features:
        """What `answer` reads, from features of the encoder that this was made from."""
        narrowed = list(features)
        first = self._before[0].first
        for index in range(0, len(features), _TENSORS_A_LOOK):
            rows = self._standardised(features[index])
            place = (rows - self._middle) @ self._axes
            constant = self._constant.expand(len(rows), 1)
            narrowed[index] = torch.cat([first(rows), place, constant], dim=1)
        return tuple(narrowed)

    def features(self, images: Tensor, stage: Stage) -> Features:
        """Not here: `narrow` makes them from the encoder's own."""
        raise NotImplementedError("features are read by the encoder that this was made from")

    def answer(self, features: Features, stage: Stage = "head") -> HeadParams:
        """Head parameters of N rows from what `narrow` gave."""
        looks = [features[i : i + _TENSORS_A_LOOK] for i in range(0, len(features), _TENSORS_A_LOOK)]
        # Both looks in one go: half as many operations.
        vector, *place = (torch.cat(tensors) for tensors in zip(*looks, strict=True))
        params: HeadParams = self.head(vector, Placement(*place))
        n = len(looks[0][0])
        plain = params[:n]
        for start in range(n, len(params), n):
            plain = self.mirror(plain, params[start : start + n])
        return plain

    def trainable_parameters(self, stage: Stage = "head") -> Iterator[nn.Parameter]:
        """The change of the first layer, and the layers behind it."""
        for name, weight in self.head.named_parameters():
            if not name.startswith("trust."):
                yield weight

    def _standardised(self, vector: Tensor) -> Tensor:
        head = self._before[0]
        return (vector - head.feature_mean) * head.feature_scale


def _principal_axes(rows: Tensor, n_axes: int) -> tuple[Tensor, Tensor]:
    """Orthonormal axes (D, K) along which rows (n, D) of mean 0 vary most, and their lengths there (K,).

    From the (n, n) products of the rows: a clip has fewer rows than its features have numbers.
    """
    # On the processor: Apple's MPS knows no double precision, and it is done once a clip.
    wide = rows.cpu().double()
    squares, turns = torch.linalg.eigh(wide @ wide.mT)
    squares, turns = squares.flip(0)[:n_axes], turns.flip(1)[:, :n_axes]
    seen = squares > 1e-9 * squares[0].clamp_min(1e-30)
    lengths, turns = squares[seen].sqrt(), turns[:, seen]
    return (wide.mT @ (turns / lengths)).to(rows), lengths.to(rows)

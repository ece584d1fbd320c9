"""Training the first layer where the clip's features are: the same first answer, the same gradient, a smaller step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neuface_core.encoders.base import Features
from neuface_core.encoders.narrowed import NarrowedEncoder
from neuface_core.encoders.open_encoder import OpenEncoder, load_encoder

N = 9


@pytest.fixture(scope="module")
def encoder() -> OpenEncoder:
    torch.set_num_threads(1)
    return load_encoder()


@pytest.fixture(scope="module")
def features(encoder: OpenEncoder) -> Features:
    """Features of nine made-up rows, as a face that moves a little would have them."""
    torch.manual_seed(0)
    head = encoder.head

    def look() -> tuple[Tensor, ...]:
        common = torch.randn(len(head.feature_mean)) * 0.5
        rows = (common + 0.3 * torch.randn(N, len(common))) / head.feature_scale + head.feature_mean
        turn = torch.linalg.qr(torch.eye(3) + 0.05 * torch.randn(N, 3, 3)).Q
        turn = turn * torch.linalg.det(turn)[:, None, None]
        return rows, turn, torch.full((N, 1), 7.0), 0.05 * torch.randn(N, 2)

    return (*look(), *look()) if encoder.config.mirrored else look()


def test_the_first_answer_is_the_same(encoder: OpenEncoder, features: Features) -> None:
    narrowed = NarrowedEncoder(encoder, features, 256)
    before, now = encoder.answer(features, "head"), narrowed.answer(narrowed.narrow(features))
    for name, values in vars(before).items():
        torch.testing.assert_close(getattr(now, name), values, rtol=0, atol=2e-5, msg=name)


def test_rows_that_the_axes_were_not_made_of_start_from_the_same_answer_too(
    encoder: OpenEncoder, features: Features
) -> None:
    narrowed = NarrowedEncoder(encoder, tuple(tensor[::3] for tensor in features), 256)
    now = narrowed.answer(narrowed.narrow(features))
    torch.testing.assert_close(now.shape, encoder.answer(features, "head").shape, rtol=0, atol=2e-5)


def test_every_move_that_a_gradient_can_make_is_left(encoder: OpenEncoder, features: Features) -> None:
    """One plain gradient step on the whole first layer is one step on the narrow one, in the axes' metric."""
    head = encoder.head
    rows = torch.cat([(v - head.feature_mean) * head.feature_scale for v in features[::4]]).double()
    pull = torch.randn(len(rows), head.first.out_features, dtype=torch.float64)
    moved = rows @ (pull.mT @ rows).mT  # what the step does to the layer's answers
    narrowed = NarrowedEncoder(encoder, features, 256)
    axes, middle = narrowed._axes.double(), narrowed._middle.double()
    place = (rows - middle) @ axes
    whole = torch.cat([place, torch.ones(len(rows), 1, dtype=torch.float64)], dim=1)
    reached = whole @ torch.linalg.lstsq(whole, moved).solution
    torch.testing.assert_close(reached, moved, rtol=0, atol=1e-4 * float(moved.abs().max()))


def test_the_encoder_is_left_alone_and_only_the_clip_is_learned(encoder: OpenEncoder, features: Features) -> None:
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    narrowed = NarrowedEncoder(encoder, features, 4)
    rows = narrowed.narrow(features)
    weights = list(narrowed.trainable_parameters())
    optimiser = torch.optim.Adam(weights, lr=1e-3)
    wanted = narrowed.answer(rows).shape.detach() + 0.3
    errors = []
    for _ in range(10):
        error = (narrowed.answer(rows).shape - wanted).square().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        errors.append(float(error.detach()))
    assert errors[-1] < 0.5 * errors[0]
    for name, value in encoder.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0, msg=name)
    assert sum(weight.numel() for weight in weights) < 0.2 * sum(weight.numel() for weight in encoder.head.parameters())

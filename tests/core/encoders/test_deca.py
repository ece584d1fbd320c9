"""DECA's and EMOCA's networks: what each output means, what of them a stage trains, and files that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from made_up_deca import coarse_tensors
from torch import Tensor

from neuface_core.encoders.base import Encoder, Stage
from neuface_core.encoders.coarse import CoarseNetwork, with_weights
from neuface_core.encoders.deca import DecaEncoder, deca_encoder, head_params, named_parts
from neuface_core.encoders.emoca import EXPRESSION_ROWS, EmocaEncoder
from neuface_core.errors import ModelError

STAGES: tuple[Stage, ...] = ("all", "last_stage", "head")
FILE = Path("deca_model.tar")


@pytest.fixture(scope="module")
def tensors() -> dict[str, Tensor]:
    return coarse_tensors()


@pytest.fixture(scope="module")
def deca(tensors: dict[str, Tensor]) -> DecaEncoder:
    return deca_encoder(tensors, FILE)


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand((2, 3, 224, 224), generator=torch.Generator().manual_seed(1))


def test_the_236_outputs_are_read_in_decas_order() -> None:
    outputs = torch.arange(236.0)[None].repeat(2, 1)
    params = head_params(outputs)
    assert params.shape[0].tolist() == list(range(0, 100))
    assert params.expression[0].tolist() == list(range(150, 200))
    assert params.global_orient[0].tolist() == [200, 201, 202]
    assert params.jaw_pose[0].tolist() == [203, 204, 205]
    assert params.camera[0].tolist() == [206, 207, 208]
    assert not params.neck_pose.any()
    assert not params.eye_pose.any()
    rest = named_parts(outputs)
    assert rest["texture"][0].tolist() == list(range(100, 150))
    assert rest["light"][0].tolist() == list(range(209, 236))


def test_texture_and_light_can_be_had(deca: DecaEncoder, images: Tensor) -> None:
    with torch.no_grad():
        features = deca.features(images, "head")
        texture, light = deca.texture_and_light(features, "head")
        outputs = deca.coarse.above(features[0], "head")
    assert texture.shape == (2, 50)
    assert torch.equal(light.flatten(1), outputs[:, 209:])


def test_every_stage_gives_the_same_answer_and_trains_what_lies_behind_it(deca: DecaEncoder, images: Tensor) -> None:
    with torch.no_grad():
        answers = [deca.answer(deca.features(images, stage), stage) for stage in STAGES]
    for answer in answers[1:]:
        torch.testing.assert_close(answer.expression, answers[0].expression, atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(answer.camera, answers[0].camera, atol=1e-6, rtol=1e-5)
    counts = [sum(weight.numel() for weight in deca.trainable_parameters(stage)) for stage in STAGES]
    head = 2048 * 1024 + 1024 + 1024 * 236 + 236
    assert counts == [23_454_912 + head, 14_942_208 + head, head]
    features = deca.features(images[:1], "last_stage")
    loss = deca.answer(features, "last_stage").shape.square().sum()
    gradients = torch.autograd.grad(loss, list(deca.trainable_parameters("last_stage")))
    assert all(bool(gradient.any()) for gradient in gradients)


def test_the_same_weights_have_the_same_name_and_others_another(deca: DecaEncoder, tensors: dict[str, Tensor]) -> None:
    assert deca.encoder_id.startswith("deca-")
    assert deca_encoder(tensors, FILE).encoder_id == deca.encoder_id
    changed = {**tensors, "layers.2.bias": tensors["layers.2.bias"] + 1e-3}
    assert deca_encoder(changed, FILE).encoder_id != deca.encoder_id


def test_every_key_that_does_not_fit_is_told_with_its_shape(
    tensors: dict[str, Tensor], caplog: pytest.LogCaptureFixture
) -> None:
    wrong = {name: value for name, value in tensors.items() if "layer4.2" not in name}
    wrong["encoder.fc.weight"] = torch.zeros(1000, 2048)
    wrong["encoder.layer1.0.conv2.weight"] = torch.zeros(64, 64, 1, 1)
    with pytest.raises(ModelError) as raised:
        deca_encoder(wrong, FILE)
    said = str(raised.value)
    assert "encoder.layer4.2.conv1.weight (512,2048,1,1)" in said
    assert "surplus: encoder.fc.weight (1000,2048)" in said
    assert "encoder.layer1.0.conv2.weight (64,64,1,1) in place of (64,64,3,3)" in said
    assert "and 9 more" in said
    gone = [name for name in tensors if "layer4.2" in name and not name.endswith("tracked")]
    assert all(name in caplog.text for name in gone)


def test_weights_that_are_no_numbers_are_refused(tensors: dict[str, Tensor]) -> None:
    broken = tensors["layers.0.weight"].clone()
    broken[3, 4] = float("nan")
    with pytest.raises(ModelError, match=r"not finite numbers: layers\.0\.weight"):
        deca_encoder({**tensors, "layers.0.weight": broken}, FILE)


@pytest.fixture(scope="module")
def expression() -> CoarseNetwork:
    return with_weights(coarse_tensors(seed=7, n_out=50), EXPRESSION_ROWS, "E_expression", FILE)


def emoca(deca: DecaEncoder, expression: CoarseNetwork, trained: str = "both") -> EmocaEncoder:
    return EmocaEncoder(deca.coarse, expression, "EMOCA_v2", trained)  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [50, 53, 56])
def test_emocas_second_network_replaces_what_its_outputs_say(
    deca: DecaEncoder, tensors: dict[str, Tensor], images: Tensor, rows: int
) -> None:
    # Outputs that do not depend on the picture tell where each of them goes.
    last = {"layers.2.weight": torch.zeros(rows, 1024), "layers.2.bias": torch.arange(1.0, rows + 1)}
    network = with_weights({**tensors, **last}, EXPRESSION_ROWS, "E_expression", FILE)
    with torch.no_grad():
        plain = deca.answer(deca.features(images[:1], "head"), "head")
        encoder = emoca(deca, network)
        changed = encoder.answer(encoder.features(images[:1], "head"), "head")
    assert changed.expression[0].tolist() == list(range(1, 51))
    assert torch.equal(changed.shape, plain.shape)
    assert torch.equal(changed.camera, plain.camera)
    if rows == 50:
        assert torch.equal(changed.jaw_pose, plain.jaw_pose)
    else:
        assert changed.jaw_pose[0].tolist() == list(range(rows - 2, rows + 1))
    if rows == 56:
        assert changed.global_orient[0].tolist() == [51, 52, 53]
    else:
        assert torch.equal(changed.global_orient, plain.global_orient)


@pytest.mark.parametrize("stage", STAGES)
def test_one_of_emocas_networks_can_be_trained_alone(
    deca: DecaEncoder, expression: CoarseNetwork, images: Tensor, stage: Stage
) -> None:

    def answer(encoder: Encoder) -> dict[str, Tensor]:
        return vars(encoder.answer(encoder.features(images[:1], stage), stage))

    both = answer(emoca(deca, expression))
    for trained, own in (("coarse", "shape"), ("expression", "expression")):
        encoder = emoca(deca, expression, trained)
        found = answer(encoder)
        for name, value in found.items():
            torch.testing.assert_close(value, both[name], atol=1e-6, rtol=1e-5)
        gradients = torch.autograd.grad(
            found[own].sum(), list(encoder.trainable_parameters(stage)), allow_unused=True, retain_graph=True
        )
        assert all(gradient is not None for gradient in gradients)
        other = {"shape": "expression", "expression": "shape"}[own]
        assert found[other].requires_grad == (trained == "coarse" and other == "shape")

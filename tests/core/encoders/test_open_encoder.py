import copy
from typing import get_args

import pytest
import torch
from safetensors.torch import save_file

from neuface_core import models
from neuface_core.encoders.base import Stage
from neuface_core.encoders.open_encoder import (
    EncoderConfig,
    OpenEncoder,
    file_sha256,
    load_encoder,
    save_encoder,
)
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.landmarks.face_mesh import FaceMesh


@pytest.fixture(scope="module")
def untrained() -> OpenEncoder:
    try:
        sha = file_sha256(models.model_path("face_mesh_v2"))
    except ModelError:
        pytest.skip("models are not installed")
    torch.manual_seed(0)
    encoder = OpenEncoder(FaceMesh.load("v2"), EncoderConfig("test", "open-head-2", "v2", sha, 100, 50)).eval()
    head = load_head()
    encoder.reader.canonical.template.copy_(head.dense_landmarks(head.neutral(1))[0])
    encoder.mirror.shape_sign.copy_(torch.from_numpy(head.data.shape_mirror))
    encoder.mirror.expression_partner.copy_(torch.from_numpy(head.data.expression_mirror))
    return encoder


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return torch.rand(3, 3, 256, 256, generator=torch.Generator().manual_seed(1))


def flat(params) -> torch.Tensor:
    return torch.cat([torch.as_tensor(v) for v in params.to_arrays().values()], dim=1)


@pytest.mark.parametrize("stage", get_args(Stage))
def test_cached_activations_give_the_same_answer_as_the_whole_network(untrained, images, stage):
    with torch.no_grad():
        whole = flat(untrained(images))
        parts = flat(untrained.answer(untrained.features(images, stage), stage))
    assert torch.allclose(whole, parts, atol=1e-4)


def test_an_image_has_the_same_answer_alone_and_in_a_batch(untrained, images):
    with torch.no_grad():
        together, alone = flat(untrained(images)), flat(untrained(images[1:2]))
    assert torch.allclose(together[1], alone[0], atol=1e-3)


def test_each_stage_trains_every_weight_behind_its_cache_and_no_other(untrained, images):
    counts = []
    for stage in get_args(Stage):
        untrained.zero_grad()
        weights = list(untrained.trainable_parameters(stage))
        with torch.no_grad():
            features = untrained.features(images[:1], stage)
        params = untrained.answer(features, stage)
        (params.shape.sum() + params.expression.sum() + params.global_orient.sum() + params.camera.sum()).backward()
        reached = {id(p) for p in untrained.parameters() if p.grad is not None and p.grad.abs().sum() > 0}
        assert reached <= {id(p) for p in weights}
        assert len(reached) > 0.6 * len(weights)  # the trunk's face score is not used
        counts.append(sum(p.numel() for p in weights))
    assert counts[0] > counts[1] > counts[2]


def test_a_picture_in_the_mirror_has_the_mirrored_answer(untrained, images):
    with torch.no_grad():
        plain, turned = untrained(images), untrained(images.flip(3))
    assert torch.allclose(flat(load_head().mirrored(turned)), flat(plain), atol=1e-3)


def test_answers_are_heads_that_can_exist(untrained, images):
    params = untrained(images)
    assert (params.camera[:, 0] > 0).all()
    assert torch.isfinite(flat(params)).all()
    assert (params.expression >= 0).all()
    assert (params.jaw_pose[:, 0] >= 0).all()
    assert params.shape.shape == (3, 100)
    assert params.eye_pose.shape == (3, 6)


def test_copies_do_not_share_weights(untrained, images):
    with torch.no_grad():
        first = flat(untrained(images))
    other = copy.deepcopy(untrained)
    with torch.no_grad():
        for weight in other.trainable_parameters("all"):
            weight.add_(0.01)
        assert not torch.allclose(flat(other(images)), first)
        assert torch.equal(flat(untrained(images)), first)


def test_the_confidence_is_a_probability_that_a_fit_does_not_train(untrained, images):
    for stage in get_args(Stage):
        confidence = untrained.confidence(untrained.features(images, stage), stage)
        assert confidence.shape == (3,)
        assert (confidence > 0).all()
        assert (confidence < 1).all()
        trained = {id(weight) for weight in untrained.trainable_parameters(stage)}
        assert not trained & {id(weight) for weight in untrained.head.trust.parameters()}


def test_a_saved_encoder_answers_the_same(untrained, images, tmp_path):
    path = tmp_path / "encoder.safetensors"
    save_encoder(untrained, path)
    loaded = load_encoder(path)
    assert loaded.config == untrained.config
    with torch.no_grad():
        assert torch.allclose(flat(loaded(images)), flat(untrained(images)), atol=5e-3)


def test_a_wrong_file_is_named(untrained, tmp_path):
    path = tmp_path / "encoder.safetensors"
    with pytest.raises(ModelError, match=str(path)):
        load_encoder(path)
    path.write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be read"):
        load_encoder(path)
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(ModelError, match="not an encoder"):
        load_encoder(path)
    save_encoder(untrained, path)
    path.write_bytes(path.read_bytes()[:-4000])
    with pytest.raises(ModelError, match="cannot be read"):
        load_encoder(path)


def test_an_encoder_of_another_trunk_is_refused(untrained, tmp_path):
    path = tmp_path / "encoder.safetensors"
    other = OpenEncoder(untrained.trunk, EncoderConfig("test", "open-head-2", "v2", "0" * 64, 100, 50))
    save_encoder(other, path)
    with pytest.raises(ModelError, match="another face mesh"):
        load_encoder(path)

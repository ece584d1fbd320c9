import json

import pytest
import torch

from neuface_core import jobs
from neuface_core.encoders.open_encoder import FILE_NAME, load_encoder
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.training import train_encoder
from neuface_core.training.encoder_data import make_training_set
from neuface_core.training.encoder_loss import EncoderLoss
from neuface_core.training.train_encoder import TrainingPlan, new_encoder, score, set_scales, train


@pytest.fixture(scope="module")
def head():
    try:
        FaceMesh.load("v1")
        return load_head()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def data(head):
    return jobs.run(make_training_set(head, FaceMesh.load("v1"), range(80)))


def test_a_picture_in_the_mirror_has_the_mirrored_truth(head, data):
    plain, turned = data.rows(slice(0, 80)), data.rows(slice(80, 160))
    assert (turned.place[:, 0] + plain.place[:, 0]).abs().median() < 0.03
    projected = head.project(head.landmarks(turned.truth, "static"), turned.truth.camera)
    assert (projected - turned.landmarks).norm(dim=2).mean() < 0.03


def test_a_short_training_learns_and_is_kept_in_a_file(head, data, tmp_path):
    torch.manual_seed(0)
    encoder = new_encoder(head, width=64)
    set_scales(encoder, data)
    before = score(encoder, head, data)
    history = jobs.run(train(encoder, EncoderLoss(head, 60), data, TrainingPlan(steps=60, batch=32)))
    after = score(encoder, head, data)
    assert sum(history[-10:]) < 0.7 * sum(history[:10])
    assert after["nme_bbox_percent"] < 0.7 * before["nme_bbox_percent"]
    assert after["rotation_deg"] < 0.7 * before["rotation_deg"]

    train_encoder.write_resource(tmp_path, encoder, after, TrainingPlan(steps=60), 80, 80)
    assert json.loads((tmp_path / "metrics.json").read_text())["images"] == 80
    loaded = score(load_encoder(tmp_path / FILE_NAME), head, data)
    assert loaded["nme_bbox_percent"] == pytest.approx(after["nme_bbox_percent"], rel=0.02)


def test_the_truth_itself_has_no_loss_but_what_perspective_leaves(head, data):
    total, terms = EncoderLoss(head, 60)(data.truth, data.truth, data.landmarks)
    assert terms.pop("prior") > 0
    assert terms.pop("landmarks_2d") < 0.02
    assert max(terms.values()) < 1e-6
    assert torch.isfinite(total)

import json

import pytest
import torch
from scipy.stats import spearmanr

from neuface_core import jobs
from neuface_core.encoders.open_encoder import FILE_NAME, load_encoder
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.training.encoder_data import make_training_set, pinhole_crop
from neuface_core.training.encoder_loss import EncoderLoss
from neuface_core.training.encoder_resource import TrainingPlan, write_resource
from neuface_core.training.encoder_training import (
    Records,
    answer_errors,
    new_encoder,
    prepare,
    score,
    set_scales,
    train,
    train_trust,
)

N = 60


@pytest.fixture(scope="module")
def head():
    try:
        FaceMesh.load("v2")
        return load_head()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def data(head):
    return jobs.run(make_training_set(head, FaceMesh.load("v2"), range(N)))


def small_encoder(head):
    torch.manual_seed(0)
    return new_encoder(head, width=64)


def rows_of_one_kind(data, mirrored):
    """The renderer works in batches of 50: plain and mirrored pictures take turns."""
    blocks = [(0, 50), (50, 100), (100, 110), (110, 120)]
    index = torch.cat([torch.arange(*block) for block in blocks[mirrored::2]])
    return data.rows(index)


def test_a_picture_in_the_mirror_has_the_mirrored_truth(head, data):
    plain, turned = rows_of_one_kind(data, False), rows_of_one_kind(data, True)
    middle = [part.reading.points[..., 0].mean(dim=1) for part in (plain, turned)]
    assert (middle[0] + middle[1]).abs().median() < 0.03
    for part in (plain, turned):
        landmarks = head.landmarks(part.truth, "static")
        apart = head.project(landmarks, part.truth.camera) - pinhole_crop(landmarks, part.views)
        assert apart.norm(dim=2).mean() < 0.03


def test_pairs_show_one_person_in_two_poses(data):
    assert (data.truth.shape[0::2] - data.truth.shape[1::2]).abs().max() == 0
    assert (data.truth.global_orient[0::2] - data.truth.global_orient[1::2]).norm(dim=1).median() > 0.1


def test_a_short_training_learns_and_is_kept_in_a_file(head, data, tmp_path):
    encoder, loss = small_encoder(head), EncoderLoss(head, n_points=60)
    prepared = set_scales(encoder, data)
    before = score(encoder, loss, prepared)
    plan = TrainingPlan(steps=80, batch=32, feature_noise=0.1, map_noise=0.2)
    history = jobs.run(train(encoder, loss, prepared, plan))
    after = score(encoder, loss, prepared)
    assert sum(history[-10:]) < 0.8 * sum(history[:10])
    assert after["nme_bbox_percent"] < 0.8 * before["nme_bbox_percent"]

    write_resource(tmp_path, encoder, after, plan, N, N)
    assert json.loads((tmp_path / "metrics.json").read_text())["images"] == N
    loaded = load_encoder(tmp_path / FILE_NAME)
    assert score(loaded, loss, prepare(loaded, data))["nme_bbox_percent"] == pytest.approx(
        after["nme_bbox_percent"], rel=0.02
    )


def test_a_training_that_was_stopped_ends_as_one_that_was_not(head, data, tmp_path):
    loss, ends = EncoderLoss(head, n_points=40), []
    for stops in ((), (27,)):
        folder = tmp_path / str(len(stops))
        folder.mkdir()
        encoder = small_encoder(head)
        prepared = set_scales(encoder, data)
        plan, records = TrainingPlan(steps=40, batch=8), Records(folder, "key", every=10)
        for stop in stops:
            for progress in train(encoder, loss, prepared, plan, records):
                if progress.done == stop:
                    break
            encoder = small_encoder(head)
            set_scales(encoder, data)
        jobs.run(train(encoder, loss, prepared, plan, records))
        ends.append(encoder.head.last.weight.detach().clone())
    # Sums may differ in their last bits; an optimiser or random numbers that were lost would differ by a tenth.
    assert (ends[0] - ends[1]).abs().max() < 0.02 * ends[0].abs().max()


def test_a_face_that_is_covered_is_trusted_less(head, data):
    encoder, loss = small_encoder(head), EncoderLoss(head, n_points=60)
    prepared = set_scales(encoder, data)
    jobs.run(train(encoder, loss, prepared, TrainingPlan(steps=60, batch=32)))
    jobs.run(train_trust(encoder, loss, prepared, steps=150))
    confidence = torch.sigmoid(encoder.head.trust_logit(prepared.vector.float())).detach().numpy()
    assert spearmanr(confidence, -answer_errors(encoder, loss, prepared).numpy()).statistic > 0.4


def test_the_truth_itself_has_no_loss_but_what_perspective_leaves(head, data):
    total, terms = EncoderLoss(head, n_points=60)(data.truth, data.truth, data.views)
    assert terms.pop("prior") > 0
    assert terms.pop("landmarks_2d") < 0.02
    assert terms.pop("points_2d") < 0.03
    assert max(terms.values()) < 1e-6
    assert torch.isfinite(total)


def test_a_copy_of_the_trunks_late_layers_learns_with_the_head_and_the_trunk_stays(head, tmp_path):
    trunk = FaceMesh.load("v2")
    data = jobs.run(make_training_set(head, trunk, range(N // 2), stage="16"))
    torch.manual_seed(0)
    encoder, loss = new_encoder(head, width=64, tuned="16"), EncoderLoss(head, n_points=40)
    prepared = set_scales(encoder, data)
    jobs.run(train(encoder, loss, prepared, TrainingPlan(steps=20, batch=16)))
    moved = encoder.late.moved_from(encoder.trunk)
    assert max(float(move.abs().max()) for move in moved.values()) > 1e-4
    fresh = dict(trunk.named_parameters())
    assert all(torch.equal(weight, fresh[name]) for name, weight in encoder.trunk.named_parameters())

    # What training saw through the kept activations is what the encoder that ships sees through pictures.
    write_resource(tmp_path, encoder, {}, TrainingPlan(), N // 2, 0)
    loaded = load_encoder(tmp_path / FILE_NAME)
    picture = torch.rand(2, 3, 256, 256)
    wanted = encoder(picture)
    for stage in ("all", "last_stage", "head"):
        found = loaded.answer(loaded.features(picture, stage), stage)
        assert (found.shape - wanted.shape).abs().max() < 0.02
    assert len(list(loaded.trainable_parameters("last_stage"))) > len(list(loaded.trainable_parameters("head"))) + 20


def test_a_damaged_copy_shows_the_same_head_where_its_truth_says(head):
    trunk = FaceMesh.load("v2")
    data = jobs.run(make_training_set(head, trunk, range(100, 150), mirrored=False, damaged=True))
    clean, worse = data.rows(slice(0, 50)), data.rows(slice(50, 100))
    assert (worse.truth.shape[0::2] - worse.truth.shape[1::2]).abs().max() == 0
    flipped = (worse.truth.shape - clean.truth.shape).abs().amax(dim=1) > 0
    assert 10 < int(flipped.sum()) < 40
    assert (worse.views[:, 3] / clean.views[:, 3]).log().abs().max() > 0.03
    landmarks = head.landmarks(worse.truth, "static")
    wanted = pinhole_crop(landmarks, worse.views)
    assert (head.project(landmarks, worse.truth.camera) - wanted).norm(dim=2).mean() < 0.03
    # The network, which knows nothing of the truth, sees the copy's face where the truth has it.
    seen = worse.reading.points[..., :2].mean(dim=1)
    apart = torch.stack([seen[:, 0], -seen[:, 1]], dim=1) - wanted.mean(dim=1)
    assert (apart - apart.median(dim=0).values).norm(dim=1).median() < 0.1

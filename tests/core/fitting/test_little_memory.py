"""With little memory a step goes through the pictures in parts, and is the same step."""

import numpy as np
import pytest
import torch
from torch import Tensor

from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.crops import CropTrack
from neuface_core.encoders.open_encoder import OpenEncoder, load_encoder
from neuface_core.fitting import clip_encoder
from neuface_core.fitting.observed import observe
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.landmarks.track import LandmarkTrack

FRAMES = 12
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def view() -> ViewInput:
    rng = np.random.default_rng(0)
    side = load_encoder().input_size
    images = rng.integers(0, 256, (FRAMES, 3, side // 16, side // 16), np.uint8).repeat(16, 2).repeat(16, 3)
    points = rng.uniform(100, 300, (FRAMES, 68, 2)).astype(np.float32)
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    track = LandmarkTrack(points, np.ones((FRAMES, 68), np.float32), boxes, np.ones(FRAMES, bool), "t", "static")
    return ViewInput(images, track, CropTrack(np.full((FRAMES, 2), 200, np.float32), np.full(FRAMES, 300, np.float32)))


def test_a_step_in_parts_is_the_step_of_all_pictures(view: ViewInput, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, settings = load_encoder(), NeuFaceSettings(trainable="last_stage")
    observed = observe([view], (), settings.max_gap, CPU)
    rows_seen: list[int] = []
    answer = OpenEncoder.answer

    def counted(self: OpenEncoder, features: Features, stage: Stage) -> HeadParams:
        rows_seen.append(len(features[0]))
        return answer(self, features, stage)

    monkeypatch.setattr(OpenEncoder, "answer", counted)

    def gradients() -> list[Tensor]:
        loop = clip_encoder.ClipEncoder([view], observed, encoder, settings, CPU)
        run(loop.encode(""))
        rows_seen.clear()
        heads = loop.answer(0)
        # Every row counts with every other one: steps of the parts would be others.
        loss = heads.expression.square().mean() + 10 * heads.shape.std(dim=0).mean() + heads.global_orient.std()
        loop.step(loss, torch.optim.SGD(loop.weights, lr=0.0))
        return [weight.grad for weight in loop.weights if weight.grad is not None]

    whole = gradients()
    assert rows_seen == [FRAMES]
    monkeypatch.setattr(clip_encoder, "training_memory", lambda device: 5 * encoder.training_bytes("last_stage"))
    parts = gradients()
    assert rows_seen == 2 * [5, 5, 2]
    assert len(parts) == len(whole) > 10
    for ours, theirs in zip(parts, whole, strict=True):
        assert (ours - theirs).norm() <= 1e-4 * theirs.norm()

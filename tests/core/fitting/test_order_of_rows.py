"""Batches of moments come in the order of time, rows view after view: every answer finds its own row again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.clip_encoder import ClipEncoder
from neuface_core.fitting.observed import observe
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.landmarks.track import LandmarkTrack

F = 16
CPU = torch.device("cpu")


class Brightness(nn.Module):
    """An encoder that answers with the brightness of the picture."""

    def features(self, images: Tensor, stage: str) -> tuple[Tensor, ...]:
        return (images.mean(dim=(1, 2, 3))[:, None] * 255,)

    def answer(self, features: tuple[Tensor, ...], stage: str) -> HeadParams:
        return HeadParams(*(features[0].expand(-1, width) for width in (1, 1, 3, 3, 3, 6, 3)))

    def trainable_parameters(self, stage: str) -> Iterator[nn.Parameter]:
        yield from ()


def view(name: str, seen: NDArray[np.bool_], first: int) -> ViewInput:
    """Pictures whose brightness is `first` plus the moment."""
    images = np.broadcast_to((first + np.arange(F, dtype=np.uint8))[:, None, None, None], (F, 3, 2, 2)).copy()
    boxes = np.tile(np.array([100, 100, 200, 200], np.float32), (F, 1))
    points = np.full((F, 68, 2), 150, np.float32)
    track = LandmarkTrack(points, np.ones((F, 68), np.float32), boxes, seen, "t", "static")
    return ViewInput(images, track, CropTrack(np.full((F, 2), 150, np.float32), np.full(F, 150, np.float32)), name)


def test_a_camera_that_sees_the_face_late_gets_its_own_answers() -> None:
    late = np.arange(F) >= 8
    views = [view("late", late, 0), view("early", ~late, 100)]
    observed = observe(views, (), 0, CPU)
    encoder = ClipEncoder(views, observed, Brightness(), NeuFaceSettings(batch_frames=8), CPU)  # type: ignore[arg-type]
    assert len(encoder.batches) == 4
    first = run(encoder.encode(""))
    wanted = np.concatenate([np.arange(8, 16), 100 + np.arange(8)])
    np.testing.assert_allclose(first.shape[:, 0].numpy(), wanted, atol=1e-3)
    np.testing.assert_allclose(encoder.answers().shape[:, 0].numpy(), wanted, atol=1e-3)

"""A clip of any length at little cost: 48 real frames of a face, forth and back, read by the networks only once.

Everything behind the networks is as in a real clip of that length: crops come from an image stack, features are kept
for every row, every pass goes over all rows. What the networks themselves cost a frame does not depend on the length.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import face_video
from numpy.typing import NDArray

from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.crops import CropTrack, crop_track, cut_crops
from neuface_core.encoders.open_encoder import OpenEncoder, load_encoder
from neuface_core.fitting.view_input import ViewInput
from neuface_core.jobs import run
from neuface_core.landmarks import detector
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.video import open_source

REAL = 48


class Repeated:
    """Crops by row number (`crop_store.ImageStack`); the first value of each says which real frame it is."""

    def __init__(self, crops: NDArray[np.uint8], places: NDArray[np.int64]) -> None:
        self._crops, self._places = crops.copy(), places
        self._crops[:, 0, 0, 0] = np.arange(len(crops))

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, rows: Any, /) -> NDArray[np.uint8]:
        return self._crops[self._places[rows]]


def repeated_clip(n_frames: int, folder: Path) -> tuple[ViewInput, OpenEncoder]:
    """A view of `n_frames` frames, and the encoder that remembers what it saw in the real ones."""
    encoder = load_encoder()
    with open_source(face_video(folder / "face.mp4", REAL)) as source:
        track = run(detector("open", "cpu").detect(source))[0]
        crops = crop_track(track, encoder.crop_rule, (source.info.width, source.info.height))
        images = run(cut_crops(source, crops, encoder.input_size))
    with torch.no_grad():
        parts = [
            encoder.features(torch.from_numpy(images[i : i + 16]).float() / 255.0, "head") for i in range(0, REAL, 16)
        ]
        table = tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True))

    def remembered(images: torch.Tensor, stage: Stage) -> Features:
        assert stage == "head"
        places = (images[:, 0, 0, 0] * 255.0).round().long()
        return tuple(tensor[places] for tensor in table)

    encoder.features = remembered  # type: ignore[method-assign]
    places = np.arange(n_frames) % (2 * REAL - 2)
    places = np.minimum(places, 2 * REAL - 2 - places)
    # A little noise, so that no two rounds are the same clip.
    noise = np.random.default_rng(0).normal(0, 0.3, (n_frames, 68, 2)).astype(np.float32)
    points = track.points[places] + noise
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    long_track = LandmarkTrack(
        points, track.confidence[places], boxes, track.detected[places], track.detector, track.contour
    )
    return ViewInput(Repeated(images, places), long_track, CropTrack(crops.centre[places], crops.size[places])), encoder

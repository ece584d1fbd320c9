"""Fits with nothing wrong, for tests that ask what is noticed when one thing is."""

from __future__ import annotations

import numpy as np
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.fit import Fit
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack

FRAMES = 40
GRID = np.stack(np.meshgrid(np.linspace(-50, 50, 8), np.linspace(-50, 50, 9)), axis=-1).reshape(-1, 2)[:68]
"""68 points over a face of about 100 pixels."""


def good_fit(frames: int = FRAMES) -> Fit:
    """A face that drifts to the right by half a pixel a frame; fit and encoder are each exactly a pixel beside it."""
    at = np.arange(frames)[:, None, None] * np.array([0.5, 0.0]) + 200
    points = (GRID + at).astype(np.float32)
    track = LandmarkTrack(
        points,
        np.full((frames, 68), 0.9, np.float32),
        np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1),
        np.ones(frames, bool),
        "open-v2",
        "static",
    )
    widths = {"shape": 100, "expression": 50, "global_orient": 3, "neck_pose": 3, "jaw_pose": 3, "eye_pose": 6}
    params = HeadParams(**{name: torch.zeros(frames, width) for name, width in (widths | {"camera": 3}).items()})
    centre = points.mean(axis=1)
    return Fit(
        params=params,
        params_encoder=params,
        crops=CropTrack(centre, np.full(frames, 200, np.float32)),
        landmarks=track,
        projected=points + np.float32([1, 0]),
        projected_encoder=points + np.float32([0, 1]),
        valid=np.ones(frames, bool),
        error=np.full(frames, 1.0, np.float32),
        error_encoder=np.full(frames, 1.0, np.float32),
        metrics={},
        loss_history=np.zeros(1, np.float32),
        head_id="open-head-2",
        encoder_id="open-encoder-2",
        confidence=np.full(frames, 0.8, np.float32),
    )

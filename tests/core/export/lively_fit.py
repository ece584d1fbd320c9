"""Fits of heads that look about and talk: random, but of a size that a face has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from random_fits import random_fit

from neuface_core.encoders.crops import CropTrack
from neuface_core.export.clip_files import ViewToExport
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.outcome import project_landmarks
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

FRAMES = 8


def lively_params(head: HeadModel, frames: int = FRAMES, seed: int = 0, *, identity_moves: float = 0.0) -> HeadParams:
    """Everything moves, neck and eyes included; β only where `identity_moves`."""
    rng = np.random.default_rng(seed)

    def smooth(width: int, size: float) -> torch.Tensor:
        steps = rng.normal(0, size, (frames, width)).cumsum(axis=0) / np.sqrt(np.arange(1, frames + 1))[:, None]
        return torch.from_numpy(steps.astype(np.float32))

    shape = torch.from_numpy(rng.normal(0, 1, (1, head.n_shape)).astype(np.float32)).repeat(frames, 1)
    camera = smooth(3, 0.01) + torch.tensor([7.0, 0.02, 0.03])
    return HeadParams(
        shape=shape + identity_moves * smooth(head.n_shape, 1.0),
        expression=smooth(head.n_expression, 0.5).abs(),
        global_orient=smooth(3, 0.35),
        neck_pose=smooth(3, 0.1),
        jaw_pose=smooth(3, 0.1),
        eye_pose=smooth(6, 0.2),
        camera=camera,
    )


def lively_fit(head: HeadModel, frames: int = FRAMES, seed: int = 0, *, identity_moves: float = 0.0) -> Fit:
    """A fit of `lively_params` whose projected landmarks are those of the head; frame 1 has no mesh."""
    plain = random_fit(frames, seed, head.head_id)
    params = lively_params(head, frames, seed, identity_moves=identity_moves)
    rng = np.random.default_rng(seed + 1)
    centre = (np.array([330.0, 210.0]) + rng.normal(0, 3, (frames, 2)).cumsum(axis=0)).astype(np.float32)
    crops = CropTrack(centre, np.full(frames, 240.0, np.float32) + np.arange(frames, dtype=np.float32))
    projected = np.full((frames, 68, 2), np.nan, np.float32)
    valid = plain.valid
    projected[valid] = project_landmarks(head, params, plain.landmarks, crops, np.ones(frames, bool))[valid]
    blank = params.map(lambda t: torch.where(torch.from_numpy(valid)[:, None], t, torch.nan))
    points = projected + rng.normal(0, 1.0, projected.shape).astype(np.float32)
    points[~plain.landmarks.detected] = np.nan
    return Fit(**{**vars(plain), "params": blank, "params_encoder": blank, "crops": crops, "projected": projected})


def view_of(
    head: HeadModel, fit: Fit, times: np.ndarray | None = None, about: Mapping[str, Any] | None = None
) -> ViewToExport:
    """The fit as the view of a clip that lies nowhere."""

    def nowhere() -> Any:
        raise FileNotFoundError

    return ViewToExport(
        name="clip",
        view="",
        number=0,
        fit=fit,
        head=head,
        times_s=np.arange(fit.n_frames) / 25 if times is None else times,
        size=(640, 360),
        offset=0,
        video=Path("clip.mp4"),
        about={"generator": "test", "licence": head.licence, **(about or {})},
        open=nowhere,
    )

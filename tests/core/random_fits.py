"""Fits of random numbers, for tests that ask what becomes of a fit and not how good it is."""

from __future__ import annotations

import numpy as np
import torch

from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack

N_SHAPE, N_EXPRESSION = 100, 50


def random_fit(frames: int = 5, seed: int = 0, head_id: str = "open-head-2") -> Fit:
    """A fit of random numbers: frame 1 has no mesh and the last one no landmarks, where there are that many."""
    rng = np.random.default_rng(seed)

    def numbers(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    def params() -> HeadParams:
        widths = {"shape": N_SHAPE, "expression": N_EXPRESSION, "global_orient": 3, "neck_pose": 3}
        widths |= {"jaw_pose": 3, "eye_pose": 6, "camera": 3}
        return HeadParams(**{name: torch.from_numpy(numbers(frames, width)) for name, width in widths.items()})

    valid, detected = np.ones(frames, bool), np.ones(frames, bool)
    if frames > 2:
        valid[1], detected[-1] = False, False

    def blank(values: np.ndarray, where: np.ndarray) -> np.ndarray:
        values[~where] = np.nan
        return values

    points = blank(100 + 20 * numbers(frames, 68, 2), detected)
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    confidence = np.abs(numbers(frames, 68)).clip(0, 1) * detected[:, None]
    return Fit(
        params=params(),
        params_encoder=params(),
        crops=CropTrack(100 + numbers(frames, 2), 120 + numbers(frames)),
        landmarks=LandmarkTrack(points, confidence.astype(np.float32), boxes, detected, "open-v1", "static"),
        projected=blank(100 + 20 * numbers(frames, 68, 2), valid),
        projected_encoder=blank(100 + 20 * numbers(frames, 68, 2), valid),
        valid=valid,
        error=blank(np.abs(numbers(frames)), valid & detected),
        error_encoder=blank(np.abs(numbers(frames)), valid & detected),
        metrics={"nme_bbox": 1.25, "nme_bbox_encoder": 3.5, "jitter_mm": float("nan"), "seconds": 12.0},
        loss_history=numbers(9),
        head_id=head_id,
        encoder_id="open-encoder-1",
        settings={"seed": seed, "neuface": {"iterations": 7}},
    )


def random_views(names: tuple[str, ...], frames: int = 5, seed: int = 0) -> MultiViewFit:
    """Fits of random numbers of several views; the last view lost half of its vote."""
    views = tuple(random_fit(frames, seed + number) for number in range(len(names)))
    weight = np.stack([view.valid for view in views], axis=1).astype(np.float32)
    weight[:, -1] *= 0.5
    pairs = np.full((len(names), len(names)), 2.0)
    np.fill_diagonal(pairs, np.nan)
    metrics = {**views[0].metrics, "cvd_mm": 2.0, "cvd_mm_encoder": 6.0, "views": float(len(names))}
    metrics |= {f"weight_lost:{name}": 0.5 * (name == names[-1]) for name in names}
    return MultiViewFit(views, names, weight, pairs, 3 * pairs, metrics)

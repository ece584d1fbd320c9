"""A fit without the frames that a person left out: they have neither mesh nor landmarks any more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.frame_ranges import frames_mask
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import ClipRecord


def excluded_mask(record: ClipRecord, n_frames: int) -> NDArray[np.bool_]:
    """(F,): the moments of a clip that a person left out."""
    return frames_mask(record.excluded, n_frames)


def without_frames(fit: Fit | MultiViewFit, mask: NDArray[np.bool_]) -> Fit | MultiViewFit:
    """`fit` with the moments of `mask` (F,) empty in every view; their rows stay, so that row i is still moment i."""
    if not mask.any():
        return fit
    if isinstance(fit, MultiViewFit):
        views = tuple(_without(view, mask) for view in fit.views)
        metrics = fit.metrics | {"nme_bbox": _mean([view.metrics["nme_bbox"] for view in views])}
        return replace(fit, views=views, view_weight=np.where(mask[:, None], 0, fit.view_weight), metrics=metrics)
    return _without(fit, mask)


def _without(fit: Fit, mask: NDArray[np.bool_]) -> Fit:
    landmarks = _track_without(fit.landmarks, mask)
    detections = _track_without(fit.detections, mask) if fit.detections is not None else None
    # The only number of the index that is about frames; the others stay those of the run.
    metrics = fit.metrics | {"nme_bbox": _mean(list(fit.error[~mask & np.isfinite(fit.error)]))}
    return replace(fit, valid=fit.valid & ~mask, landmarks=landmarks, detections=detections, metrics=metrics)


def _track_without(track: LandmarkTrack, mask: NDArray[np.bool_]) -> LandmarkTrack:
    confidence = np.where(mask[:, None], np.float32(0), track.confidence)
    return replace(track, detected=track.detected & ~mask, confidence=confidence)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")

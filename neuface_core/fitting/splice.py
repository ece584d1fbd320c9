"""A stretch of a fit put into the whole: rows of the stretch are replaced, all others keep every bit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.evaluation.landmark_error import frame_nme, mean_finite
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.outcome import clip_metrics, mean_pair, view_distances
from neuface_core.fitting.stretch import Stretch
from neuface_core.fitting.targets import continuous_runs
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.corrections import CorrectedTrack
from neuface_core.landmarks.track import LandmarkTrack


def splice_view(
    present: Fit, fitted: Fit, corrected: CorrectedTrack, fresh: NDArray[np.bool_], stretch: Stretch
) -> Fit:
    """The stored fit of a view with one stretch replaced; its metrics are those of before.

    Parameters
    ----------
    fitted
        Of the frames that the stretch sees.
    fresh : (F,) bool
        Frames of which the encoder's own answer, and the square that it saw, are replaced as well.
    """
    rows = slice(stretch.first, stretch.stop)
    part = slice(stretch.first - stretch.seen_first, stretch.stop - stretch.seen_first)
    new = np.zeros(present.n_frames, bool)
    new[rows] = fresh[rows]
    of_new = new[stretch.seen_first : stretch.seen_stop]

    def put(old: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
        whole = old.copy()
        whole[rows] = value[part]
        return whole

    def put_fresh(old: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
        whole = old.copy()
        whole[new] = value[of_new]
        return whole

    def params(old: HeadParams, value: HeadParams, change: Callable[..., NDArray[Any]]) -> HeadParams:
        after = value.to_arrays()
        return HeadParams.from_arrays({k: change(v, after[k]) for k, v in old.to_arrays().items()})

    track = _track(present.landmarks, corrected.track, rows)
    before = present.detections if present.detections is not None else present.landmarks
    origin = present.origin if present.origin is not None else np.zeros((present.n_frames, 68), np.uint8)
    origin = origin.copy()
    origin[rows] = corrected.origin[rows]
    confidence = present.confidence
    if confidence is not None and fitted.confidence is not None:
        confidence = put_fresh(confidence, fitted.confidence)
    projected_encoder = put_fresh(present.projected_encoder, fitted.projected_encoder)
    error_encoder = present.error_encoder.copy()
    error_encoder[rows] = frame_nme(projected_encoder[rows], track.points[rows])
    return dataclasses.replace(
        present,
        params=params(present.params, fitted.params, put),
        params_encoder=params(present.params_encoder, fitted.params_encoder, put_fresh),
        crops=CropTrack(
            put_fresh(present.crops.centre, fitted.crops.centre),
            put_fresh(present.crops.size, fitted.crops.size),
        ),
        landmarks=track,
        projected=put(present.projected, fitted.projected),
        projected_encoder=projected_encoder,
        valid=put(present.valid, fitted.valid),
        error=put(present.error, fitted.error),
        error_encoder=error_encoder,
        confidence=confidence,
        loss_history=fitted.loss_history,
        detections=_track(before, corrected.detections, rows) if origin.any() else None,
        origin=origin if origin.any() else None,
        metrics=present.metrics | {"iterations": fitted.metrics["iterations"]},
    )


def _track(old: LandmarkTrack, new: LandmarkTrack, rows: slice) -> LandmarkTrack:
    names = ("points", "confidence", "boxes", "detected")
    arrays = {name: getattr(old, name).copy() for name in names}
    for name in names:
        arrays[name][rows] = getattr(new, name)[rows]
    return dataclasses.replace(old, **arrays)


def rescored(
    whole: MultiViewFit, views: Sequence[Fit], weight: NDArray[np.float32], head: HeadModel, fps: float
) -> MultiViewFit:
    """`whole` with these views, and the metrics that follow from them; those of the encoder's first answer stay,
    but for the landmark error, which is measured against the landmarks of now.
    """  # fmt: skip
    scored = tuple(_scored(view, head, fps) for view in views)
    table = np.full((whole.n_frames, len(scored)), -1, np.int64)
    rows, count = [], 0
    for k, view in enumerate(scored):
        table[view.valid, k] = count + np.arange(view.valid.sum())
        count += int(view.valid.sum())
        rows.append(view.params[torch.as_tensor(np.flatnonzero(view.valid))])
    pairs = view_distances(head, _on(head, HeadParams.cat(rows)), table) if len(scored) > 1 else whole.cvd_mm
    metrics = dict(whole.metrics)
    for name in scored[0].metrics:
        metrics[name] = mean_finite(np.array([view.metrics.get(name, np.nan) for view in scored]))
    if len(scored) > 1:
        metrics["cvd_mm"] = mean_pair(pairs)
    return dataclasses.replace(whole, views=scored, view_weight=weight, cvd_mm=pairs, metrics=metrics)


def _scored(fit: Fit, head: HeadModel, fps: float) -> Fit:
    params = _on(head, fit.params[torch.as_tensor(np.flatnonzero(fit.valid))])
    runs = continuous_runs(fit.landmarks, fit.valid)
    after = clip_metrics(head, params, fit.projected, runs, fit.landmarks, fps)
    before = {
        f"nme_{name}_encoder": mean_finite(frame_nme(fit.projected_encoder, fit.landmarks.points, name))
        for name in ("bbox", "iod")
    }
    return dataclasses.replace(fit, metrics=fit.metrics | after | before)


def _on(head: HeadModel, params: HeadParams) -> HeadParams:
    return params.map(lambda t: t.to(head.faces_tensor.device))

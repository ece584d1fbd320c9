"""From the parameters before and after the loop to scored fits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.evaluation.landmark_error import frame_nme, mean_finite
from neuface_core.evaluation.mesh_distance import cvd_pairs_mm
from neuface_core.evaluation.stability import AccelerationSpread, motion_retained
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.observed import Observed
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack

CHUNK_FRAMES = 64


def spread_over_clip(values: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Rows of the valid frames (N, ...) back at their place among all F frames; NaN elsewhere."""
    full = np.full((len(valid), *values.shape[1:]), np.nan, np.float32)
    full[valid] = values
    return full


def clip_params(params: HeadParams, valid: NDArray[np.bool_]) -> HeadParams:
    """Parameters of the valid frames as F rows, NaN where there is no mesh."""
    return HeadParams.from_arrays({k: spread_over_clip(v, valid) for k, v in params.to_arrays().items()})


@torch.no_grad()
def project_landmarks(
    head: HeadModel, params: HeadParams, track: LandmarkTrack, crops: CropTrack, valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Model landmarks of the valid frames in pixels of the original frame, (F, 68, 2), NaN elsewhere."""
    convention = track.convention(head.data.detectors)
    crop_points = torch.cat(
        [
            head.project(head.landmarks(chunk, convention), chunk.camera)
            for chunk in (params[i : i + CHUNK_FRAMES] for i in range(0, len(params), CHUNK_FRAMES))
        ]
    )
    return crops.to_frame(spread_over_clip(crop_points.cpu().numpy(), valid))


@torch.no_grad()
def _stability(
    head: HeadModel, params: HeadParams, runs: list[tuple[int, int]], track: LandmarkTrack
) -> tuple[AccelerationSpread, AccelerationSpread]:
    convention = track.convention(head.data.detectors)
    vertices = AccelerationSpread(head.n_vertices)
    landmarks = AccelerationSpread(track.points.shape[1])
    for start, stop in runs:
        vertices.start_run()
        landmarks.start_run()
        for chunk_start in range(start, stop, CHUNK_FRAMES):
            chunk = params[chunk_start : min(stop, chunk_start + CHUNK_FRAMES)]
            vertices.add(head(chunk).cpu().numpy())
            landmarks.add(head.landmarks(chunk, convention).cpu().numpy())
    return vertices, landmarks


def clip_metrics(
    head: HeadModel,
    params: HeadParams,
    projected: NDArray[np.float32],
    runs: list[tuple[int, int]],
    track: LandmarkTrack,
    fps: float,
) -> dict[str, float]:
    """nme_bbox and nme_iod (percent), jitter_mm, msi_v and msi_l of one set of parameters over a clip."""
    vertices, landmarks = _stability(head, params, runs, track)
    return {
        "nme_bbox": mean_finite(frame_nme(projected, track.points, "bbox")),
        "nme_iod": mean_finite(frame_nme(projected, track.points, "iod")),
        "jitter_mm": vertices.jitter_mm(),
        "msi_v": vertices.msi(fps),
        "msi_l": landmarks.msi(fps),
        "shape_norm": float(params.shape.norm(dim=-1).mean()),
    }


def before_and_after(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """One flat table: the encoder's numbers carry the suffix ``_encoder``."""
    return {**after, **{f"{name}_encoder": value for name, value in before.items()}}


def retained(params: HeadParams, first: HeadParams) -> float:
    """Motion retained against the encoder."""
    return motion_retained(params.global_orient.cpu().numpy(), first.global_orient.cpu().numpy())


@torch.no_grad()
def view_distances(head: HeadModel, params: HeadParams, rows_of_moment: NDArray[np.int64]) -> NDArray[np.float64]:
    """`cvd_pairs_mm` of N rows, a few moments at a time: the meshes of a long clip are never all in memory.

    Parameters
    ----------
    rows_of_moment : (F, V) int64
        Row of a view at a moment, -1 where it has none.
    """
    n_views = rows_of_moment.shape[1]
    total, count = np.zeros((n_views, n_views)), np.zeros((n_views, n_views))
    size = max(1, CHUNK_FRAMES // n_views)
    for start in range(0, len(rows_of_moment), size):
        table = rows_of_moment[start : start + size]
        rows = np.sort(table[table >= 0])
        if len(rows) == 0 or n_views == 1:
            continue
        meshes = np.full((*table.shape, head.n_vertices, 3), np.nan, np.float32)
        local = head.vertices_local(params[torch.as_tensor(rows, device=params.shape.device)]).cpu().numpy()
        meshes[table >= 0] = local[np.searchsorted(rows, table[table >= 0])]
        pairs = cvd_pairs_mm(meshes)
        for a, b in combinations(range(n_views), 2):
            both = int(((table[:, a] >= 0) & (table[:, b] >= 0)).sum())
            if both:
                total[a, b] += both * pairs[a, b]
                count[a, b] += both
    total, count = total + total.T, count + count.T
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def assemble(
    views: Sequence[ViewInput],
    observed: Observed,
    head: HeadModel,
    first: HeadParams,
    final: HeadParams,
    history: Sequence[float],
    fps: float,
    seconds: float,
    encoder_id: str,
    settings: dict[str, object],
    view_weight: NDArray[np.float32] | None = None,
    confidence: NDArray[np.float32] | None = None,
    extra_metrics: dict[str, float] | None = None,
) -> MultiViewFit:
    """Score what a method made of the encoder's first answer.

    Parameters
    ----------
    first, final
        N rows each, as `observed` lays them.
    seconds
        Of the whole run.
    view_weight : (F, V), optional
        1 wherever a view has a mesh, when it is not given.
    confidence : (N,), optional
        The encoder's, for each row.
    """
    fits = []
    for k, view in enumerate(views):
        rows, valid = observed.view_rows(k), observed.valid[k]
        mine, mine_first, track, runs = final[rows], first[rows], view.track, observed.view_runs(k)
        projected = project_landmarks(head, mine, track, view.crops, valid)
        projected_first = project_landmarks(head, mine_first, track, view.crops, valid)
        metrics = before_and_after(
            clip_metrics(head, mine_first, projected_first, runs, track, fps),
            clip_metrics(head, mine, projected, runs, track, fps),
        )
        metrics |= {
            "motion_retained": retained(mine, mine_first),
            "iterations": float(len(history)),
            "seconds": seconds,
        }
        fits.append(
            Fit(
                params=clip_params(mine, valid),
                params_encoder=clip_params(mine_first, valid),
                crops=view.crops,
                landmarks=track,
                projected=projected,
                projected_encoder=projected_first,
                valid=valid,
                error=frame_nme(projected, track.points).astype(np.float32),
                error_encoder=frame_nme(projected_first, track.points).astype(np.float32),
                metrics=metrics,
                loss_history=np.asarray(history, np.float32),
                head_id=head.head_id,
                encoder_id=encoder_id,
                settings=settings,
                confidence=None if confidence is None else spread_over_clip(confidence[rows], valid),
                detections=view.corrected.detections if view.corrected is not None else None,
                origin=view.corrected.origin if view.corrected is not None else None,
            )
        )
    table = observed.rows_of_moment
    pairs, pairs_first = view_distances(head, final, table), view_distances(head, first, table)
    names = tuple(view.name or f"view_{k}" for k, view in enumerate(views))
    weight = (table >= 0).astype(np.float32) if view_weight is None else view_weight
    clip = {name: mean_finite(np.array([fit.metrics[name] for fit in fits])) for name in fits[0].metrics}
    clip |= {"cvd_mm": mean_pair(pairs), "cvd_mm_encoder": mean_pair(pairs_first), **(extra_metrics or {})}
    return MultiViewFit(tuple(fits), names, weight, pairs, pairs_first, clip)


def mean_pair(pairs: NDArray[np.float64]) -> float:
    """Mean over all pairs of views that were measured, of a (V, V) table."""
    return mean_finite(pairs[np.triu_indices(len(pairs), 1)])

"""From the parameters before and after the loop to a scored `Fit`."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.evaluation.landmark_error import frame_nme, mean_finite
from neuface_core.evaluation.stability import AccelerationSpread, motion_retained
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

"""A track of another tool as a fit of ours: our parameters and camera, scored by the code that scores our own fits.

The camera of a fit is weak perspective in a crop. One that was weak perspective before is the same there; for a pinhole
it is the nearest in the least-squares sense over the landmarks of the face, and what is left is told. Landmarks are
projected, and errors measured, with the camera of the tool itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack, crop_track
from neuface_core.errors import LandmarkError
from neuface_core.evaluation.landmark_error import frame_nme, mean_finite, normaliser_px
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.outcome import CHUNK_FRAMES, clip_metrics, mean_pair, spread_over_clip, view_distances
from neuface_core.fitting.targets import continuous_runs
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.heads.stored_head import EYELIDS
from neuface_core.interchange.aligned import place
from neuface_core.interchange.cameras import Pinhole, WeakPerspective, nearest_weak, upright
from neuface_core.interchange.track import ForeignTrack
from neuface_core.landmarks.track import LandmarkTrack

ENCODER_ID = "import:"
"""Before the name of the system: what stands for the encoder in a fit that another tool made."""
RESIDUAL_PX, RESIDUAL_SHARE = "camera_residual_px", "camera_residual_percent"
_FACE_M = np.array([[x, y, z] for x in (-0.06, 0.06) for y in (-0.07, 0.07) for z in (0.02, 0.08)])
"""Stands for a face where the head model is not there."""


@dataclass(frozen=True)
class ImportedView:
    """A track as a fit.

    Attributes
    ----------
    track
        As it was laid over the video: frames, pixels, a camera where there can be one.
    fit
        Errors and projections are NaN without a head model.
    placed_on_landmarks
        Whether the head was moved onto the detector's landmarks.
    """

    track: ForeignTrack
    fit: Fit
    placed_on_landmarks: bool


def as_fit(
    track: ForeignTrack,
    detected: LandmarkTrack,
    head: HeadModel | None,
    fps: float,
    frame_size: tuple[int, int],
    settings: dict[str, object],
) -> ImportedView:
    """The fit of one view.

    Parameters
    ----------
    track
        Laid over the video (`aligned.lay_over`).
    detected
        Landmarks of all frames, which errors are measured against; none of a frame where no face was found.
    head
        Of the track; None where it is not installed.
    settings
        What the fit keeps of how it was made.
    """
    arrays = track.params() if head is None else _for_head(track, head)
    rows = HeadParams.from_arrays({**arrays, "camera": np.zeros((track.n_rows, 3), np.float32)})
    points_3d = None if head is None else _landmarks(head, rows, _fixed(head))
    track, on_landmarks = place(track, detected, points_3d)
    rows, camera = _as_seen(rows, track, head)
    crops = _crops(detected, head, rows, camera, frame_size, track)
    weak, left = _weak(camera, head, rows)
    if weak is not None:
        crop_camera = weak.in_crop(crops.centre[track.frames], crops.size[track.frames])
        rows = HeadParams(**{**vars(rows), "camera": torch.as_tensor(crop_camera, dtype=torch.float32)})
    else:
        rows = HeadParams(**{**vars(rows), "camera": torch.full((track.n_rows, 3), torch.nan)})
    valid = np.zeros(detected.n_frames, bool)
    valid[track.frames] = True
    projected = np.full((detected.n_frames, 68, 2), np.nan, np.float32)
    metrics: dict[str, float] = {"iterations": 0.0, "seconds": float("nan")}
    if head is not None and camera is not None:
        seen = camera.project(_landmarks(head, rows, detected.convention(head.data.detectors)))
        projected = spread_over_clip(seen.astype(np.float32), valid)
        runs = continuous_runs(detected, valid)
        metrics |= clip_metrics(head, rows, projected, runs, detected, fps)
        size = normaliser_px(projected, "bbox")[track.frames]
        metrics[RESIDUAL_PX] = mean_finite(left)
        metrics[RESIDUAL_SHARE] = mean_finite(100 * left / size)
    params = HeadParams.from_arrays({k: spread_over_clip(v, valid) for k, v in rows.to_arrays().items()})
    error = frame_nme(projected, detected.points).astype(np.float32)
    fit = Fit(
        params=params,
        params_encoder=params,
        crops=crops,
        landmarks=detected,
        projected=projected,
        projected_encoder=projected,
        valid=valid,
        error=error,
        error_encoder=error,
        metrics=metrics,
        loss_history=np.zeros(0, np.float32),
        head_id=head.head_id if head is not None else track.head,
        encoder_id=f"{ENCODER_ID}{track.system}",
        settings=settings,
    )
    return ImportedView(track, fit, on_landmarks)


def together(views: Sequence[ImportedView], head: HeadModel | None) -> MultiViewFit:
    """The views of one clip as one fit, with the distances between their meshes."""
    fits = tuple(view.fit for view in views)
    names = tuple(view.track.view or f"view_{k}" for k, view in enumerate(views))
    weight = np.stack([fit.valid for fit in fits], axis=1).astype(np.float32)
    pairs = np.full((len(fits), len(fits)), np.nan)
    if head is not None:
        table = np.full((fits[0].n_frames, len(fits)), -1, np.int64)
        parts, first = [], 0
        for k, fit in enumerate(fits):
            at = np.flatnonzero(fit.valid)
            table[at, k] = first + np.arange(len(at))
            parts.append(fit.params[at])
            first += len(at)
        pairs = view_distances(head, HeadParams.cat(parts), table)
    shared = [name for name in fits[0].metrics if all(name in fit.metrics for fit in fits)]
    metrics = {name: mean_finite(np.array([fit.metrics[name] for fit in fits])) for name in shared}
    metrics |= {"cvd_mm": mean_pair(pairs), "views": float(len(fits))}
    return MultiViewFit(fits, names, weight, pairs, pairs, metrics)


def _for_head(track: ForeignTrack, head: HeadModel) -> dict[str, NDArray[np.float32]]:
    """Parameters in the sizes of the head; its last two expressions close the eyes where it has eyelids."""
    if head.expression_names[-2:] != EYELIDS:
        return track.params(head.n_shape, head.n_expression)
    arrays = track.params(head.n_shape, head.n_expression - len(EYELIDS))
    lids = np.zeros((track.n_rows, len(EYELIDS)), np.float32) if track.eyelids is None else track.eyelids
    return {**arrays, "expression": np.hstack([arrays["expression"], lids])}


def _fixed(head: HeadModel) -> str:
    return "static" if head.data.static is not None else next(iter(head.data.detectors), "dynamic")


@torch.no_grad()
def _landmarks(head: HeadModel, rows: HeadParams, contour: str) -> NDArray[np.float32]:
    """(F, 68, 3) of the posed head."""
    parts = [head.landmarks(rows[i : i + CHUNK_FRAMES], contour) for i in range(0, len(rows), CHUNK_FRAMES)]
    return np.asarray(torch.cat(parts).cpu().numpy(), np.float32)


@torch.no_grad()
def _as_seen(
    rows: HeadParams, track: ForeignTrack, head: HeadModel | None
) -> tuple[HeadParams, WeakPerspective | Pinhole | None]:
    """The head turned as the camera sees it, and a camera that looks along -z."""
    camera = track.camera if isinstance(track.camera, (WeakPerspective, Pinhole)) else None
    if not isinstance(camera, Pinhole) or camera.upright:
        return rows, camera
    root = np.zeros((len(rows), 3)) if head is None else head.rest_joints(rows)[:, 0].cpu().numpy()
    orient, straight = upright(camera, track.global_orient, root)
    return HeadParams(**{**vars(rows), "global_orient": torch.as_tensor(orient, dtype=torch.float32)}), straight


def _weak(
    camera: WeakPerspective | Pinhole | None, head: HeadModel | None, rows: HeadParams
) -> tuple[WeakPerspective | None, NDArray[np.float64]]:
    """The nearest weak perspective, and how far off it is in every frame: root mean square over the face, pixels."""
    if camera is None or isinstance(camera, WeakPerspective):
        return camera, np.zeros(len(rows))
    points = np.repeat(_FACE_M[None], len(rows), axis=0) if head is None else _landmarks(head, rows, _fixed(head))
    return nearest_weak(camera.project(points), points)


def _crops(
    detected: LandmarkTrack,
    head: HeadModel | None,
    rows: HeadParams,
    camera: WeakPerspective | Pinhole | None,
    frame_size: tuple[int, int],
    track: ForeignTrack,
) -> CropTrack:
    """Squares around the detected face; around the head of the track where the detector found none."""
    try:
        return crop_track(detected, frame_size=frame_size)
    except LandmarkError:
        pass
    if head is None or camera is None:
        whole = np.array([frame_size], np.float32)
        centre = np.repeat((whole - 1) / 2, detected.n_frames, axis=0).astype(np.float32)
        return CropTrack(centre, np.full(detected.n_frames, whole.max(), np.float32))
    points = np.full((detected.n_frames, 68, 2), np.nan, np.float32)
    points[track.frames] = camera.project(_landmarks(head, rows, _fixed(head)))
    seen: NDArray[np.bool_] = np.all(np.isfinite(points.reshape(len(points), -1)), axis=1)
    boxes = np.concatenate([points.min(1), points.max(1)], axis=1)
    return crop_track(replace(detected, points=points, boxes=boxes, detected=seen), frame_size=frame_size)

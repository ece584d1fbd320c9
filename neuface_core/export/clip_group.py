"""One accepted clip as a group of an HDF5 file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.export.schema import CLIP, DatasetSpec
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.licences import fit_licences
from neuface_core.project import ClipRecord, DecisionEvent
from neuface_core.project.decision_log import DecisionLog, event_to_json
from neuface_core.project.fit_file import metrics_to_json

_CHUNK_BYTES = 1 << 18
_BY_PATH = {spec.path: spec for spec in CLIP}


@dataclass(frozen=True)
class ClipContent:
    """All that is exported of one clip, but for vertices.

    Attributes
    ----------
    fit
        Of the clip; of its first view where there are several.
    source_path
        As text, relative to the project where the video lies below it.
    pts, time_base
        Time stamps (T,) int64 of the frames, and the seconds of one step; -1 where unknown.
    history
        The decisions on this clip, oldest first.
    offset
        Row i is frame i + offset of the video.
    size
        Width and height of the video in pixels.
    excluded : (T,) bool
        Frames that a person left out; `fit` has them neither valid nor detected.
    """

    record: ClipRecord
    fit: Fit
    source_path: str
    pts: NDArray[np.int64]
    time_base: Fraction
    history: Sequence[DecisionEvent]
    offset: int = 0
    size: tuple[int, int] = (0, 0)
    excluded: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))


def write_clip(group: h5py.Group, content: ClipContent) -> None:
    """Write everything but vertices of a clip of one view."""
    write_about(group, content, content.fit.metrics)
    write_arrays(group, content)


def write_arrays(group: h5py.Group, content: ClipContent) -> None:
    """The arrays of one view; rows of frames without a mesh, or without landmarks, become NaN."""
    fit = content.fit
    valid, detected = fit.valid, (fit.detections if fit.detections is not None else fit.landmarks).detected
    keep = {"": None, "valid": valid, "detected": detected, "both": valid & detected}
    for path, value in _arrays(content).items():
        spec = _BY_PATH[path]
        rows = keep[spec.mask]
        # The confidence of a missed frame is 0 by definition, not unknown.
        if rows is not None and path != "landmarks2d/confidence":
            value = _blank(value, ~rows)
        group.create_dataset(path, data=np.ascontiguousarray(value, dtype=_dtype(spec)))


def write_about(
    group: h5py.Group,
    content: ClipContent,
    metrics: Mapping[str, float],
    of_views: Mapping[str, Mapping[str, float]] | None = None,
) -> None:
    """Attributes, run and decisions of a clip; `of_views` are the metrics of each view by its name."""
    group.attrs.update(_attributes(content))
    run: dict[str, Any] = {
        "id": content.record.run,
        "settings": content.fit.settings,
        "metrics": metrics_to_json(metrics),
    }
    if of_views is not None:
        run["views"] = {name: metrics_to_json(own) for name, own in of_views.items()}
    write_text(group, "run", json.dumps(run, sort_keys=True, ensure_ascii=False))
    lines = [json.dumps(event_to_json(event), sort_keys=True, ensure_ascii=False) for event in content.history]
    write_text(group, "review/history", "".join(f"{line}\n" for line in lines))


def create_vertices(group: h5py.Group, n_frames: int, n_vertices: int, name: str = "vertices") -> h5py.Dataset:
    """An empty dataset for the mesh, in chunks that suit a player, compressed and checksummed."""
    rows = max(1, min(n_frames, _CHUNK_BYTES // (n_vertices * 12)))
    return group.create_dataset(
        name,
        shape=(n_frames, n_vertices, 3),
        dtype="<f4",
        chunks=(rows, n_vertices, 3),
        compression="gzip",
        compression_opts=4,
        shuffle=True,
        fletcher32=True,
    )


def write_text(group: h5py.Group, path: str, text: str | Sequence[str]) -> None:
    """A text, or a column of texts, as variable-length UTF-8."""
    kind = h5py.string_dtype()
    if isinstance(text, str):
        group.create_dataset(path, data=text, dtype=kind)
    else:
        group.create_dataset(path, data=np.array(list(text), dtype=object), shape=(len(text),), dtype=kind)


def pixel_camera(camera: NDArray[np.float32], crops: CropTrack) -> NDArray[np.float32]:
    """Weak perspective straight to the frame: pixel = (a x + ux, -a y + uy) of a posed vertex (x, y, z).

    Parameters
    ----------
    camera : (T, 3)
        [s, tx, ty] in the crop.

    Returns
    -------
    (T, 3) float32
        [a, ux, uy] with a in pixels a metre, u in pixels.
    """
    s, tx, ty = camera.astype(np.float64).T
    a = 0.5 * crops.size * s
    return np.stack([a, crops.centre[:, 0] + a * tx, crops.centre[:, 1] - a * ty], axis=1).astype(np.float32)


def _attributes(content: ClipContent) -> Mapping[str, str | float | int]:
    record, fit = content.record, content.fit
    return {
        "name": record.name,
        "fps": float(record.fps),
        "time_base": f"{content.time_base.numerator}/{content.time_base.denominator}",
        "width": content.size[0] or record.width,
        "height": content.size[1] or record.height,
        "verdict": verdict_of(content.history, record.name),
        **_landmarks_verdict(content),
        "reviewer": record.decided_by,
        "reviewed_utc": record.decided_at.isoformat() if record.decided_at else "",
        "note": record.note,
        "tags": json.dumps(list(record.tags), ensure_ascii=False),
        "source_path": content.source_path,
        "source_fingerprint": record.fingerprint,
        "head_id": fit.head_id,
        "encoder_id": fit.encoder_id,
        "licences": json.dumps(fit_licences(fit), sort_keys=True, ensure_ascii=False),
        "detector": fit.landmarks.detector,
        "contour": fit.landmarks.contour,
    }


def verdict_of(history: Sequence[DecisionEvent], name: str) -> str:
    """The verdict on the mesh that holds: "accept" or "accept-repaired"."""
    held = DecisionLog(history).decision(name, "mesh")
    return held.verdict if held is not None else "accept"


def _landmarks_verdict(content: ClipContent) -> dict[str, str]:
    held = DecisionLog(content.history).decision(content.record.name, "landmarks")
    return {
        "landmarks_verdict": held.verdict if held is not None else "",
        "landmarks_reviewer": held.reviewer if held is not None else "",
        "landmarks_reviewed_utc": held.time.isoformat() if held is not None else "",
    }


def _arrays(content: ClipContent) -> dict[str, NDArray[Any]]:
    fit = content.fit
    params = fit.params.to_arrays()
    seen = fit.detections if fit.detections is not None else fit.landmarks
    corrected: dict[str, NDArray[Any]] = {}
    if fit.detections is not None and fit.origin is not None:
        missed = ~fit.landmarks.detected
        corrected["landmarks2d/fitted"] = _blank(fit.landmarks.points, missed)
        corrected["landmarks2d/origin"] = np.where(missed[:, None], np.uint8(0), fit.origin)
    return {
        "pts": content.pts,
        "frame_index": np.arange(fit.n_frames) + content.offset,
        "valid": fit.valid,
        "detected": seen.detected,
        "excluded": content.excluded if len(content.excluded) else np.zeros(fit.n_frames, bool),
        **{f"params/{name}": array for name, array in params.items()},
        **{f"params_encoder/{name}": array for name, array in fit.params_encoder.to_arrays().items()},
        "crop/centre": fit.crops.centre,
        "crop/size": fit.crops.size,
        "camera_px": pixel_camera(params["camera"], fit.crops),
        "landmarks2d/detected": seen.points,
        "landmarks2d/confidence": seen.confidence,
        **corrected,
        "landmarks2d/projected": fit.projected,
        "landmarks2d/projected_encoder": fit.projected_encoder,
        "bbox": seen.boxes,
        "error/nme_bbox": fit.error,
        "error/nme_bbox_encoder": fit.error_encoder,
    }


def _blank(values: NDArray[Any], rows: NDArray[np.bool_]) -> NDArray[Any]:
    if not rows.any():
        return values
    blanked = np.array(values, dtype=np.float32)
    blanked[rows] = np.nan
    return blanked


def _dtype(spec: DatasetSpec) -> np.dtype[Any]:
    return np.dtype(bool) if spec.dtype == "bool" else np.dtype(spec.dtype).newbyteorder("<")

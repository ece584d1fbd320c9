"""COCO-WholeBody JSON with the face alone: an image entry for every frame, an annotation for every mesh.

Keys and layout are those of COCO-WholeBody v1.0 (Jin et al., ECCV 2020); body, hands and feet are there and empty, so
that its loaders take the file as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.export.clip_files import ViewToExport
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import N_LANDMARKS

_EMPTY_PARTS = {"keypoints": 17, "lefthand_kpts": 21, "righthand_kpts": 21, "foot_kpts": 6}
_DIGITS = 3
_FRAMES_A_STEP = 200


def write_coco(views: Sequence[ViewToExport], path: Path) -> Job[tuple[str, ...]]:
    """Write a clip with all its views; ids count from 1 over the file."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    total = sum(view.fit.n_frames for view in views)
    for view in views:
        for row in range(view.fit.n_frames):
            images.append(_image(view, row, len(images) + 1))
            if view.fit.valid[row]:
                annotations.append(_annotation(view, row, images[-1]["id"], len(annotations) + 1))
            if row % _FRAMES_A_STEP == 0:
                yield Progress("export", len(images), total, view.title)
    document = {
        "info": {
            "description": f"Faces of {views[0].name}, fitted with {views[0].fit.head_id}",
            "neuface": {view.view or view.name: dict(view.about) for view in views},
        },
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person", "supercategory": "person", "keypoints": [], "skeleton": []}],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str), encoding="utf-8")
    return ()


def _image(view: ViewToExport, row: int, number: int) -> dict[str, Any]:
    frame = row + view.offset
    return {
        "id": number,
        "file_name": f"{view.stem}/{frame:06d}.jpg",
        "width": view.size[0],
        "height": view.size[1],
        "video": view.video.name,
        "frame_index": frame,
        "time_s": round(float(view.times_s[row]), 6),
    }


def _annotation(view: ViewToExport, row: int, image: int, number: int) -> dict[str, Any]:
    fit = view.fit
    confidence = fit.landmarks.confidence[row]
    low, high = fit.projected[row].min(axis=0), fit.projected[row].max(axis=0)
    box = _rounded(np.concatenate([low, high - low]))
    found: dict[str, Any] = {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "iscrowd": 0,
        "bbox": box,
        "area": round(box[2] * box[3], _DIGITS),
        "num_keypoints": 0,
        "face_box": box,
        "face_kpts": _rounded(np.column_stack([fit.projected[row], confidence]).reshape(-1)),
        "face_valid": True,
        "score": round(float(confidence.mean()), _DIGITS),
    }
    if fit.landmarks.detected[row]:
        found["face_kpts_detected"] = _rounded(np.column_stack([fit.landmarks.points[row], confidence]).reshape(-1))
        found["nme_bbox_percent"] = round(float(fit.error[row]), _DIGITS)
    found |= {name: [0.0] * (3 * count) for name, count in _EMPTY_PARTS.items()}
    found |= {f"{part}_valid": False for part in ("lefthand", "righthand", "foot")}
    found |= {f"{part}_box": [0.0] * 4 for part in ("lefthand", "righthand")}
    assert len(found["face_kpts"]) == 3 * N_LANDMARKS
    return found


def _rounded(values: NDArray[np.floating]) -> list[float]:
    rounded: list[float] = np.round(values.astype(np.float64), _DIGITS).tolist()
    return rounded

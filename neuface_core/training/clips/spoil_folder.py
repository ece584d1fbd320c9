"""A synthetic clip with a failure in it, as a folder beside the good one: `neuface synth spoil`."""

from __future__ import annotations

import json
import shutil
import tomllib
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import ExportError
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.training.clips.clip_folder import MANIFEST, SHEET, TRUTH, VIEWS, read_view_truth
from neuface_core.training.clips.spoil import Failure, Pictures, Planted, plan, spoil_pictures, spoil_track
from neuface_core.training.face_truth import packed
from neuface_core.video import open_source
from neuface_core.video_write import VideoWriter

SPOILT = "spoilt.json"
_DETECTOR = "open-v2"  # whose noise `neuface synth clip --noise` draws


def write_spoilt(
    clip: Path, out: Path, failure: Failure, seed: int = 0, view: str = "", other: Path | None = None
) -> Job[Planted]:
    """Copy the synthetic clip in `clip` to the new or empty folder `out`, with a failure in one of its views.

    Parameters
    ----------
    view
        Name of the view that is spoilt; the first where none is given. The truth stays that of the good clip.
    other
        Folder of a clip of another person; for "other-face".

    Raises
    ------
    ExportError
        When there is no such clip or view, the folder is not empty, or the clip lacks what the failure needs.
    """
    names = _view_names(clip)
    view = view or names[0]
    if view not in names:
        raise ExportError(f"The clip has no view {view!r}; it has {', '.join(names)}.", path=clip)
    if out.exists() and any(out.iterdir()):
        raise ExportError("The folder is not empty; it was left as it is.", remedy="Choose another folder.", path=out)
    rng = np.random.default_rng([seed, 46])
    landmarks = read_view_truth(clip, view)[f"landmarks_{_DETECTOR}"].astype(np.float32)
    planted = plan(rng, failure, len(landmarks))
    shutil.copytree(clip, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns(MANIFEST, SHEET, ".partial-*"))
    if failure == "landmarks":
        _spoil_truth_track(rng, planted, out, view)
    else:
        source = clip / f"{view}.mp4"
        theirs = (yield from _pictures(other / f"{view}.mp4")) if other is not None else None
        pictures = yield from _pictures(source)
        second = None
        if theirs is not None and other is not None:
            second = (theirs, read_view_truth(other, view)[f"landmarks_{_DETECTOR}"].astype(np.float32))
        spoilt = spoil_pictures(rng, planted, pictures, landmarks, second)
        with open_source(source) as opened, VideoWriter(out / f"{view}.mp4", opened.info.fps) as writer:
            for done, picture in enumerate(spoilt, 1):
                writer.add(picture)
                yield Progress("render", done, len(spoilt))
    with atomic_write(out / SPOILT) as file:
        file.write(json.dumps({"view": view, "seed": seed, **asdict(planted)}, indent=2).encode())
    return planted


def _view_names(clip: Path) -> list[str]:
    try:
        rows = tomllib.loads((clip / VIEWS).read_text("utf-8"))["view"]
        return [str(row["name"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportError(
            "There is no synthetic clip here.", remedy="Make one with neuface synth clip.", path=clip
        ) from error


def _pictures(path: Path) -> Job[Pictures]:
    with open_source(path) as source:
        total = source.info.n_frames
        pictures: NDArray[np.uint8] = np.empty((total, source.info.height, source.info.width, 3), np.uint8)
        for number, picture in enumerate(source.frames(0, total)):
            pictures[number] = picture
            yield Progress("decode", number + 1, total)
    return pictures


def _spoil_truth_track(rng: np.random.Generator, planted: Planted, out: Path, view: str) -> None:
    """Wrong landmarks beside the truth, where the clip has landmarks of a detector at all."""
    arrays = dict(read_view_truth(out, view))
    if "track_points" not in arrays:
        raise ExportError(
            "The clip has no landmarks of a detector that could be wrong.",
            remedy="Render it with --noise.",
            path=out,
        )
    points = arrays["track_points"].astype(np.float32)
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    confidence, detected = arrays["track_confidence"].astype(np.float32), arrays["track_detected"].astype(bool)
    track = LandmarkTrack(points, confidence, boxes, detected, _DETECTOR, "static")
    arrays["track_points"] = spoil_track(rng, planted, track).points
    with atomic_write(out / TRUTH / f"{view}.npz") as file:
        file.write(packed(arrays))

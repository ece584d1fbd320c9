"""A `neuface-dataset` back into a project: fits, runs and decisions as they were, on the videos that they are of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neuface_core.clips import Clip
from neuface_core.encoders.crops import CropTrack
from neuface_core.errors import ExportError, NeuFaceError
from neuface_core.export.reader import open_dataset, view_names
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.params import HeadParams
from neuface_core.interchange.as_fit import ENCODER_ID
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.corrections import INTERPOLATED_CONFIDENCE, CorrectedTrack, Origin
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import Project
from neuface_core.project.decision_log import parse_event
from neuface_core.project.fit_file import metrics_from_json
from neuface_core.project.probe import probe_clip
from neuface_core.project.records import DecisionEvent

DATASET_SUFFIXES = frozenset({".h5", ".hdf5"})
# What h5py raises where a group is not what the schema says.
_BROKEN = (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError)


@dataclass(frozen=True)
class DatasetImported:
    """What came of it.

    Attributes
    ----------
    names
        Clips of the project that hold what was imported.
    already
        Clips whose fit was here before.
    problems
        Sentences about the clips that were not imported; the others were.
    notes
        What a dataset does not hold.
    """

    path: Path
    names: tuple[str, ...]
    already: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def import_dataset(project: Project, path: Path | str, videos: Path | None = None) -> Job[DatasetImported]:
    """Add the clips of the dataset `path` to `project`.

    Parameters
    ----------
    videos
        A video, or a folder that holds the videos, where they are no longer at the places that the dataset names. A
        video is taken for the right one by its content, not by its name.

    Raises
    ------
    ExportError
        When the file is missing, damaged or no dataset. What is wrong with single clips is told in the result.
    """
    path = Path(path)
    names: list[str] = []
    already: list[str] = []
    problems: list[str] = []
    with open_dataset(path) as file:
        groups = sorted(file["clips"]) if "clips" in file else []
        for number, group_name in enumerate(groups):
            yield Progress("import", number, len(groups), group_name)
            try:
                stored = _read(file, group_name)
                name, fresh = _adopt(project, stored, _places(project, path, videos))
            except NeuFaceError as error:
                problems.append(f"{group_name}: {error.message} {error.remedy}".strip())
            except _BROKEN as error:
                problems.append(f"{group_name}: it is damaged ({type(error).__name__}: {error}). Check it with verify.")
            else:
                (names if fresh else already).append(name)
    notes = ("The course of the loss is not in a dataset, nor is the encoder's doubt.",) if names else ()
    return DatasetImported(path, tuple(names), tuple(already), tuple(problems), notes)


@dataclass(frozen=True)
class _Stored:
    """A clip of the file; `sources` are the videos of its views as they were called."""

    name: str
    fit: Fit | MultiViewFit
    run: str
    events: tuple[DecisionEvent, ...]
    fingerprint: str
    sources: tuple[str, ...]
    offsets: tuple[int, ...]


def _read(file: h5py.File, group_name: str) -> _Stored:
    group = file["clips"][group_name]
    run = json.loads(group["run"].asstr()[()])
    lines = str(group["review/history"].asstr()[()]).splitlines()
    events = [event for line in lines if (event := parse_event(line)) is not None]
    views = view_names(file, group_name)
    about = dict(group.attrs)
    if views:
        below = [group["views"][view] for view in views]
        fits = tuple(_fit(view, about, run, run["views"][str(view.attrs["name"])]) for view in below)
        fit: Fit | MultiViewFit = MultiViewFit(
            fits,
            tuple(str(view.attrs["name"]) for view in below),
            np.asarray(group["view_weight"][()], np.float32),
            np.asarray(group["cvd_mm"][()], np.float64),
            np.asarray(group["cvd_mm_encoder"][()], np.float64),
            metrics_from_json(run["metrics"]),
        )
        sources = tuple(str(view.attrs["source_path"]) for view in below)
        offsets = tuple(int(view.attrs["offset"]) for view in below)
    else:
        fit = _fit(group, about, run, run["metrics"])
        sources, offsets = (str(about["source_path"]),), (int(group["frame_index"][0]),)
    return _Stored(
        str(about["name"]), fit, str(run["id"]), tuple(events), str(about["source_fingerprint"]), sources, offsets
    )


def _fit(
    group: h5py.Group, about: Mapping[str, Any], run: Mapping[str, Any], metrics: Mapping[str, float | None]
) -> Fit:
    """The fit of a clip, or of a view of one; what the file blanked stays blank."""

    def floats(name: str) -> NDArray[np.float32]:
        return np.asarray(group[name][()], np.float32)

    def params(name: str) -> HeadParams:
        return HeadParams.from_arrays({key: floats(f"{name}/{key}") for key in group[name]})

    detected = np.asarray(group["detected"][()], bool)
    track = LandmarkTrack(
        floats("landmarks2d/detected"),
        floats("landmarks2d/confidence"),
        floats("bbox"),
        detected,
        str(group.attrs["detector"]),
        "dynamic" if group.attrs["contour"] == "dynamic" else "static",
    )
    corrected = _corrected(group, track) if "landmarks2d/origin" in group else None
    has_first = "params_encoder" in group
    first = "params_encoder" if has_first else "params"
    return Fit(
        params=params("params"),
        params_encoder=params(first),
        crops=CropTrack(floats("crop/centre"), floats("crop/size")),
        landmarks=track if corrected is None else corrected.track,
        projected=floats("landmarks2d/projected"),
        projected_encoder=floats("landmarks2d/projected_encoder" if has_first else "landmarks2d/projected"),
        valid=np.asarray(group["valid"][()], bool),
        error=floats("error/nme_bbox"),
        error_encoder=floats("error/nme_bbox_encoder" if has_first else "error/nme_bbox"),
        metrics=metrics_from_json(metrics),
        loss_history=np.zeros(0, np.float32),
        head_id=str(about["head_id"]),
        encoder_id=str(about["encoder_id"]),
        settings=dict(run["settings"]),
        detections=None if corrected is None else track,
        origin=None if corrected is None else corrected.origin,
    )


def _corrected(group: h5py.Group, detections: LandmarkTrack) -> CorrectedTrack:
    """What a person made of the detections. How far a point between key frames was trusted, a dataset does not say."""
    points = np.asarray(group["landmarks2d/fitted"][()], np.float32)
    origin = np.asarray(group["landmarks2d/origin"][()], np.uint8)
    between = (origin == Origin.INTERPOLATED) * np.float32(INTERPOLATED_CONFIDENCE)
    put = ((origin != Origin.DETECTOR) & (origin != Origin.INTERPOLATED)).astype(np.float32)
    confidence = np.maximum(detections.confidence, np.maximum(between, put)).astype(np.float32)
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    detected = np.asarray(np.isfinite(points).all(axis=(1, 2)), np.bool_)
    track = replace(detections, points=points, confidence=confidence, boxes=boxes, detected=detected)
    return CorrectedTrack(track, detections, origin)


def _adopt(project: Project, stored: _Stored, places: Sequence[Path]) -> tuple[str, bool]:
    """Name of the clip in the project, and whether anything was added to it."""
    first = stored.fit if isinstance(stored.fit, Fit) else stored.fit.views[0]
    system = first.encoder_id.removeprefix(ENCODER_ID) if first.encoder_id.startswith(ENCODER_ID) else ""
    there = [r for r in project.clips() if r.fingerprint == stored.fingerprint and r.system == system]
    for record in there:
        if record.run == stored.run:
            project.adopt_history(record.name, stored.events)
            return record.name, False
        if record.run:
            raise ExportError(
                f"The project has this video with another fit, as {record.name!r}; that was left as it is.",
                remedy="Import into another project.",
            )
    names = stored.fit.view_names if isinstance(stored.fit, MultiViewFit) else ()
    clip = Clip(stored.name.removesuffix(f" ({system})"), _found(stored, names, places), names, stored.offsets)
    record = project.add_imported(clip, system) if system else project.add_clips([clip])[0]
    # A clip has the moments that all videos see, and the fit those that it was made on.
    if record.n_frames != stored.fit.n_frames:
        raise ExportError(
            f"The video has {record.n_frames} moments and the fit {stored.fit.n_frames}; the clip waits for a new fit.",
            remedy="Bring back the video that was fitted.",
        )
    project.save_fit(record.name, stored.fit, stored.run)
    project.adopt_history(record.name, stored.events)
    return record.name, True


def _found(stored: _Stored, names: Sequence[str], places: Sequence[Path]) -> tuple[Path, ...]:
    """The videos of a clip, one a view, with the content that was fitted.

    Raises
    ------
    ExportError
        When one is nowhere, or all that are called like it have other content.
    """
    candidates = [_called(source, places) for source in stored.sources]
    for source, found in zip(stored.sources, candidates, strict=True):
        if not found:
            raise ExportError(
                f"Its video is missing: {source}.", remedy="Say with --video where it is (a file, or a folder)."
            )
    # Videos of one clip lie together: the k-th place of each is tried with the k-th of the others.
    for k in range(max(map(len, candidates))):
        paths = tuple(found[min(k, len(found) - 1)] for found in candidates)
        if probe_clip(Clip(stored.name, paths, tuple(names), stored.offsets)).fingerprint == stored.fingerprint:
            return paths
    raise ExportError(
        f"What is called {Path(stored.sources[0]).name!r} here is not the video that was fitted: its content differs.",
        remedy="Say with --video where the original is. A clip that was fitted without some of its views cannot come "
        "back, since a dataset does not name those.",
    )


def _places(project: Project, dataset: Path, videos: Path | None) -> tuple[Path, ...]:
    """Where videos are looked for, best first."""
    named = (videos.expanduser().absolute(),) if videos is not None else ()
    return (*named, project.path, dataset.absolute().parent)


def _called(source: str, places: Sequence[Path]) -> list[Path]:
    """Files, or folders of pictures, that may be the video `source`."""
    path = Path(source)
    found = [place for place in places if place.is_file()]
    found += [path] if path.is_absolute() and path.exists() else []
    for place in places:
        if place.is_dir():
            found += [place / path] if not path.is_absolute() and (place / path).exists() else []
    if places and places[0].is_dir():
        found += sorted(places[0].rglob(path.name))
    found += [place / path.name for place in places if place.is_dir() and (place / path.name).exists()]
    return list(dict.fromkeys(found))

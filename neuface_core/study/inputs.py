"""What every method of a comparison gets alike: the landmarks and squares of a clip's latest fit, and its crops."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crops import CropTrack, cut_crops
from neuface_core.errors import FitError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.view_input import ViewInput
from neuface_core.jobs import Job
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import Project


@dataclass(frozen=True)
class ViewPlan:
    """One view before its crops are cut.

    Attributes
    ----------
    number
        Of the view in the clip.
    offset
        Moment f of the clip is frame f + offset of the video.
    track, crops
        Of the first moments of the clip, as many as are studied.
    """

    number: int
    name: str
    video: Path
    offset: int
    track: LandmarkTrack
    crops: CropTrack


@dataclass(frozen=True)
class ClipPlan:
    """One clip of a comparison.

    Attributes
    ----------
    views
        Those in which the latest fit has a face.
    head_id
        Of that fit.
    """

    name: str
    fps: float
    views: tuple[ViewPlan, ...]
    head_id: str

    def fingerprint(self) -> str:
        """SHA-256 of the landmarks and squares that the methods get."""
        digest = hashlib.sha256(repr(self.fps).encode())
        for view in self.views:
            digest.update(f"{view.name} {view.track.detector} {view.track.contour};".encode())
            arrays = (view.track.points, view.track.confidence, view.track.detected, view.crops.centre, view.crops.size)
            for array in arrays:
                digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def plan_clip(project: Project, name: str, frames: int = 0) -> ClipPlan:
    """Landmarks and squares of the latest fit, of the first `frames` moments (0: of all).

    Raises
    ------
    ProjectError
        When the clip has no fit, or its file is damaged, or a video is gone.
    """
    stored = project.load_views(name)
    if isinstance(stored, MultiViewFit):
        fits: tuple[Fit, ...] = stored.views
        numbers, names = project.fitted_views(name), stored.view_names
    else:
        fits, numbers = (stored,), (0,)
        names = (project.view_names(name)[0],)
    offsets = project.offsets(name)
    stop = frames or None
    views = [
        ViewPlan(
            number,
            view,
            project.source_path(name, number),
            offsets[number],
            _first(fit.landmarks, stop),
            CropTrack(fit.crops.centre[:stop], fit.crops.size[:stop]),
        )
        for number, view, fit in zip(numbers, names, fits, strict=True)
    ]
    return ClipPlan(name, project.clip(name).fps, tuple(views), fits[0].head_id)


def cut_views(project: Project, plan: ClipPlan, encoder: Encoder) -> Job[tuple[ViewInput, ...]]:
    """The crops of every view, as an encoder wants them.

    Raises
    ------
    FitError
        When the clip was fitted with another head model than the encoder's: its squares are not those of this encoder.
    VideoError
        When a video cannot be read.
    """
    views = []
    if plan.head_id != encoder.head_id:
        raise FitError(
            f"{plan.name} was fitted with the head {plan.head_id!r}, and the project's encoder is for "
            f"{encoder.head_id!r}.",
            remedy="Fit the clip again: neuface fit --force.",
        )
    for view in plan.views:
        with project.open_view(plan.name, view.number) as source:
            name = f"{plan.name} {view.name}" if len(plan.views) > 1 else plan.name
            images = yield from cut_crops(source, view.crops, encoder.input_size, name, encoder.crop_rule)
        views.append(ViewInput(images, view.track, view.crops, view.name))
    return tuple(views)


def _first(track: LandmarkTrack, stop: int | None) -> LandmarkTrack:
    return replace(
        track,
        points=track.points[:stop],
        confidence=track.confidence[:stop],
        boxes=track.boxes[:stop],
        detected=track.detected[:stop],
    )

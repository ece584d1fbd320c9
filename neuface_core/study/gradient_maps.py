"""|∂L/∂I| of a clip (NeuFace Fig. 3), kept in the project small enough to be drawn over the video."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write
from neuface_core.devices import leave_a_core_free
from neuface_core.encoders.loading import head_of, load_encoder
from neuface_core.errors import FitError, ProjectError
from neuface_core.fitting.image_gradients import image_gradients
from neuface_core.jobs import Job
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.study.inputs import cut_views, plan_clip

LONGEST = 1200
"""Frames of all views together: the maps are in memory while they are made, 0.6 MB each."""

_SIDE = 112
_SOFT = 1.5  # pixels of the kept map: neighbours pull to and fro
_BRIGHTEST = 99.5  # percentile that is drawn in the full colour


@dataclass(frozen=True)
class GradientFilm:
    """The map of every frame of one view.

    Attributes
    ----------
    maps : (F, S, S) uint8
        In the crop that the encoder saw; 255 is `full`, the 99.5th percentile of the clip. Zero where there is no mesh.
    full
        |∂L/∂I| of the clip's loss for one unit of a pixel's colour, [0, 1].
    """

    maps: NDArray[np.uint8]
    full: float


def make_gradients(project: Project, name: str, device: torch.device | str = "cpu") -> Job[int]:
    """Make and keep the maps of every view in a clip's latest fit; how many views there were.

    Raises
    ------
    ProjectError
        When the clip has no fit, a video is gone, or the result cannot be written.
    FitError
        When the clip is too long.
    """
    leave_a_core_free()
    device = torch.device(device)
    plan = plan_clip(project, name)
    frames = sum(view.track.n_frames for view in plan.views)
    if frames > LONGEST:
        raise FitError(
            f"The gradient map of {frames} frames would not fit into memory; {LONGEST} are possible.",
            remedy="Look at a shorter clip, or use neuface evaluate gradients --frames.",
        )
    settings = PipelineSettings.of_project(project.settings, project.path)
    encoder = load_encoder(settings.encoder, device, settings.emoca_trains)
    head = head_of(encoder, settings.head).to(device)
    views = yield from cut_views(project, plan, encoder)
    found = yield from image_gradients(views, encoder, head, settings.neuface, device, name)
    for view, maps in zip(plan.views, found, strict=True):
        _write(project.derived_file(name, _what(view.number)), _film(maps.neuface))
    return len(found)


def has_gradients(project: Project, name: str, view: int = 0) -> bool:
    """Whether the maps of a view are kept."""
    return bool(project.clip(name).run) and project.derived_file(name, _what(view)).exists()


def read_gradients(project: Project, name: str, view: int = 0) -> GradientFilm | None:
    """What `make_gradients` kept of a view; None where there is nothing that can be read."""
    path = project.derived_file(name, _what(view))
    with suppress(OSError, ValueError, KeyError, EOFError), np.load(path, allow_pickle=False) as stored:
        return GradientFilm(np.asarray(stored["maps"], np.uint8), float(stored["full"]))
    return None


def _what(view: int) -> str:
    return f"gradients_{view}.npz"


def _film(maps: NDArray[np.float32]) -> GradientFilm:
    small = np.stack([_small(one) for one in maps]) if len(maps) else np.zeros((0, _SIDE, _SIDE), np.float32)
    some = small[small > 0]
    full = float(np.percentile(some, _BRIGHTEST)) if len(some) else 1.0
    return GradientFilm((255 * np.clip(small / full, 0, 1)).round().astype(np.uint8), full)


def _small(one: NDArray[np.float32]) -> NDArray[np.float32]:
    reduced = cv2.resize(one, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(reduced, (0, 0), _SOFT), np.float32)


def _write(path: Path, film: GradientFilm) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            np.savez_compressed(file, maps=film.maps, full=np.float64(film.full))
    except OSError as error:
        raise ProjectError(
            f"The gradient map could not be kept: {error.strerror}; nothing else has changed.",
            remedy="Make space on the disk, then try again.",
            path=path,
        ) from error

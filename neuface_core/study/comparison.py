"""FLAME fitting of one clip, kept in the project beside its fit, so that the two can be seen side by side."""

from __future__ import annotations

from pathlib import Path

import torch

from neuface_core.devices import leave_a_core_free
from neuface_core.encoders.loading import head_of, load_encoder
from neuface_core.errors import FitError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.methods import flame_fit
from neuface_core.jobs import Job
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.project.fit_file import read_any, write_fit
from neuface_core.study.inputs import cut_views, plan_clip

_WHAT = "flame_fit.npz"


def fit_flame(project: Project, name: str, device: torch.device | str = "cpu") -> Job[Path]:
    """Fit the head's parameters directly (NeuFace Eq. (5)) to the landmarks and squares of a clip's latest fit.

    Raises
    ------
    ProjectError
        When the clip has no fit, a video is gone, or the result cannot be written.
    FitError
        When the optimisation diverges.
    """
    leave_a_core_free()
    device = torch.device(device)
    settings = PipelineSettings.of_project(project.settings, project.path)
    encoder = load_encoder(settings.encoder, device, settings.emoca_trains)
    head = head_of(encoder, settings.head).to(device)
    plan = plan_clip(project, name)
    views = yield from cut_views(project, plan, encoder)
    method = flame_fit(settings=settings.neuface)
    fit = yield from method.fit(views, encoder, head, plan.fps, device, name)
    if not fit.views:
        raise FitError("No view of the clip could be fitted.")
    path = project.derived_file(name, _WHAT)
    several = project.clip(name).n_views > 1
    write_fit(path, fit if several else fit.views[0], clip=name, fingerprint=project.clip(name).fingerprint)
    return path


def has_flame(project: Project, name: str) -> bool:
    """Whether FLAME fitting of the clip's latest fit is kept."""
    return bool(project.clip(name).run) and project.derived_file(name, _WHAT).exists()


def read_flame(project: Project, name: str) -> Fit | MultiViewFit:
    """What `fit_flame` kept.

    Raises
    ------
    ProjectError
        When there is none, or it is damaged.
    """
    return read_any(project.derived_file(name, _WHAT))

"""Methods on the clips of a project: same landmarks, same crops, same first parameters, one way to score."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.loading import OPEN, head_of, load_encoder
from neuface_core.encoders.open_encoder import FILE_NAME, file_sha256
from neuface_core.errors import CancelledError, FitError, NeuFaceError, ProjectError
from neuface_core.evaluation.method_table import MethodTable, Row, pairs_by_name
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.methods import Method
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.resource_files import resource_path
from neuface_core.study.inputs import ClipPlan, cut_views, plan_clip
from neuface_core.study.result_cache import ResultCache, code_fingerprint, method_settings, result_key
from neuface_core.study.stored_fits import clip_groups, imported_rows
from neuface_core.study.truth import ClipTruth, bootstrapped_errors, clip_truth, truth_cvd_mm, truth_errors
from neuface_core.training.fingerprint import head_fingerprint

_LOG = logging.getLogger(__name__)
_SCORES = (
    "nme_bbox",
    "nme_iod",
    "msi_l",
    "msi_v",
    "jitter_mm",
    "motion_retained",
    "shape_norm",
    "cvd_mm",
    "cvd_mm_loop",
    "seconds",
)


@dataclass(frozen=True)
class Contender:
    """A method under the name that it has in a table."""

    label: str
    method: Method


@dataclass(frozen=True)
class Order:
    """What is compared.

    Attributes
    ----------
    clips
        Names; all that have a fit when there are none.
    frames
        Only the first so many moments of every clip; 0: all.
    again
        Do not use what is kept of an earlier run.
    imported
        Whether the tracks of other tools on the same videos stand beside the methods; whole clips only.
    """

    title: str
    contenders: tuple[Contender, ...]
    clips: tuple[str, ...] = ()
    frames: int = 0
    again: bool = False
    imported: bool = False


class _Networks:
    """Head and encoder of a project; the encoder is read when something really has to be fitted."""

    def __init__(self, settings: PipelineSettings, device: torch.device) -> None:
        self._settings, self.device = settings, device
        self._encoder: Encoder | None = None
        file = resource_path("open_encoder") / FILE_NAME if settings.encoder in ("", OPEN) else Path(settings.encoder)
        if file.suffix == ".safetensors":
            self.head: HeadModel = load_head(settings.head or None).to(device)
            about = {"encoder_sha256": file_sha256(file)}
        else:  # its head, and what it is, are known when it was read
            self.head = head_of(self.encoder, settings.head).to(device)
            about = {"encoder": self.encoder.encoder_id, "emoca_trains": settings.emoca_trains}
        self.about = {**about, "head_sha256": head_fingerprint(self.head)}

    @property
    def encoder(self) -> Encoder:
        if self._encoder is None:
            self._encoder = load_encoder(self._settings.encoder, self.device, self._settings.emoca_trains)
        return self._encoder


def run_methods(project: Project, order: Order, device: torch.device | str = "cpu") -> Job[MethodTable]:
    """Fit every clip with every method, or take what is kept of an earlier run, and score it.

    A method that fails on a clip is named in the notes and has no row; the others go on.

    Raises
    ------
    ProjectError
        When a clip is unknown or has no fit, whose landmarks and squares all methods get.
    ModelError
        When head or encoder cannot be read.
    """
    device = torch.device(device)
    groups = clip_groups(project, order.clips)
    yield Progress("models", 0, 1)
    networks = _Networks(PipelineSettings.of_project(project.settings, project.path), device)
    rows: list[Row] = []
    notes: list[str] = []
    for group in groups:
        record = group.records[0]
        try:
            yield from _clip_rows(project, record.name, group.name, order, networks, rows, notes)
            if order.imported and not order.frames:
                rows += imported_rows(project, group, notes)
        except CancelledError:
            raise
        except NeuFaceError as error:
            notes.append(f"{record.name} is left out: {error.message}")
    if not rows:
        raise ProjectError(
            f"No clip could be compared. {notes[0] if notes else ''}".strip(),
            remedy="Fit the clips again: neuface fit.",
            path=project.path,
        )
    return MethodTable(order.title, tuple(rows), tuple(notes))


def _clip_rows(
    project: Project, record: str, name: str, order: Order, networks: _Networks, rows: list[Row], notes: list[str]
) -> Job[None]:
    """Add the rows of one clip under its `name`, and what there is to say of it.

    Parameters
    ----------
    record
        The clip of the project whose landmarks and squares all methods get.
    """
    plan = plan_clip(project, record, order.frames)
    truth = clip_truth(plan, networks.head)
    if truth is not None and len(plan.views) > 1:
        notes.append(f"{name}: CVD of the true meshes {truth_cvd_mm(networks.head, truth):.3f} mm.")
    cache = ResultCache(project.path)
    inputs: tuple[ViewInput, ...] | None = None
    for contender in order.contenders:
        about = _about(plan, contender, networks)
        key = result_key(about)
        row = None if order.again else cache.load(key, name, contender.label)
        if row is None:
            if inputs is None:
                inputs = yield from cut_views(project, plan, networks.encoder)
            try:
                fit = yield from _fit(contender, plan, inputs, networks)
            except FitError as error:
                notes.append(f"{contender.label} failed on {name}: {error.message}")
                continue
            except NeuFaceError:
                raise
            except Exception as error:  # a table of hours must not end with its worst clip
                _LOG.exception("%s on %s", contender.label, name)
                notes.append(f"{contender.label} failed on {name}: unexpected {type(error).__name__}: {error}")
                continue
            row = score(contender.label, name, fit, networks.head, truth)
            cache.store(key, row, about)
        rows.append(row)


def _about(plan: ClipPlan, contender: Contender, networks: _Networks) -> dict[str, object]:
    """Everything that a row depends on."""
    return {
        "clip": plan.fingerprint(),
        "videos": [_stamp(view.video) for view in plan.views],
        "method": method_settings(contender.method),
        "code": code_fingerprint(),
        "device": networks.device.type,
        **networks.about,
    }


def _stamp(video: Path) -> list[object]:
    found = video.stat()
    return [video.name, found.st_size, found.st_mtime_ns]


def _fit(contender: Contender, plan: ClipPlan, inputs: Sequence[ViewInput], networks: _Networks) -> Job[MultiViewFit]:
    name = f"{plan.name} · {contender.label}"
    job = contender.method.fit(inputs, networks.encoder, networks.head, plan.fps, networks.device, plan.name)
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                fit: MultiViewFit = stop.value
                break
            yield replace(event, clip=name)
    finally:
        job.close()
    if any(not np.isfinite(v[view.valid]).all() for view in fit.views for v in view.params.to_arrays().values()):
        raise FitError("The fit gave numbers that are not finite.")
    return fit


def score(label: str, clip: str, fit: MultiViewFit, head: HeadModel, truth: ClipTruth | None) -> Row:
    """The row of one fit."""
    values = {name: fit.metrics[name] for name in _SCORES if name in fit.metrics}
    values |= shape_spread(fit)
    if truth is not None:
        values |= truth_errors(head, fit, truth) | bootstrapped_errors(head, fit, truth)
    pairs = pairs_by_name(fit.view_names, fit.cvd_mm)
    loss = tuple(float(value) for value in fit.views[0].loss_history)
    return Row(clip, label, values, pairs, loss)


def shape_spread(fit: MultiViewFit) -> dict[str, float]:
    """Standard deviation of β over the frames of a view, mean over coefficients and views (NeuFace Table S2 (b))."""
    spreads = [
        float(view.params.shape[np.flatnonzero(view.valid)].std(dim=0, correction=0).mean()) for view in fit.views
    ]
    return {"shape_std": float(np.mean(spreads))}

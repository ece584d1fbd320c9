"""From a video to a fit that is kept: the only place where all stages meet. Window and terminal both call this."""

from __future__ import annotations

import dataclasses
import logging
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise

import numpy as np
import torch

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.loading import head_of, load_encoder
from neuface_core.errors import CancelledError, FitError, NeuFaceError
from neuface_core.fitting.automatic_filter import set_aside_reason
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.methods import method_of
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks import detector
from neuface_core.landmarks.track import LandmarkDetector
from neuface_core.pipeline_ahead import LookAhead
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.pipeline_views import SeenClip, look_at_views
from neuface_core.pipeline_views import no_face_reason as no_face_reason  # the window screens other faces with it
from neuface_core.project import ClipRecord, ClipState, Project
from neuface_core.project.records import WEIGHT_LOST

_LOG = logging.getLogger(__name__)
_LEAST_BATCH = 8  # frames; the least that the settings allow


@dataclass(frozen=True)
class FitModels:
    """The networks that all clips of a batch share; a fit leaves them as they are."""

    detector: LandmarkDetector
    encoder: Encoder
    head: HeadModel

    @classmethod
    def load(cls, settings: PipelineSettings, device: torch.device | str) -> FitModels:
        """Read the model files.

        Raises
        ------
        ModelError
            When one is missing or damaged, encoder and head do not belong together, or the head does not know the
        landmarks that the detector finds.
        """
        encoder = load_encoder(settings.encoder, device, settings.emoca_trains)
        head = head_of(encoder, settings.head).to(device)
        found = detector(settings.detector, device)
        head.need_landmarks(found.name if found.name in head.data.detectors else found.contour)
        return cls(found, encoder, head)

    def licences(self) -> dict[str, str]:
        """Of all that a result comes from, by identifier."""
        found = {self.encoder.encoder_id: self.encoder.licence, self.head.head_id: self.head.licence}
        own = getattr(self.detector, "licence", "")
        return {**found, self.detector.name: own} if own else found


def fit_clips(
    project: Project,
    names: Sequence[str],
    settings: PipelineSettings,
    device: torch.device | str = "cpu",
    models: FitModels | None = None,
) -> Job[list[ClipRecord]]:
    """Fit one clip after the other; a clip that fails does not stop the next one.

    While a clip is optimised, the next one is decoded and its landmarks are found on a second thread.

    Returns
    -------
    list of ClipRecord
        In the order of `names`, each to review, set aside or failed.
    """
    records: list[ClipRecord] = []
    if names and models is None:
        yield Progress("models", 0, 1)
        models = FitModels.load(settings, device)
    ahead_of = dict(pairwise(names)) if (os.cpu_count() or 1) > 1 else {}
    with LookAhead() as ahead:
        for name in names:
            job = fit_clip(project, name, settings, device, models, ahead, ahead_of.get(name, ""))
            try:
                while True:
                    try:
                        event = next(job)
                    except StopIteration as stop:
                        records.append(stop.value)
                        break
                    ahead.heard()
                    yield event
            finally:
                job.close()
    return records


def fit_clip(
    project: Project,
    name: str,
    settings: PipelineSettings,
    device: torch.device | str = "cpu",
    models: FitModels | None = None,
    ahead: LookAhead | None = None,
    then: str = "",
) -> Job[ClipRecord]:
    """Detect, screen, crop, encode, fit and keep one clip.

    What goes wrong with this clip becomes its state "failed" with the reason. A job that is closed or interrupted puts
    the clip back where it was: to review with its older fit, or waiting.

    Parameters
    ----------
    models
        Loaded already, for a batch of clips.
    ahead, then
        Where the clip may have been looked at already, and the clip to look at while this one is optimised.

    Raises
    ------
    ModelError
        When `models` have to be loaded and cannot; the clip is then left as it was.
    ProjectError
        When the project cannot be written (full disk).
    FitError
        When it is an imported clip.
    """
    before = project.clip(name)
    if before.system:
        raise FitError(
            f"{name} holds the track of {before.system}, which stays as it is.",
            remedy="Add the video itself to fit it.",
        )
    if models is None:
        yield Progress("models", 0, 1, name)
        models = FitModels.load(settings, device)
    project.set_state(name, ClipState.FITTING)
    try:
        if ahead is not None and ahead.has(name):
            seen = yield from ahead.take()
        else:
            seen = yield from look_at_views(project, before, settings, models.detector, models.encoder)
        with seen:
            if ahead is not None and then and then != name:
                following = project.clip(then)
                ahead.start(then, look_at_views(project, following, settings, models.detector, models.encoder))
            return (yield from _fit(project, before, seen, settings, device, models))
    except CancelledError:
        put_back(project, before)
        raise
    except NeuFaceError as error:
        return project.set_state(name, ClipState.FAILED, str(error))
    except Exception as error:
        _LOG.exception("fitting %s", name)
        return project.set_state(name, ClipState.FAILED, f"Unexpected {type(error).__name__}: {error}")
    except BaseException:  # the job was closed, or Ctrl+C
        put_back(project, before)
        raise


def put_back(project: Project, before: ClipRecord) -> None:
    """A fit of a clip came to nothing: its state is what it was `before`."""
    detected = before.state is ClipState.DETECTED or before.landmarks_accepted
    unfitted = ClipState.DETECTED if detected else ClipState.WAITING
    project.set_state(before.name, ClipState.TO_REVIEW if before.run else unfitted)


def _fit(
    project: Project,
    record: ClipRecord,
    seen: SeenClip,
    settings: PipelineSettings,
    device: torch.device | str,
    models: FitModels,
) -> Job[ClipRecord]:
    name, started = record.name, time.perf_counter()
    if not seen.views:
        return project.set_state(name, ClipState.SET_ASIDE, seen.no_face())
    fit, batch = yield from _in_memory(seen, models, settings.neuface, device, name)
    if not all(map(_is_finite, fit.views)):
        reason = "The fit gave numbers that are not finite; it was not kept. Fit again with a smaller learning rate."
        return project.set_state(name, ClipState.SET_ASIDE, reason)
    seconds = seen.seconds + time.perf_counter() - started
    provenance: dict[str, object] = {
        "pipeline": settings.model_dump(mode="json"),
        "software": software_versions(),
        "licences": models.licences(),
    }
    if seen.left_out:
        provenance["views_left_out"] = dict(seen.left_out)
    if batch != settings.neuface.batch_frames:
        provenance["batch_frames_that_fitted"] = batch
    views = tuple(
        dataclasses.replace(view, metrics=_timed(view.metrics, seconds), settings={**view.settings, **provenance})
        for view in fit.views
    )
    several = dataclasses.replace(fit, views=views, metrics=_timed(fit.metrics, seconds) | votes(fit))
    project.save_fit(name, several if record.n_views > 1 else views[0])
    if reason := set_aside_reason(several, seen.sizes, settings.filter_limits):
        return project.set_state(name, ClipState.SET_ASIDE, reason)  # with its fit: a person may accept it all the same
    return project.clip(name)


def _in_memory(
    seen: SeenClip, models: FitModels, settings: NeuFaceSettings, device: torch.device | str, name: str
) -> Job[tuple[MultiViewFit, int]]:
    """The fit, in batches half as long each time that the memory is not enough; and how long they were."""
    while True:
        method = method_of(settings)
        try:
            fit = yield from method.fit(seen.views, models.encoder, models.head, seen.fps, device, name)
            return fit, settings.batch_frames
        except (RuntimeError, MemoryError) as error:
            smaller = settings.batch_frames // 2
            if not _is_out_of_memory(error) or smaller < _LEAST_BATCH:
                raise
            settings = settings.model_copy(update={"batch_frames": smaller})
            _LOG.warning("%s: out of memory; again with batches of %d frames", name, smaller)
        # Outside of the handler: the error holds on to the tensors of the step that failed.
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    said = str(error)
    return "out of memory" in said or "can't allocate memory" in said  # of MPS, and of the processor


def votes(fit: MultiViewFit) -> dict[str, float]:
    """How many views the fit holds, and of each the share of its vote that it lost, over the moments with a mesh."""
    lost = {
        f"{WEIGHT_LOST}{name}": float(1.0 - fit.view_weight[view.valid, k].mean()) if view.valid.any() else 1.0
        for k, (name, view) in enumerate(zip(fit.view_names, fit.views, strict=True))
    }
    return {"views": float(len(fit.views)), **lost}


def _timed(metrics: dict[str, float], seconds: float) -> dict[str, float]:
    """With the seconds from the video to the fit, and those of the fit alone."""
    return metrics | {"seconds": seconds, "seconds_fit": metrics.get("seconds", float("nan"))}


def _is_finite(fit: Fit) -> bool:
    return all(bool(np.isfinite(values[fit.valid]).all()) for values in fit.params.to_arrays().values())


def software_versions() -> dict[str, str]:
    """Versions that a result depends on."""
    found = {"python": platform.python_version()}
    for package in ("neuface-studio", "torch", "numpy", "av", "opencv-python"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found

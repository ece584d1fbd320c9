"""From a video to a fit that is kept: the only place where all stages meet. Window and terminal both call this."""

from __future__ import annotations

import dataclasses
import logging
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import torch

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crops import crop_track, cut_crops
from neuface_core.encoders.open_encoder import load_encoder
from neuface_core.errors import CancelledError, NeuFaceError
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.neuface import fit_view
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks import detector
from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import ClipRecord, ClipState, Project
from neuface_core.video import FrameSource, open_source

_LOG = logging.getLogger(__name__)


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
            When one is missing or damaged, or encoder and head do not belong together.
        """
        head = load_head(Path(settings.head) if settings.head else None).to(device)
        encoder = load_encoder(Path(settings.encoder) if settings.encoder else None, device)
        return cls(detector(settings.detector, device), encoder, head)


def fit_clips(
    project: Project,
    names: Sequence[str],
    settings: PipelineSettings,
    device: torch.device | str = "cpu",
    models: FitModels | None = None,
) -> Job[list[ClipRecord]]:
    """Fit one clip after the other; a clip that fails does not stop the next one.

    Returns
    -------
    list of ClipRecord
        In the order of `names`, each to review, set aside or failed.
    """
    records: list[ClipRecord] = []
    if names and models is None:
        yield Progress("models", 0, 1)
        models = FitModels.load(settings, device)
    for name in names:
        records.append((yield from fit_clip(project, name, settings, device, models)))
    return records


def fit_clip(
    project: Project,
    name: str,
    settings: PipelineSettings,
    device: torch.device | str = "cpu",
    models: FitModels | None = None,
) -> Job[ClipRecord]:
    """Detect, screen, crop, encode, fit and keep one clip.

    What goes wrong with this clip becomes its state "failed" with the reason. A job that is closed or interrupted puts
    the clip back where it was: to review with its older fit, or waiting.

    Parameters
    ----------
    models
        Loaded already, for a batch of clips.

    Raises
    ------
    ModelError
        When `models` have to be loaded and cannot; the clip is then left as it was.
    ProjectError
        When the project cannot be written (full disk).
    """
    before = project.clip(name)
    if models is None:
        yield Progress("models", 0, 1, name)
        models = FitModels.load(settings, device)
    project.set_state(name, ClipState.FITTING)
    try:
        return (yield from _fit(project, before, settings, device, models))
    except CancelledError:
        _put_back(project, before)
        raise
    except NeuFaceError as error:
        return project.set_state(name, ClipState.FAILED, str(error))
    except Exception as error:
        _LOG.exception("fitting %s", name)
        return project.set_state(name, ClipState.FAILED, f"Unexpected {type(error).__name__}: {error}")
    except BaseException:  # the job was closed, or Ctrl+C
        _put_back(project, before)
        raise


def _put_back(project: Project, before: ClipRecord) -> None:
    project.set_state(before.name, ClipState.TO_REVIEW if before.run else ClipState.WAITING)


def _fit(
    project: Project,
    record: ClipRecord,
    settings: PipelineSettings,
    device: torch.device | str,
    models: FitModels,
) -> Job[ClipRecord]:
    name, started = record.name, time.perf_counter()
    with open_source(project.source_path(name)) as source:
        tracks, selected = yield from _landmarks(project, record, source, models.detector)
        n_frames = source.info.n_frames
        if reason := no_face_reason(tracks[selected] if tracks else None, n_frames, settings.min_face_share):
            return project.set_state(name, ClipState.SET_ASIDE, reason)
        track = tracks[selected]
        crops = crop_track(track, models.encoder.crop_scale, (source.info.width, source.info.height))
        images = yield from cut_crops(source, crops, models.encoder.input_size, name)
        fps = source.info.fps
    fit = yield from fit_view(
        images, track, crops, models.encoder, models.head, settings.neuface, fps, device, clip=name
    )
    if not _is_finite(fit):
        reason = "The fit gave numbers that are not finite; it was not kept. Fit again with a smaller learning rate."
        return project.set_state(name, ClipState.SET_ASIDE, reason)
    seconds = time.perf_counter() - started
    metrics = fit.metrics | {"seconds": seconds, "seconds_fit": fit.metrics.get("seconds", float("nan"))}
    provenance = {**fit.settings, "pipeline": settings.model_dump(mode="json"), "software": software_versions()}
    project.save_fit(name, dataclasses.replace(fit, metrics=metrics, settings=provenance))
    return project.clip(name)


def _landmarks(
    project: Project, record: ClipRecord, source: FrameSource, detect: LandmarkDetector
) -> Job[tuple[tuple[LandmarkTrack, ...], int]]:
    """Tracks and the index of the main one. Those of an earlier run are taken where they are of the same detector."""
    kept = project.load_landmarks(record.name)
    if kept is not None and kept[0] and (record.run or kept[1]):
        track = kept[0][0]
        if track.detector == detect.name and track.n_frames == source.info.n_frames:
            return kept
    job = detect.detect(source)
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                tracks: tuple[LandmarkTrack, ...] = stop.value
                break
            yield dataclasses.replace(event, clip=record.name)
    finally:
        job.close()
    project.save_landmarks(record.name, tracks)
    return tracks, 0


def no_face_reason(track: LandmarkTrack | None, n_frames: int, least_share: float) -> str:
    """Why a clip is set aside for want of a face, with the numbers; "" where it is not."""
    seen = int(track.detected.sum()) if track is not None else 0
    if seen == 0:
        return f"No face found in {n_frames} of {n_frames} frames."
    if seen < least_share * n_frames:
        share, least = 100 * seen / n_frames, 100 * least_share
        return f"A face in only {seen} of {n_frames} frames ({share:.1f} %, at least {least:g} % are needed)."
    return ""


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

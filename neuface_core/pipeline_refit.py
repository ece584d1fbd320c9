"""From corrected landmarks to a new run: only the stretches that a person touched are fitted anew, warm."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crop_rule import CropRule
from neuface_core.encoders.crop_store import RowStore
from neuface_core.encoders.crops import CropTrack, crop_track, store_crops
from neuface_core.errors import FitError, ProjectError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.refit import RepairedView, refit_stretch
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.stretch import Stretch, stretches
from neuface_core.fitting.targets import shots, valid_frames
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.corrections import CorrectedTrack
from neuface_core.pipeline import FitModels
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import ClipRecord, Project

_MOVED = 0.15  # of the square: another face, not the same one a little better
_RESIZED = 0.2


def touched_frames(fit: Fit, corrected: CorrectedTrack) -> NDArray[np.bool_]:
    """(F,): frames whose landmarks are no longer those that `fit` follows, by a hundredth of a pixel or more."""
    was, now = fit.landmarks, corrected.track
    apart = np.abs(np.nan_to_num(now.points) - np.nan_to_num(was.points)).max(axis=(1, 2)) > 0.01
    trust = np.abs(now.confidence - was.confidence).max(axis=1) > 1e-3
    return np.asarray(apart | trust | (now.detected != was.detected), np.bool_)


def refit_clip(
    project: Project,
    name: str,
    settings: PipelineSettings,
    device: torch.device | str = "cpu",
    models: FitModels | None = None,
    frames: tuple[int, int] | None = None,
) -> Job[ClipRecord]:
    """Fit anew what was touched since the latest run; the result is a new run, and the old one stays on disk.

    Parameters
    ----------
    frames
        First and last frame, both included, to fit anew instead of those that were touched.

    Yields
    ------
    Progress
        Stages "decode", "encode", "fit" (with previews), "score".

    Raises
    ------
    ProjectError
        When the clip has no fit, its landmarks are gone, or it cannot be written.
    FitError
        When nothing was touched, or the fit was made by other models; the clip is left as it was.
    VideoError
        When the video cannot be read.
    """
    started = time.perf_counter()
    record = project.clip(name)
    stored = project.load_views(name)
    whole = stored if isinstance(stored, MultiViewFit) else _as_views(stored)
    loop = NeuFaceSettings.model_validate(whole.views[0].settings.get("neuface", settings.neuface.model_dump()))
    numbers = project.fitted_views(name)
    corrected = [_corrected(project, name, view, loop.max_gap) for view in numbers]
    parts = _stretches(name, whole, corrected, loop.max_gap, frames)
    if models is None:
        yield Progress("models", 0, 1, name)
        models = FitModels.load(settings, device)
    _check_models(name, whole.views[0], models)
    done = []
    for stretch in parts:
        with ExitStack() as stores:
            views = []
            for view, fit, seen in zip(numbers, whole.views, corrected, strict=True):
                job = _look(project, name, view, fit, seen, stretch, models, loop.max_gap, stores)
                views.append((yield from job))
            names = project.view_names(name)
            views = [
                dataclasses.replace(v, name=names[k] if record.n_views > 1 else "")
                for v, k in zip(views, numbers, strict=True)
            ]
            job_of_fit = refit_stretch(
                whole, views, stretch, models.encoder, models.head, loop, record.fps, device, name
            )
            whole = yield from job_of_fit
        done.append(stretch.words)
    seconds = time.perf_counter() - started
    note = {"frames": done, "from_run": record.run, "seconds": round(seconds, 3)}
    views_now = tuple(_noted(view, note) for view in whole.views)
    whole = dataclasses.replace(whole, views=views_now)
    project.save_fit(name, whole if record.n_views > 1 else whole.views[0])
    return project.clip(name)


def _as_views(fit: Fit) -> MultiViewFit:
    nothing = np.full((1, 1), np.nan)
    weight = fit.valid[:, None].astype(np.float32)
    return MultiViewFit((fit,), ("",), weight, nothing, nothing, dict(fit.metrics))


def _noted(fit: Fit, note: dict[str, object]) -> Fit:
    refits = [*fit.settings.get("refits", []), note]  # type: ignore[misc]
    return dataclasses.replace(fit, settings={**fit.settings, "refits": refits})


def _corrected(project: Project, name: str, view: int, max_gap: int) -> CorrectedTrack:
    found = project.corrected_landmarks(name, view, max_gap)
    if found is None:
        raise ProjectError(f"The landmarks of {name!r} are gone.", remedy="Fit the clip again.", path=project.path)
    return found


def _stretches(
    name: str,
    whole: MultiViewFit,
    corrected: Sequence[CorrectedTrack],
    max_gap: int,
    frames: tuple[int, int] | None,
) -> list[Stretch]:
    if frames is not None:
        first, last = frames
        if not 0 <= first <= last < whole.n_frames:
            raise FitError(f"{name} has the frames 0 to {whole.n_frames - 1}.", remedy="Name a part of them.")
        touched = np.zeros(whole.n_frames, bool)
        touched[first : last + 1] = True
    else:
        touched = np.any([touched_frames(f, c) for f, c in zip(whole.views, corrected, strict=True)], axis=0)
    if not touched.any():
        raise FitError(
            f"No landmark of {name} was changed since its latest fit.", remedy="Correct one, or name the frames."
        )
    # Of the view that was touched most: its shots say where a stretch has no neighbour to pass into.
    most = max(corrected, key=lambda seen: int((seen.touched & touched).sum()))
    return stretches(touched, shots(most.track, max_gap))


def _check_models(name: str, fit: Fit, models: FitModels) -> None:
    for what, was, now in (
        ("encoder", fit.encoder_id, models.encoder.encoder_id),
        ("head model", fit.head_id, models.head.head_id),
    ):
        if was != now:
            raise FitError(
                f"{name} was fitted with the {what} {was!r}; {now!r} is in use now.", remedy="Fit the whole clip again."
            )


def _look(
    project: Project,
    name: str,
    view: int,
    fit: Fit,
    seen: CorrectedTrack,
    stretch: Stretch,
    models: FitModels,
    max_gap: int,
    stores: ExitStack,
) -> Job[RepairedView]:
    """Cut the crops of the frames that the stretch sees; where another face is meant now, around that one."""
    encoder = models.encoder
    with project.open_view(name, view) as source:
        size = (source.info.width, source.info.height)
        crops, fresh = _squares(fit, seen, stretch, max_gap, encoder.crop_rule, size)
        store = stores.enter_context(RowStore((3, encoder.input_size, encoder.input_size), np.uint8))
        rows = slice(stretch.seen_first, stretch.seen_stop)
        part = CropTrack(crops.centre[rows], crops.size[rows])
        yield from store_crops(source, part, encoder.input_size, store, name, stretch.seen_first, encoder.crop_rule)
    return RepairedView("", fit, seen, crops, store, fresh)


def _squares(
    fit: Fit, seen: CorrectedTrack, stretch: Stretch, max_gap: int, rule: CropRule, size: tuple[int, int]
) -> tuple[CropTrack, NDArray[np.bool_]]:
    """Squares of all frames, and which frames begin with the encoder's own answer in a square of their own.

    These are frames that had no mesh, and whole shots inside the stretch whose face is elsewhere now.
    """
    fresh = np.zeros(fit.n_frames, bool)
    if not seen.track.detected.any():
        return fit.crops, fresh
    wanted = crop_track(seen.track, rule, size)
    inside = np.arange(stretch.first, stretch.stop)
    fresh[inside] = valid_frames(seen.track.detected, max_gap)[inside] & ~fit.valid[inside]
    moved = np.linalg.norm(wanted.centre - fit.crops.centre, axis=1) > _MOVED * fit.crops.size
    moved |= np.abs(np.log(wanted.size / fit.crops.size)) > _RESIZED
    for start, stop in shots(seen.track, max_gap):
        if stretch.first <= start and stop <= stretch.stop and moved[start:stop].mean() > 0.5:
            fresh[start:stop] = True
    centre = np.where(fresh[:, None], wanted.centre, fit.crops.centre).astype(np.float32)
    return CropTrack(centre, np.where(fresh, wanted.size, fit.crops.size).astype(np.float32)), fresh

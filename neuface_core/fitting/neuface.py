"""The NeuFace loop: the weights of Φ are optimised for one clip, all its views together (NeuFace Sec. 3.2).

E-step: from the answers that Φ gave last for every row (a view at a moment), smooth the head orientations to targets q̂
(no gradient); by default only once, from w⁰ (docs/adr/0007-targets-that-keep-motion.md).
M-step: a gradient step on the weights for one batch of whole moments, against the detected landmarks and the targets.
What was answered is kept between steps, so that a target along time is never estimated from a truncated batch, and a
clip that fits into one batch takes one E- and one M-step a pass.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting import outcome
from neuface_core.fitting.clip_encoder import ClipEncoder, Improved, fit_from_first_answer, refuse_diverged
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import LandmarkTrack

LOSS_CHECK_EVERY = 10
WARM_UP = 0.2
"""Share of the passes in which the step grows to its full size."""
LEAST_WARM_UP = 10
"""Passes that it takes at least: two passes with full steps would be worse than none."""
LAST_STEP = 0.01
"""Share of it that the last pass takes: what is left moves the result by less than the landmarks are worth."""
_BETAS = (0.85, 0.99)
TRUNK_STEP = 0.1
"""Step of the weights before the head over that of the head: they move the points that place the whole face."""


def optimise(clip_encoder: ClipEncoder, objective: Objective, clip: str) -> Job[list[float]]:
    """Passes over the clip, all that the settings say or until the loss no longer drops; the loss of every pass."""
    settings, batches, n_rows = clip_encoder.settings, clip_encoder.batches, clip_encoder.observed.n_rows
    # A batch knows a part of the clip only: the more of them, the less each may move the weights that serve all.
    step = clip_encoder.learning_rate / math.sqrt(len(batches))
    optimiser = torch.optim.Adam(_weight_groups(clip_encoder), lr=step, betas=_BETAS, fused=True)
    history: list[Tensor] = []
    for iteration in range(settings.iterations):
        share = step_share(iteration, settings.iterations)
        for group in optimiser.param_groups:
            group["lr"] = step * group["step"] * share
        objective.e_step()
        pass_loss = torch.zeros((), device=clip_encoder.device)
        for index, batch in enumerate(batches):
            loss = objective.loss(clip_encoder.identity(clip_encoder.answer(index)), batch)
            clip_encoder.step(loss, optimiser)
            pass_loss += loss.detach() * batch.n_rows / n_rows
            if len(batches) > 1:
                yield Progress("fit", iteration, settings.iterations, clip)
        history.append(pass_loss)
        checked = iteration % LOSS_CHECK_EVERY == LOSS_CHECK_EVERY - 1
        metrics = {"loss": float(history[-1])} if checked else {}
        if checked:
            refuse_diverged(metrics["loss"], f"The fit of {clip or 'the clip'}", f"{iteration + 1} passes")
        yield Progress("fit", iteration + 1, settings.iterations, clip, metrics)
        if checked and _converged(history, settings):
            break
    return [float(value) for value in history]


def step_share(iteration: int, iterations: int) -> float:
    """What pass number `iteration` of `iterations` takes of the learning rate.

    It grows at first, because Adam's first steps have the full size in every direction, however little is known of it,
    and throw the face away from its landmarks; and falls along a cosine, so that the result does not hang on when the
    loop stops (docs/adr/0031-the-step-grows-before-it-falls.md).
    """
    growing = min(1.0, (iteration + 1) / max(LEAST_WARM_UP, WARM_UP * iterations))
    falling = 0.5 * (1 + math.cos(math.pi * iteration / iterations))
    return growing * (LAST_STEP + (1 - LAST_STEP) * falling)


def _weight_groups(clip_encoder: ClipEncoder) -> list[dict[str, Any]]:
    """The trained weights for the optimiser, each group with its factor on the learning rate."""
    if hasattr(clip_encoder.encoder, "published_step"):
        return [{"params": clip_encoder.weights, "step": 1.0}]
    last = {id(weight) for weight in clip_encoder.encoder.trainable_parameters("head")}
    groups: list[dict[str, Any]] = [
        {"params": [w for w in clip_encoder.weights if id(w) in last], "step": 1.0},
        {"params": [w for w in clip_encoder.weights if id(w) not in last], "step": TRUNK_STEP},
    ]
    return [group for group in groups if group["params"]]


def _converged(history: list[Tensor], settings: NeuFaceSettings) -> bool:
    patience = settings.patience
    if len(history) < max(settings.min_iterations, 2 * patience):
        return False
    before = torch.stack(history[-2 * patience : -patience]).mean()
    now = torch.stack(history[-patience:]).mean()
    return bool((before - now) < settings.tolerance * before)


def fit_views(
    views: Sequence[ViewInput],
    encoder: Encoder,
    head: HeadModel,
    settings: NeuFaceSettings,
    fps: float,
    device: torch.device | str = "cpu",
    clip: str = "",
) -> Job[MultiViewFit]:
    """Fit all views of one clip together.

    Parameters
    ----------
    views
        One or more views over the same F moments, each with a face in some of them.
    encoder
        Φ with its weights w⁰; left as it is.
    fps
        Frames a second, for the metrics only.

    Yields
    ------
    Progress
        Stages "encode" and "fit"; the loss every tenth pass.

    Raises
    ------
    FitError
        When a view has no frame with landmarks, the views do not belong together, or the optimisation diverges.
    """
    improve = functools.partial(_improve, head=head, clip=clip)
    about = {"neuface": settings.model_dump(mode="json")}
    return (yield from fit_from_first_answer(views, encoder, head, settings, fps, device, clip, improve, about))


def _improve(clip_encoder: ClipEncoder, first: HeadParams, head: HeadModel, clip: str) -> Job[Improved]:
    settings, observed = clip_encoder.settings, clip_encoder.observed
    if not settings.iterations:
        return Improved(first, [])
    clip_encoder.narrow()
    photometric = clip_encoder.photometric(head, first) if settings.photometric_weight > 0 else None
    objective = Objective(observed, head, settings, first, photometric)
    history = yield from optimise(clip_encoder, objective, clip)
    answers = clip_encoder.answers()
    final = objective.settled(answers)
    if objective.views is None:
        return Improved(final, history)
    apart = outcome.view_distances(head, answers, observed.rows_of_moment)
    metrics = {"unseen_share": objective.views.unseen_share(), "cvd_mm_loop": outcome.mean_pair(apart)}
    return Improved(final, history, objective.views.votes(), metrics)


def fit_view(
    images: NDArray[np.uint8],
    track: LandmarkTrack,
    crops: CropTrack,
    encoder: Encoder,
    head: HeadModel,
    settings: NeuFaceSettings,
    fps: float,
    device: torch.device | str = "cpu",
    clip: str = "",
) -> Job[Fit]:
    """Fit one view of one clip: `fit_views` of one.

    Parameters
    ----------
    images : (F, 3, S, S) uint8
        RGB crops, S = ``encoder.input_size``; rows of frames without a face are not looked at.
    track, crops
        Landmarks in frame pixels and the squares that were cut, both of F frames.
    """
    view = ViewInput(images, track, crops)
    return (yield from fit_views([view], encoder, head, settings, fps, device, clip)).views[0]

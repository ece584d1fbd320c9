"""The NeuFace loop: the weights of Φ are optimised for one clip, all its views together (NeuFace Sec. 3.2).

E-step: from the answers that Φ gave last for every row (a view at a moment), smooth the head orientations to targets q̂
(no gradient); by default only once, from w⁰ (docs/adr/0007-targets-that-keep-motion.md).
M-step: a gradient step on the weights for one batch of whole moments, against the detected landmarks and the targets.
What was answered is kept between steps, so that a target along time is never estimated from a truncated batch, and a
clip that fits into one batch takes one E- and one M-step a pass.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.devices import inference_batch
from neuface_core.encoders.base import Encoder, Features
from neuface_core.encoders.crop_store import FeatureCache
from neuface_core.encoders.crops import CropTrack
from neuface_core.encoders.narrowed import NarrowedEncoder
from neuface_core.encoders.open_encoder import OpenEncoder
from neuface_core.errors import FitError
from neuface_core.fitting import outcome
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import Batch, Observed, observe
from neuface_core.fitting.photometric import PhotometricTerm
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import LandmarkTrack

LOSS_CHECK_EVERY = 10
SAMPLE_ROWS = 384
"""Rows of a clip, evenly spaced, from which the principal axes of its features are taken."""
TRUNK_STEP = 0.1
"""Step of the weights before the head over that of the head: they move the points that place the whole face."""


class _Loop:
    """State of one optimisation: the copy of Φ that is trained, and its activations below the trainable part."""

    def __init__(
        self,
        views: Sequence[ViewInput],
        observed: Observed,
        encoder: Encoder,
        settings: NeuFaceSettings,
        device: torch.device,
    ) -> None:
        self.views, self.observed, self.settings, self.device = views, observed, settings, device
        # A copy is trained: the next clip starts from w⁰ again, whatever happens to this one.
        self.encoder: Encoder = copy.deepcopy(encoder)
        self.weights = list(self.encoder.trainable_parameters(settings.trainable))
        self.batches = observed.batches(settings.batch_frames)
        self.confidence: NDArray[np.float32] | None = None
        self._cached = FeatureCache(len(self.batches), device)

    def encode(self, clip: str) -> Job[HeadParams]:
        """Φ_w⁰(I) of all rows; keeps the activations below the trainable part."""
        answers: list[HeadParams] = []
        trust: list[Tensor] = []
        confidence = getattr(self.encoder, "confidence", None)
        stage, done, size = self.settings.trainable, 0, inference_batch(self.device)
        with torch.no_grad():
            for batch in self.batches:
                parts: list[Features] = []
                numbers = self._numbers(batch)
                for start in range(0, batch.n_rows, size):
                    rows = numbers[start : start + size]
                    features = self.encoder.features(self._pixels(rows), stage)
                    answers.append(self.encoder.answer(features, stage))
                    if confidence is not None:
                        trust.append(confidence(features, stage))
                    if stage != "all":
                        parts.append(features)
                    done += len(rows)
                    yield Progress("encode", done, self.observed.n_rows, clip)
                if stage != "all":
                    self._cached.append(parts)
        if trust:
            self.confidence = self._in_order(torch.cat(trust)).cpu().numpy().astype(np.float32)
        return HeadParams.cat(answers).map(self._in_order)

    def narrow(self) -> None:
        """Train the head's first layer only where the clip's features are; the answers stay the same."""
        settings = self.settings
        if settings.trainable != "head" or not settings.feature_axes or not isinstance(self.encoder, OpenEncoder):
            return
        narrowed = NarrowedEncoder(self.encoder, self._cached.sample(SAMPLE_ROWS), settings.feature_axes)
        wide, self._cached = self._cached, FeatureCache(len(self.batches), self.device)
        for index in range(len(self.batches)):
            self._cached.append([narrowed.narrow(wide[index])])
        wide.close()
        self.encoder, self.weights = narrowed, list(narrowed.trainable_parameters("head"))

    def _numbers(self, batch: Batch) -> NDArray[np.int64]:
        rows = batch.rows
        return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows.cpu().numpy()

    def _in_order(self, values: Tensor) -> Tensor:
        """From the order of the batches to the order of the rows."""
        if all(isinstance(batch.rows, slice) for batch in self.batches):
            return values
        ordered = torch.empty_like(values)
        ordered[torch.as_tensor(np.concatenate([self._numbers(b) for b in self.batches]), device=values.device)] = (
            values
        )
        return ordered

    def _pixels(self, rows: NDArray[np.int64]) -> Tensor:
        """Images (n, 3, S, S) of rows in ascending order."""
        parts = []
        for k, view in enumerate(self.views):
            own = self.observed.view_rows(k)
            inside = rows[(rows >= own.start) & (rows < own.stop)] - own.start
            if len(inside):
                parts.append(view.images[np.flatnonzero(self.observed.valid[k])[inside]])
        images = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return torch.as_tensor(images, device=self.device).float() / 255.0

    def _answer(self, index: int) -> HeadParams:
        stage = self.settings.trainable
        if stage == "all":
            features = self.encoder.features(self._pixels(self._numbers(self.batches[index])), stage)
        else:
            features = self._cached[index]
        if self.settings.precision == "float32":
            return self.encoder.answer(features, stage)
        with torch.autocast(self.device.type, torch.bfloat16):
            answer = self.encoder.answer(features, stage)
        return answer.map(Tensor.float)

    def photometric(self, head: HeadModel, first: HeadParams) -> PhotometricTerm:
        """The term that compares colours, reading the pictures batch by batch."""
        return PhotometricTerm(lambda batch: self._pixels(self._numbers(batch)), self.batches, head, first)

    def answers(self) -> HeadParams:
        """Φ_w(I) of all rows with the present weights."""
        with torch.no_grad():
            parts = [self._answer(i) for i in range(len(self.batches))]
            return self._identity(HeadParams.cat(parts).map(self._in_order))

    def _identity(self, params: HeadParams) -> HeadParams:
        if not self.settings.shared_identity:
            return params
        shape = params.shape.mean(dim=0, keepdim=True).expand_as(params.shape)
        return HeadParams(**{**vars(params), "shape": shape})

    def _weight_groups(self) -> list[dict[str, Any]]:
        """The trained weights for the optimiser, each group with its factor on the learning rate."""
        last = {id(weight) for weight in self.encoder.trainable_parameters("head")}
        groups: list[dict[str, Any]] = [
            {"params": [w for w in self.weights if id(w) in last], "step": 1.0},
            {"params": [w for w in self.weights if id(w) not in last], "step": TRUNK_STEP},
        ]
        return [group for group in groups if group["params"]]

    def optimise(self, objective: Objective, clip: str) -> Job[list[float]]:
        """Passes over the clip until the loss no longer drops; returns the loss of every pass."""
        settings = self.settings
        optimiser = torch.optim.Adam(self._weight_groups(), lr=settings.learning_rate, fused=True)
        history: list[Tensor] = []
        for iteration in range(settings.iterations):
            share = 0.5 * (1 + math.cos(math.pi * iteration / settings.iterations))
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * group["step"] * (0.05 + 0.95 * share)
            objective.e_step()
            pass_loss = torch.zeros((), device=self.device)
            for index, batch in enumerate(self.batches):
                loss = objective.loss(self._identity(self._answer(index)), batch)
                gradients = torch.autograd.grad(loss, self.weights, allow_unused=True)
                for weight, gradient in zip(self.weights, gradients, strict=True):
                    weight.grad = gradient
                optimiser.step()
                pass_loss += loss.detach() * batch.n_rows / self.observed.n_rows
                if len(self.batches) > 1:
                    yield Progress("fit", iteration, settings.iterations, clip)
            history.append(pass_loss)
            checked = iteration % LOSS_CHECK_EVERY == LOSS_CHECK_EVERY - 1
            metrics = {"loss": float(history[-1])} if checked else {}
            if checked and not math.isfinite(metrics["loss"]):
                raise FitError(
                    f"The fit of {clip or 'the clip'} diverged after {iteration + 1} passes; nothing was kept.",
                    remedy="Fit again with a smaller learning rate.",
                )
            yield Progress("fit", iteration + 1, settings.iterations, clip, metrics)
            if checked and _converged(history, settings):
                break
        return [float(value) for value in history]


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
    started = time.perf_counter()
    device = torch.device(device)
    observed = observe(views, tuple(head.data.detectors), settings.max_gap, device, clip)
    torch.manual_seed(settings.seed)
    loop = _Loop(views, observed, encoder, settings, device)
    first = yield from loop.encode(clip)
    final, history, votes, extra = first, [], None, {}
    if settings.iterations:
        loop.narrow()
        photometric = loop.photometric(head, first) if settings.photometric_weight > 0 else None
        objective = Objective(observed, head, settings, first, photometric)
        history = yield from loop.optimise(objective, clip)
        answers = loop.answers()
        final = objective.settled(answers)
        if objective.views is not None:
            votes = objective.views.votes()
            extra = {
                "unseen_share": objective.views.unseen_share(),
                "cvd_mm_loop": outcome.mean_pair(outcome.view_distances(head, answers, observed.rows_of_moment)),
            }
    yield Progress("score", 0, 1, clip)
    return outcome.assemble(
        views,
        observed,
        head,
        first,
        final,
        history,
        fps,
        time.perf_counter() - started,
        loop.encoder.encoder_id,
        {"neuface": settings.model_dump(mode="json"), "device": str(device)},
        view_weight=votes,
        confidence=loop.confidence,
        extra_metrics=extra,
    )


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

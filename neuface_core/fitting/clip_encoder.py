"""What every method starts from: the encoder's first answer to a clip; and the way from there to a scored fit."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.beside import each
from neuface_core.devices import inference_batch, training_memory
from neuface_core.encoders.base import Encoder, Features
from neuface_core.encoders.crop_store import FeatureCache
from neuface_core.encoders.narrowed import NarrowedEncoder
from neuface_core.encoders.open_encoder import OpenEncoder
from neuface_core.errors import FitError
from neuface_core.fitting import outcome
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.observed import Batch, Observed, observe
from neuface_core.fitting.photometric import PhotometricTerm
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress

SAMPLE_ROWS = 384
"""Rows of a clip, evenly spaced, from which the principal axes of its features are taken."""


class ClipEncoder:
    """The copy of Φ that one fit trains, and the clip's activations below the trainable part."""

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
        held = getattr(encoder, "training_bytes", None)
        self._rows_at_once = (
            max(1, training_memory(device) // held(settings.trainable)) if held else settings.batch_frames
        )
        self._in_parts: tuple[int, HeadParams] | None = None
        self._cached = FeatureCache(len(self.batches), device)
        rows = np.concatenate([self._numbers(batch) for batch in self.batches])
        self._order = None if (np.diff(rows) > 0).all() else torch.as_tensor(rows, device=device)
        self._shift: HeadParams | None = None

    def encode(self, clip: str) -> Job[HeadParams]:
        """Φ_w⁰(I) of all rows; keeps the activations below the trainable part."""
        answers: list[HeadParams] = []
        trust: list[Tensor] = []
        stage, done, size = self.settings.trainable, 0, inference_batch(self.device)
        for batch in self.batches:
            parts: list[Features] = []
            numbers = self._numbers(batch)
            chunks = [numbers[start : start + size] for start in range(0, batch.n_rows, size)]
            for features, answer, confidence in each(self._first_look, chunks, self.device):
                answers.append(answer)
                if confidence is not None:
                    trust.append(confidence)
                if stage != "all":
                    parts.append(features)
                done += len(answer)
                yield Progress("encode", done, self.observed.n_rows, clip)
            if stage != "all":
                self._cached.append(parts)
        if trust:
            self.confidence = self._in_order(torch.cat(trust)).cpu().numpy().astype(np.float32)
        return HeadParams.cat(answers).map(self._in_order)

    @torch.no_grad()
    def _first_look(self, rows: NDArray[np.int64]) -> tuple[Features, HeadParams, Tensor | None]:
        """Activations, answer and confidence of some rows."""
        stage, confidence = self.settings.trainable, getattr(self.encoder, "confidence", None)
        features = self.encoder.features(self._pixels(rows), stage)
        answer = self.encoder.answer(features, stage)
        return features, answer, confidence(features, stage) if confidence is not None else None

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
        if self._order is None:
            return values
        ordered = torch.empty_like(values)
        ordered[self._order] = values
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

    def start_from(self, present: HeadParams, first: HeadParams) -> None:
        """Let the answers begin at `present` (N rows) with the weights w⁰, whose own answer is `first`.

        The difference is added to every answer from now on. So a fit goes on from a result whose weights nobody kept.
        """
        shift = {name: value - getattr(first, name) for name, value in vars(present).items()}
        self._shift = HeadParams(**shift)

    def answer(self, index: int) -> HeadParams:
        """Φ_w(I) of one batch's rows, with gradients."""
        answer = self._own_answer(index)
        if self._shift is None:
            return answer
        shift = self._shift[self.batches[index].rows]
        return HeadParams(**{name: value + getattr(shift, name) for name, value in vars(answer).items()})

    @property
    def learning_rate(self) -> float:
        """Adam's step size at the start.

        For an encoder with a published step it is that one, times what the settings' own is of their preset's: what the
        presets say was found for the open encoder, whose outputs count in standard deviations.
        """
        own: float | None = getattr(self.encoder, "published_step", None)
        wanted = self.settings.learning_rate
        return wanted if own is None else own * wanted / NeuFaceSettings.of_preset(self.settings.preset).learning_rate

    def _own_answer(self, index: int) -> HeadParams:
        """What the network itself says.

        Where the memory is not enough for the way back from all of them, only the answers are computed now; `step`
        goes back through the network in parts, which takes a third longer and gives the same step.
        """
        parts = self._parts(index)
        if len(parts) == 1:
            return self._answer(index, parts[0])
        with torch.no_grad():
            whole = HeadParams.cat([self._answer(index, part) for part in parts])
        if torch.is_grad_enabled():
            whole = whole.map(Tensor.requires_grad_)
            self._in_parts = index, whole
        return whole

    def _parts(self, index: int) -> list[slice]:
        count, size = self.batches[index].n_rows, self._rows_at_once
        return [slice(start, min(start + size, count)) for start in range(0, count, size)]

    def _answer(self, index: int, part: slice) -> HeadParams:
        """Φ_w(I) of some rows of a batch."""
        stage = self.settings.trainable
        if stage == "all":
            features = self.encoder.features(self._pixels(self._numbers(self.batches[index])[part]), stage)
        else:
            features = tuple(tensor[part] for tensor in self._cached[index])
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
            parts = [self.answer(i) for i in range(len(self.batches))]
            return self.identity(HeadParams.cat(parts).map(self._in_order))

    def identity(self, params: HeadParams) -> HeadParams:
        """The answer with the mean identity for all rows, where the settings share it."""
        if not self.settings.shared_identity:
            return params
        shape = params.shape.mean(dim=0, keepdim=True).expand_as(params.shape)
        return HeadParams(**{**vars(params), "shape": shape})

    def step(self, loss: Tensor, optimiser: torch.optim.Optimizer) -> None:
        """One step of the trained weights down the gradient of `loss`."""
        gradients: tuple[Tensor | None, ...]
        if self._in_parts is None:
            gradients = torch.autograd.grad(loss, self.weights, allow_unused=True)
        else:
            gradients = self._gradients_in_parts(loss, *self._in_parts)
            self._in_parts = None
        for weight, gradient in zip(self.weights, gradients, strict=True):
            weight.grad = gradient
        optimiser.step()

    def _gradients_in_parts(self, loss: Tensor, index: int, whole: HeadParams) -> tuple[Tensor | None, ...]:
        """Gradients of the weights by way of those of the answers."""
        slopes = torch.autograd.grad(loss, list(vars(whole).values()), allow_unused=True)
        total: tuple[Tensor | None, ...] = (None,) * len(self.weights)
        for part in self._parts(index):
            answer = self._answer(index, part)
            ways = {name: slope for name, slope in zip(vars(whole), slopes, strict=True) if slope is not None}
            ways = {name: slope for name, slope in ways.items() if getattr(answer, name).requires_grad}
            found = torch.autograd.grad(
                [getattr(answer, name) for name in ways],
                self.weights,
                [slope[part] for slope in ways.values()],
                allow_unused=True,
            )
            total = tuple(b if a is None else a if b is None else a + b for a, b in zip(total, found, strict=True))
        return total


@dataclass(frozen=True)
class Improved:
    """What a method made of the encoder's first answer.

    Attributes
    ----------
    params
        N rows.
    history
        Loss of every pass.
    view_weight : (F, V), optional
        What each view counted.
    metrics
        Of the method's own, beside those that every fit has.
    """

    params: HeadParams
    history: Sequence[float]
    view_weight: NDArray[np.float32] | None = None
    metrics: dict[str, float] = field(default_factory=dict)


def fit_from_first_answer(
    views: Sequence[ViewInput],
    encoder: Encoder,
    head: HeadModel,
    settings: NeuFaceSettings,
    fps: float,
    device: torch.device | str,
    clip: str,
    improve: Callable[[ClipEncoder, HeadParams], Job[Improved]],
    about: Mapping[str, object],
) -> Job[MultiViewFit]:
    """Encode a clip, let a method improve the answer, and score what came of it.

    Parameters
    ----------
    settings
        What the clip's encoder works by: batches, trained weights, gaps, seed.
    improve
        The method; gets the encoder of the clip and its first answer of N rows.
    about
        Settings as the fit keeps them.

    Raises
    ------
    FitError
        When a view has no frame with landmarks, the views do not belong together, or the method diverges.
    """
    started, device = time.perf_counter(), torch.device(device)
    observed = observe(views, tuple(head.data.detectors), settings.max_gap, device, clip)
    torch.manual_seed(settings.seed)
    clip_encoder = ClipEncoder(views, observed, encoder, settings, device)
    first = yield from clip_encoder.encode(clip)
    improved = yield from improve(clip_encoder, first)
    yield Progress("score", 0, 1, clip)
    return outcome.assemble(
        views,
        observed,
        head,
        first,
        improved.params,
        improved.history,
        fps,
        time.perf_counter() - started,
        encoder.encoder_id,
        {**about, "device": str(device)},
        view_weight=improved.view_weight,
        confidence=clip_encoder.confidence,
        extra_metrics=improved.metrics,
    )


def refuse_diverged(loss: float, what: str, done: str) -> None:
    """Raise where a loss is no longer finite.

    Raises
    ------
    FitError
        Saying that `what` diverged after what was `done`.
    """
    if not math.isfinite(loss):
        raise FitError(
            f"{what} diverged after {done}; nothing was kept.", remedy="Fit again with a smaller learning rate."
        )

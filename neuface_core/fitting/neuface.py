"""The NeuFace loop for one view: the weights of Φ are optimised for one clip (NeuFace Sec. 3.2).

E-step: from the answers that Φ gave last for every frame, smooth the head orientations to targets q̂ (no gradient); by
default only once, from w⁰ (docs/adr/0007-targets-that-keep-motion.md).
M-step: a gradient step on the weights for one window of frames, against the detected landmarks and q̂.
The answers of the whole clip are kept between steps, so that a target is never estimated from a truncated batch, and a
clip that fits into one window takes one E- and one M-step a pass.
"""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.base import Encoder, Features
from neuface_core.encoders.crops import CropTrack
from neuface_core.errors import FitError
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.fitting import losses, outcome
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.targets import Smoother, continuous_runs, orientation_target, valid_frames
from neuface_core.geometry import quaternion_from_rotvec, rotvec_from_quaternion
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import LandmarkTrack

ENCODE_BATCH = 32
LOSS_CHECK_EVERY = 10
TRUNK_STEP = 0.1
"""Step of the weights before the head over that of the head: they move the points that place the whole face."""


@dataclass(frozen=True)
class _Observed:
    """What the loop fits, for the N frames that get a mesh."""

    target: Tensor  # (N, 68, 2) crop coordinates, 0 where not detected
    weight: Tensor  # (N, 68) confidence, 0 where not detected
    runs: list[tuple[int, int]]  # continuous motion

    @property
    def n_frames(self) -> int:
        return len(self.target)


def _observe(track: LandmarkTrack, crops: CropTrack, valid: NDArray[np.bool_], device: torch.device) -> _Observed:
    seen = (track.detected[:, None] & np.isfinite(track.points).all(-1))[valid]
    target = np.where(seen[..., None], crops.to_crop(track.points)[valid], 0.0)
    weight = np.where(seen, track.confidence[valid], 0.0)
    return _Observed(
        torch.as_tensor(target, dtype=torch.float32, device=device),
        torch.as_tensor(weight, dtype=torch.float32, device=device),
        continuous_runs(track, valid),
    )


class _Loop:
    """State of one optimisation: the copy of Φ that is trained, and what it last answered for every frame."""

    def __init__(
        self,
        images: NDArray[np.uint8],
        observed: _Observed,
        encoder: Encoder,
        head: HeadModel,
        track: LandmarkTrack,
        settings: NeuFaceSettings,
        device: torch.device,
    ) -> None:
        self.images, self.observed, self.head, self.settings, self.device = images, observed, head, settings, device
        self.convention = track.convention(head.data.detectors)
        # A copy is trained: the next clip starts from w⁰ again, whatever happens to this one.
        self.encoder = copy.deepcopy(encoder)
        self.weights = list(self.encoder.trainable_parameters(settings.trainable))
        self.smoother = Smoother(observed.runs, settings.temporal_window, settings.temporal_average, device)
        self.motion_smoother = Smoother(observed.runs, settings.motion_window, settings.temporal_average, device)
        first_of_run = torch.zeros(observed.n_frames, dtype=torch.bool)
        first_of_run[[start for start, _ in observed.runs]] = True
        self.joined = ~first_of_run[1:].to(device)
        size = settings.batch_frames
        self.windows = [slice(i, min(i + size, observed.n_frames)) for i in range(0, observed.n_frames, size)]
        self.shape_metric = losses.shape_metric(torch.as_tensor(head.data.shape)).to(device)
        self._cached: list[Features] = []
        self.target = torch.zeros(0, 4)

    def encode(self, clip: str) -> Job[HeadParams]:
        """Φ_w⁰(I) of all frames; keeps the activations below the trainable part."""
        answers: list[HeadParams] = []
        stage = self.settings.trainable
        with torch.no_grad():
            for window in self.windows:
                parts: list[Features] = []
                for start in range(window.start, window.stop, ENCODE_BATCH):
                    rows = slice(start, min(start + ENCODE_BATCH, window.stop))
                    features = self.encoder.features(self._pixels(rows), stage)
                    answers.append(self.encoder.answer(features, stage))
                    if stage != "all":
                        parts.append(features)
                    yield Progress("encode", rows.stop, self.observed.n_frames, clip)
                if stage != "all":
                    self._cached.append(tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True)))
        return HeadParams.cat(answers)

    def _pixels(self, rows: slice) -> Tensor:
        return torch.as_tensor(self.images[rows], device=self.device).float() / 255.0

    def _answer(self, window_index: int) -> HeadParams:
        stage = self.settings.trainable
        if stage == "all":
            return self.encoder.answer(self.encoder.features(self._pixels(self.windows[window_index]), stage), stage)
        return self.encoder.answer(self._cached[window_index], stage)

    def answers(self) -> HeadParams:
        """Φ_w(I) of all frames with the present weights."""
        with torch.no_grad():
            return self._identity(
                HeadParams.cat([self._answer(i).map(Tensor.detach) for i in range(len(self.windows))])
            )

    def settled(self, params: HeadParams) -> HeadParams:
        """The answer with the orientations q̂ that the passes held it to.

        What is left between the two is noise of the features that the weights have not yet learned to ignore.
        """
        if not self.settings.settle or self.settings.target_style != "em":
            return params
        return HeadParams(**{**vars(params), "global_orient": rotvec_from_quaternion(self.target)})

    def _identity(self, params: HeadParams) -> HeadParams:
        if not self.settings.shared_identity:
            return params
        shape = params.shape.mean(dim=0, keepdim=True).expand_as(params.shape)
        return HeadParams(**{**vars(params), "shape": shape})

    def loss(self, params: HeadParams, first: HeadParams, latest: _Latest, target: Tensor, window: slice) -> Tensor:
        """L of the M-step for one window of frames."""
        settings, seen = self.settings, self.observed
        projected = self.head.project(self.head.landmarks(params, self.convention), params.camera)
        total = settings.landmark_weight * losses.landmark_loss(projected, seen.target[window], seen.weight[window])
        if settings.closure_weight > 0:
            closure = losses.closure_loss(projected, seen.target[window], seen.weight[window])
            total = total + settings.closure_weight * closure
        quaternions = quaternion_from_rotvec(params.global_orient)
        latest.quaternions[window] = quaternions.detach()
        if settings.temporal_weight > 0:
            if settings.target_style == "em":
                temporal = losses.temporal_loss(quaternions, target[window])
            else:
                temporal = losses.pairwise_loss(quaternions, self.joined[window.start : window.stop - 1])
            total = total + settings.temporal_weight * temporal
        if settings.steady_motion_weight > 0:
            motion = losses.steady_motion_features(params)
            latest.motion[window] = motion.detach()
            steady = losses.steady_motion_loss(motion, self.motion_smoother(latest.motion)[window])
            total = total + settings.steady_motion_weight * steady
        if settings.stay_close_weight > 0:
            total = total + settings.stay_close_weight * losses.stay_close_loss(
                params, first[window], self.shape_metric
            )
        if settings.steady_shape_weight > 0:
            latest.shape[window] = params.shape.detach()
            mean = latest.shape.mean(dim=0, keepdim=True)
            total = total + settings.steady_shape_weight * losses.steady_shape_loss(params.shape, mean)
        return total

    def _weight_groups(self) -> list[dict[str, Any]]:
        """The trained weights for the optimiser, each group with its factor on the learning rate."""
        last = {id(weight) for weight in self.encoder.trainable_parameters("head")}
        groups: list[dict[str, Any]] = [
            {"params": [w for w in self.weights if id(w) in last], "step": 1.0},
            {"params": [w for w in self.weights if id(w) not in last], "step": TRUNK_STEP},
        ]
        return [group for group in groups if group["params"]]

    def optimise(self, first: HeadParams, clip: str) -> Job[list[float]]:
        """Passes over the clip until the loss no longer drops; returns the loss of every pass."""
        settings = self.settings
        optimiser = torch.optim.Adam(self._weight_groups(), lr=settings.learning_rate)
        latest = _Latest.of(first)
        target = orientation_target(latest.quaternions, self.observed.runs, self.smoother)
        # Staying close to the raw first answer would keep its noise; q̂ and this reference are smoothed alike.
        orient = self.smoother(first.global_orient)
        first = HeadParams(**{**vars(first), "global_orient": orient})
        history: list[Tensor] = []
        for iteration in range(settings.iterations):
            share = 0.5 * (1 + math.cos(math.pi * iteration / settings.iterations))
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * group["step"] * (0.05 + 0.95 * share)
            if not settings.freeze_target:
                target = orientation_target(latest.quaternions, self.observed.runs, self.smoother)
            pass_loss = torch.zeros((), device=self.device)
            for index, window in enumerate(self.windows):
                params = self._identity(self._answer(index))
                loss = self.loss(params, first, latest, target, window)
                gradients = torch.autograd.grad(loss, self.weights, allow_unused=True)
                for weight, gradient in zip(self.weights, gradients, strict=True):
                    weight.grad = gradient
                optimiser.step()
                pass_loss += loss.detach() * (window.stop - window.start) / self.observed.n_frames
                if len(self.windows) > 1:
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
        self.target = target
        return [float(value) for value in history]


@dataclass
class _Latest:
    """What Φ answered last for every frame: what the E-step estimates its targets from."""

    quaternions: Tensor
    motion: Tensor
    shape: Tensor

    @classmethod
    def of(cls, params: HeadParams) -> _Latest:
        return cls(
            quaternion_from_rotvec(params.global_orient).clone(),
            losses.steady_motion_features(params),
            params.shape.clone(),
        )


def _converged(history: list[Tensor], settings: NeuFaceSettings) -> bool:
    patience = settings.patience
    if len(history) < max(settings.min_iterations, 2 * patience):
        return False
    before = torch.stack(history[-2 * patience : -patience]).mean()
    now = torch.stack(history[-patience:]).mean()
    return bool((before - now) < settings.tolerance * before)


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
    """Fit one view of one clip.

    Parameters
    ----------
    images : (F, 3, S, S) uint8
        RGB crops, S = ``encoder.input_size``; rows of frames without a face are not looked at.
    track, crops
        Landmarks in frame pixels and the squares that were cut, both of F frames.
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
        When no frame has landmarks, or the optimisation diverges.
    """
    started = time.perf_counter()
    device = torch.device(device)
    valid = valid_frames(track.detected, settings.max_gap)
    if not valid.any():
        raise FitError(f"{clip or 'The clip'} has no frame with landmarks.", remedy="Detect landmarks or set it aside.")
    torch.manual_seed(settings.seed)
    observed = _observe(track, crops, valid, device)
    loop = _Loop(images[valid] if not valid.all() else images, observed, encoder, head, track, settings, device)
    first = yield from loop.encode(clip)
    history: list[float] = []
    if settings.iterations:
        history = yield from loop.optimise(first, clip)
    yield Progress("score", 0, 1, clip)
    return _assemble(loop, track, crops, valid, first, history, fps, time.perf_counter() - started)


def _assemble(
    loop: _Loop,
    track: LandmarkTrack,
    crops: CropTrack,
    valid: NDArray[np.bool_],
    first: HeadParams,
    history: list[float],
    fps: float,
    seconds: float,
) -> Fit:
    head, runs = loop.head, loop.observed.runs
    final = loop.settled(loop.answers()) if history else first
    projected = outcome.project_landmarks(head, final, track, crops, valid)
    projected_first = outcome.project_landmarks(head, first, track, crops, valid)
    metrics = outcome.before_and_after(
        outcome.clip_metrics(head, first, projected_first, runs, track, fps),
        outcome.clip_metrics(head, final, projected, runs, track, fps),
    )
    metrics |= {
        "motion_retained": outcome.retained(final, first),
        "iterations": float(len(history)),
        "seconds": seconds,
    }
    return Fit(
        params=outcome.clip_params(final, valid),
        params_encoder=outcome.clip_params(first, valid),
        crops=crops,
        landmarks=track,
        projected=projected,
        projected_encoder=projected_first,
        valid=valid,
        error=frame_nme(projected, track.points).astype(np.float32),
        error_encoder=frame_nme(projected_first, track.points).astype(np.float32),
        metrics=metrics,
        loss_history=np.asarray(history, np.float32),
        head_id=head.head_id,
        encoder_id=loop.encoder.encoder_id,
        settings={"neuface": loop.settings.model_dump(mode="json"), "device": str(loop.device)},
    )

"""One stretch of a clip fitted anew after a repair, warm: from the result that is there (docs/adr/0016).

The weights of a fit are not kept. The network starts from w⁰ again, with the difference between the stored result and
its own first answer added to what it says: so its answer *is* the stored result before the first step. Orientations
and the mean identity are those of the stored result, frames around the stretch are held to it, and the new result
passes into the old one over a few frames. What lies outside keeps every bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crop_store import ImageStack
from neuface_core.encoders.crops import CropTrack
from neuface_core.errors import FitError
from neuface_core.fitting import losses
from neuface_core.fitting.clip_encoder import ClipEncoder, Improved, fit_from_first_answer
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.neuface import optimise
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import Batch, Observed
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.splice import rescored, splice_view
from neuface_core.fitting.stretch import Stretch
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job
from neuface_core.landmarks.corrections import CorrectedTrack

PREVIEW_EVERY = 8
"""Passes between two looks at the result so far."""

_HOLD_WEIGHT = 2.0
_CAMERA_FAR = 0.01  # crop units
_PASSES, _LEAST_PASSES = 96, 48


@dataclass(frozen=True)
class SpanPreview:
    """The result so far of one view.

    Attributes
    ----------
    view
        Name, "" of a clip of one view.
    frames : (n,) int64
        Moments of the clip.
    params
        n rows, on the CPU, in the crops of the stored fit where those stay.
    """

    view: str
    frames: NDArray[np.int64]
    params: HeadParams


@dataclass(frozen=True)
class RepairedView:
    """One view of a fit that a stretch of is fitted anew.

    Attributes
    ----------
    name
        As in the fit.
    present
        What is stored.
    corrected
        Detections and corrections of all F frames.
    crops
        Squares of all F frames: those of `present` but where `fresh`.
    images : (n, 3, S, S) uint8
        Crops of the n frames that the stretch sees.
    fresh : (F,) bool
        Frames that begin with the encoder's own answer: they had no mesh, or that of another face.
    """

    name: str
    present: Fit
    corrected: CorrectedTrack
    crops: CropTrack
    images: ImageStack
    fresh: NDArray[np.bool_]


def refit_settings(settings: NeuFaceSettings) -> NeuFaceSettings:
    """Settings of a fit as one stretch of it is fitted anew: few passes, of the head alone."""
    return settings.model_copy(
        update={
            "trainable": "head",
            "iterations": min(_PASSES, max(1, settings.iterations)),
            "min_iterations": min(_LEAST_PASSES, settings.min_iterations),
            "preset": "default",  # an encoder with a published step takes that one, whatever the fit's own preset
            "learning_rate": NeuFaceSettings().learning_rate,
            "turn_views": False,  # where the views look from is settled
            "photometric_weight": 0.0,
            "shared_identity": False,  # the stretch keeps the one that is shared
        }
    )


def refit_stretch(
    whole: MultiViewFit,
    views: Sequence[RepairedView],
    stretch: Stretch,
    encoder: Encoder,
    head: HeadModel,
    settings: NeuFaceSettings,
    fps: float,
    device: torch.device | str = "cpu",
    clip: str = "",
) -> Job[MultiViewFit]:
    """Fit one stretch anew.

    Parameters
    ----------
    whole
        The stored fit.
    views
        One for each of its views.
    settings
        Those of the stored fit.

    Yields
    ------
    Progress
        Stages "encode", "fit" (every `PREVIEW_EVERY` passes with a tuple of `SpanPreview`), "score".

    Returns
    -------
    MultiViewFit
        `whole` with the frames of the stretch replaced, scored anew.

    Raises
    ------
    FitError
        When no view has landmarks in the stretch, or the optimisation diverges.
    """
    start, stop = stretch.seen_first, stretch.seen_stop
    inputs, looked = [], []
    for number, view in enumerate(views):
        track = view.corrected.track.part(start, stop)
        if track.detected.any():
            crops = CropTrack(view.crops.centre[start:stop], view.crops.size[start:stop])
            inputs.append(ViewInput(view.images, track, crops, view.name))
            looked.append(number)
    if not looked:
        raise FitError(
            f"The frames {stretch.words} of {clip or 'the clip'} have no landmarks.",
            remedy="Put landmarks there, or leave the frames as they are.",
        )
    loop = refit_settings(settings)
    shape = torch.cat([view.present.params.shape[torch.as_tensor(view.present.valid)] for view in views])

    def improve(clip_encoder: ClipEncoder, first: HeadParams) -> Job[Improved]:
        warm = _WarmStart.of([views[k] for k in looked], clip_encoder.observed, stretch, first)
        clip_encoder.narrow()
        clip_encoder.start_from(warm.present, first)
        identity = shape.mean(dim=0, keepdim=True).to(first.shape)
        objective = _StretchObjective(clip_encoder.observed, head, loop, first, warm, identity)
        job = optimise(clip_encoder, objective, clip)
        try:
            while True:
                try:
                    event = next(job)
                except StopIteration as end:
                    history: list[float] = end.value
                    break
                if event.done % PREVIEW_EVERY == 0:
                    preview = warm.preview(objective.answered, [views[k].name for k in looked], start)
                    event = dataclasses.replace(event, preview=preview)
                yield event
        finally:
            job.close()
        answer = objective.settled(clip_encoder.answers())
        if settings.shared_identity:
            answer = HeadParams(**{**vars(answer), "shape": warm.present.shape})
        votes = None if objective.views is None else objective.views.votes()
        return Improved(warm.spliced(answer), history, votes)

    fitted = yield from fit_from_first_answer(inputs, encoder, head, loop, fps, device, clip, improve, {})
    parts = list(whole.views)
    weight = whole.view_weight.copy()
    for place, number in enumerate(looked):
        view = views[number]
        parts[number] = splice_view(view.present, fitted.views[place], view.corrected, view.fresh, stretch)
        rows = slice(stretch.first - start, stretch.stop - start)
        weight[stretch.first : stretch.stop, number] = fitted.view_weight[rows, place]
    return rescored(whole, parts, weight, head, fps)


@dataclass(frozen=True)
class _WarmStart:
    """The stored result as rows of the loop.

    `present` are N rows; `share` (N, 1) is how much of the new result a row takes; `settled` (N,) are rows that were
    fitted before; `frames` (N,) counts from the first frame that is seen; `owner` (N,) is the view.
    """

    present: HeadParams
    share: Tensor
    settled: Tensor
    frames: NDArray[np.int64]
    owner: NDArray[np.int64]

    @classmethod
    def of(cls, views: Sequence[RepairedView], observed: Observed, stretch: Stretch, first: HeadParams) -> _WarmStart:
        seen = slice(stretch.seen_first, stretch.seen_stop)
        device = first.shape.device
        parts, settled, frames, owner = [], [], [], []
        for number, view in enumerate(views):
            rows = np.flatnonzero(observed.valid[number])
            parts.append(view.present.params[seen][torch.as_tensor(rows)])
            settled.append(view.present.valid[seen][rows] & ~view.fresh[seen][rows])
            frames.append(rows)
            owner.append(np.full(len(rows), number))
        known = torch.as_tensor(np.concatenate(settled), device=device)
        stored = HeadParams.cat(parts).map(lambda t: t.to(device))
        present = HeadParams(**{k: torch.where(known[:, None], v, getattr(first, k)) for k, v in vars(stored).items()})
        place = np.concatenate(frames)
        share = torch.as_tensor(stretch.seen_share[place], device=device)
        share = torch.where(known, share, 1.0)
        return cls(present, share[:, None], known, place, np.concatenate(owner))

    def spliced(self, answer: HeadParams) -> HeadParams:
        """N rows: the new result where it counts, the old one where it does not."""
        old = vars(self.present)
        mixed = {k: old[k] + self.share * (v - old[k]) for k, v in vars(answer).items()}
        return HeadParams(**{k: torch.where(self.share > 0, v, old[k]) for k, v in mixed.items()})

    def preview(self, answer: HeadParams, names: Sequence[str], start: int) -> tuple[SpanPreview, ...]:
        """What the result would be now, of every view, for the frames that change."""
        now = self.spliced(answer)
        changing = (self.share[:, 0] > 0).cpu().numpy()
        found = []
        for number, name in enumerate(names):
            rows = np.flatnonzero(changing & (self.owner == number))
            params = now[torch.as_tensor(rows, device=now.shape.device)].map(lambda t: t.detach().cpu())
            found.append(SpanPreview(name, start + self.frames[rows], params))
        return tuple(found)


class _StretchObjective(Objective):
    """The loss of the whole fit, and the distance to the stored result where that has to stay."""

    def __init__(
        self,
        observed: Observed,
        head: HeadModel,
        settings: NeuFaceSettings,
        first: HeadParams,
        warm: _WarmStart,
        identity: Tensor,
    ) -> None:
        super().__init__(observed, head, settings, first)
        self.continue_from(warm.present, identity, warm.settled)
        self._warm = warm
        self.answered = warm.present.map(Tensor.clone)
        """What was answered last, N rows."""

    def loss(self, params: HeadParams, batch: Batch) -> Tensor:
        rows = batch.rows
        for name, value in vars(self.answered).items():
            value[rows] = getattr(params, name).detach()
        old, held = self._warm.present[rows], 1.0 - self._warm.share[rows, 0]
        motion = losses.steady_motion_features(params, self._spread)
        motion = motion - losses.steady_motion_features(old, self._spread)
        apart = motion.square().mean(dim=-1) + (params.shape - old.shape).square().mean(dim=-1)
        apart = apart + ((params.camera - old.camera) / _CAMERA_FAR).square().mean(dim=-1)
        return super().loss(params, batch) + _HOLD_WEIGHT * (held * apart).sum() / held.sum().clamp_min(1.0)

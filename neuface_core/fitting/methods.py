"""Ways from the same landmarks and crops to a fit, behind one protocol, so that they can be compared (NeuFace Table 2).

What differs between two methods is only what they do between the encoder's first answer and their own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from neuface_core.encoders.base import Encoder
from neuface_core.fitting import neuface as loop
from neuface_core.fitting import outcome
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.flame_fit import move_parameters
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import observe
from neuface_core.fitting.released import fit_released
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress


class Method(Protocol):
    """A way to fit the views of one clip."""

    @property
    def name(self) -> str:
        """As tables call it: "encoder_only", "flame_fit", "neuface", "released"."""
        ...

    def fit(
        self,
        views: Sequence[ViewInput],
        encoder: Encoder,
        head: HeadModel,
        fps: float,
        device: torch.device | str = "cpu",
        clip: str = "",
    ) -> Job[MultiViewFit]:
        """Fit one clip; encoder and head are left as they are.

        Raises
        ------
        FitError
            When no frame has landmarks, or the optimisation diverges.
        """
        ...


@dataclass(frozen=True)
class NeuFace:
    """The loop (NeuFace Sec. 3.2)."""

    settings: NeuFaceSettings
    name: str = "neuface"

    def fit(
        self,
        views: Sequence[ViewInput],
        encoder: Encoder,
        head: HeadModel,
        fps: float,
        device: torch.device | str = "cpu",
        clip: str = "",
    ) -> Job[MultiViewFit]:
        return (yield from loop.fit_views(views, encoder, head, self.settings, fps, device, clip))


@dataclass(frozen=True)
class FlameFit:
    """FLAME fitting (NeuFace Eq. (5)); see `flame_fit`.

    Attributes
    ----------
    settings
        Of the loop: the targets of the losses.
    flame
        Weights and steps of this baseline.
    """

    settings: NeuFaceSettings
    flame: FlameFitSettings
    name: str = "flame_fit"

    def fit(
        self,
        views: Sequence[ViewInput],
        encoder: Encoder,
        head: HeadModel,
        fps: float,
        device: torch.device | str = "cpu",
        clip: str = "",
    ) -> Job[MultiViewFit]:
        started, device = time.perf_counter(), torch.device(device)
        settings = self.flame.losses(self.settings)
        observed = observe(views, tuple(head.data.detectors), settings.max_gap, device, clip)
        encoding = loop._Loop(views, observed, encoder, settings, device)
        first = yield from encoding.encode(clip)
        objective = Objective(observed, head, settings, first)
        moved = yield from move_parameters(first, objective, encoding.batches, self.flame, clip)
        final = objective.settled(moved.params)
        seen_by_views = objective.views
        yield Progress("score", 0, 1, clip)
        return outcome.assemble(
            views,
            observed,
            head,
            first,
            final,
            moved.history,
            fps,
            time.perf_counter() - started,
            encoder.encoder_id,
            {
                "method": self.name,
                "flame_fit": self.flame.model_dump(mode="json"),
                "neuface": settings.model_dump(mode="json"),
                "device": str(device),
            },
            view_weight=None if seen_by_views is None else seen_by_views.votes(),
            confidence=encoding.confidence,
            extra_metrics={} if seen_by_views is None else {"unseen_share": seen_by_views.unseen_share()},
        )


@dataclass(frozen=True)
class Released:
    """The schedule of the published code; see `released`."""

    settings: NeuFaceSettings
    name: str = "released"

    def fit(
        self,
        views: Sequence[ViewInput],
        encoder: Encoder,
        head: HeadModel,
        fps: float,
        device: torch.device | str = "cpu",
        clip: str = "",
    ) -> Job[MultiViewFit]:
        return (yield from fit_released(views, encoder, head, self.settings, fps, device, clip))


def method_of(settings: NeuFaceSettings) -> Method:
    """The method that settings of a project ask for: the loop, or the published schedule."""
    return Released(settings) if settings.preset == "released" else NeuFace(settings)


def encoder_only(settings: NeuFaceSettings | None = None) -> NeuFace:
    """Φ_w⁰(I), the paper's Base-dataset of the pretrained network: the loop with no pass."""
    settings = settings or NeuFaceSettings()
    return NeuFace(settings.model_copy(update={"iterations": 0}), "encoder_only")


def flame_fit(flame: FlameFitSettings | None = None, settings: NeuFaceSettings | None = None) -> FlameFit:
    """FLAME fitting with these weights, or the tuned ones, and the targets of these settings of the loop."""
    return FlameFit(settings or NeuFaceSettings(), flame or FlameFitSettings())


def neuface(settings: NeuFaceSettings | None = None) -> NeuFace:
    """The loop with these settings, or the default preset."""
    return NeuFace(settings or NeuFaceSettings())


def released(settings: NeuFaceSettings | None = None) -> Released:
    """The published schedule with these settings, or those of its preset."""
    return Released(settings or NeuFaceSettings.of_preset("released"))

"""Ways from the same landmarks and crops to a fit, behind one protocol, so that they can be compared (NeuFace Table 2).

What differs between two methods is only what they do between the encoder's first answer and their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from neuface_core.encoders.base import Encoder
from neuface_core.fitting.clip_encoder import ClipEncoder, Improved, fit_from_first_answer
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.flame_fit import move_parameters
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.neuface import fit_views
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.released import fit_released
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job


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
        return (yield from fit_views(views, encoder, head, self.settings, fps, device, clip))


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
        settings = self.flame.losses(self.settings)

        def improve(clip_encoder: ClipEncoder, first: HeadParams) -> Job[Improved]:
            objective = Objective(clip_encoder.observed, head, settings, first)
            moved = yield from move_parameters(first, objective, clip_encoder.batches, self.flame, clip)
            final = objective.settled(moved.params)
            if objective.views is None:
                return Improved(final, moved.history)
            unseen = {"unseen_share": objective.views.unseen_share()}
            return Improved(final, moved.history, objective.views.votes(), unseen)

        about = {
            "method": self.name,
            "flame_fit": self.flame.model_dump(mode="json"),
            "neuface": settings.model_dump(mode="json"),
        }
        return (yield from fit_from_first_answer(views, encoder, head, settings, fps, device, clip, improve, about))


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

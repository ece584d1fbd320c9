"""Φ behind one protocol, cut in two at the lowest trainable layer, so that what lies below is computed once a clip."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from torch import Tensor, nn

from neuface_core.encoders.crop_rule import CropRule
from neuface_core.heads.params import HeadParams

Stage = Literal["all", "last_stage", "head"]
Features = tuple[Tensor, ...]


class Encoder(Protocol):
    """An image-to-head-parameters network.

    Implementations are `torch.nn.Module`s without BatchNorm updates or dropout: the same images and weights always give
    the same answer. `copy.deepcopy` gives an independent copy, which is how the weights w⁰ survive a fit.

    Three more attributes are asked for where they are there: `confidence(features, stage)`, how far the first answer
    can be trusted (`OpenEncoder`); `published_step`, the step size of Adam that this network was optimised with
    elsewhere; and `training_bytes(stage)`, what one picture holds in memory until its step is made (`DecaEncoder`).

    Attributes
    ----------
    encoder_id
        Of the network and its weights, as fits and exported files name it.
    head_id
        Of the head model that its answers are for.
    licence
        Of the weights.
    input_size
        Side of its pictures in pixels.
    crop_rule
        Which square around the face these show.
    """

    encoder_id: str
    head_id: str
    licence: str
    input_size: int
    crop_rule: CropRule

    def features(self, images: Tensor, stage: Stage) -> Features:
        """Activations below the part that `stage` trains.

        Parameters
        ----------
        images : (N, 3, S, S) float32
            RGB in [0, 1], S = `input_size`.

        Returns
        -------
        tuple of Tensors, each with N rows
            For "all" the images themselves.
        """
        ...

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        """Head parameters of N images from what `features` gave for the same stage."""
        ...

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """The weights that `stage` trains: everything that `answer` uses."""
        ...

"""Φ behind one protocol, cut in two at the lowest trainable layer, so that what lies below is computed once a clip."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Protocol

from torch import Tensor, nn

from neuface_core.heads.params import HeadParams

Stage = Literal["all", "last_stage", "head"]
Features = tuple[Tensor, ...]


class Encoder(Protocol):
    """An image-to-head-parameters network.

    Implementations are `torch.nn.Module`s without BatchNorm updates or dropout: the same images and weights always give
    the same answer. `copy.deepcopy` gives an independent copy, which is how the weights w⁰ survive a fit.
    """

    encoder_id: str
    head_id: str
    input_size: int
    crop_scale: float

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

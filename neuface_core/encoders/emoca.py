"""EMOCA's coarse encoders (Daněček et al. 2022) as Φ: DECA's network, and a second one for the expression.

The second network replaces what DECA's says of the expression, and in some configurations of the jaw, or of the jaw and
the global orientation; how many outputs it has tells which: 50, 53 or 56.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.coarse import (
    INPUT_SIZE,
    PUBLISHED_STEP,
    CoarseNetwork,
    short_hash,
    training_bytes,
    with_weights,
)
from neuface_core.encoders.crop_rule import EMOCA_CROP
from neuface_core.encoders.deca import HEAD, N_OUT, head_params, named_parts
from neuface_core.heads.params import HeadParams
from neuface_core.models.kinds import known

Trained = Literal["both", "coarse", "expression"]
EXPRESSION_ROWS = (50, 53, 56)
LICENCE = known("emoca").licence


class EmocaEncoder(nn.Module):
    """Pictures of faces to parameters of FLAME 2020 (`base.Encoder`); make it with `loading.load_encoder`.

    Parameters
    ----------
    coarse, expression
        `E_flame` and `E_expression`.
    name
        Of the model, for example "EMOCA_v2_lr_mse_20".
    trained
        Which of the two networks a fit optimises; the other one's answers stay as they are.
    """

    input_size = INPUT_SIZE
    crop_rule = EMOCA_CROP
    head_id = HEAD
    licence = LICENCE
    published_step = PUBLISHED_STEP

    def __init__(
        self, coarse: CoarseNetwork, expression: CoarseNetwork, name: str = "emoca", trained: Trained = "both"
    ) -> None:
        super().__init__()
        self.encoder_id = f"{name.lower()}-{short_hash([coarse, expression])}"
        self.coarse, self.expression, self.trained = coarse, expression, trained

    def features(self, images: Tensor, stage: Stage) -> Features:
        """What lies below the trainable part of `stage` of each network; of one that is not trained, its outputs.

        Where both networks read the pictures themselves, these are there once.
        """
        if stage == "all" and self.trained == "both":
            return (images,)
        return tuple(
            network.below(images, stage) if self._trains(name) else self._untrained(network, images)
            for name, network in self._networks()
        )

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        """The rest of the way to N heads."""
        coarse, expression = self._vectors(features, stage)
        params = head_params(coarse)
        pose = expression[:, 50:]
        changed = {"expression": expression[:, :50]}
        if pose.shape[1] == 3:
            changed["jaw_pose"] = pose
        elif pose.shape[1] == 6:
            changed |= {"global_orient": pose[:, :3], "jaw_pose": pose[:, 3:]}
        return replace(params, **changed)

    def trainable_parameters(self, stage: Stage) -> Iterator[nn.Parameter]:
        """The weights that lie behind `features` of that stage, of the networks that are trained."""
        for name, network in self._networks():
            if self._trains(name):
                yield from network.stage_parameters(stage)

    def training_bytes(self, stage: Stage) -> int:
        """What one picture holds in memory until its step is made."""
        return training_bytes(stage) * (2 if self.trained == "both" else 1)

    def texture_and_light(self, features: Features, stage: Stage) -> tuple[Tensor, Tensor]:
        """As `DecaEncoder.texture_and_light`."""
        parts = named_parts(self._vectors(features, stage)[0])
        return parts["texture"], parts["light"].reshape(-1, 9, 3)

    def _networks(self) -> tuple[tuple[str, CoarseNetwork], tuple[str, CoarseNetwork]]:
        return ("coarse", self.coarse), ("expression", self.expression)

    def _trains(self, name: str) -> bool:
        return self.trained in ("both", name)

    @staticmethod
    @torch.no_grad()
    def _untrained(network: CoarseNetwork, images: Tensor) -> Tensor:
        return network.above(images, "all")

    def _vectors(self, features: Features, stage: Stage) -> list[Tensor]:
        """Outputs of both networks."""
        read = features * 2 if len(features) == 1 else features
        return [
            network.above(part, stage) if self._trains(name) else part
            for (name, network), part in zip(self._networks(), read, strict=True)
        ]


def emoca_encoder(
    coarse: Mapping[str, Tensor],
    expression: Mapping[str, Tensor],
    path: Path,
    name: str = "emoca",
    trained: Trained = "both",
) -> EmocaEncoder:
    """The encoder from the state dictionaries of `deca.E_flame` and `deca.E_expression`.

    Raises
    ------
    ModelError
        When they do not fit; see `coarse.with_weights`.
    """
    return EmocaEncoder(
        with_weights(coarse, (N_OUT,), "EMOCA's E_flame", path),
        with_weights(expression, EXPRESSION_ROWS, "EMOCA's E_expression", path),
        name,
        trained,
    )

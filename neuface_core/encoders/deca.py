"""DECA's coarse encoder (Feng et al. 2021) as Φ, for who has its weights: the network that the paper optimises.

A file of DECA holds three networks; the one that regresses FLAME's parameters, `E_flame`, is all that is read. Of its
236 outputs, 159 are parameters of a head: identity 100, expression 50, pose 6 (global orientation and jaw), camera 3.
Its camera and axes are those of `HeadParams`. FLAME's neck and eyes do not turn in DECA.

The other 77, texture 50 and light 27, say nothing of geometry: no loss here reads them, and neither fits nor exports
hold them. `DecaEncoder.texture_and_light` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

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
from neuface_core.encoders.crop_rule import DECA_CROP
from neuface_core.heads.params import HeadParams
from neuface_core.models.kinds import known

SIZES = {"shape": 100, "texture": 50, "expression": 50, "pose": 6, "camera": 3, "light": 27}
"""What the outputs are, in their order."""
N_OUT = sum(SIZES.values())
HEAD = "flame-2020:100,50"
"""The head that the parameters are for: FLAME 2020 with its first 100 and 50 coefficients."""
LICENCE = known("deca").licence


class DecaEncoder(nn.Module):
    """Pictures of faces to parameters of FLAME 2020 (`base.Encoder`); make it with `loading.load_encoder`.

    Parameters
    ----------
    coarse
        `E_flame`.
    """

    input_size = INPUT_SIZE
    crop_rule = DECA_CROP
    head_id = HEAD
    licence = LICENCE
    published_step = PUBLISHED_STEP

    def __init__(self, coarse: CoarseNetwork) -> None:
        super().__init__()
        self.encoder_id = f"deca-{short_hash([coarse])}"
        self.coarse = coarse

    def features(self, images: Tensor, stage: Stage) -> Features:
        """What lies below the trainable part of `stage`: pictures, maps (N, 1024, 14, 14), or (N, 2048) features."""
        return (self.coarse.below(images, stage),)

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        """The rest of the way to N heads."""
        return head_params(self.coarse.above(features[0], stage))

    def trainable_parameters(self, stage: Stage) -> Iterator[nn.Parameter]:
        """The weights that lie behind `features` of that stage."""
        return self.coarse.stage_parameters(stage)

    def training_bytes(self, stage: Stage) -> int:
        """What one picture holds in memory until its step is made."""
        return training_bytes(stage)

    def texture_and_light(self, features: Features, stage: Stage) -> tuple[Tensor, Tensor]:
        """Coefficients of FLAME's texture (N, 50) and of nine spherical harmonics in RGB (N, 9, 3)."""
        parts = named_parts(self.coarse.above(features[0], stage))
        return parts["texture"], parts["light"].reshape(-1, 9, 3)


def deca_encoder(tensors: Mapping[str, Tensor], path: Path) -> DecaEncoder:
    """The encoder from the state dictionary of `E_flame`.

    Raises
    ------
    ModelError
        When they do not fit; see `coarse.with_weights`.
    """
    return DecaEncoder(with_weights(tensors, (N_OUT,), "DECA's E_flame", path))


def named_parts(vectors: Tensor) -> dict[str, Tensor]:
    """The outputs (N, 236) by the names of `SIZES`."""
    return dict(zip(SIZES, torch.split(vectors, list(SIZES.values()), dim=1), strict=True))


def head_params(vectors: Tensor) -> HeadParams:
    """The heads that outputs (N, 236) describe."""
    part = named_parts(vectors)
    still = torch.zeros_like(vectors[:, :3])
    return HeadParams(
        shape=part["shape"],
        expression=part["expression"],
        global_orient=part["pose"][:, :3],
        neck_pose=still,
        jaw_pose=part["pose"][:, 3:],
        eye_pose=torch.cat([still, still], dim=1),
        camera=part["camera"],
    )

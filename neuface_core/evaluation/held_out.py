"""Faces with known truth that nothing was trained on, and what an encoder answers on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.base import Encoder
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress

_BATCH = 50


@dataclass(frozen=True)
class HeldOutFaces:
    """N pictures and what they show.

    Attributes
    ----------
    images : (N, 3, S, S) uint8
        RGB, cut as the encoder wants them.
    truth : HeadParams of N rows
    landmarks : (N, 68, 2) float32
        Static contour, crop coordinates.
    attributes
        Name to (N,): how the picture was taken and what can be seen in it, to slice by.
    """

    images: NDArray[np.uint8]
    truth: HeadParams
    landmarks: NDArray[np.float32]
    attributes: Mapping[str, NDArray[np.generic]]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Answers:
    """What an encoder says of N pictures.

    Attributes
    ----------
    params : HeadParams of N rows, on the CPU
    confidence : (N,) float64 or None
        Higher is surer; None where the encoder gives none.
    """

    params: HeadParams
    confidence: NDArray[np.float64] | None


def answers(
    encoder: Encoder, images: NDArray[np.uint8], device: torch.device | str = "cpu", clip: str = ""
) -> Job[Answers]:
    """Run an encoder on pictures (N, 3, S, S), each as if it were alone."""
    params: list[HeadParams] = []
    confidence: list[NDArray[np.float64]] = []
    give_confidence: Any = getattr(encoder, "confidence", None)
    for start in range(0, len(images), _BATCH):
        with torch.no_grad():
            batch = torch.from_numpy(images[start : start + _BATCH]).to(device).float() / 255.0
            features = encoder.features(batch, "head")
            params.append(encoder.answer(features, "head").map(lambda t: t.cpu()))
            if give_confidence is not None:
                confidence.append(give_confidence(features, "head").cpu().numpy().astype(np.float64))
        yield Progress("encode", min(start + _BATCH, len(images)), len(images), clip)
    return Answers(HeadParams.cat(params), np.concatenate(confidence) if confidence else None)

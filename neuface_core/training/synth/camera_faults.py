"""What a camera and a codec do to a picture: exposure, colour cast, blur, noise, low resolution, compression."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Picture = NDArray[np.float32]

_P_CLEAN = 0.25


@dataclass(frozen=True)
class Faults:
    """What was done to a picture; the fields are those of `FaceAttributes` and mean the same."""

    blur: float = 0.0
    resolution: float = 0.0
    quality: float = 100.0
    colour: bool = True


def _tone(rng: Rng, picture: Picture) -> tuple[Picture, bool]:
    """Contrast, gamma, white balance, saturation, sometimes no colour at all."""
    picture = np.clip(picture, 0, None) ** np.float32(np.exp(rng.normal(0, 0.12)))
    picture = (picture - 0.5) * float(np.exp(rng.normal(0, 0.14))) + 0.5 + float(rng.normal(0, 0.03))
    if rng.random() < 0.5:
        cast = rng.normal(0, 0.07) * np.array([1.0, 0.1, -1.0]) + rng.normal(0, 0.025, 3)
        picture = picture * np.exp(cast).astype(np.float32)
    grey = picture.mean(axis=2, keepdims=True)
    colour = bool(rng.random() > 0.04)
    keep = float(np.clip(rng.normal(0.95, 0.18), 0.3, 1.5)) if colour else 0.0
    return np.clip(grey + keep * (picture - grey), 0, 1).astype(np.float32), colour


def blurred(rng: Rng, picture: Picture) -> tuple[Picture, float]:
    """Out of focus or moved; and by how much, as a share of the side."""
    kind = rng.random()
    size = len(picture)
    if kind < 0.40:
        share = float(np.exp(rng.uniform(np.log(0.0015), np.log(0.009))))
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), share * size), np.float32), share
    if kind < 0.52:  # a head or a camera that moved
        share = float(rng.uniform(0.006, 0.026))
        angle, half = rng.uniform(0, np.pi), share * size
        side = 2 * int(np.ceil(half)) + 1
        kernel = np.zeros((side, side), np.float32)
        reach = half * np.array([np.cos(angle), np.sin(angle)])
        ends = ((side // 2 + np.stack([-reach, reach])) * 16).round().astype(np.int32)
        cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, 4)
        kernel = np.maximum(kernel, 0)
        return np.asarray(cv2.filter2D(picture, -1, kernel / max(kernel.sum(), 1e-6)), np.float32), share
    return picture, 0.0


def grainy(rng: Rng, picture: Picture) -> Picture:
    grain = rng.standard_normal(picture.shape, np.float32)
    if rng.random() < 0.5:
        grain = cv2.GaussianBlur(grain, (0, 0), 0.8) * 2
    strength = float(np.exp(rng.uniform(np.log(0.004), np.log(0.04))))
    return np.asarray(picture + strength * (1.3 - 0.6 * picture) * grain, np.float32)


def compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    ok, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED), np.uint8) if ok else picture


def photograph(rng: Rng, picture: Picture, size: int) -> tuple[NDArray[np.uint8], Faults]:
    """A rendered picture (R, R, 3) in [0, 1] as a camera would have stored it: (size, size, 3) uint8.

    A quarter of the pictures stays clean; the others get some of the faults, seldom all.
    """
    picture, colour = _tone(rng, cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA))
    if rng.random() < _P_CLEAN:
        return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8), Faults(resolution=size, colour=colour)
    picture, blur = blurred(rng, picture)
    taken = size
    if rng.random() < 0.30:  # a small face in a large frame: the crop had few pixels
        taken = int(np.exp(rng.uniform(np.log(0.22), np.log(0.9))) * size)
    if taken != size:
        picture = cv2.resize(picture, (taken, taken), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        picture = grainy(rng, picture)
    stored: NDArray[np.uint8] = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    quality = 100
    if rng.random() < 0.5:
        quality = int(rng.integers(22, 95))
        stored = compressed(stored, quality)
    if taken != size:
        way = cv2.INTER_CUBIC if rng.random() < 0.4 else cv2.INTER_LINEAR
        stored = np.asarray(cv2.resize(stored, (size, size), interpolation=way), np.uint8)
    return stored, Faults(blur, taken, quality, colour)

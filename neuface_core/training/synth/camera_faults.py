"""What a camera and a codec do to a picture: exposure, colour cast, blur, noise, low resolution, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator


def _tone(rng: Rng, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Exposure, contrast, gamma, white balance, saturation, sometimes no colour at all."""
    picture = np.clip(picture, 0, None) ** float(np.exp(rng.normal(0, 0.18)))
    picture = (picture - 0.5) * float(np.exp(rng.normal(0, 0.2))) + 0.5 + float(rng.normal(0, 0.06))
    if rng.random() < 0.6:
        picture = picture * np.exp(rng.normal(0, 0.08, 3)).astype(np.float32)
    grey = picture.mean(axis=2, keepdims=True)
    keep = 0.0 if rng.random() < 0.08 else float(np.clip(rng.normal(1, 0.2), 0, 1.6))
    toned: NDArray[np.float32] = np.clip(grey + keep * (picture - grey), 0, 1).astype(np.float32)
    return toned


def _blur(rng: Rng, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    kind = rng.random()
    scale = len(picture) / 192
    if kind < 0.35:
        picture = cv2.GaussianBlur(picture, (0, 0), scale * float(rng.uniform(0.3, 1.6)))
    elif kind < 0.45:  # a head or a camera that moved
        length = max(2, round(scale * rng.uniform(2, 9)))
        kernel = np.zeros((length, length), np.float32)
        angle = rng.uniform(0, np.pi)
        half = (length - 1) / 2
        reach = half * np.array([np.cos(angle), np.sin(angle)])
        a, b = (
            (np.array([half, half]) - reach).round().astype(int),
            (np.array([half, half]) + reach).round().astype(int),
        )
        cv2.line(kernel, a.tolist(), b.tolist(), 1.0)
        picture = cv2.filter2D(picture, -1, kernel / kernel.sum())
    elif kind < 0.62:  # a small face, made larger
        small = round(len(picture) * float(rng.uniform(0.3, 0.8)))
        way = cv2.INTER_LINEAR if rng.random() < 0.6 else cv2.INTER_CUBIC
        low = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(low, (len(picture), len(picture)), interpolation=way)
    return picture


def photograph(rng: Rng, picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A rendered picture (S, S, 3) in [0, 1] as a camera would have stored it: (S, S, 3) uint8."""
    picture = _blur(rng, _tone(rng, picture))
    if rng.random() < 0.6:
        grain = rng.standard_normal(picture.shape, np.float32)
        if rng.random() < 0.5:
            grain = cv2.GaussianBlur(grain, (0, 0), 0.8) * 2
        picture = picture + float(rng.uniform(0.003, 0.035)) * grain
    stored: NDArray[np.uint8] = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < 0.45:
        quality = int(rng.integers(25, 95))
        ok, packed = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if ok:
            stored = np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED), np.uint8)
    return stored

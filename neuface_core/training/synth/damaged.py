"""Damaged copies of pictures: what is left of a face that was far away, badly cut out, blurred and compressed.

A rendered picture is dear and a copy of it cheap. The copy shows the same head in the same pose, so that the truth is
the original's, but for the crop, which is cut anew.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from neuface_core.training.synth.camera_faults import blurred, compressed, grainy

Rng = np.random.Generator

LEAST_SHARE, MOST_SHARE = 0.15, 0.7
"""Of the picture's pixels across that a copy keeps."""

_P_SMALL, _P_BLUR, _P_GRAIN, _P_COMPRESSED = 0.75, 0.7, 0.6, 0.7
_ZOOM_SIGMA, _SHIFT_SIGMA = 0.06, 0.03


def damaged_copy(rng: Rng, picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A copy of a picture (S, S, 3) uint8, and how it was cut out.

    Returns
    -------
    copy : (S, S, 3) uint8
    crop : (3,) float32
        Shift x, y and half side of the new crop in coordinates of the old one: a point at p is at (p - shift) / half.
    """
    size = len(picture)
    half = float(np.exp(rng.normal(0, _ZOOM_SIGMA)))
    shift = rng.normal(0, _SHIFT_SIGMA, 2)
    centre = (size - 1) / 2
    # Pixel centres are half a pixel inside the crop's edge: crop coordinate p lies at centre + size / 2 * p.
    move = np.array([[half, 0, centre * (1 - half) + size / 2 * shift[0]]])
    move = np.concatenate([move, [[0, half, centre * (1 - half) + size / 2 * shift[1]]]])
    cut = cv2.warpAffine(
        picture, move, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    copy: NDArray[np.float32] = np.asarray(cut, np.float32) / np.float32(255)
    if rng.random() < _P_BLUR:
        copy, _ = blurred(rng, copy)
    taken = size
    if rng.random() < _P_SMALL:
        taken = round(float(np.exp(rng.uniform(np.log(LEAST_SHARE), np.log(MOST_SHARE)))) * size)
        copy = np.asarray(cv2.resize(copy, (taken, taken), interpolation=cv2.INTER_AREA), np.float32)
    if rng.random() < _P_GRAIN:
        copy = grainy(rng, copy)
    stored: NDArray[np.uint8] = (np.clip(copy, 0, 1) * 255 + 0.5).astype(np.uint8)
    if rng.random() < _P_COMPRESSED:
        stored = compressed(stored, int(rng.integers(18, 80)))
    if taken != size:
        way = cv2.INTER_CUBIC if rng.random() < 0.4 else cv2.INTER_LINEAR
        stored = np.asarray(cv2.resize(stored, (size, size), interpolation=way), np.uint8)
    return stored, np.array([*shift, half], np.float32)

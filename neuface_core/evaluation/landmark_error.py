"""Normalised mean error (NME) of projected landmarks against detected ones, with both normalisers of the field."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Normaliser = Literal["bbox", "iod"]
OUTER_EYE_CORNERS = (36, 45)  # 0-based iBUG indices; points 37 and 46 of the 1-based order


def normaliser_px(truth: NDArray[np.floating], normaliser: Normaliser) -> NDArray[np.float64]:
    """What an error is divided by, for every frame.

    Parameters
    ----------
    truth : (F, 68, 2) float
        Reference landmarks; NaN where not detected.
    normaliser
        "bbox": square root of the area of the landmarks' box; "iod": distance of the outer eye corners.

    Returns
    -------
    (F,) float64
        Pixels; NaN where not detected.
    """
    truth = np.asarray(truth, np.float64)
    if normaliser == "iod":
        left, right = OUTER_EYE_CORNERS
        distance: NDArray[np.float64] = np.linalg.norm(truth[:, left] - truth[:, right], axis=-1)
        return distance
    extent = truth.max(axis=1) - truth.min(axis=1)
    root: NDArray[np.float64] = np.sqrt(extent[:, 0] * extent[:, 1])
    return root


def frame_nme(
    projected: NDArray[np.floating], truth: NDArray[np.floating], normaliser: Normaliser = "bbox"
) -> NDArray[np.float64]:
    """NME of every frame in percent: mean over the 68 points of the Euclidean error over the normaliser, times 100.

    Parameters
    ----------
    projected, truth : (F, 68, 2) float
        Pixels; NaN where there is no mesh or no detection.

    Returns
    -------
    (F,) float64
        NaN where either side is missing.
    """
    distance = np.linalg.norm(np.asarray(projected, np.float64) - np.asarray(truth, np.float64), axis=-1).mean(axis=-1)
    scale = normaliser_px(truth, normaliser)
    usable = scale > 0
    percent: NDArray[np.float64] = np.full(len(distance), np.nan)
    percent[usable] = 100.0 * distance[usable] / scale[usable]
    return percent


def mean_finite(values: NDArray[np.floating]) -> float:
    """Mean of the finite values; NaN when there is none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")

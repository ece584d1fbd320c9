"""Distances between meshes of one topology: MPVE against a truth, CVD between views."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuface_core.geometry import procrustes


def mpve_mm(
    predicted: NDArray[np.floating],
    truth: NDArray[np.floating],
    alignment: Literal["rigid", "similarity"] = "rigid",
) -> float:
    """Mean per-vertex error in millimetres after aligning every frame (NeuFace Fig. 4).

    Parameters
    ----------
    predicted, truth : (F, V, 3) float
        Metres, one topology.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"predicted has shape {predicted.shape}, truth {truth.shape}")
    move = procrustes(predicted, truth, with_scale=alignment == "similarity")
    return float(1000.0 * np.linalg.norm(move.apply(predicted) - truth, axis=-1).mean())


def cvd_mm(views: NDArray[np.floating]) -> float:
    """Cross-view vertex distance (NeuFace Sec. 4.1): mean L1 distance between the meshes of two views, in millimetres.

    Parameters
    ----------
    views : (F, V, P, 3) float
        Meshes of V views in the canonical frame, metres.
    """
    pairs = list(combinations(range(views.shape[1]), 2))
    if not pairs:
        return float("nan")
    distances = [np.abs(views[:, a].astype(np.float64) - views[:, b]).sum(axis=-1).mean() for a, b in pairs]
    return float(1000.0 * np.mean(distances))

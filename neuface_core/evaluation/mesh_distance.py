"""Distances between meshes of one topology: MPVE against a truth, CVD between views."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuface_core.geometry import procrustes

Alignment = Literal["rigid", "similarity"]
_CHUNK = 128  # meshes: bounds the memory of float64 copies


def vertex_error_mm(
    predicted: NDArray[np.floating], truth: NDArray[np.floating], alignment: Alignment = "rigid"
) -> NDArray[np.float64]:
    """Mean over the vertices of their distance after aligning every mesh onto its truth, (F,) millimetres.

    Parameters
    ----------
    predicted, truth : (F, V, 3) float
        Metres, one topology.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"predicted has shape {predicted.shape}, truth {truth.shape}")
    errors = np.empty(len(truth))
    for start in range(0, len(truth), _CHUNK):
        rows = slice(start, start + _CHUNK)
        move = procrustes(predicted[rows], truth[rows], with_scale=alignment == "similarity")
        errors[rows] = 1000.0 * np.linalg.norm(move.apply(predicted[rows]) - truth[rows], axis=-1).mean(axis=-1)
    return errors


def mpve_mm(predicted: NDArray[np.floating], truth: NDArray[np.floating], alignment: Alignment = "rigid") -> float:
    """Mean per-vertex error in millimetres after aligning every frame (NeuFace Fig. 4): mean of `vertex_error_mm`.

    Parameters
    ----------
    predicted, truth : (F, V, 3) float
        Metres, one topology.
    """
    return float(vertex_error_mm(predicted, truth, alignment).mean())


def constant_mesh(truth: NDArray[np.floating], rounds: int = 4) -> NDArray[np.float64]:
    """The one mesh (V, 3) that is nearest to all of (F, V, 3) after similarity alignment, in the least squares sense.

    Generalised Procrustes: all are laid on the mean, the mean is taken again. It is what an encoder could answer that
    knows the test set and never looks at a picture.
    """
    mean: NDArray[np.float64] = np.asarray(truth, np.float64).mean(axis=0)
    for _ in range(rounds):
        total = np.zeros_like(mean)
        for start in range(0, len(truth), _CHUNK):
            rows = truth[start : start + _CHUNK]
            total += procrustes(rows, mean[None], with_scale=True).apply(rows).sum(axis=0)
        mean = total / len(truth)
    return mean


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

"""Distances between meshes of one topology: MPVE against a truth, CVD between views."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuface_core.geometry import procrustes

Alignment = Literal["none", "rigid", "similarity"]
_CHUNK = 128  # meshes: bounds the memory of float64 copies


def vertex_error_mm(
    predicted: NDArray[np.floating], truth: NDArray[np.floating], alignment: Alignment = "rigid"
) -> NDArray[np.float64]:
    """Mean over the vertices of their distance after aligning every mesh onto its truth, (F,) millimetres.

    The alignment is the best one of the vertices that are given: those of a mask are aligned by the mask alone.

    Parameters
    ----------
    predicted, truth : (F, V, 3) float
        Metres, one topology; F meshes each.
    alignment
        "none": as they lie; "rigid": turned and moved; "similarity": scaled as well.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"predicted has shape {predicted.shape}, truth {truth.shape}")
    errors = np.empty(len(truth))
    for start in range(0, len(truth), _CHUNK):
        rows = slice(start, start + _CHUNK)
        laid = np.asarray(predicted[rows], np.float64)
        if alignment != "none":
            laid = procrustes(laid, truth[rows], with_scale=alignment == "similarity").apply(laid)
        errors[rows] = 1000.0 * np.linalg.norm(laid - truth[rows], axis=-1).mean(axis=-1)
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


def cvd_pairs_mm(views: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cross-view vertex distance of every pair of views (NeuFace Fig. 7), (V, V) millimetres.

    Symmetric; NaN on the diagonal, and for a pair that has no moment with a mesh in both.

    Parameters
    ----------
    views : (F, V, P, 3) float
        Meshes of V views in the canonical frame, metres; NaN where a view has no mesh.
    """
    number = views.shape[1]
    pairs = np.full((number, number), np.nan)
    for a, b in combinations(range(number), 2):
        total, count = 0.0, 0
        for start in range(0, len(views), _CHUNK):
            rows = slice(start, start + _CHUNK)
            distance = np.abs(views[rows, a].astype(np.float64) - views[rows, b]).sum(axis=-1).mean(axis=-1)
            known = np.isfinite(distance)
            total, count = total + float(distance[known].sum()), count + int(known.sum())
        pairs[a, b] = pairs[b, a] = 1000.0 * total / count if count else np.nan
    return pairs


def cvd_mm(views: NDArray[np.floating]) -> float:
    """Cross-view vertex distance (NeuFace Sec. 4.1): mean over all pairs of views of `cvd_pairs_mm`.

    With a mesh in every view at every moment, that is the mean over moments, pairs and vertices. NaN for a single view.

    Parameters
    ----------
    views : (F, V, P, 3) float
        Meshes of V views in the canonical frame, metres; NaN where a view has no mesh.
    """
    pairs = cvd_pairs_mm(views)[np.triu_indices(views.shape[1], 1)]
    known = pairs[np.isfinite(pairs)]
    return float(known.mean()) if len(known) else float("nan")


def worst_pair(pairs: NDArray[np.floating], names: Sequence[str]) -> tuple[str, str, float] | None:
    """The two views that agree least, and their distance; None where no pair was measured."""
    if not np.isfinite(pairs).any():
        return None
    a, b = sorted(int(k) for k in np.unravel_index(int(np.nanargmax(pairs)), pairs.shape))
    return names[a], names[b], float(pairs[a, b])

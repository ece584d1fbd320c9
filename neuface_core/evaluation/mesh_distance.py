"""Distances between meshes of one topology: MPVE against a truth, CVD between views."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray


def align(
    source: NDArray[np.floating], target: NDArray[np.floating], *, with_scale: bool
) -> NDArray[np.float64]:
    """Least-squares alignment of corresponding points (Umeyama 1991), never a reflection.

    Parameters
    ----------
    source, target : (P, 3) float
        Corresponding points.
    with_scale
        Similarity instead of rigid.

    Returns
    -------
    (P, 3) float64
        `source` moved onto `target`.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    moved, wanted = source - source_mean, target - target_mean
    u, singular, vt = np.linalg.svd(wanted.T @ moved)
    sign = np.ones(3)
    sign[2] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * sign) @ vt
    scale = float((singular * sign).sum() / (moved**2).sum()) if with_scale else 1.0
    aligned: NDArray[np.float64] = scale * moved @ rotation.T + target_mean
    return aligned


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
    with_scale = alignment == "similarity"
    errors = [
        np.linalg.norm(align(p, t, with_scale=with_scale) - t, axis=-1).mean()
        for p, t in zip(predicted, truth, strict=True)
    ]
    return float(1000.0 * np.mean(errors))


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

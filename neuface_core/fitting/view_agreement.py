"""How far the views of a clip are apart, moment by moment (NeuFace Fig. 7 is its mean over the clip)."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.fitting.fit import MultiViewFit
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress

_MESHES_AT_ONCE = 48


def moment_distances(fit: MultiViewFit, head: HeadModel, clip: str = "") -> Job[NDArray[np.float32]]:
    """Mean L1 distance of the meshes of two views, over all pairs that have one, orientation undone.

    Returns
    -------
    (2, F) float32
        Before and after the fit, millimetres; NaN where fewer than two views have a mesh.
    """
    found = np.full((2, fit.n_frames), np.nan, np.float32)
    step = max(1, _MESHES_AT_ONCE // fit.n_views)
    for start in range(0, fit.n_frames, step):
        rows = slice(start, min(start + step, fit.n_frames))
        for which in range(2):
            found[which, rows] = _distances(fit, head, rows, before=which == 0)
        yield Progress("views", rows.stop, fit.n_frames, clip)
    return found


@torch.no_grad()
def _distances(fit: MultiViewFit, head: HeadModel, rows: slice, *, before: bool) -> NDArray[np.float32]:
    params = [(view.params_encoder if before else view.params)[rows] for view in fit.views]
    meshes = [head.vertices_local(of_view).numpy() for of_view in params]
    for mesh, view in zip(meshes, fit.views, strict=True):
        mesh[~view.valid[rows]] = np.nan
    pairs = np.stack([np.abs(a - b).sum(-1).mean(-1) for a, b in combinations(meshes, 2)])
    known = np.isfinite(pairs)
    total = np.where(known, pairs, 0).sum(0)
    return np.where(known.any(0), 1000 * total / np.maximum(known.sum(0), 1), np.nan).astype(np.float32)

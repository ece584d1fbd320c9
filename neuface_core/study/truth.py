"""Errors of a fit against the known truth of a synthetic clip: MPVE (NeuFace Fig. 4), and the true head's motion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.evaluation.landmark_error import mean_finite
from neuface_core.evaluation.mesh_distance import Alignment, cvd_mm, vertex_error_mm
from neuface_core.evaluation.stability import motion_retained
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.study.inputs import ClipPlan

MASK = "face"
_ALIGNMENTS: tuple[Alignment, ...] = ("rigid", "similarity")
_CHUNK = 64


@dataclass(frozen=True)
class ClipTruth:
    """What is known of a clip.

    Attributes
    ----------
    views
        True parameters of every view of the plan, one row a moment of the clip.
    """

    views: tuple[HeadParams, ...]


def clip_truth(plan: ClipPlan, head: HeadModel) -> ClipTruth | None:
    """The truth that lies beside the videos of a synthetic clip; None for other clips, and for those of another head.

    Raises
    ------
    ExportError
        When a view of a synthetic clip has none.
    """
    from neuface_core.training.clips.clip_folder import MANIFEST, TRUTH, read_view_truth

    folder = plan.views[0].video.parent
    if not (folder / TRUTH).is_dir() or _head_of(folder / MANIFEST) != head.head_id:
        return None
    found = []
    for view in plan.views:
        arrays = read_view_truth(folder, view.video.stem)
        params = HeadParams.from_arrays({name: np.asarray(a, np.float32) for name, a in arrays.items() if a.ndim == 2})
        found.append(params[view.offset : view.offset + view.track.n_frames])
    return ClipTruth(tuple(found))


def _head_of(manifest: Path) -> str:
    try:
        return str(json.loads(manifest.read_text("utf-8")).get("head_id", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def truth_errors(head: HeadModel, fit: MultiViewFit, truth: ClipTruth) -> dict[str, float]:
    """MPVE in millimetres of the region "face" after rigid and after similarity alignment, and motion over the truth's.

    Every frame with a mesh counts, and every view alike. Weak perspective does not see how large a head is, so that
    the rigid error holds the wrong size as well.
    """
    mask = np.flatnonzero(head.vertex_masks[MASK])
    errors: dict[str, list[float]] = {f"mpve_{alignment}_mm": [] for alignment in _ALIGNMENTS}
    kept = []
    for view, true in zip(fit.views, truth.views, strict=True):
        rows = np.flatnonzero(view.valid)
        found, wanted = view.params[rows], true[rows]
        for alignment in _ALIGNMENTS:
            parts = [
                vertex_error_mm(a[:, mask], b[:, mask], alignment)
                for a, b in zip(_meshes(head, found), _meshes(head, wanted), strict=True)
            ]
            errors[f"mpve_{alignment}_mm"].append(float(np.concatenate(parts).mean()))
        kept.append(motion_retained(found.global_orient.numpy(), wanted.global_orient.numpy()))
    means = {name: mean_finite(np.array(values)) for name, values in errors.items()}
    return {**means, "motion_of_truth": mean_finite(np.array(kept))}


def truth_cvd_mm(head: HeadModel, truth: ClipTruth, every: int = 10) -> float:
    """Cross-view vertex distance of the true meshes, some moments of them: what no method can be better than."""
    moments = [np.concatenate(list(_meshes(head, view[::every]))) for view in truth.views]
    return cvd_mm(np.stack(moments, axis=1))


@torch.no_grad()
def _meshes(head: HeadModel, params: HeadParams) -> Iterator[NDArray[np.float32]]:
    """Meshes without the global orientation, a few at a time."""
    device = head.device
    for start in range(0, len(params), _CHUNK):
        chunk = params[start : start + _CHUNK].map(lambda t: t.to(device))
        yield head.vertices_local(chunk).cpu().numpy()

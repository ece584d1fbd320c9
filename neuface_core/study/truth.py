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
from neuface_core.fitting.view_targets import bootstrapped_mesh, to_canonical
from neuface_core.fitting.visibility import vertex_confidence
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.study.inputs import ClipPlan

MASK = "face"
_ALIGNMENTS: tuple[Alignment, ...] = ("rigid", "similarity")
_CHUNK = 64
_MOMENTS = 8
_SIDES = ("left_60", "right_60")


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


@torch.no_grad()
def bootstrapped_errors(head: HeadModel, fit: MultiViewFit, truth: ClipTruth) -> dict[str, float]:
    """MPVE (similarity, region "face") of the mesh that the views of a fit give together, by how they are weighted.

    For all views, and for the two at 60 degrees alone, where each sees one half of the face. Moments without a mesh in
    one of the views are left out.

    Returns
    -------
    dict
        ``together_visibility_mm``, ``together_uniform_mm``, ``sides_visibility_mm``, ``sides_uniform_mm``.
    """
    mask = np.flatnonzero(head.vertex_masks[MASK])
    moments = np.flatnonzero(np.stack([view.valid for view in fit.views]).all(axis=0))
    groups = {"together": list(range(len(fit.views)))}
    if set(_SIDES) <= set(fit.view_names):
        groups["sides"] = [fit.view_names.index(name) for name in _SIDES]
    errors: dict[str, list[NDArray[np.float64]]] = {}
    for start in range(0, len(moments) if len(fit.views) > 1 else 0, _MOMENTS):
        rows = moments[start : start + _MOMENTS]
        params = [view.params[rows].map(lambda t: t.to(head.device)) for view in fit.views]
        local = torch.stack([head.vertices_local(own) for own in params], dim=1)
        sees = torch.stack([vertex_confidence(head(own), head.faces_tensor) for own in params], dim=1)
        wanted = np.concatenate(list(_meshes(head, truth.views[0][rows])))[:, mask]
        for group, views in groups.items():
            meshes = local[:, views]
            reference = meshes.mean(dim=1, keepdim=True).expand_as(meshes)
            canonical = to_canonical(meshes.flatten(0, 1), reference.flatten(0, 1)).view_as(meshes)
            for kind, confidence in (("visibility", sees[:, views]), ("uniform", torch.ones_like(sees[:, views]))):
                mesh, _ = bootstrapped_mesh(canonical, confidence, confidence.new_ones(confidence.shape[:2]))
                found = vertex_error_mm(mesh.cpu().numpy()[:, mask], wanted, "similarity")
                errors.setdefault(f"{group}_{kind}_mm", []).append(found)
    return {name: float(np.concatenate(parts).mean()) for name, parts in errors.items()}


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

"""A clip of several views as a group: a group for each view, and at its own level the arrays of the first one again.

Those are hard links: stored once, and a reader that knows nothing of views finds a clip as it always was.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.export.clip_group import (
    ClipContent,
    create_vertices,
    write_about,
    write_arrays,
    write_text,
)
from neuface_core.export.left_out import excluded_mask
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.view_targets import bootstrapped_mesh, to_canonical
from neuface_core.fitting.visibility import vertex_confidence
from neuface_core.heads.model import HeadModel
from neuface_core.project import ClipRecord, Project

_VERTEX_BATCH = 64


def view_content(project: Project, record: ClipRecord, fit: Fit, view: int = 0) -> ClipContent:
    """What is exported of one view; time stamps are known of the first view only."""
    about = project.views(record.name)[view]
    timing = project.frame_times(record.name) if view == 0 else None
    if timing is None or len(timing[0]) != fit.n_frames:
        timing = np.full(fit.n_frames, -1, np.int64), Fraction(1)
    path = record.views[view]
    source = path.relative_to(project.path).as_posix() if path.is_relative_to(project.path) else str(path)
    size = (about.width, about.height)
    history, excluded = project.history(record.name), excluded_mask(record, fit.n_frames)
    return ClipContent(record, fit, source, *timing, history, about.offset, size, excluded)


def write_views(
    project: Project,
    record: ClipRecord,
    group: h5py.Group,
    fit: MultiViewFit,
    head: HeadModel,
    *,
    include_vertices: bool,
) -> Iterator[int]:
    """Write all views of a clip; yields the number of frames whose vertices are written."""
    known = project.view_names(record.name)
    contents = [
        view_content(project, record, own, known.index(name))
        for name, own in zip(fit.view_names, fit.views, strict=True)
    ]
    write_about(
        group,
        contents[0],
        fit.metrics,
        {name: own.metrics for name, own in zip(fit.view_names, fit.views, strict=True)},
    )
    names = group_names(fit.view_names)
    for name, exact, content in zip(names, fit.view_names, contents, strict=True):
        below = group.create_group(f"views/{name}")
        below.attrs.update(
            {
                "name": exact,
                "offset": content.offset,
                "width": content.size[0],
                "height": content.size[1],
                "source_path": content.source_path,
                "detector": content.fit.landmarks.detector,
                "contour": content.fit.landmarks.contour,
            }
        )
        write_arrays(below, content)
        if include_vertices:
            yield from write_vertices(below, content.fit, head)
    first = group[f"views/{names[0]}"]
    for member in sorted(first):
        group[member] = first[member]
    write_text(group, "view_names", names)
    group["view_weight"] = fit.view_weight.astype("<f4")
    group["cvd_mm"] = fit.cvd_mm.astype("<f8")
    group["cvd_mm_encoder"] = fit.cvd_encoder_mm.astype("<f8")
    if include_vertices:
        yield from _write_canonical(group, fit, head)


def _write_canonical(group: h5py.Group, fit: MultiViewFit, head: HeadModel) -> Iterator[int]:
    """The mesh that the views agree on (NeuFace Sec. 3.2, bootstrapped mesh) at every moment."""
    dataset = create_vertices(group, fit.n_frames, head.n_vertices, "canonical_vertices")
    batch = max(1, _VERTEX_BATCH // len(fit.views))
    for start in range(0, fit.n_frames, batch):
        rows = slice(start, min(start + batch, fit.n_frames))
        dataset[rows] = canonical_mesh(fit, head, rows)
        yield rows.stop


@torch.no_grad()
def canonical_mesh(fit: MultiViewFit, head: HeadModel, rows: slice) -> NDArray[np.float32]:
    """(n, V, 3) metres, orientation undone: the mean of the views by what each sees and what its vote counts.

    NaN where no view has a mesh.
    """
    device = head.faces_tensor.device
    valid = torch.as_tensor(np.stack([view.valid[rows] for view in fit.views], axis=1), device=device)
    weight = torch.as_tensor(fit.view_weight[rows], device=device) * valid
    local, seen = [], []
    for k, view in enumerate(fit.views):
        params = view.params[rows].map(lambda t: t.to(device).nan_to_num(0.0))
        local.append(head.vertices_local(params))
        seen.append(vertex_confidence(head(params), head.faces_tensor) * valid[:, k, None])
    meshes = torch.stack(local, dim=1)
    counted = torch.where(weight.sum(dim=1, keepdim=True) > 0, weight, valid.to(weight.dtype))
    share = counted / counted.sum(dim=1, keepdim=True).clamp_min(1e-12)
    reference = (share[..., None, None] * meshes).sum(dim=1, keepdim=True).expand_as(meshes)
    laid = to_canonical(meshes.flatten(0, 1), reference.flatten(0, 1)).view_as(meshes)
    mesh, _ = bootstrapped_mesh(laid, torch.stack(seen, dim=1), weight)
    mesh[~valid.any(dim=1)] = torch.nan
    return mesh.float().cpu().numpy()


def write_vertices(group: h5py.Group, fit: Fit, head: HeadModel) -> Iterator[int]:
    """The mesh of every frame; yields the number of frames that are written."""
    dataset = create_vertices(group, fit.n_frames, head.n_vertices)
    device = head.faces_tensor.device
    for start in range(0, fit.n_frames, _VERTEX_BATCH):
        rows = slice(start, min(start + _VERTEX_BATCH, fit.n_frames))
        with torch.no_grad():
            vertices = head(fit.params[rows].map(lambda t: t.to(device))).float().cpu().numpy()
        vertices[~fit.valid[rows]] = np.nan
        dataset[rows] = vertices
        yield rows.stop


def group_names(names: tuple[str, ...]) -> list[str]:
    """Names that HDF5 takes: without a slash, and not a dot."""
    found: list[str] = []
    for wanted in names:
        base = wanted.replace("/", "_").strip(".") or "view"
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found.append(name)
    return found

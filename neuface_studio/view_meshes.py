"""The heads that the views of one moment have, side by side in the canonical frame, and the one they make together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.mesh_distance import cvd_mm
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.picture import MeshPicture, ViewMesh, Wish
from neuface_studio.state import Meshes


def mesh_of_views(clip: OpenedClip, wish: Wish) -> MeshPicture | None:
    """What the 3D view draws of all views; None where no view has a mesh at this moment."""
    meshes = {
        k: mesh
        for k, view in enumerate(clip.views)
        if view.heads is not None and (mesh := view.heads.canonical(wish.frame, before=wish.before)) is not None
    }
    heads = clip.heads
    if heads is None or not meshes:
        return None
    stacked = np.stack(list(meshes.values()))
    distance = cvd_mm(stacked[None])
    mean = _together(clip, wish, list(meshes), stacked)
    if wish.meshes is Meshes.TOGETHER:
        errors = 1000 * np.linalg.norm(stacked - mean, axis=-1).mean(0) if wish.heat else None
        return MeshPicture(mean, heads.normals(mean), errors, distance_mm=distance)
    each = tuple(ViewMesh(k, mesh, heads.normals(mesh)) for k, mesh in meshes.items())
    return MeshPicture(mean, heads.normals(mean), None, each, distance)


def _together(clip: OpenedClip, wish: Wish, views: list[int], meshes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of `meshes` (N, V, 3) by the vote that each view has."""
    weight = np.ones(len(views), np.float32)
    if clip.agreement is not None and not wish.before:
        votes = clip.agreement.weight[wish.frame, views]
        if votes.sum() > 0:
            weight = votes
    return np.asarray(np.einsum("n,nvc->vc", weight / weight.sum(), meshes), np.float32)

"""The heads that the views of one moment have, side by side in the canonical frame, and the one they make together."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.evaluation.mesh_distance import cvd_mm
from neuface_core.fitting.view_targets import bootstrapped_mesh
from neuface_core.fitting.visibility import vertex_confidence
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.picture import MeshPicture, ViewMesh, Wish
from neuface_studio.state import MeshColour, Meshes

_SAME_MM = 0.02


def mesh_of_views(clip: OpenedClip, wish: Wish) -> MeshPicture | None:
    """What the 3D view draws of all views; None where no view has a mesh at this moment."""
    every = [clip.result(view, wish.result)[1] for view in clip.views]
    meshes = {
        k: mesh
        for k, own in enumerate(every)
        if own is not None and (mesh := own.canonical(wish.frame, before=wish.before)) is not None
    }
    heads = clip.heads
    if heads is None or not meshes:
        return None
    stacked = np.stack(list(meshes.values()))
    distance = cvd_mm(stacked[None])
    if wish.meshes is Meshes.TOGETHER:
        together = _together(clip, wish, list(meshes), stacked)
        # Of the head of all views nothing else is known, whatever the heads of the views are coloured by.
        coloured = wish.colour is not MeshColour.NONE
        apart = 1000 * np.linalg.norm(stacked - together, axis=-1).mean(0) if coloured else None
        normals = heads.normals(together)
        return MeshPicture(together, normals, apart, distance_mm=distance, colour=MeshColour.DISTANCE)
    if distance < _SAME_MM:
        # Drawn over each other, the colour of the last would hide the rest as if it alone were there.
        return MeshPicture(stacked[0], heads.normals(stacked[0]), None, distance_mm=distance)
    each = tuple(ViewMesh(k, mesh, heads.normals(mesh)) for k, mesh in meshes.items())
    return MeshPicture(each[0].vertices, each[0].normals, None, each, distance)


def _together(clip: OpenedClip, wish: Wish, views: list[int], meshes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mesh (P, 3) that the views make of `meshes` (V, P, 3): what each sees of it, by the vote that it has."""
    heads = [clip.result(clip.views[k], wish.result)[1] for k in views]
    posed = [h.frame(wish.frame, before=wish.before) for h in heads if h is not None]
    seen = vertex_confidence(
        torch.from_numpy(np.stack([p.vertices for p in posed if p is not None])),
        torch.from_numpy(heads[0].faces).long() if heads[0] is not None else torch.zeros(0, 3),
    )
    votes = clip.agreement.weight[wish.frame, views] if clip.agreement is not None else np.ones(len(views))
    weight = torch.from_numpy(np.ones(len(views)) if wish.before else np.nan_to_num(votes)).float()
    mesh, _ = bootstrapped_mesh(torch.from_numpy(meshes)[None], seen[None], weight[None])
    return np.asarray(mesh[0].numpy(), np.float32)

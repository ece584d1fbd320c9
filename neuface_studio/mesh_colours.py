"""What the skin of the mesh is coloured by, what that means, and its scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_studio import theme
from neuface_studio.head_frames import HeadFrames
from neuface_studio.language import mark
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.picture import MeshPicture, Wish
from neuface_studio.state import MeshColour

__all__ = ["LEGENDS", "Legend", "MeshColour", "legend_of", "mesh_values"]

_UNSURE_PERCENT = 30.0


@dataclass(frozen=True)
class Legend:
    """What stands beside the scale: what it is, and its two ends."""

    words: str
    low: str
    high: str
    full: float


LEGENDS = {
    MeshColour.ERROR: Legend(mark("Landmark error"), "0", "4 %", theme.ERROR_RANGE_PERCENT[1]),
    MeshColour.DETECTOR: Legend(mark("Detector unsure"), "0", "30 %", _UNSURE_PERCENT),
    MeshColour.HIDDEN: Legend(mark("Hidden from the view"), "0", "100 %", 100.0),
    MeshColour.DISTANCE: Legend(mark("Views apart"), "0", mark("4 mm"), 4.0),
}


def legend_of(mesh: MeshPicture | None) -> Legend | None:
    """What the colours of a mesh mean; None where it has none."""
    coloured = mesh is not None and mesh.values is not None and not mesh.heads
    return LEGENDS[mesh.colour] if mesh is not None and coloured else None


def mesh_values(clip: OpenedClip, heads: HeadFrames, wish: Wish) -> NDArray[np.float32] | None:
    """What the vertices (V,) of one view's mesh are coloured by; None where there is no such thing."""
    if wish.colour is MeshColour.DETECTOR:
        return heads.doubt(wish.frame)
    if wish.colour is MeshColour.HIDDEN:
        return heads.hidden(wish.frame, before=wish.before)
    if wish.colour is MeshColour.DISTANCE:
        return _distances(clip, heads, wish)
    return heads.errors(wish.frame, before=wish.before)


def _distances(clip: OpenedClip, heads: HeadFrames, wish: Wish) -> NDArray[np.float32] | None:
    """How far the meshes of the other views lie from that of this one, mean over them, millimetres."""
    mine = heads.canonical(wish.frame, before=wish.before)
    every = [clip.result(view, wish.result)[1] for view in clip.views]
    others = [
        mesh
        for other in every
        if other is not None
        and other is not heads
        and (mesh := other.canonical(wish.frame, before=wish.before)) is not None
    ]
    if mine is None or not others:
        return None
    apart = np.linalg.norm(np.stack(others) - mine, axis=-1).mean(0)
    return np.asarray(1000 * apart, np.float32)

"""What the 3D view says beside its head, or where it has none to draw."""

from __future__ import annotations

import math

from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio.language import tr
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.picture import Picture, Wish
from neuface_studio.state import MESH_WORDS, Meshes


def no_mesh_words(record: ClipRecord, doing: str = "") -> str:
    """Why the 3D view is empty; `doing` says what happens about it already, "" for nothing."""
    if doing:
        return tr("No mesh yet.\n{doing}", doing=doing)
    if record.state in (ClipState.SET_ASIDE, ClipState.FAILED) and record.reason:
        word = tr("Set aside") if record.state is ClipState.SET_ASIDE else tr("It could not be fitted")
        return tr("{what}.\n{reason}\n\n{fit.clip} tries again.", what=word, reason=record.reason)
    if record.state is ClipState.DETECTED:
        return tr(
            "The landmarks are to be verified first.\n"
            "{review.accept} accepts them, {edit.begin} edits, {review.reject} rejects."
        )
    return tr("No mesh yet.\nPress {fit.clip} to fit this clip.")


def heads_words(picture: Picture) -> str:
    """Which heads the 3D view draws, and how far apart those of the views are; "" for the head of the video."""
    meshes, mesh = picture.wish.meshes, picture.mesh
    if meshes is Meshes.OWN or mesh is None:
        return ""
    words = tr(MESH_WORDS[meshes])
    if meshes is Meshes.ALL and not mesh.heads and math.isfinite(mesh.distance_mm):
        return tr("{meshes}: one and the same mesh", meshes=words)
    apart = tr("{distance:.2f} mm apart", distance=mesh.distance_mm)
    return f"{words}  ·  {apart}" if math.isfinite(mesh.distance_mm) else words


def no_head_words(clip: OpenedClip, wish: Wish) -> str:
    """Why the 3D view is empty at one moment."""
    view = clip.views[wish.view]
    if len(clip.views) > 1 and wish.meshes is Meshes.OWN and view.fit is None:
        return tr("No face was found in {name}:\nit was left out of the fit.", name=view.name)
    return tr("No face in this frame.")

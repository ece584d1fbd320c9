"""One moment of a clip as a picture: frame, mesh over it, gradient map, and what the 3D view draws.

Used by the compositor for the window, and by the job that writes what is seen as a video.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from neuface_core.errors import NeuFaceError
from neuface_core.frame_cache import FrameCache
from neuface_core.rendering.shading import Style, draw_mesh
from neuface_studio.head_frames import HeadFrames
from neuface_studio.mesh_colours import MeshColour, mesh_values
from neuface_studio.opened_clip import OpenedClip, OpenedView
from neuface_studio.picture import GradientPicture, MeshPicture, Picture, SmallPicture, Wish, to_qimage
from neuface_studio.state import Meshes, Result
from neuface_studio.theme import error_map
from neuface_studio.view_meshes import mesh_of_views

SMALL_HEIGHT = 176
"""Pixels of a small picture: twice what it has in the window, for sharp screens."""

_ON_VIDEO = {  # the fit is cooler than any skin: clay would melt into the face; the others as in `theme.RESULT`
    Result.FIT: (158, 190, 226),
    Result.BEFORE: (228, 160, 200),
    Result.FLAME: (140, 222, 190),
    Result.PREVIOUS: (240, 196, 120),
}


def compose(clip: OpenedClip, wish: Wish, cache: FrameCache) -> Picture:
    """Everything that is drawn of one moment, with one camera large."""
    view = clip.views[wish.view]
    fit, heads = clip.result(view, wish.result)
    several = wish.meshes is not Meshes.OWN and len(clip.views) > 1
    mesh = mesh_of_views(clip, wish) if several else _own_mesh(clip, heads, wish)
    if view.source is None:
        return Picture(wish, None, None, mesh, view.problem, fit)
    try:
        frame = cache.frame(view.source, wish.frame)
    except (NeuFaceError, IndexError) as error:
        return Picture(wish, None, None, mesh, str(error), fit)
    overlay = _overlay(heads, wish, frame) if wish.overlay else None
    gradient = _gradient(view, wish) if wish.gradient else None
    return Picture(wish, to_qimage(frame), overlay, mesh, "", fit, gradient)


def compose_small(clip: OpenedClip, number: int, wish: Wish, cache: FrameCache) -> SmallPicture:
    """A camera in small at the moment of `wish`."""
    view = clip.views[number]
    fit, heads = clip.result(view, wish.result)
    if view.source is None:
        return SmallPicture(wish, number, None, None, problem=view.problem, fit=fit)
    try:
        frame = cache.frame(view.source, wish.frame)
    except (NeuFaceError, IndexError) as error:
        return SmallPicture(wish, number, None, None, problem=str(error), fit=fit)
    height, width = frame.shape[:2]
    scale = min(1.0, wish.small_height / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    reduced = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else frame
    overlay = _overlay(heads, wish, reduced, scale) if wish.overlay else None
    return SmallPicture(wish, number, to_qimage(reduced), overlay, scale, fit=fit)


def _own_mesh(clip: OpenedClip, heads: HeadFrames | None, wish: Wish) -> MeshPicture | None:
    head = heads.frame(wish.frame, before=wish.before, upright=wish.upright) if heads is not None else None
    if heads is None or head is None:
        return None
    values = mesh_values(clip, heads, wish) if wish.colour is not MeshColour.NONE else None
    return MeshPicture(head.vertices, head.normals, values, colour=wish.colour)


def _overlay(heads: HeadFrames | None, wish: Wish, frame: NDArray[np.uint8], scale: float = 1.0) -> QImage | None:
    """The picture `frame`, which is the video's times `scale`, with the mesh on it."""
    head = heads.frame(wish.frame, before=wish.before, upright=wish.upright) if heads is not None else None
    if heads is None or head is None:
        return None
    screen = head.screen
    if scale != 1.0:
        # The centre of the first pixel is (0, 0) in both.
        screen = screen * np.float32(scale)
        screen[:, :2] += (scale - 1) / 2
    covered = frame.copy()
    style: Style = "wireframe" if wish.wire else "shaded"
    draw_mesh(covered, screen, heads.faces, vertex_light=heads.light, style=style, colour=_ON_VIDEO[wish.result])
    return to_qimage(covered)


def _gradient(view: OpenedView, wish: Wish) -> GradientPicture | None:
    """The map of a frame in the colours of the error map, the clearer the weaker; None where there is none."""
    film = view.gradients() if view.gradients is not None else None
    if film is None or view.fit is None or wish.frame >= len(film.maps) or not view.fit.valid[wish.frame]:
        return None
    strength = film.maps[wish.frame]
    picture = np.empty((*strength.shape, 4), np.uint8)
    picture[..., :3] = error_map()[strength]
    picture[..., 3] = np.minimum(255, 2.5 * strength.astype(np.float32)).astype(np.uint8)
    height, width = strength.shape
    image = QImage(np.ascontiguousarray(picture).data, width, height, QImage.Format.Format_RGBA8888)
    (x, y), size = view.fit.crops.centre[wish.frame], float(view.fit.crops.size[wish.frame])
    return GradientPicture(image.copy(), (float(x), float(y)), size)

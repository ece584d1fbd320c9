"""A frame with the layers that are switched on: in the window, and in pictures and videos of what is seen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from neuface_studio.mesh_colours import Legend
from neuface_studio.picture import Picture
from neuface_studio.state import Layers
from neuface_studio.views.landmark_layer import draw_crop, draw_landmarks

GRADIENT = Legend("Moves the mesh: |∂L/∂I|", "0", "most", 1.0)
"""The map is to the scale of its clip."""


def paint_picture(painter: QPainter, picture: Picture, layers: Layers, place: QRectF, scale: float) -> None:
    """Paint the frame of `picture` and its layers; `place` is where the frame lies, `scale` its size over the video's.

    What smooths the frame is set by the caller.
    """
    if picture.image is None:
        return
    painter.drawImage(place, picture.image)
    if layers.bare:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
    if picture.overlay is not None and layers.mesh:
        painter.setOpacity(layers.opacity)
        painter.drawImage(place, picture.overlay)
    if picture.gradient is not None and layers.gradient:
        painter.setOpacity(layers.gradient_opacity)
        (x, y), size = picture.gradient.centre, picture.gradient.size * scale
        # The centre of the first pixel is (0, 0): the frame begins half a pixel before.
        corner = place.x() + (x + 0.5) * scale - size / 2, place.y() + (y + 0.5) * scale - size / 2
        painter.setClipRect(place)
        painter.drawImage(QRectF(*corner, size, size), picture.gradient.image)
    painter.restore()
    if picture.fit is None:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    offset = np.array([place.x() + 0.5 * scale, place.y() + 0.5 * scale])
    if layers.crop:
        draw_crop(painter, picture.fit, picture.frame, scale, offset)
    draw_landmarks(painter, picture.fit, picture.frame, layers, scale, offset, picture.wish.result)

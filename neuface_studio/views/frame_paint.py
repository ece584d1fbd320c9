"""A frame with the layers that are switched on: in the window, and in pictures and videos of what is seen.

Knows no widget and keeps nothing: it is called by the window and by the thread that writes a video.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from neuface_studio import theme
from neuface_studio.language import mark, tr
from neuface_studio.mesh_colours import Legend
from neuface_studio.picture import Picture
from neuface_studio.state import RESULT_WORDS, Layers, Result
from neuface_studio.views.landmark_layer import draw_crop, draw_landmarks

View = tuple[float, float, float]

GRADIENT = Legend(mark("Moves the mesh: |∂L/∂I|"), "0", mark("most"), 1.0)
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


def place_frame(room: QSizeF, frame: QSizeF, view: View | None) -> tuple[QRectF, float]:
    """Where a frame lies in a room of this size, and its scale; `view` is zoom and the pixel in the middle, or all."""
    if view is None:
        scale = min(room.width() / frame.width(), room.height() / frame.height()) if not frame.isEmpty() else 1.0
        centre = QPointF(frame.width() / 2, frame.height() / 2)
    else:
        scale = view[0]
        # The centre of the top-left pixel is (0, 0): its corner lies half a pixel before.
        centre = QPointF(view[1] + 0.5, view[2] + 0.5)
    return QRectF(QPointF(room.width() / 2, room.height() / 2) - centre * scale, frame * scale), scale


def hud_words(picture: Picture, layers: Layers, name: str, *, left_out: bool, fitted: bool) -> str:
    """Which frame this is, and which result; it stands in the picture, so that a screenshot says it too.

    `name` is that of the view where there are several; `fitted` whether any view has a fit.
    """
    frame = tr("Frame {frame}", frame=picture.frame)
    said = [name, frame] if name else [frame]
    if layers.bare:
        said.append(tr("frame alone"))
    elif picture.wish.result is not Result.FIT:
        said.append(tr(RESULT_WORDS[picture.wish.result]))
    if left_out:
        said.append(tr("left out"))
    if picture.fit is None and name and fitted:
        said.append(tr("left out of the fit"))
    elif picture.fit is not None and not picture.fit.valid[picture.frame]:
        said.append(tr("no face, no mesh"))
    return "  ·  ".join(said)


def draw_hud(painter: QPainter, words: str, picture: Picture, layers: Layers, height: float) -> None:
    """Words in the lower left corner of a picture of this height, on the colour of a result other than the fit."""
    painter.setFont(theme.number_font(9))
    high = theme.px(24)
    box = QRectF(12, height - 12 - high, painter.fontMetrics().horizontalAdvance(words) + 20, high)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    marked = picture.wish.result is not Result.FIT and not layers.bare
    painter.setBrush(theme.RESULT[picture.wish.result] if marked else QColor(0, 0, 0, 165))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(QPen(QColor("#101216" if marked else "#f2f4f7")))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def smooth_frame(painter: QPainter, device_scale: float) -> None:
    """One to one and large pixels stay as they are; in between, nearest pixels would tear the picture."""
    one_to_one = abs(device_scale - 1) < 1e-3
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not one_to_one and device_scale < 4)

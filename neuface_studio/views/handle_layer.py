"""Landmarks that can be grabbed, over the video: shape says where a point comes from, not colour alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from neuface_core.landmarks.corrections import Origin
from neuface_core.rendering.overlay import CURVES
from neuface_studio import theme
from neuface_studio.handles import Handles

BETWEEN = QColor("#dc9bff")
GHOST = QColor("#f2f4f7")
_DARK = QColor(0, 0, 0, 190)


def draw_handles(painter: QPainter, handles: Handles, scale: float, offset: NDArray[np.float64]) -> None:
    """Draw what can be grabbed; a frame pixel p lies at ``p * scale + offset`` of the painter."""
    if handles.ghost is not None:
        _draw_ghost(painter, handles.ghost * scale + offset)
    if not handles.shown:
        return
    places = handles.points * scale + offset
    _draw_curves(painter, places, theme.DETECTED, Qt.PenStyle.SolidLine, 0.5)
    seen = handles.detected * scale + offset
    painter.setPen(QPen(QColor(255, 255, 255, 150), 1.0))
    for point in np.flatnonzero(handles.origin).tolist():
        if np.isfinite(seen[point]).all():
            painter.drawLine(QPointF(*seen[point]), QPointF(*places[point]))
    radius = float(np.clip(scale * 1.6, 3.2, 6.0))
    # The chosen ones last, so that no neighbour hides them.
    for point in sorted(range(len(places)), key=lambda p: p in handles.chosen):
        _draw_handle(painter, QPointF(*places[point]), int(handles.origin[point]), point in handles.chosen, radius)
    if len(handles.chosen) == 1:
        (point,) = handles.chosen
        _draw_number(painter, point, QPointF(*places[point]), radius)


def _draw_handle(painter: QPainter, at: QPointF, origin: int, chosen: bool, radius: float) -> None:
    colour = theme.DETECTED
    if origin == Origin.INTERPOLATED:
        colour = BETWEEN
    elif origin != Origin.DETECTOR:
        colour = theme.PUT
    if chosen:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_DARK, 4.5))
        painter.drawEllipse(at, radius + 3.5, radius + 3.5)
        painter.setPen(QPen(GHOST, 2.2))
        painter.drawEllipse(at, radius + 3.5, radius + 3.5)
    painter.setPen(QPen(_DARK, 1.2))
    painter.setBrush(colour)
    if colour is theme.PUT:
        painter.drawRect(QRectF(at.x() - radius, at.y() - radius, 2 * radius, 2 * radius))
    elif colour is BETWEEN:
        r = radius * 1.25
        x, y = at.x(), at.y()
        painter.drawPolygon(QPolygonF([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)]))
    else:
        painter.drawEllipse(at, radius, radius)


def _draw_number(painter: QPainter, point: int, at: QPointF, radius: float) -> None:
    painter.setFont(theme.number_font(9))
    words = str(point)
    box = QRectF(at.x() + radius + 7, at.y() - 22, painter.fontMetrics().horizontalAdvance(words) + 10, 18)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_DARK)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(GHOST)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _draw_ghost(painter: QPainter, places: NDArray[np.floating]) -> None:
    _draw_curves(painter, places, GHOST, Qt.PenStyle.DashLine, 0.9)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_DARK, 3.0), (GHOST, 1.4)):
        painter.setPen(QPen(colour, width))
        for place in places:
            painter.drawEllipse(QPointF(*place), 3.4, 3.4)


def _draw_curves(
    painter: QPainter, places: NDArray[np.floating], colour: QColor, style: Qt.PenStyle, alpha: float
) -> None:
    faint = QColor(colour)
    faint.setAlphaF(alpha)
    painter.setPen(QPen(faint, 1.2, style))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for indices, closed in CURVES:
        polygon = QPolygonF([QPointF(*places[i]) for i in indices])
        (painter.drawPolygon if closed else painter.drawPolyline)(polygon)

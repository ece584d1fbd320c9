"""Landmarks over the video: where they were detected, where the fitted head has them, and how far these are apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from neuface_core.fitting.fit import Fit
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.rendering.overlay import CURVES
from neuface_studio import theme
from neuface_studio.head_frames import landmark_errors
from neuface_studio.state import Layers, Result


def draw_landmarks(
    painter: QPainter,
    fit: Fit,
    frame: int,
    layers: Layers,
    scale: float,
    offset: NDArray[np.float64],
    result: Result = Result.FIT,
) -> None:
    """Draw the landmark layers of `frame`; a frame pixel p lies at ``p * scale + offset`` of the painter."""
    before = result is Result.BEFORE
    projected = fit.projected_encoder if before else fit.projected
    model, found = projected[frame] * scale + offset, fit.landmarks.points[frame] * scale + offset
    radius = float(np.clip(scale * 1.1, 1.8, 4.0))
    if layers.errors:
        colours = theme.error_colours(landmark_errors(fit, frame, before=before))
        for a, b, colour in zip(model, found, colours, strict=True):
            if np.isfinite(a).all() and np.isfinite(b).all():
                painter.setPen(QPen(QColor(*(int(c) for c in colour)), max(1.5, radius * 0.7)))
                painter.drawLine(QPointF(*a), QPointF(*b))
    if layers.projected:
        _draw_face(painter, model, theme.RESULT[result], radius, lines=True)
    if layers.detected:
        _draw_face(painter, found, theme.DETECTED, radius, lines=False)


def draw_track(painter: QPainter, track: LandmarkTrack, frame: int, scale: float, offset: NDArray[np.float64]) -> None:
    """The landmarks of a clip without a fit, with curves, so that a person can judge them."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = float(np.clip(scale * 1.1, 1.8, 4.0))
    _draw_face(painter, track.points[frame] * scale + offset, theme.DETECTED, radius, lines=True)


def _draw_face(painter: QPainter, points: NDArray[np.floating], colour: QColor, radius: float, *, lines: bool) -> None:
    if not np.isfinite(points).all():
        return
    if lines:
        faint = QColor(colour)
        faint.setAlphaF(0.55)
        painter.setPen(QPen(faint, 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for indices, closed in CURVES:
            polygon = QPolygonF([QPointF(*points[i]) for i in indices])
            if closed:
                painter.drawPolygon(polygon)
            else:
                painter.drawPolyline(polygon)
    painter.setPen(QPen(QColor(0, 0, 0, 170), 1.0))
    painter.setBrush(colour)
    for point in points:
        painter.drawEllipse(QPointF(*point), radius, radius)


def draw_crop(painter: QPainter, fit: Fit, frame: int, scale: float, offset: NDArray[np.float64]) -> None:
    """The square that the encoder looked at."""
    x, y = fit.crops.centre[frame] * scale + offset
    side = float(fit.crops.size[frame]) * scale
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme.CROP, 1.5, Qt.PenStyle.DashLine))
    painter.drawRect(QRectF(float(x) - side / 2, float(y) - side / 2, side, side))


def draw_small_landmarks(
    painter: QPainter,
    fit: Fit,
    frame: int,
    layers: Layers,
    scale: float,
    offset: NDArray[np.float64],
    result: Result = Result.FIT,
) -> None:
    """As `draw_landmarks`, for a picture in which 68 rings would hide the face: curves and points alone."""
    projected = fit.projected_encoder if result is Result.BEFORE else fit.projected
    model, found = projected[frame] * scale + offset, fit.landmarks.points[frame] * scale + offset
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if layers.projected and np.isfinite(model).all():
        painter.setPen(QPen(theme.RESULT[result], 1.0))
        for indices, closed in CURVES:
            polygon = QPolygonF([QPointF(*model[i]) for i in indices])
            (painter.drawPolygon if closed else painter.drawPolyline)(polygon)
    if layers.detected and np.isfinite(found).all():
        painter.setPen(QPen(theme.DETECTED, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF([QPointF(*point) for point in found]))
    if layers.crop:
        draw_crop(painter, fit, frame, scale, offset)

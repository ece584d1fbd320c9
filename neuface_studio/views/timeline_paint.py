"""How the timeline draws its parts; where they stand is the business of `timeline`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from neuface_studio import theme


def stretches(flags: NDArray[np.bool_]) -> NDArray[np.intp]:
    """First and end of every run of True, (N, 2)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return edges.reshape(-1, 2)


def heat_strip(columns: NDArray[np.float32], full: float) -> QImage:
    """One pixel a column, transparent where it has no value."""
    colours = np.empty((1, len(columns), 4), np.uint8)
    colours[0, :, :3] = theme.heat_colours(columns, full)
    colours[0, :, 3] = np.where(np.isfinite(columns), 255, 0)
    return QImage(np.ascontiguousarray(colours).data, len(columns), 1, QImage.Format.Format_RGBA8888).copy()


def worst_of_columns(values: NDArray[np.floating], columns: int) -> NDArray[np.float32]:
    """The largest of the frames that share a column, so that no bad frame hides; NaN where none of them has a value.

    Parameters
    ----------
    values : (F,)
        F at least `columns`.

    Returns
    -------
    (columns,) float32
    """
    starts = (np.arange(columns) * len(values)) // columns
    filled = np.where(np.isfinite(values), values, -np.inf).astype(np.float32)
    worst = np.maximum.reduceat(filled, starts)
    return np.where(np.isfinite(worst), worst, np.nan).astype(np.float32)


def nice_step(n_frames: int, labels: float) -> int:
    """A round number of frames between two labels."""
    rough = max(1.0, n_frames / max(1.0, labels))
    power = 10 ** math.floor(math.log10(rough))
    return int(next(power * k for k in (1, 2, 5, 10) if power * k >= rough))


def draw_label(painter: QPainter, words: str, row: QRectF) -> None:
    """The name of a row, to the left of it."""
    painter.setPen(QColor(theme.current().muted))
    painter.setFont(theme.interface_font(8))
    high = theme.px(16)
    box = QRectF(0, row.center().y() - high / 2, row.x() - 10, high)
    words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)


def draw_lane_label(painter: QPainter, view: int, words: str, row: QRectF, *, large: bool) -> None:
    """Name and colour of a view; the large one stands out."""
    colours = theme.current()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.view_colour(view))
    painter.drawRoundedRect(QRectF(row.x() - 16, row.center().y() - 3.5, 7, 7), 2, 2)
    painter.setFont(theme.interface_font(8))
    painter.setPen(QColor(colours.text if large else colours.muted))
    high = theme.px(16)
    box = QRectF(6, row.center().y() - high / 2, row.x() - 28, high)
    name = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)


def draw_ground(painter: QPainter, row: QRectF) -> None:
    """What an empty row looks like."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.current().raised))
    painter.drawRoundedRect(row, 3, 3)


def draw_band(painter: QPainter, flags: NDArray[np.bool_] | None, row: QRectF, colour: QColor) -> None:
    """A thin row that is full where `flags` (F,) are set."""
    draw_ground(painter, row)
    if flags is None:
        return
    width = row.width() / len(flags)
    painter.setBrush(colour)
    for start, stop in stretches(flags):
        painter.drawRect(QRectF(row.x() + start * width, row.y(), (stop - start) * width, row.height()))


def draw_hatched(painter: QPainter, flags: NDArray[np.bool_], row: QRectF) -> None:
    """Hatch a row where `flags` (F,) are set: what is there does not count."""
    width = row.width() / max(1, len(flags))
    for start, stop in stretches(flags):
        theme.hatch(painter, QRectF(row.x() + start * width, row.y(), (stop - start) * width, row.height()))


def draw_ruler(painter: QPainter, ruler: QRectF, n_frames: int, free_of: QRectF) -> None:
    """Frame numbers at round distances over their frames; none where they would stick out of `free_of`, a flag."""
    step = nice_step(n_frames, ruler.width() / theme.px(64))
    painter.setFont(theme.number_font(8))
    metrics = painter.fontMetrics()
    for frame in range(0, n_frames, step):
        x = ruler.x() + (frame + 0.5) / n_frames * ruler.width()
        painter.setPen(QPen(QColor(theme.current().border), 1))
        painter.drawLine(QPointF(x, ruler.bottom() - 5), QPointF(x, ruler.bottom() - 1))
        half = metrics.horizontalAdvance(str(frame)) / 2 + 4
        if free_of.left() < x + half and x - half < free_of.right():
            continue
        painter.setPen(QColor(theme.current().muted))
        painter.drawText(QRectF(x - half, 0, 2 * half, ruler.height() - 5), Qt.AlignmentFlag.AlignCenter, str(frame))


def draw_span(painter: QPainter, inside: QRectF, ruler: QRectF, bottom: float, marks: tuple[bool, bool]) -> None:
    """The frames between in and out mark: a bar in the ruler, what lies outside in shade, a flag at each mark."""
    accent = QColor(theme.current().accent)
    shade = QColor(theme.current().panel)
    shade.setAlpha(150)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    top = ruler.bottom()
    for left, right in ((ruler.x(), inside.x()), (inside.right(), ruler.right())):
        if right > left:
            painter.drawRect(QRectF(left, top, right - left, bottom - top))
    painter.setBrush(accent)
    painter.drawRect(QRectF(inside.x(), top - 4, inside.width(), 3))
    for there, x, outward in ((marks[0], inside.x(), 1), (marks[1], inside.right(), -1)):
        if there:
            painter.setPen(QPen(accent, 1.5))
            painter.drawLine(QPointF(x, top - 4), QPointF(x, bottom))
            painter.setPen(Qt.PenStyle.NoPen)
            corner = [QPointF(x, top - 12), QPointF(x + 8 * outward, top - 4), QPointF(x, top - 4)]
            painter.drawPolygon(QPolygonF(corner))


def draw_key_frames(painter: QPainter, places: Sequence[float], height: float) -> None:
    """A diamond over every frame (x in pixels) in which a person put landmarks."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.current().window), 1.2))
    painter.setBrush(theme.PUT)
    y, r = height - 4.0, 4.2
    for x in places:
        painter.drawPolygon(QPolygonF([QPointF(x, y - r), QPointF(x + r, y), QPointF(x, y + r), QPointF(x - r, y)]))


def draw_playhead(painter: QPainter, x: float, top: float, bottom: float) -> None:
    """The line at the current frame, seen on any colour."""
    colours = theme.current()
    painter.setPen(QPen(QColor(colours.window), 4))
    painter.drawLine(QPointF(x, top - 2), QPointF(x, bottom + 2))
    painter.setPen(QPen(QColor(colours.text), 2))
    painter.drawLine(QPointF(x, top - 4), QPointF(x, bottom + 2))
    painter.setBrush(QColor(colours.text))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(QPolygonF([QPointF(x - 5, top - 10), QPointF(x + 5, top - 10), QPointF(x, top - 2)]))


def flag_box(words: str, x: float, height: float, width: float) -> QRectF:
    """Where a flag with `words` stands over the ruler at `x`, within a widget of `width`."""
    wide = QFontMetricsF(theme.number_font(8)).horizontalAdvance(words) + 14
    return QRectF(float(np.clip(x - wide / 2, 2, max(2.0, width - wide - 2))), 0, wide, height)


def draw_flag(painter: QPainter, words: str, box: QRectF) -> None:
    """Words over the ruler."""
    colours = theme.current()
    painter.setFont(theme.number_font(8))
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(QColor(colours.hover))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(colours.text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

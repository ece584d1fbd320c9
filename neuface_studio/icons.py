"""Icons drawn as paths on a 24 × 24 grid, in the colour of the text beside them; no files, sharp at any scale."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPen, QPixmap, QPolygonF

from neuface_studio import theme

Draw = Callable[[QPainter], None]


def _lines(*points: tuple[float, float], closed: bool = False) -> Draw:
    def draw(painter: QPainter) -> None:
        polygon = QPolygonF([QPointF(x, y) for x, y in points])
        if closed:
            painter.setBrush(painter.pen().color())
            painter.drawPolygon(polygon)
        else:
            painter.drawPolyline(polygon)

    return draw


def _rect(x: float, y: float, w: float, h: float, radius: float = 1.0, *, filled: bool = True) -> Draw:
    def draw(painter: QPainter) -> None:
        painter.setBrush(painter.pen().color() if filled else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(x, y, w, h), radius, radius)

    return draw


def _circle(x: float, y: float, r: float, *, filled: bool = False) -> Draw:
    def draw(painter: QPainter) -> None:
        painter.setBrush(painter.pen().color() if filled else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, y), r, r)

    return draw


def _dots(*points: tuple[float, float]) -> Draw:
    def draw(painter: QPainter) -> None:
        for x, y in points:
            _circle(x, y, 1.2, filled=True)(painter)

    return draw


_ICONS: dict[str, tuple[Draw, ...]] = {
    "play": (_lines((8, 5.5), (18, 12), (8, 18.5), closed=True),),
    "pause": (_rect(7, 6, 3, 12), _rect(14, 6, 3, 12)),
    "forward": (_lines((10, 6.5), (15.5, 12), (10, 17.5)),),
    "back": (_lines((14, 6.5), (8.5, 12), (14, 17.5)),),
    "first": (_lines((7, 6.5), (7, 17.5)), _lines((16.5, 6.5), (11, 12), (16.5, 17.5))),
    "last": (_lines((17, 6.5), (17, 17.5)), _lines((7.5, 6.5), (13, 12), (7.5, 17.5))),
    "worst": (_lines((12, 4.5), (20, 18.5), (4, 18.5), (12, 4.5)), _lines((12, 10), (12, 13.8)), _dots((12, 16.2))),
    "loop": (
        _lines((17, 4), (20, 7), (17, 10)),
        _lines((20, 7), (6, 7), (4, 9), (4, 12)),
        _lines((7, 20), (4, 17), (7, 14)),
        _lines((4, 17), (18, 17), (20, 15), (20, 12)),
    ),
    "mark_in": (_lines((14, 5), (9, 5), (9, 19), (14, 19)), _lines((9, 12), (16, 12))),
    "mark_out": (_lines((10, 5), (15, 5), (15, 19), (10, 19)), _lines((15, 12), (8, 12))),
    "exclude": (_rect(5, 5, 14, 14, 2, filled=False), _lines((5.5, 18.5), (18.5, 5.5)), _lines((5.5, 12), (12, 5.5))),
    "accepted": (_lines((5, 12.5), (10, 17.5), (19, 7)),),
    "rejected": (_lines((6.5, 6.5), (17.5, 17.5)), _lines((17.5, 6.5), (6.5, 17.5))),
    "to_review": (_circle(12, 12, 4.5, filled=True),),
    "waiting": (_circle(12, 12, 4.5),),
    "fitting": (_circle(12, 12, 7), _lines((12, 8), (12, 12), (15, 14))),
    "set_aside": (_lines((6.5, 12), (17.5, 12)),),
    "failed": (_lines((12, 5), (12, 14)), _dots((12, 18))),
    "mesh": (
        _lines((12, 3.5), (19.5, 8), (19.5, 16), (12, 20.5), (4.5, 16), (4.5, 8), (12, 3.5)),
        _lines((4.5, 8), (12, 12), (19.5, 8)),
        _lines((12, 12), (12, 20.5)),
    ),
    "detected": (_dots((6, 8), (18, 8), (12, 12), (8, 17), (12, 18.5), (16, 17)),),
    "projected": (_lines((6, 12), (9, 8), (15, 8), (18, 12), (15, 16), (9, 16), (6, 12)), _dots((12, 12))),
    "errors": (_dots((6, 17), (18, 7)), _lines((6, 17), (18, 7))),
    "crop": (_lines((7, 3), (7, 17), (21, 17)), _lines((3, 7), (17, 7), (17, 21))),
    "heat": (_rect(4, 14, 3, 6), _rect(10.5, 9, 3, 11), _rect(17, 4, 3, 16)),
    "gradient": (_circle(12, 12, 2.2, filled=True), _circle(12, 12, 5.4), _circle(12, 12, 8.6)),
    "follow": (
        _circle(12, 12, 4),
        _lines((12, 3), (12, 6)),
        _lines((12, 18), (12, 21)),
        _lines((3, 12), (6, 12)),
        _lines((18, 12), (21, 12)),
    ),
    "zoom_fit": (
        _lines((4, 9), (4, 4), (9, 4)),
        _lines((15, 4), (20, 4), (20, 9)),
        _lines((20, 15), (20, 20), (15, 20)),
        _lines((9, 20), (4, 20), (4, 15)),
    ),
    "zoom_face": (
        _circle(12, 12, 4.5),
        _lines((4, 8), (4, 4), (8, 4)),
        _lines((16, 4), (20, 4), (20, 8)),
        _lines((20, 16), (20, 20), (16, 20)),
        _lines((8, 20), (4, 20), (4, 16)),
    ),
    "undo": (_lines((9, 5), (5, 9), (9, 13)), _lines((5, 9), (15, 9), (19, 12.5), (15, 18), (9, 18))),
    "camera": (
        _rect(3.5, 8, 17, 11, 2, filled=False),
        _circle(12, 13.5, 3),
        _lines((9, 8), (10, 5.5), (14, 5.5), (15, 8)),
    ),
    "down": (_lines((6, 9), (12, 15), (18, 9)),),
    "filter": (_lines((4, 6), (20, 6)), _lines((7, 12), (17, 12)), _lines((10, 18), (14, 18))),
    "close": (_lines((7.5, 7.5), (16.5, 16.5)), _lines((16.5, 7.5), (7.5, 16.5))),
    "film": (
        _rect(4, 5, 16, 14, 2, filled=False),
        _lines((8, 5), (8, 19)),
        _lines((16, 5), (16, 19)),
        _lines((4, 12), (8, 12)),
        _lines((16, 12), (20, 12)),
    ),
    "grid": (
        _rect(4, 4, 7, 7, 1.5, filled=False),
        _rect(13, 4, 7, 7, 1.5, filled=False),
        _rect(4, 13, 7, 7, 1.5, filled=False),
        _rect(13, 13, 7, 7, 1.5, filled=False),
    ),
    "views": (
        _rect(4, 8.5, 10, 11, 2, filled=False),
        _lines((8, 5.5), (15, 5.5), (17, 7.5), (17, 16)),
        _lines((12, 2.8), (18.4, 2.8), (20.2, 4.6), (20.2, 12.5)),
    ),
    "info": (_circle(12, 12, 8), _lines((12, 11.5), (12, 16)), _dots((12, 8))),
    "lock": (
        _rect(6, 11, 12, 8, 1.5, filled=False),
        _lines((8.5, 11), (8.5, 7.5), (10, 5.5), (14, 5.5), (15.5, 7.5), (15.5, 11)),
    ),
}


def paint(painter: QPainter, name: str, box: QRectF, colour: QColor, width: float = 1.8) -> None:
    """Draw the icon `name` into `box`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    painter.scale(box.width() / 24, box.height() / 24)
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    for draw in _ICONS[name]:
        draw(painter)
    painter.restore()


class _Engine(QIconEngine):
    """Draws at paint time, so that icons follow the theme and the scale of the screen."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        colours = theme.current()
        role = "accent" if state == QIcon.State.On else self._role
        colour = QColor(getattr(colours, role))
        if mode == QIcon.Mode.Disabled:
            colour.setAlphaF(0.5)
        paint(painter, self._name, QRectF(rect), colour)  # type: ignore[call-overload]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role)


def icon(name: str, role: str = "text") -> QIcon:
    """The icon `name` in the theme colour `role`; the accent colour where it is switched on."""
    return QIcon(_Engine(name, role))

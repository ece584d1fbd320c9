"""All cameras of a clip at the same moment, equally large, in place of one large and the others small."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy

from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.picture import SmallPicture
from neuface_studio.playhead import Playhead
from neuface_studio.state import ViewState
from neuface_studio.views.landmark_layer import draw_small_landmarks
from neuface_studio.views.view_strip import ViewStrip

_MARGIN = 6
_GAP = 6
_CAPTION = 20
_ASPECT = 4 / 3


class ViewGrid(ViewStrip):
    """As the strip, in rows and columns; every picture is whole."""

    def __init__(self, views: ViewState, playhead: Playhead) -> None:
        super().__init__(views, playhead)
        self.setObjectName("grid")
        self.setAccessibleName(tr("All views of the clip in a grid"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(480, 360)

    def _count(self) -> int:
        return len(self._clip.views) if self._clip is not None else 1

    def columns(self) -> int:
        """As many as make the pictures largest."""
        count = self._count()

        def height(columns: int) -> float:
            rows = math.ceil(count / columns)
            return min(
                self._room(columns, self.width()) / _ASPECT, self._room(rows, self.height()) - theme.px(_CAPTION)
            )

        return max(range(1, count + 1), key=height)

    @staticmethod
    def _room(parts: int, length: float) -> float:
        return (length - 2 * _MARGIN + _GAP) / parts - _GAP

    def tile(self, view: int) -> QRectF:
        """Where the picture of a view lies, its caption below it not counted."""
        columns = self.columns()
        width = self._room(columns, self.width())
        height = self._room(math.ceil(self._count() / columns), self.height())
        x, y = view % columns, view // columns
        return QRectF(_MARGIN + x * (width + _GAP), _MARGIN + y * (height + _GAP), width, height - theme.px(_CAPTION))

    def _in_sight(self, view: int) -> bool:
        return 0 <= view < self._count()

    def _show_chosen(self) -> None:
        self.update()

    def _draw_rest(self, painter: QPainter) -> None:
        """There is no room left for words."""

    def _draw_picture(self, painter: QPainter, picture: SmallPicture, box: QRectF) -> None:
        """The whole picture in the middle of its tile."""
        assert picture.image is not None
        image = picture.image
        scale = min(box.width() / image.width(), box.height() / image.height())
        place = QRectF(0, 0, image.width() * scale, image.height() * scale)
        place.moveCenter(box.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, image)
        if picture.overlay is not None and self._layers.mesh and not self._layers.bare:
            painter.setOpacity(self._layers.opacity)
            painter.drawImage(place, picture.overlay)
            painter.setOpacity(1.0)
        if picture.fit is not None and not self._layers.bare:
            whole = scale * picture.scale
            offset = np.array([place.x() + 0.5 * whole, place.y() + 0.5 * whole])
            result = picture.wish.result
            draw_small_landmarks(painter, picture.fit, picture.frame, self._layers, whole, offset, result)

"""All cameras of a clip in small, at the same moment; a click or a digit makes one large."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy

from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.picture import SmallPicture
from neuface_studio.playhead import Playhead
from neuface_studio.state import Layers, ViewState
from neuface_studio.views.landmark_layer import draw_small_landmarks

_MARGIN = 8
_GAP = 6
_CAPTION = 19
_HEIGHT = 86  # of a picture
_LEAST_WIDTH = 74
_LEAST_SUMMARY = 190


class ViewStrip(QFrame):
    """A row of small pictures with the colour and the name of each view.

    Signals
    -------
    chosen(int)
        A person clicked this view.
    """

    chosen = Signal(int)

    def __init__(self, views: ViewState, playhead: Playhead) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setAccessibleName(tr("Views of the clip"))
        self.setAccessibleDescription(tr("The cameras at the same moment; digits make one large"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._views, self._playhead = views, playhead
        self._clip: OpenedClip | None = None
        self._pictures: dict[int, SmallPicture] = {}
        self._layers = Layers()
        self._first = 0  # of the views that are seen, where not all have room
        self._hover: int | None = None
        self._wanted = True
        views.changed.connect(self._show_chosen)
        self.hide()

    # --- what is shown

    def set_clip(self, clip: OpenedClip | None) -> None:
        """The views of another clip; None for a clip of one view, and the strip is gone."""
        self._clip, self._first, self._hover = clip, 0, None
        self._pictures.clear()
        self.set_wanted(self._wanted)

    def set_wanted(self, wanted: bool) -> None:
        """Whether it is the one of strip and grid that is shown, where the clip has several views."""
        self._wanted = wanted
        self.setVisible(wanted and self._clip is not None)
        self.update()

    def set_picture(self, picture: SmallPicture) -> None:
        self._pictures[picture.view] = picture
        self.update()

    def set_layers(self, layers: Layers) -> None:
        self._layers = layers
        self.update()

    @property
    def shown_frames(self) -> tuple[int | None, ...]:
        """The moment that each small picture shows; None where there is none yet."""
        count = len(self._clip.views) if self._clip is not None else 0
        return tuple(self._pictures[k].frame if k in self._pictures else None for k in range(count))

    def words(self, view: int) -> str:
        """What is to be said about a view at this moment beside its picture, or ""."""
        if self._clip is None:
            return ""
        opened, agreement = self._clip.views[view], self._clip.agreement
        if opened.source is None:
            return tr("no video")
        if agreement is not None and (said := agreement.words_at(self._playhead.frame, view)):
            return said
        fit = opened.fit
        if fit is not None and not fit.valid[self._playhead.frame]:
            return tr("no face")
        return ""

    # --- places

    def sizeHint(self) -> QSize:
        return QSize(600, _HEIGHT + theme.px(_CAPTION) + 2 * _MARGIN)

    def _tile_width(self) -> float:
        """All views in the width where that leaves them large enough to be seen, else as many as fit."""
        count = len(self._clip.views) if self._clip is not None else 1
        room = (self.width() - 2 * _MARGIN + _GAP) / max(1, count) - _GAP
        return float(np.clip(room, _LEAST_WIDTH, _HEIGHT * 16 / 9))

    def _capacity(self) -> int:
        room = (self.width() - 2 * _MARGIN + _GAP) / (self._tile_width() + _GAP)
        return max(1, int(room + 0.01))  # a width that was divided by the views has room for all of them

    def tile(self, view: int) -> QRectF:
        """Where the picture of a view lies, its caption below it not counted."""
        width = self._tile_width()
        return QRectF(_MARGIN + (view - self._first) * (width + _GAP), _MARGIN, width, _HEIGHT)

    def _view_at(self, point: QPointF) -> int | None:
        for k in range(len(self._clip.views) if self._clip is not None else 0):
            if self.tile(k).adjusted(0, 0, 0, theme.px(_CAPTION)).contains(point) and self._in_sight(k):
                return k
        return None

    def _in_sight(self, view: int) -> bool:
        return self._first <= view < self._first + self._capacity()

    def _show_chosen(self) -> None:
        view, capacity = self._views.view, self._capacity()
        self._first = min(max(self._first, view - capacity + 1), view)
        self.update()

    # --- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        view = self._view_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and view is not None:
            self.chosen.emit(view)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hover = self._view_at(event.position())
        if hover != self._hover:
            self._hover = hover
            self.setCursor(Qt.CursorShape.ArrowCursor if hover is None else Qt.CursorShape.PointingHandCursor)
            if self._clip is not None and hover is not None:
                words = self.words(hover)
                self.setToolTip(self._clip.views[hover].name + (f": {words}" if words else ""))
            self.update()

    def leaveEvent(self, event: object) -> None:
        self._hover = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        count = len(self._clip.views) if self._clip is not None else 0
        step = -1 if event.angleDelta().y() + event.angleDelta().x() > 0 else 1
        self._first = int(np.clip(self._first + step, 0, max(0, count - self._capacity())))
        self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._clip is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for view in range(len(self._clip.views)):
            if self._in_sight(view):
                self._draw_tile(painter, view)
        self._draw_rest(painter)

    def _draw_rest(self, painter: QPainter) -> None:
        """Words where the pictures leave room for them."""
        assert self._clip is not None
        left = self.tile(len(self._clip.views) - 1).right() + 2 * _MARGIN
        if self.width() - left > theme.px(_LEAST_SUMMARY):
            self._draw_summary(
                painter, QRectF(left, _MARGIN, self.width() - left - 2 * _MARGIN, _HEIGHT + theme.px(_CAPTION))
            )

    def _draw_summary(self, painter: QPainter, box: QRectF) -> None:
        """Few views leave room to say how they agree."""
        agreement = self._clip.agreement if self._clip is not None else None
        if agreement is None:
            return
        colours = theme.current()
        painter.setFont(theme.number_font(9))
        painter.setPen(QColor(colours.text))
        line = tr("{before:.2f} → {after:.2f} mm apart (CVD)", before=agreement.cvd_encoder_mm, after=agreement.cvd_mm)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, line)
        painter.setFont(theme.interface_font(8))
        painter.setPen(QColor(colours.muted))
        words = "\n".join(agreement.sentences()) or tr("Every view has its vote at every moment.")
        painter.drawText(box.adjusted(0, theme.px(20), 0, 0), Qt.TextFlag.TextWordWrap, words)

    def _draw_tile(self, painter: QPainter, view: int) -> None:
        assert self._clip is not None
        colours, box = theme.current(), self.tile(view)
        chosen = view == self._views.view
        outline = QPainterPath()
        outline.addRoundedRect(box, 4, 4)
        painter.save()
        painter.setClipPath(outline)
        painter.fillRect(box, QColor(colours.canvas))
        picture = self._pictures.get(view)
        if picture is not None and picture.image is not None:
            self._draw_picture(painter, picture, box)
        painter.restore()
        words = self.words(view)
        if words:
            self._draw_words(painter, words, box)
        if chosen or view == self._hover:
            painter.setPen(QPen(QColor(colours.accent if chosen else colours.muted), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-0.5, -0.5, 0.5, 0.5), 4, 4)
        self._draw_caption(painter, view, box)

    def _draw_picture(self, painter: QPainter, picture: SmallPicture, box: QRectF) -> None:
        """The picture fills the tile; what does not fit is cut at the sides, for the face is in the middle."""
        assert self._clip is not None
        assert picture.image is not None
        scale = max(box.width() / picture.image.width(), box.height() / picture.image.height())
        size = QRectF(0, 0, picture.image.width() * scale, picture.image.height() * scale)
        size.moveCenter(box.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(size, picture.image)
        if picture.overlay is not None and self._layers.mesh and not self._layers.bare:
            painter.setOpacity(self._layers.opacity)
            painter.drawImage(size, picture.overlay)
            painter.setOpacity(1.0)
        fit = picture.fit
        if fit is not None and not self._layers.bare:
            whole = scale * picture.scale
            offset = np.array([size.x() + 0.5 * whole, size.y() + 0.5 * whole])
            draw_small_landmarks(painter, fit, picture.frame, self._layers, whole, offset, picture.wish.result)

    def _draw_words(self, painter: QPainter, words: str, box: QRectF) -> None:
        """What is wrong with a view, on its picture; hatched, so that it is seen without reading."""
        painter.save()
        outline = QPainterPath()
        outline.addRoundedRect(box, 4, 4)
        painter.setClipPath(outline)
        theme.hatch(painter, box, 0.45)
        painter.setFont(theme.interface_font(8))
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(box.width()) - 8)
        high = theme.px(18)
        band = QRectF(box.x(), box.bottom() - high, box.width(), high)
        painter.fillRect(band, QColor(0, 0, 0, 200))
        painter.setPen(QColor("#f2f4f7"))
        painter.drawText(band, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()

    def _draw_caption(self, painter: QPainter, view: int, box: QRectF) -> None:
        """Colour of its mesh, key, name; and the moment, where the picture is not yet of the present one."""
        assert self._clip is not None
        colours = theme.current()
        line = QRectF(box.x(), box.bottom() + 2, box.width(), theme.px(_CAPTION) - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.view_colour(view))
        painter.drawRoundedRect(QRectF(line.x() + 1, line.center().y() - 4, 8, 8), 2, 2)
        painter.setFont(theme.number_font(8))
        left = line.adjusted(14, 0, 0, 0)
        place = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if view < 9:
            painter.setPen(QColor(colours.muted))
            painter.drawText(left, place, str(view + 1))
            left = left.adjusted(theme.px(11), 0, 0, 0)
        picture = self._pictures.get(view)
        late = picture is not None and picture.frame != self._playhead.frame
        name = self._clip.views[view].name + (f" · {picture.frame}" if late and picture is not None else "")
        font = theme.interface_font(8)
        painter.setFont(font)
        painter.setPen(QColor(colours.text if view == self._views.view else colours.muted))
        painter.drawText(
            left, place, painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(left.width()))
        )

"""The 3D view: the head of the current frame, free to be turned.

`MeshView` is what the window talks to. It draws with pyvistaqt where the window has OpenGL, and with an off-screen
renderer into a picture where it has not; both were measured (docs/studio.md says what to do about the second).
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pyvista
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pyvistaqt import QtInteractor

from neuface_studio import theme
from neuface_studio.head_scene import HeadScene
from neuface_studio.language import tr
from neuface_studio.mesh_colours import legend_of
from neuface_studio.picture import MeshPicture
from neuface_studio.state import Result
from neuface_studio.views.legend import LegendWidget

_EDGE = 12
"""Pixels around the words that lie over the picture."""


class _Surface(Protocol):
    """Where the scene is drawn; implemented by `_GlSurface` and `_ImageSurface`."""

    scene: HeadScene

    def refresh(self) -> None:
        """Draw again, soon; never twice for one frame."""
        ...

    def release(self) -> None:
        """Free what the graphics card holds."""
        ...


class _GlSurface(QtInteractor):  # type: ignore[misc]
    """pyvistaqt's widget without its keys: "q" would close it, "w" would change the mesh, and both are ours."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, auto_update=False)
        self.scene = HeadScene(self)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAcceptDrops(False)

    def refresh(self) -> None:
        self.update()

    def release(self) -> None:
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        event.ignore()


class _ImageSurface(QWidget):
    """Draws off-screen into a picture; drag turns, the wheel zooms."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._plotter = pyvista.Plotter(off_screen=True, window_size=(640, 480))
        self.scene = HeadScene(self._plotter)
        self._image = QImage()
        self._drag: Any = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._render)

    def refresh(self) -> None:
        if not self._timer.isActive():
            self._timer.start(0)

    def release(self) -> None:
        self._timer.stop()
        self._plotter.close()

    def _render(self) -> None:
        self._plotter.render()  # a screenshot alone renders only the first time
        pixels = np.ascontiguousarray(self._plotter.screenshot(return_img=True))
        height, width = pixels.shape[:2]
        self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        ratio = self.devicePixelRatioF()
        self._plotter.window_size = [max(16, round(self.width() * ratio)), max(16, round(self.height() * ratio))]
        self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).drawImage(self.rect(), self._image)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drag = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is not None:
            moved = event.position() - self._drag
            self._drag = event.position()
            camera = self._plotter.camera
            camera.Azimuth(-0.5 * moved.x())
            camera.Elevation(0.5 * moved.y())
            camera.OrthogonalizeViewUp()
            self.refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._plotter.camera.zoom(1.0015 ** event.angleDelta().y())
        self.refresh()


class MeshView(QWidget):
    """Draws the `MeshPicture` that it was given.

    Signals
    -------
    turned()
        A person moved the camera.
    """

    turned = Signal()

    def __init__(self, opengl: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("3D mesh of the head"))
        self.setMinimumSize(240, 180)
        self.opengl = opengl
        self._surface: _GlSurface | _ImageSurface = _GlSurface(self) if opengl else _ImageSurface(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._surface)
        self._surface.setAccessibleName(self.accessibleName())
        self._surface.installEventFilter(self)
        self._message = QLabel(self)
        self._message.setObjectName("onCanvas")
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._message.hide()
        self._caption = QLabel(self)
        self._caption.setObjectName("hud")
        self._caption.hide()
        self.legend = LegendWidget(self)
        self._frame: int | None = None
        self._released = False
        self.apply_theme()

    @property
    def shown_frame(self) -> int | None:
        """Number of the frame whose mesh the scene holds; None while it is empty."""
        return self._frame

    @property
    def scene(self) -> HeadScene:
        return self._surface.scene

    def set_clip(self, faces: NDArray[np.int32] | None, light: NDArray[np.float32] | None = None) -> None:
        """Another head with a factor on the light of its vertices, or None for an empty scene."""
        self._frame = None
        self.scene.set_faces(faces, light)
        self.legend.set_legend(None)
        self._surface.refresh()

    def set_frame(
        self, frame: int, mesh: MeshPicture | None, result: Result = Result.FIT, *, wire: bool = False
    ) -> None:
        """Show the head of `frame`; None where the frame has none: the scene is empty, but it is that frame's."""
        if self._released:
            return
        self._frame = frame
        self.scene.show(mesh, result, wire=wire)
        if self.legend.set_legend(legend_of(mesh)):
            self._place_caption()
        self._surface.refresh()

    @property
    def message(self) -> str:
        """What stands in place of a head, or ""."""
        return self._message.text()

    def set_message(self, words: str) -> None:
        """Words in place of a head; "" where there is one."""
        self._message.setText(words)
        self._message.setVisible(bool(words))
        self._message.raise_()

    @property
    def caption(self) -> str:
        """What stands at the lower edge, or ""."""
        return self._caption.text()

    def set_caption(self, words: str) -> None:
        """Which heads are drawn, at the lower edge; "" where there is one."""
        if words == self._caption.text():
            return
        self._caption.setText(words)
        self._caption.setVisible(bool(words))
        self._place_caption()

    def _place_caption(self) -> None:
        room = self.width() - 2 * _EDGE
        self._caption.setWordWrap(False)
        wide = self._caption.sizeHint().width()
        self._caption.setWordWrap(wide > room)
        high = self._caption.heightForWidth(room) if wide > room else self._caption.sizeHint().height()
        self._caption.setGeometry(_EDGE, self.height() - _EDGE - high, min(wide, room), high)
        self._caption.raise_()
        self.legend.place()
        if not self._caption.isHidden() and self._caption.geometry().intersects(self.legend.geometry()):
            self.legend.move(self.legend.x(), self._caption.y() - self.legend.height() - _EDGE // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._message.setGeometry(self.rect().adjusted(24, 24, -24, -24))
        self._place_caption()

    def reset_camera(self) -> None:
        """From the front, the whole head."""
        self.scene.look_from_front()
        self._surface.refresh()

    def camera(self) -> list[float]:
        """Position, focal point, view-up and parallel scale, to be remembered; empty where nobody turned the head."""
        return self.scene.camera()

    def set_camera(self, values: list[float]) -> None:
        self.scene.set_camera(values)
        self._surface.refresh()

    def apply_theme(self) -> None:
        self.scene.apply_theme(theme.current())
        self._place_caption()
        self._surface.refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel):
            self.scene.turned()
        elif event.type() == QEvent.Type.MouseButtonRelease:
            self.turned.emit()
        elif event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self._resized)
        return False

    def _resized(self) -> None:
        if not self._released:
            self.scene.resized()
            self._surface.refresh()

    def release(self) -> None:
        """Free the graphics card; before the window goes, while its context still exists."""
        if not self._released:
            self._released = True
            self._surface.removeEventFilter(self)
            self._surface.release()

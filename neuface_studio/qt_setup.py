"""What must be true before the first window: one binding, a clean environment, one OpenGL format.

Each line here answers a failure that was seen:

- `opencv-python` bundles Qt 5 and points Qt's plug-in search at it on import; PySide6 then finds the wrong "xcb".
- A QOpenGLWidget whose format differs from that of its top-level window stays black on Wayland, so the format is set
  for the whole process before the first window exists.
- PySide6 6.12.0 drops one reference to `None` in every call of a void function, and one to `True` in every `emit`: it
  was built for interpreters that do not count references to these. Python 3.11 does, and would end the program within
  seconds ("deallocating None").
- Qt's bindings let go of the interpreter in almost every call. While a fit computes in Python each call then waits for
  the fit to be switched out, 5 ms by default; a short interval bounds that (measured, its effect was within noise).
- Python's cycle collector runs in whichever thread allocates. A widget that a background thread collects is destroyed
  there, and Qt crashes. So the collector is run by a timer of the GUI thread only.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from pathlib import Path

os.environ["QT_API"] = "pyside6"

import PySide6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QSurfaceFormat
from PySide6.QtWidgets import QApplication

_CV2_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_FAULTY_PYSIDE = "6.12.0"
_GARBAGE_MS = 500
_LONG_S = 0.03
_SWITCH_S = 0.0002


def _keep_constants_alive() -> None:
    """Give the constants so many references on Python 3.11 that PySide6 6.12.0 cannot use them up."""
    if sys.version_info < (3, 12) and PySide6.__version__ == _FAULTY_PYSIDE:
        for constant in (None, True, False, NotImplemented, Ellipsis):
            count = ctypes.c_ssize_t.from_address(id(constant))
            if count.value < 1 << 39:
                count.value += 1 << 40


class GuiGarbage(QObject):
    """Collects reference cycles on the GUI thread, and nowhere else.

    To look through all that torch, VTK and Qt hold takes a third of a second, and the window stands still meanwhile.
    What has outlived a search that took long is therefore never looked at again.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._check)
        self._timer.start(_GARBAGE_MS)

    def _check(self) -> None:
        counts = gc.get_count()
        for generation in (2, 1, 0):
            if counts[generation] > self._thresholds[generation] > 0:
                began = time.perf_counter()
                gc.collect(generation)
                if time.perf_counter() - began > _LONG_S:
                    gc.freeze()
                return


def _clean_cv2() -> None:
    """Take back what OpenCV put into the environment, now or before; what the user set stays."""
    before = {name: os.environ.get(name) for name in _CV2_VARIABLES}
    import cv2

    del cv2
    for name, value in before.items():
        if value is not None and "cv2" not in Path(value).parts:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def surface_format() -> QSurfaceFormat:
    """Desktop OpenGL 3.2 core, as VTK's shaders need; multi-sampling happens inside VTK."""
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setVersion(3, 2)
    wanted.setSwapBehavior(QSurfaceFormat.SwapBehavior.DoubleBuffer)
    wanted.setRedBufferSize(8)
    wanted.setGreenBufferSize(8)
    wanted.setBlueBufferSize(8)
    wanted.setAlphaBufferSize(8)
    wanted.setDepthBufferSize(8)
    wanted.setStencilBufferSize(0)
    wanted.setSamples(0)
    return wanted


def prepare() -> None:
    """Prepare the process; may be called more than once, and before or after the QApplication exists."""
    _keep_constants_alive()
    _clean_cv2()
    sys.setswitchinterval(_SWITCH_S)
    QSurfaceFormat.setDefaultFormat(surface_format())
    if QApplication.instance() is None:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)


def application(argv: list[str]) -> QApplication:
    """The one QApplication of the process, named so that settings are found again."""
    prepare()
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(argv)
    if app.findChild(GuiGarbage) is None:
        GuiGarbage(app)
    app.setApplicationName("NeuFace Studio")
    app.setOrganizationName("NeuFace")
    app.setApplicationDisplayName("NeuFace Studio")
    return app


def has_opengl() -> bool:
    """True where a QOpenGLWidget can be shown: not on the "offscreen" and "minimal" platforms."""
    return QGuiApplication.platformName() not in ("offscreen", "minimal", "vnc")

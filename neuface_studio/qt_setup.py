"""What must be true before the first window: one binding, a clean environment, one OpenGL format.

Each line here answers a failure that was seen:

- `opencv-python` bundles Qt 5 and points Qt's plug-in search at it on import; PySide6 then finds the wrong "xcb".
- A QOpenGLWidget whose format differs from that of its top-level window stays black on Wayland, so the format is set
  for the whole process before the first window exists.
- PySide6 6.12.0 drops one reference to `None` in every call of a void function. Python 3.12 and later do not count
  references to `None`; on 3.11 the program would die within seconds.
"""

from __future__ import annotations

import ctypes
import os
import sys

os.environ["QT_API"] = "pyside6"

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QSurfaceFormat
from PySide6.QtWidgets import QApplication

_CV2_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_FAULTY_PYSIDE = "6.12.0"


def _keep_none_alive() -> None:
    """Give `None` so many references on Python 3.11 that PySide6 6.12.0 cannot use them up."""
    if sys.version_info < (3, 12) and PySide6.__version__ == _FAULTY_PYSIDE:
        count = ctypes.c_ssize_t.from_address(id(None))
        if count.value < 1 << 39:
            count.value += 1 << 40


def _clean_cv2() -> None:
    """Import OpenCV after Qt and take back what it put into the environment."""
    before = {name: os.environ.get(name) for name in _CV2_VARIABLES}
    import cv2

    del cv2
    for name, value in before.items():
        if value is not None:
            os.environ[name] = value
        elif "cv2" in os.environ.get(name, "cv2"):
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
    _keep_none_alive()
    _clean_cv2()
    QSurfaceFormat.setDefaultFormat(surface_format())
    if QApplication.instance() is None:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)


def application(argv: list[str]) -> QApplication:
    """The one QApplication of the process, named so that settings are found again."""
    prepare()
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(argv)
    app.setApplicationName("NeuFace Studio")
    app.setOrganizationName("NeuFace")
    app.setApplicationDisplayName("NeuFace Studio")
    return app


def has_opengl() -> bool:
    """True where a QOpenGLWidget can be shown: not on the "offscreen" and "minimal" platforms."""
    return QGuiApplication.platformName() not in ("offscreen", "minimal", "vnc")

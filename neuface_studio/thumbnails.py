"""Small pictures for the queue, made in the background, the last asked first: those are the rows that are seen."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import cv2
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtGui import QImage

from neuface_core.errors import NeuFaceError
from neuface_core.video import open_source
from neuface_studio.picture import to_qimage

SIZE = (64, 44)
"""Width and height in device-independent pixels; made at twice the size for sharp screens."""

_KEPT = 2000


class Thumbnails(QThread):
    """Signal `ready(name, QImage)`; `get` asks for a picture that is not there yet."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._wanted: OrderedDict[str, tuple[Path, int]] = OrderedDict()
        self._made: OrderedDict[str, QImage | None] = OrderedDict()
        self._stopping = False

    def get(self, name: str, path: Path, frame: int) -> QImage | None:
        """The picture of clip `name`, or None while it is being made or where it cannot be made."""
        with self._condition:
            if name in self._made:
                return self._made[name]
            self._wanted[name] = (path, frame)
            self._wanted.move_to_end(name)
            while len(self._wanted) > 200:
                self._wanted.popitem(last=False)
            self._condition.notify()
        return None

    def forget(self) -> None:
        """Another project: start anew."""
        with self._condition:
            self._wanted.clear()
            self._made.clear()

    def stop(self) -> None:
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self.wait()

    def run(self) -> None:
        while True:
            with self._condition:
                while not (self._wanted or self._stopping):
                    self._condition.wait()
                if self._stopping:
                    return
                name, (path, frame) = self._wanted.popitem()
            picture = _make(path, frame)
            with self._condition:
                self._made[name] = picture
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            if picture is not None:
                self.ready.emit(name)


def _make(path: Path, frame: int) -> QImage | None:
    try:
        with open_source(path) as source:
            picture = source.frame(min(frame, source.info.n_frames - 1))
    except (NeuFaceError, IndexError, OSError):
        return None
    height, width = picture.shape[:2]
    scale = max(2 * SIZE[0] / width, 2 * SIZE[1] / height)
    small = cv2.resize(
        picture, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    top, left = max(0, (small.shape[0] - 2 * SIZE[1]) // 2), max(0, (small.shape[1] - 2 * SIZE[0]) // 2)
    return to_qimage(small[top : top + 2 * SIZE[1], left : left + 2 * SIZE[0]])

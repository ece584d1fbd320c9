"""Slit scans at the size of the timeline."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QImage

from neuface_core.rendering.slit_scan import SlitScan
from neuface_studio.picture import to_qimage


class SlitPictures:
    """The strips of one scan, made once for a size."""

    def __init__(self) -> None:
        self._made: dict[str, QImage] = {}
        self._size = (0, 0)

    def clear(self) -> None:
        """Another scan."""
        self._made.clear()

    def get(self, scan: SlitScan, which: str, size: QSizeF) -> QImage:
        """The strip `which` ("picture", "before", "after") for a box of `size` in pixels of the screen.

        In a box that is narrower than the clip is long, a column shows one of its frames as it is: a mean over some of
        them would smooth the saw edge away.
        """
        wanted = max(1, round(size.width())), max(1, round(size.height()))
        if wanted != self._size:
            self._size = wanted
            self._made.clear()
        if which not in self._made:
            strip = getattr(scan, which)
            width, height = wanted
            columns = min(width, scan.n_frames)
            chosen = ((np.arange(columns) + 0.5) * scan.n_frames / columns).astype(np.intp)
            picked = np.ascontiguousarray(strip[:, chosen])
            how = cv2.INTER_AREA if height < len(picked) else cv2.INTER_LINEAR
            scaled = np.asarray(cv2.resize(picked, (columns, height), interpolation=how), np.uint8)
            self._made[which] = to_qimage(scaled)
        return self._made[which]

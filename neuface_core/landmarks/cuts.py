"""Where one shot ends and the next begins: a face must not be followed across a cut."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

_SMALL = (32, 18)
_LEAST = 18.0  # grey levels of mean change; camera motion over a crowd stays under 13, cuts begin at 25
_TIMES_USUAL = 3.0
_REMEMBERED = 12


class CutFinder:
    """Says of every frame whether it begins a new shot, from the change of a very small picture."""

    def __init__(self) -> None:
        self._before: NDArray[np.float32] | None = None
        self._usual: deque[float] = deque(maxlen=_REMEMBERED)

    def is_cut(self, frame: NDArray[np.uint8]) -> bool:
        """True when `frame` (H, W, 3) begins a new shot; frames must come in order. The first frame is no cut."""
        step = max(1, min(frame.shape[0] // 90, frame.shape[1] // 160))
        # Every step-th pixel first: averaging all pixels of a 4K frame would cost more than tracking the face.
        small = cv2.resize(np.ascontiguousarray(frame[::step, ::step]), _SMALL, interpolation=cv2.INTER_AREA)
        small = small.astype(np.float32)
        before, self._before = self._before, small
        if before is None:
            return False
        change = float(np.abs(small - before).mean())
        usual = float(np.median(self._usual)) if self._usual else 0.0
        if change > max(_LEAST, _TIMES_USUAL * usual):
            self._usual.clear()
            return True
        self._usual.append(change)
        return False

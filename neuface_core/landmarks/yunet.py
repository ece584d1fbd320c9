"""YuNet through OpenCV: where faces are in a frame, with five points each."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.models import INSTALL_REMEDY, model_path

LONG_SIDE_PX = 640
"""Larger frames are reduced to this long side: a face of 20 px in 1080p is still found, and the time stays bounded."""


@dataclass(frozen=True, slots=True)
class Faces:
    """The faces of one frame, the surest first.

    Attributes
    ----------
    boxes : (N, 4) float32
        x0, y0, x1, y1 in pixels of the frame; may reach outside of it.
    points : (N, 5, 2) float32
        Right eye, left eye, nose tip, right and left mouth corner (the subject's right and left), in pixels.
    scores : (N,) float32
        In [0, 1].
    """

    boxes: NDArray[np.float32]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)


class YuNet:
    """Face detector for single frames.

    Parameters
    ----------
    threshold
        Faces with a lower score are not returned.
    long_side_px
        Frames are reduced to this long side before the search; smaller frames stay as they are.
    """

    def __init__(self, threshold: float = 0.6, long_side_px: int = LONG_SIDE_PX) -> None:
        self.threshold = threshold
        self.long_side_px = long_side_px
        path = model_path("yunet")
        # OpenCV 5 warns on every start that the CPU cannot be chosen; it is chosen anyway.
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            self._detector = cv2.FaceDetectorYN.create(
                str(path), "", (320, 320), score_threshold=threshold, nms_threshold=0.3, top_k=200
            )
        except cv2.error as error:
            raise ModelError("The face detector's file is damaged.", remedy=INSTALL_REMEDY, path=path) from error
        finally:
            cv2.utils.logging.setLogLevel(level)

    def __call__(self, frame: NDArray[np.uint8]) -> Faces:
        """Find the faces of `frame` (H, W, 3) uint8 RGB."""
        height, width = frame.shape[:2]
        scale = min(1.0, self.long_side_px / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA) if scale < 1.0 else frame
        self._detector.setInputSize(size)
        _, rows = self._detector.detect(cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        if rows is None:
            rows = np.zeros((0, 15), np.float32)
        rows = rows[np.argsort(-rows[:, 14], kind="stable")]
        back = np.array([width / size[0], height / size[1]], np.float32)
        corner, extent = rows[:, 0:2] * back, rows[:, 2:4] * back
        return Faces(
            boxes=np.concatenate([corner, corner + extent], axis=1).astype(np.float32),
            points=(rows[:, 4:14].reshape(-1, 5, 2) * back).astype(np.float32),
            scores=rows[:, 14].astype(np.float32),
        )

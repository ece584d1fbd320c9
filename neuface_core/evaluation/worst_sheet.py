"""A picture of the answers that went most wrong: numbers say how bad, a look says why."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.evaluation.held_out import HeldOutFaces
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

TILE = 224
_TRUTH, _ANSWER = (90, 230, 90), (255, 80, 80)
_SHIFT = 4  # OpenCV's fixed point: sixteenths of a pixel


@torch.no_grad()
def worst_sheet(
    head: HeadModel, faces: HeldOutFaces, answer: HeadParams, first_seed: int, rows: int = 4, columns: int = 6
) -> NDArray[np.uint8]:
    """The faces with the highest NME, worst first: truth green, answer red, with seed and error.

    Returns
    -------
    (rows * TILE, columns * TILE, 3) uint8
        RGB.
    """
    found = head.project(head.landmarks(answer, "static"), answer.camera).cpu().numpy()
    nme = frame_nme(found, faces.landmarks, "bbox")
    sheet = np.full((rows * TILE, columns * TILE, 3), 24, np.uint8)
    for place, index in enumerate(np.argsort(-nme, kind="stable")[: rows * columns]):
        picture = np.ascontiguousarray(faces.images[index].transpose(1, 2, 0))
        tile = cv2.resize(picture, (TILE, TILE), interpolation=cv2.INTER_LINEAR)
        for points, colour in ((faces.landmarks[index], _TRUTH), (found[index], _ANSWER)):
            for point in ((points + 1) / 2 * TILE - 0.5) * 2**_SHIFT:
                centre = (round(float(point[0])), round(float(point[1])))
                cv2.circle(tile, centre, 24, colour, -1, cv2.LINE_AA, _SHIFT)
        text = f"{first_seed + index}  {nme[index]:.1f} %"
        for dx, dy, grey in ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, 255)):
            where = (5 + dx, TILE - 7 + dy)
            cv2.putText(tile, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.45, (grey,) * 3, 1, cv2.LINE_AA)
        top, left = place // columns * TILE, place % columns * TILE
        sheet[top : top + TILE, left : left + TILE] = tile
    return sheet

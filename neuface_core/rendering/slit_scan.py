"""One column of every frame side by side (NeuFace Fig. 8, right): what jitters has the edge of a saw.

The column runs through the middle of the square that the encoder saw, from the highest to the lowest place of that
square in the whole clip: up and down stays up and down, and a head that walks across the picture is not lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write
from neuface_core.fitting.fit import Fit
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.rendering.overlay import screen_points
from neuface_core.rendering.part_light import part_light
from neuface_core.rendering.shading import draw_mesh
from neuface_core.video import FrameSource

ROWS = 96
"""Height of a strip in pixels: two for each that a timeline has room for."""

_BACKDROP = (38, 41, 46)
_ACROSS = 3  # pixels that are drawn of the mesh, for the middle one of them
_FRAMES_AT_ONCE = 32


@dataclass(frozen=True)
class SlitScan:
    """Three strips of one clip; column f is frame f.

    Attributes
    ----------
    picture : (H, F, 3) uint8 RGB
        Of the video.
    before, after : (H, F, 3) uint8 RGB
        Of the mesh before and after the fit, on a plain ground; the ground alone where there is no mesh.
    """

    picture: NDArray[np.uint8]
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]

    @property
    def n_frames(self) -> int:
        return int(self.picture.shape[1])


def slit_scan(source: FrameSource, fit: Fit, head: HeadModel, clip: str = "", rows: int = ROWS) -> Job[SlitScan]:
    """Make the strips of a view.

    Parameters
    ----------
    source
        The video, frame f of which is row f of `fit`.
    rows
        Height H.

    Raises
    ------
    VideoError
        When a frame cannot be read.
    """
    n_frames = fit.n_frames
    top, bottom = _reach(fit, source.info.height)
    ground = np.broadcast_to(np.array(_BACKDROP, np.uint8), (rows, n_frames, 3))
    picture, before, after = np.zeros((rows, n_frames, 3), np.uint8), ground.copy(), ground.copy()
    light = part_light(head)
    frames = source.frames(0, n_frames)
    for start in range(0, n_frames, _FRAMES_AT_ONCE):
        block = np.arange(start, min(start + _FRAMES_AT_ONCE, n_frames))
        both = (before, fit.params_encoder), (after, fit.params)
        drawn = [(strip, _points(head, fit, params, block)) for strip, params in both]
        for k, (index, frame) in enumerate(zip(block, frames, strict=False)):
            across = float(fit.crops.centre[index, 0])
            picture[:, index] = _column(frame, across, top, bottom, rows)
            if fit.valid[index]:
                for strip, points in drawn:
                    strip[:, index] = _mesh_column(points[k], head.faces, light, across, top, bottom, rows)
            yield Progress("slit scan", int(index) + 1, n_frames, clip)
    return SlitScan(picture, before, after)


def write_slit_scan(path: Path, scan: SlitScan) -> None:
    """Write the three strips one above the other as a PNG: of the video, before, after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stacked = np.concatenate([scan.picture, scan.before, scan.after])
    with atomic_write(path) as file:
        file.write(cv2.imencode(".png", stacked[..., ::-1])[1].tobytes())


def read_slit_scan(path: Path, n_frames: int) -> SlitScan | None:
    """Inverse of `write_slit_scan`; None where there is no such file, or it is damaged or of another clip."""
    try:
        stored = np.frombuffer(path.read_bytes(), np.uint8)
        picture = cv2.imdecode(stored, cv2.IMREAD_COLOR) if len(stored) else None
    except (OSError, cv2.error):
        return None
    if picture is None or picture.shape[1] != n_frames or picture.shape[0] % 3:
        return None
    strips = np.ascontiguousarray(picture[..., ::-1], np.uint8).reshape(3, -1, n_frames, 3)
    return SlitScan(*strips)


def _reach(fit: Fit, height: int) -> tuple[float, float]:
    """Rows of the frame that the strips show: first and end, as edges of pixels."""
    middle, half = fit.crops.centre[:, 1], fit.crops.size / 2
    top = max(0.0, float(np.nanmin(middle - half)))
    return top, max(top + 2.0, min(float(height), float(np.nanmax(middle + half))))


def _column(frame: NDArray[np.uint8], across: float, top: float, bottom: float, rows: int) -> NDArray[np.uint8]:
    """(rows, 3): a column of `frame`, as wide as its rows are high."""
    wide = max(1, round((bottom - top) / rows))
    left = int(np.clip(round(across - wide / 2 + 0.5), 0, frame.shape[1] - wide))
    slit = frame[int(top) : int(np.ceil(bottom)), left : left + wide].mean(axis=1, keepdims=True, dtype=np.float32)
    how = cv2.INTER_AREA if len(slit) > rows else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(slit, (1, rows), interpolation=how)[:, 0].round(), np.uint8)


@torch.no_grad()
def _points(head: HeadModel, fit: Fit, params: HeadParams, block: NDArray[np.intp]) -> NDArray[np.float32]:
    """Screen points (n, V, 3) of some frames in a row; NaN where there is no mesh."""
    part = params[slice(int(block[0]), int(block[-1]) + 1)]
    return screen_points(head(part).numpy(), part.camera.numpy(), fit.crops, block)


def _mesh_column(
    points: NDArray[np.float32],
    faces: NDArray[np.int64],
    light: NDArray[np.float32],
    across: float,
    top: float,
    bottom: float,
    rows: int,
) -> NDArray[np.uint8]:
    """(rows, 3): the same column of the mesh alone."""
    scale = rows / (bottom - top)
    # The centre of the first pixel is (0, 0): edges lie half a pixel before.
    local = (points + np.array([0.5 - across, 0.5 - top, 0], np.float32)) * np.float32(scale)
    local[:, 0] += _ACROSS / 2 - 0.5
    local[:, 1] -= 0.5
    drawn = np.empty((rows, _ACROSS, 3), np.uint8)
    drawn[:] = _BACKDROP
    draw_mesh(drawn, local, faces, vertex_light=light)
    return drawn[:, _ACROSS // 2]

"""The square that an encoder sees, and the way back to pixels of the original frame.

The square must not jitter (a jittering crop makes the answer jitter) and must not lag behind the face (a lagging crop
cuts it off): it is smoothed with a symmetric window, over detected frames only, and never across a cut. What square an
encoder wants, and how it is sampled, is its `CropRule`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, median_filter

from neuface_core.encoders.crop_rule import FACE_MESH_CROP, CropRule
from neuface_core.encoders.crop_store import RowStore
from neuface_core.errors import LandmarkError
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.video import FrameSource

_SIGMA_CENTRE = 3.0  # frames; a head that turns within five frames stays well inside a margin of 1.9
_SIGMA_SIZE = 6.0  # frames; the size of a head changes slower than its place
_JUMP = 0.6  # of the box: a box that moves further between two detections is another shot, or a wrong detection
_JUMP_SIZE = np.log(1.6)
_MAX_OVERSAMPLE = 8
_MIN_SIDE_PX = 8.0
_ROWS_AT_ONCE = 32


@dataclass(frozen=True)
class CropTrack:
    """One upright square a frame, smoothed over time.

    A point p in crop coordinates ([-1, 1], y down) is the frame pixel ``centre + size / 2 * p``.

    Attributes
    ----------
    centre : (F, 2) float32
        Pixels of the original frame.
    size : (F,) float32
        Side of the square in pixels, > 0.
    """

    centre: NDArray[np.float32]
    size: NDArray[np.float32]

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Crop coordinates (F, P, 2) to frame pixels (F, P, 2)."""
        scaled: NDArray[np.float32] = self.centre[:, None] + 0.5 * self.size[:, None, None] * points
        return scaled.astype(np.float32)

    def to_crop(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Frame pixels (F, P, 2) to crop coordinates (F, P, 2)."""
        scaled: NDArray[np.float32] = (points - self.centre[:, None]) / (0.5 * self.size[:, None, None])
        return scaled.astype(np.float32)


def _outliers(state: NDArray[np.float64]) -> NDArray[np.bool_]:
    """True for detections (n, 3: x, y, log side) that disagree with the median of the five around them."""
    if len(state) < 5:
        return np.zeros(len(state), bool)
    middle = median_filter(state, size=(5, 1), mode="nearest")
    moved = np.linalg.norm(state[:, :2] - middle[:, :2], axis=1) / np.exp(middle[:, 2])
    return np.asarray((moved > _JUMP) | (np.abs(state[:, 2] - middle[:, 2]) > _JUMP_SIZE), np.bool_)


def _shots(frames: NDArray[np.intp], state: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Indices into `frames`, split where the box jumps."""
    moved = np.linalg.norm(np.diff(state[:, :2], axis=0), axis=1) / np.exp(state[:-1, 2])
    # A face may travel while it is not seen: a gap allows more.
    allowed = _JUMP * np.minimum(np.sqrt(np.diff(frames)), 3.0)
    cut = (moved > allowed) | (np.abs(np.diff(state[:, 2])) > _JUMP_SIZE)
    return np.split(np.arange(len(frames)), np.flatnonzero(cut) + 1)


def crop_track(
    track: LandmarkTrack,
    rule: CropRule = FACE_MESH_CROP,
    frame_size: tuple[int, int] | None = None,
    *,
    smooth: bool = True,
) -> CropTrack:
    """Squares around the 68-point box as an encoder wants them, smoothed over time.

    Frames without a detection are interpolated between their neighbours of the same shot and held before the first and
    after the last; single wrong detections are left out.

    Parameters
    ----------
    track
        The landmarks of one person.
    rule
        What square the encoder wants.
    frame_size
        Width and height of the video in pixels; when given, the centre is kept inside the picture.
    smooth
        False: every detected frame has the square of its own box, in whole pixels where the rule has them; wrong
        detections are not left out. Only to be like programs that do so.

    Raises
    ------
    LandmarkError
        When no frame has a face.
    """
    frames = np.flatnonzero(track.detected & np.isfinite(track.boxes).all(axis=1))
    if len(frames) == 0:
        raise LandmarkError("No frame of the track has a face.", remedy="Choose another track or set the clip aside.")
    boxes = track.boxes[frames].astype(np.float64)
    side = np.maximum(rule.side(boxes), _MIN_SIDE_PX)
    state = np.column_stack([(boxes[:, :2] + boxes[:, 2:]) / 2, np.log(side)])
    if smooth:
        good = ~_outliers(state)
        frames, state = frames[good], state[good]

    n_frames = len(track.detected)
    course = np.empty((n_frames, 3))
    shots = _shots(frames, state)
    # Where a shot ends is not known when the frames between were not seen: halfway.
    ends = [int(frames[a[-1]] + frames[b[0]] + 1) // 2 for a, b in itertools.pairwise(shots)]
    starts = [0, *ends]
    for shot, start, stop in zip(shots, starts, [*ends, n_frames], strict=True):
        whole = np.arange(start, stop)
        filled = np.column_stack([np.interp(whole, frames[shot], state[shot, k]) for k in range(3)])
        if smooth:
            filled[:, :2] = gaussian_filter1d(filled[:, :2], _SIGMA_CENTRE, axis=0, mode="nearest")
            filled[:, 2] = gaussian_filter1d(filled[:, 2], _SIGMA_SIZE, mode="nearest")
        course[start:stop] = filled
    centre = course[:, :2]
    if frame_size is not None:
        centre = np.clip(centre, 0.0, np.asarray(frame_size, np.float64) - 1)
    return CropTrack(*rule.square(centre, np.exp(course[:, 2]), whole_pixels=not smooth))


def cut_crop(
    image: NDArray[np.uint8],
    centre: NDArray[np.float32],
    size: float,
    pixels: int,
    rule: CropRule = FACE_MESH_CROP,
) -> NDArray[np.uint8]:
    """Resample one square of `image` to (pixels, pixels, 3) uint8, sub-pixel exact.

    Crop coordinates -1 and 1 are the outer edges of the first and the last pixel, and the edge of the picture is
    repeated outside of it. A crop that is made smaller is sampled about once a source pixel and averaged, so that it
    does not alias. A rule of the kind "warp" differs in all three (`CropRule`).
    """
    if rule.sampling != "area":
        step, start = size / pixels, -size / 2
        matrix = np.array([[step, 0, centre[0] + start], [0, step, centre[1] + start]], np.float64)
        kind = cv2.INTER_CUBIC if rule.sampling == "warp_cubic" else cv2.INTER_LINEAR
        warped: NDArray[np.uint8] = cv2.warpAffine(
            image, matrix, (pixels, pixels), flags=kind | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT
        )
        return warped
    oversample = int(np.clip(np.ceil(size / pixels - 1e-3), 1, _MAX_OVERSAMPLE))
    fine = pixels * oversample
    step = size / fine
    offset = size / 2 * (1 / fine - 1)
    matrix = np.array([[step, 0, centre[0] + offset], [0, step, centre[1] + offset]], np.float64)
    crop: NDArray[np.uint8] = cv2.warpAffine(
        image, matrix, (fine, fine), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    if oversample > 1:
        crop = cv2.resize(crop, (pixels, pixels), interpolation=cv2.INTER_AREA)
    return crop


def cut_crops(
    source: FrameSource, crops: CropTrack, size: int, clip: str = "", rule: CropRule = FACE_MESH_CROP
) -> Job[NDArray[np.uint8]]:
    """Cut the square of every frame, into memory: for short clips; see `store_crops`.

    Parameters
    ----------
    source
        The video, as many frames as `crops`.
    size
        Side of the result in pixels (the encoder's `input_size`).
    clip
        Name for the progress events.
    rule
        How the encoder wants them sampled.

    Returns
    -------
    (F, 3, size, size) uint8, RGB
    """
    n_frames = len(crops.size)
    cut = np.empty((n_frames, 3, size, size), np.uint8)
    for i, square in enumerate(_squares(source, crops, size, rule)):
        cut[i] = square
        yield Progress("decode", i + 1, n_frames, clip)
    return cut


def store_crops(
    source: FrameSource,
    crops: CropTrack,
    size: int,
    store: RowStore,
    clip: str = "",
    first: int = 0,
    rule: CropRule = FACE_MESH_CROP,
) -> Job[None]:
    """Cut the square of every frame, into `store`: memory does not grow with the clip.

    Parameters
    ----------
    source
        The video, at least ``first + F`` frames.
    size
        Side in pixels; `store` has rows of (3, size, size) uint8.
    first
        Frame of the video that the first square belongs to.
    rule
        How the encoder wants them sampled.
    """
    n_frames = len(crops.size)
    waiting = []
    for i, square in enumerate(_squares(source, crops, size, rule, first)):
        waiting.append(square)
        if len(waiting) == _ROWS_AT_ONCE or i + 1 == n_frames:
            store.append(np.stack(waiting))
            waiting.clear()
        yield Progress("decode", i + 1, n_frames, clip)


def _squares(
    source: FrameSource, crops: CropTrack, size: int, rule: CropRule, first: int = 0
) -> Iterator[NDArray[np.uint8]]:
    """(3, size, size) of every frame."""
    for i, frame in enumerate(source.frames(first, first + len(crops.size))):
        yield cut_crop(frame, crops.centre[i], float(crops.size[i]), size, rule).transpose(2, 0, 1)

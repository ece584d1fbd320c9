"""Failures planted in clips, to learn whether what should look suspicious does.

What a camera or an editor spoils is done to the pictures (`spoil_pictures`), what a detector spoils to its landmarks
(`spoil_track`). Both leave the frames outside the planted stretch as they are, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ExportError
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack
from neuface_core.video import FrameSource

Floats = NDArray[np.float64]
Pictures = NDArray[np.uint8]
Rng = np.random.Generator

Failure = Literal["landmarks", "shuffled", "other-face", "frozen", "blur", "occluder"]
FAILURES: tuple[Failure, ...] = get_args(Failure)

_LEAST_FRAMES = 8
"""A clip that is shorter has no room for a stretch that is bad and one that is not."""


@dataclass(frozen=True)
class Planted:
    """What was planted where.

    Attributes
    ----------
    failure
        Which.
    first, last
        The bad frames, both included.
    detail
        For people, for example "upside down".
    """

    failure: Failure
    first: int
    last: int
    detail: str = ""


def plan(rng: Rng, failure: Failure, n_frames: int) -> Planted:
    """Where in a clip of `n_frames` a failure is planted, and how.

    Raises
    ------
    ExportError
        When the clip is too short.
    """
    if n_frames < _LEAST_FRAMES:
        raise ExportError(
            f"A clip of {n_frames} frames is too short to spoil a part of it.",
            remedy=f"Take one of at least {_LEAST_FRAMES} frames.",
        )
    if failure == "shuffled":
        return Planted(failure, 0, n_frames - 1, "all frames in another order")
    if failure == "other-face":
        first = int(rng.integers(round(0.3 * n_frames), round(0.7 * n_frames) + 1))
        return Planted(failure, first, n_frames - 1, str(rng.choice(_DETAILS[failure])))
    length = int(rng.integers(round(0.4 * n_frames), round(0.8 * n_frames) + 1))
    first = int(rng.integers(0, n_frames - length + 1))
    detail = str(rng.choice(_DETAILS[failure])) if failure in _DETAILS else ""
    return Planted(failure, first, first + length - 1, detail)


_DETAILS: dict[Failure, tuple[str, ...]] = {
    "other-face": ("cut to another person", "another face on the same body"),
    "landmarks": ("beside the face", "left and right exchanged", "half as large", "scattered"),
    "blur": ("out of focus", "moved while the shutter was open"),
    "occluder": ("board", "ball"),
}


def spoil_pictures(
    rng: Rng,
    planted: Planted,
    pictures: Pictures,
    landmarks: NDArray[np.floating],
    other: tuple[Pictures, NDArray[np.floating]] | None = None,
) -> Pictures:
    """The pictures of a clip with a failure in them; the frames outside of it are the same.

    Parameters
    ----------
    pictures : (F, H, W, 3) uint8
        RGB; not changed.
    landmarks : (F, 68, 2) float
        True ones in pixels: how large the face is and where.
    other
        Pictures and true landmarks of another person in as many frames of the same size; for "other-face".

    Raises
    ------
    ExportError
        When there is no other face of this length and size.
    """
    spoilt = pictures.copy()
    rows = slice(planted.first, planted.last + 1)
    if planted.failure == "shuffled":
        spoilt[rows] = pictures[rows][_far_order(rng, planted.last + 1 - planted.first)]
    elif planted.failure == "other-face":
        if other is None or other[0].shape != pictures.shape:
            raise ExportError(
                "Another face needs a second clip with as many frames of the same size.",
                remedy="Render one with another --seed and name it.",
            )
        if planted.detail == "cut to another person":
            spoilt[rows] = other[0][rows]
        else:
            for frame in range(planted.first, planted.last + 1):
                spoilt[frame] = _face_put_on(spoilt[frame], landmarks[frame], other[0][frame], other[1][frame])
    elif planted.failure == "frozen":
        spoilt[rows] = pictures[planted.first]
    elif planted.failure == "blur":
        _blur(rng, planted, spoilt, landmarks)
    elif planted.failure == "occluder":
        _cover(rng, planted, spoilt, landmarks)
    return spoilt


def _far_order(rng: Rng, count: int) -> NDArray[np.intp]:
    """An order in which hardly any two frames that belong together follow each other."""
    best, least = np.arange(count), count
    for _ in range(20):
        order = rng.permutation(count)
        close = int((np.abs(np.diff(order)) <= 1).sum())
        if close < least:
            best, least = order, close
    return best


def _face(landmarks: NDArray[np.floating]) -> tuple[Floats, float]:
    """Centre (2,) and side of a face in pixels."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    return np.asarray((low + high) / 2, np.float64), float(np.sqrt((high - low).prod()))


def _face_put_on(
    picture: Pictures, landmarks: NDArray[np.floating], other: Pictures, theirs: NDArray[np.floating]
) -> Pictures:
    """Another one's face over this one: the scene does not change, only who is in it."""
    matrix, _ = cv2.estimateAffinePartial2D(np.float32(theirs), np.float32(landmarks), method=cv2.LMEDS)
    height, width = picture.shape[:2]
    moved = cv2.warpAffine(other, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    centre, side = _face(landmarks)
    y, x = np.mgrid[:height, :width]
    reach = np.hypot((x - centre[0]) / (0.62 * side), (y - centre[1] + 0.08 * side) / (0.78 * side))
    opaque = np.clip((1 - reach) * 8, 0, 1)[..., None]
    return np.asarray(opaque * moved + (1 - opaque) * picture, np.uint8)


def _blur(rng: Rng, planted: Planted, pictures: Pictures, landmarks: NDArray[np.floating]) -> None:
    strength, angle = rng.uniform(0.05, 0.09), rng.uniform(0, np.pi)
    for frame in range(planted.first, planted.last + 1):
        _, side = _face(landmarks[frame])
        if planted.detail == "out of focus":
            pictures[frame] = cv2.GaussianBlur(pictures[frame], (0, 0), strength * side)
        else:
            pictures[frame] = cv2.filter2D(pictures[frame], -1, _streak(4 * strength * side, angle))


def _streak(length_px: float, angle: float) -> NDArray[np.float32]:
    """Kernel of a straight motion during the exposure."""
    half = int(np.ceil(length_px / 2))
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    way = 0.5 * length_px * np.array([np.cos(angle), np.sin(angle)])
    ends = np.round(half + np.stack([-way, way])).astype(int)
    cv2.line(kernel, tuple(map(int, ends[0])), tuple(map(int, ends[1])), 1.0, 1, cv2.LINE_AA)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _cover(rng: Rng, planted: Planted, pictures: Pictures, landmarks: NDArray[np.floating]) -> None:
    """Hold a thing with a simple shading before a part of the face; it follows the face a little, and trembles."""
    height, width = pictures.shape[1:3]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    corner = np.array([rng.choice([-1, 1]) * rng.uniform(0.05, 0.3), rng.uniform(-0.25, 0.35)])
    half, turn = rng.uniform([0.32, 0.30], [0.5, 0.45]), rng.uniform(-0.6, 0.6)
    paint = rng.uniform(30, 220) + rng.normal(0, 25, 3)
    start, _ = _face(landmarks[planted.first])
    tremble = np.cumsum(rng.normal(0, 0.004, (len(pictures), 2)), axis=0)
    for frame in range(planted.first, planted.last + 1):
        now, side = _face(landmarks[frame])
        place = 0.5 * (start + now) + (corner + tremble[frame]) * side
        cos, sin = np.cos(turn), np.sin(turn)
        across = ((x - place[0]) * cos + (y - place[1]) * sin) / (half[0] * side)
        down = ((y - place[1]) * cos - (x - place[0]) * sin) / (half[1] * side)
        reach = np.maximum(np.abs(across), np.abs(down)) if planted.detail == "board" else np.hypot(across, down)
        opaque = np.clip((1 - reach) * 0.4 * side, 0, 1)[..., None]  # an edge as soft as a lens makes it
        shade = np.clip(paint * (1 - 0.18 * (across + down))[..., None], 0, 255)
        pictures[frame] = (opaque * shade + (1 - opaque) * pictures[frame]).astype(np.uint8)


def spoil_track(rng: Rng, planted: Planted, track: LandmarkTrack) -> LandmarkTrack:
    """Landmarks as a detector gives them that is sure of the wrong thing; confidence stays what it was."""
    rows = slice(planted.first, planted.last + 1)
    points = track.points.astype(np.float64)
    part = points[rows]
    low, high = part.min(axis=1, keepdims=True), part.max(axis=1, keepdims=True)
    centre, side = (low + high) / 2, np.sqrt((high - low).prod(axis=-1, keepdims=True))
    if planted.detail == "beside the face":
        angle = rng.uniform(0, 2 * np.pi)
        part = part + rng.uniform(0.2, 0.4) * side * np.array([np.cos(angle), np.sin(angle)])
    elif planted.detail == "left and right exchanged":
        part = part[:, list(MIRROR)]
    elif planted.detail == "half as large":
        part = centre + rng.uniform(0.45, 0.65) * (part - centre)
    else:
        part = part + 0.06 * side * rng.standard_normal(part.shape)
    points[rows] = part
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    return replace(track, points=points.astype(np.float32), boxes=boxes.astype(np.float32))


class WrongDetector:
    """A detector that goes wrong where it is told to."""

    def __init__(self, right: LandmarkDetector, planted: Planted, seed: int) -> None:
        self.right, self.planted, self.seed = right, planted, seed
        self.name, self.contour = right.name, right.contour

    def detect(self, source: FrameSource) -> Job[tuple[LandmarkTrack, ...]]:
        """As the right one, with `planted` in the track of the person that the clip is about."""
        tracks = yield from self.right.detect(source)
        yield Progress("landmarks", source.info.n_frames, source.info.n_frames)
        if not tracks:
            return tracks
        return (spoil_track(np.random.default_rng([self.seed, 42]), self.planted, tracks[0]), *tracks[1:])


def draw_failures(seed: int, clips: int, count: int) -> dict[int, Failure]:
    """Which of `clips` clips are spoilt, and how: every failure equally often, as far as `count` allows."""
    rng = np.random.default_rng([seed, 41])
    chosen = rng.choice(clips, count, replace=False)
    kinds: Sequence[Failure] = [FAILURES[k % len(FAILURES)] for k in range(count)]
    return {int(clip): kinds[place] for clip, place in zip(chosen, rng.permutation(count), strict=True)}

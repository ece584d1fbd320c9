"""The open default: YuNet finds, the face mesh follows and reads, a fixed list of mesh points gives the 68.

Two looks at every face. The first, frame by frame and always by mesh version 1, only says where the face is. The second
comes eight frames later, when the square can be smoothed with as much future as past, and reads the points in it: the
square is calm, nothing lags, and nothing is smoothed that a person would want to measure. It runs beside the first look
at the frames that follow, where there is a second core.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.beside import AT_ONCE, Beside, beside
from neuface_core.devices import inference_batch
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.landmarks.ibug import trust_by_yaw, yaw_of
from neuface_core.landmarks.mesh_reader import MeshReader
from neuface_core.landmarks.region import SMOOTHING_REACH, Region, smoothed
from neuface_core.landmarks.track import Contour, LandmarkTrack
from neuface_core.landmarks.tracking import FaceTracker, Sighting
from neuface_core.landmarks.yunet import YuNet
from neuface_core.models.licences import OPEN_DETECTOR
from neuface_core.video import FrameSource

KEEP_SCORE = 0.86
"""A track is kept when YuNet was once this sure; a dog's face reached 0.853, people reach 0.9 and more."""

LEAST_FRAMES = 5
"""Shorter tracks are left out, unless the whole clip is shorter."""

_MARGIN = 0.85  # half side of the kept patch over the side of the region: room for smoothing and turning
_READ_SCORE = 0.1  # below, the second look saw no face (version 2: beyond about 60 degrees of yaw)
_FRAME_BYTES = 68 * 3 * 4
_MAX_TRACK_BYTES = 512 << 20  # of all tracks of a video: 20 people through 20 minutes
_OUTSIDE = 0.2  # trust in a landmark that lies outside of the picture


@dataclass(frozen=True, slots=True)
class _Patch:
    """The part of a frame that the second look may need."""

    frame: int
    pixels: NDArray[np.uint8]
    left: int
    top: int


@dataclass(slots=True)
class _Person:
    """What is known of one track. By frame: a long video of a crowd has thousands of tracks, each a few frames long."""

    regions: dict[int, Region] = field(default_factory=dict)
    points: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    confidence: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    waiting: list[_Patch] = field(default_factory=list)
    best_face_score: float = 0.0
    total_size: float = 0.0

    @property
    def frames_read(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A second look that is under way."""

    person: _Person
    patches: list[_Patch]
    answer: Future[tuple[NDArray[np.float32], NDArray[np.float32]]]


class OpenDetector:
    """Landmarks without licensed weights; see `LandmarkDetector`.

    Parameters
    ----------
    device
        Where the mesh runs.
    version
        Of the face mesh that reads the points. Version 1 reads faster, but its eyes hardly close.

    Raises
    ------
    ModelError
        When the model files are not installed.
    """

    contour: Contour = "static"
    licence = OPEN_DETECTOR

    def __init__(self, device: torch.device | str = "cpu", version: Version = "v2") -> None:
        self.name = f"open-{version}"
        # Version 1 holds on to faces better: in three-quarter views, in crowds, and at a third of the time.
        self._follower = MeshReader(FaceMesh.load("v1", device), device)
        self._reader = self._follower if version == "v1" else MeshReader(FaceMesh.load(version, device), device)
        self._yunet = YuNet(threshold=0.3)
        self._device = torch.device(device)
        self._batch = inference_batch(self._device) // 2  # each is read with its mirror image

    def detect(self, source: FrameSource) -> Job[tuple[LandmarkTrack, ...]]:
        """Detect and track everybody; first the one who is seen longest and largest (sum of sizes over the frames).

        Tracks of something that was never clearly a face, and very short ones in longer clips, are left out; so are
        the smallest ones of crowds in very long videos, where all of them together would not fit into memory.
        """
        n_frames = source.info.n_frames
        size = (source.info.width, source.info.height)
        tracker = FaceTracker(self._yunet, self._follower)
        people: dict[int, _Person] = {}
        asked: deque[_Asked] = deque()
        with beside(self._device) as reading:
            for index, frame in enumerate(source.frames(0, n_frames)):
                for sighting in tracker.update(index, frame):
                    person = people.setdefault(sighting.track, _Person())
                    self._note(person, sighting, index, frame)
                for person in people.values():
                    if person.waiting:
                        asked.extend(self._look_again(person, index - SMOOTHING_REACH, self._batch, reading))
                while len(asked) > AT_ONCE:
                    self._keep(asked.popleft(), size)
                yield Progress("landmarks", index + 1, n_frames)
            for person in people.values():
                asked.extend(self._look_again(person, n_frames, 1, reading))
            while asked:
                self._keep(asked.popleft(), size)
        least = min(LEAST_FRAMES, n_frames)
        kept = [p for p in people.values() if p.best_face_score >= KEEP_SCORE and p.frames_read >= least]
        kept.sort(key=lambda person: -person.total_size)
        most = max(1, _MAX_TRACK_BYTES // (n_frames * _FRAME_BYTES))
        return tuple(self._track(person, n_frames) for person in kept[:most])

    def _note(self, person: _Person, sighting: Sighting, index: int, frame: NDArray[np.uint8]) -> None:
        region = sighting.region
        person.regions[index] = region
        person.best_face_score = max(person.best_face_score, sighting.face_score)
        person.total_size += region.size
        half = _MARGIN * region.size
        left, top = max(0, int(region.x - half)), max(0, int(region.y - half))
        pixels = frame[top : max(top + 1, int(region.y + half) + 1), left : max(left + 1, int(region.x + half) + 1)]
        person.waiting.append(_Patch(index, pixels.copy(), left, top))

    def _look_again(self, person: _Person, until: int, least: int, reading: Beside) -> Iterator[_Asked]:
        """Second look at the frames up to `until`, once there are `least` of them."""
        ready = [patch for patch in person.waiting if patch.frame <= until]
        if len(ready) < least:
            return
        person.waiting = person.waiting[len(ready) :]
        for patches in _batches(ready, self._batch):
            regions = [smoothed(*_around(person.regions, patch.frame)) for patch in patches]
            local = [
                Region(region.x - patch.left, region.y - patch.top, region.size, region.angle)
                for region, patch in zip(regions, patches, strict=True)
            ]
            pixels = [patch.pixels for patch in patches]
            yield _Asked(person, patches, reading.ask(self._reader.read_ibug, pixels, local))

    def _keep(self, asked: _Asked, size: tuple[int, int]) -> None:
        """What the second look found, in pixels of the frame."""
        person, patches = asked.person, asked.patches
        points, scores = asked.answer.result()
        points[..., 0] += np.array([patch.left for patch in patches], np.float32)[:, None]
        points[..., 1] += np.array([patch.top for patch in patches], np.float32)[:, None]
        frames = [patch.frame for patch in patches]
        flat = np.where(scores[:, None, None] < _READ_SCORE, np.nan, points[..., :2]).astype(np.float32)
        outside = ((flat < 0) | (flat > np.array(size, np.float32) - 1)).any(axis=2)
        trust = scores[:, None] * trust_by_yaw(yaw_of(points)) * np.where(outside, _OUTSIDE, 1.0)
        seen = np.isfinite(flat[:, 0, 0])
        for row in np.flatnonzero(seen):
            person.points[frames[row]] = flat[row]
            person.confidence[frames[row]] = trust[row].astype(np.float32)

    def _track(self, person: _Person, n_frames: int) -> LandmarkTrack:
        points = np.full((n_frames, 68, 2), np.nan, np.float32)
        confidence = np.zeros((n_frames, 68), np.float32)
        frames = sorted(person.points)
        points[frames] = np.stack([person.points[frame] for frame in frames])
        confidence[frames] = np.stack([person.confidence[frame] for frame in frames])
        return LandmarkTrack(
            points=points,
            confidence=confidence,
            boxes=boxes_of(points),
            detected=np.asarray(np.isfinite(points).all(axis=(1, 2)), np.bool_),
            detector=self.name,
            contour=self.contour,
        )


def boxes_of(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Tight boxes (F, 4) of landmarks (F, 68, 2); NaN where they are."""
    return np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1).astype(np.float32)


def _around(regions: dict[int, Region], frame: int) -> tuple[list[Region | None], int]:
    """The regions that `smoothed` may need for a frame, as a list, and the place of the frame in it."""
    first = max(0, frame - SMOOTHING_REACH)
    return [regions.get(number) for number in range(first, frame + SMOOTHING_REACH + 1)], frame - first


def _batches(patches: list[_Patch], size: int) -> Iterator[list[_Patch]]:
    for start in range(0, len(patches), size):
        yield patches[start : start + size]

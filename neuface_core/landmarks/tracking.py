"""Faces through a clip: found by YuNet, followed by the mesh, kept apart as tracks, never followed across a cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from neuface_core.landmarks.cuts import CutFinder
from neuface_core.landmarks.mesh_reader import MeshReader, Reading
from neuface_core.landmarks.region import REGION_SCALE, Region, region_of_box, region_of_mesh
from neuface_core.landmarks.yunet import Faces, YuNet

CHECK_EVERY = 10
"""Frames between two searches while faces are followed: new people are found, lost ones noticed."""

HUNT_SCORE = 0.6
"""YuNet score at which a face is tried; the mesh must then agree."""

_HOLD_SCORE = 0.3  # YuNet score that is enough to confirm a face that is already followed
_MESH_SCORE = 0.5
_MESH_HOLD = 0.2  # is enough for a face that is followed: in near profile the score wavers, and the confidence says so
_MISSES = 2  # searches in a row without the face: the mesh holds on to something that is none
_LOOKS = 5  # the detector's square is rough: the mesh settles in its own, halving the distance at every look
_EAGER = 5  # frames of search, one after the other, after somebody was lost
_MAX_GAP = 150  # frames a face may be unseen and still be the same person when it comes back at the same place
_MAX_FACES = 16
_SAME_OVERLAP = 0.5
_SAME_FACE_ALIKE = 0.8  # likeness of the aligned picture across a cut: the same shot with a flash, not another person
_OTHER_FACE_ALIKE = 0.2


@dataclass(frozen=True, slots=True)
class Sighting:
    """One face in one frame.

    Attributes
    ----------
    track
        Number of the person's track.
    region
        The square that the mesh points ask for.
    mesh_score
        In [0, 1].
    face_score
        YuNet's, or 0 where it was not asked.
    """

    track: int
    region: Region
    mesh_score: float
    face_score: float


@dataclass(slots=True)
class _Followed:
    track: int
    region: Region
    thumb: NDArray[np.float32]
    frame: int
    misses: int = 0
    mesh_score: float = 0.0
    face_score: float = 0.0


class FaceTracker:
    """Give it the frames of a clip in order."""

    def __init__(self, yunet: YuNet, reader: MeshReader) -> None:
        self._yunet = yunet
        self._reader = reader
        self._cuts = CutFinder()
        self._followed: list[_Followed] = []
        self._dormant: list[_Followed] = []
        self._next_track = 0
        self._since_search = 0

    def update(self, index: int, frame: NDArray[np.uint8]) -> list[Sighting]:
        """The faces of frame `index` (H, W, 3) uint8 RGB."""
        cut = self._cuts.is_cut(frame)
        if cut:
            before, self._followed, self._dormant = self._followed, [], []
        else:
            before = []
            self._follow(index, frame)
        self._since_search += 1
        if cut or not self._followed or self._just_lost(index) or self._since_search >= CHECK_EVERY:
            self._search(index, frame, before)
            self._since_search = 0
        self._dormant = [face for face in self._dormant if index - face.frame <= _MAX_GAP]
        return [Sighting(f.track, f.region, f.mesh_score, f.face_score) for f in self._followed]

    def _just_lost(self, index: int) -> bool:
        return any(index - face.frame <= _EAGER for face in self._dormant)

    def _follow(self, index: int, frame: NDArray[np.uint8]) -> None:
        faces, self._followed = self._followed, []
        reading = self._reader.read([frame] * len(faces), [face.region for face in faces])
        for face, points, score, thumb in zip(faces, reading.points, reading.scores, reading.thumbs, strict=True):
            region = region_of_mesh(points)
            steady = 0.6 < region.size / face.region.size < 1.6
            if score < _MESH_HOLD or not steady or float(thumb @ face.thumb) < _OTHER_FACE_ALIKE:
                self._dormant.append(face)
                continue
            face.region, face.thumb, face.frame = region, thumb, index
            face.mesh_score, face.face_score = float(score), 0.0
            self._followed.append(face)
        self._drop_doubles()

    def _search(self, index: int, frame: NDArray[np.uint8], before_cut: Sequence[_Followed]) -> None:
        found = self._yunet(frame)
        matched = match([_box(face.region) for face in self._followed], list(found.boxes))
        for number, face in enumerate(self._followed):
            face.misses = 0 if number in matched else face.misses + 1
            face.face_score = float(found.scores[matched[number]]) if number in matched else 0.0
        self._followed = [face for face in self._followed if face.misses < _MISSES]
        free = [i for i in range(len(found)) if i not in matched.values() and found.scores[i] >= HUNT_SCORE]
        self._meet(index, frame, found, free[: max(0, _MAX_FACES - len(self._followed))], before_cut)

    def _meet(
        self,
        index: int,
        frame: NDArray[np.uint8],
        found: Faces,
        free: Sequence[int],
        before_cut: Sequence[_Followed],
    ) -> None:
        """Look closer at the faces that nobody follows, and give each a track: an old one or a new one."""
        chosen = list(free)
        regions = [region_of_box(found.boxes[i], found.points[i]) for i in chosen]
        reading = self._reader.read([frame] * len(regions), regions)
        best = reading.scores
        for _ in range(_LOOKS):
            regions = [region_of_mesh(points) for points in reading.points]
            reading = self._reader.read([frame] * len(regions), regions)
            best = np.maximum(best, reading.scores)
            good = (best >= _MESH_SCORE) & (reading.scores >= _MESH_HOLD)
            chosen, regions = list(compress(chosen, good)), list(compress(regions, good))
            reading, best = Reading(reading.points[good], reading.scores[good], reading.thumbs[good]), best[good]
        for i, region, score, thumb in zip(chosen, regions, reading.scores, reading.thumbs, strict=True):
            face = _Followed(-1, region, thumb, index, mesh_score=float(score), face_score=float(found.scores[i]))
            face.track = self._old_track(face, before_cut)
            self._followed.append(face)
            self._drop_doubles()
            if face in self._followed and face.track < 0:
                face.track = self._next_track
                self._next_track += 1

    def _old_track(self, face: _Followed, before_cut: Sequence[_Followed]) -> int:
        """Track of whoever was at this place before; -1 for somebody new."""
        for old in before_cut:
            alike = float(face.thumb @ old.thumb)
            if _overlap(_box(face.region), _box(old.region)) > _SAME_OVERLAP and alike > _SAME_FACE_ALIKE:
                return old.track
        taken = {other.track for other in self._followed}
        for old in sorted(self._dormant, key=lambda old: -old.frame):
            distance = np.hypot(face.region.x - old.region.x, face.region.y - old.region.y)
            size = max(face.region.size, old.region.size)
            alike = min(face.region.size, old.region.size) / size > 0.6
            if old.track not in taken and distance < 0.5 * size and alike:
                self._dormant.remove(old)
                return old.track
        return -1

    def _drop_doubles(self) -> None:
        """Two tracks on one face: the older one stays."""
        kept: list[_Followed] = []
        for face in self._followed:
            if all(_overlap(_box(face.region), _box(other.region)) < _SAME_OVERLAP for other in kept):
                kept.append(face)
        self._followed = kept


def match(ours: Sequence[NDArray[np.float32]], found: Sequence[NDArray[np.float32]]) -> dict[int, int]:
    """Pair boxes (4,) x0, y0, x1, y1 so that the overlap in all is greatest; those that hardly overlap stay alone.

    Returns
    -------
    dict
        Index into `ours` to index into `found`.
    """
    if not ours or not found:
        return {}
    overlap = np.array([[_overlap(a, b) for b in found] for a in ours])
    rows, columns = linear_sum_assignment(-overlap)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if overlap[r, c] > 0.2}


def _box(region: Region) -> NDArray[np.float32]:
    half = 0.5 * region.size / REGION_SCALE
    return np.array([region.x - half, region.y - half, region.x + half, region.y + half], np.float32)


def _overlap(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Area in common over area in all, in [0, 1]."""
    extent = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if (extent <= 0).any():
        return 0.0
    common = float(extent.prod())
    return common / (float((a[2:] - a[:2]).prod()) + float((b[2:] - b[:2]).prod()) - common)

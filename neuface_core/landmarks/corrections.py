"""Landmarks that a person corrected: kept beside the detections, never over them, and joined with them when asked.

An edit says where points lie in some frames; those frames become *key frames* of these points. Between two key frames
of a shot the correction (what was added to the detection, not the position) is interpolated, so that a point goes on
following what the detector saw. Beyond the outermost key frame it fades to nothing within `FADE_FRAMES`, or, where the
person said so, holds to the end of the shot. It never crosses the end of a shot.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from neuface_core.errors import LandmarkError
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.landmarks.track import N_LANDMARKS, LandmarkTrack

FADE_FRAMES = 8
"""Frames from an outermost key frame to the first one without any of its correction."""

INTERPOLATED_CONFIDENCE = 0.8
"""Least confidence of a point between two key frames; a point that a person put has 1."""

EditKind = Literal["drag", "nudge", "mirror", "key", "guess", "face", "reset"]
Reach = Literal["fade", "hold", "alone"]


class Origin(IntEnum):
    """Where a landmark of a corrected track comes from."""

    DETECTOR = 0
    DRAG = 1
    NUDGE = 2
    MIRROR = 3
    KEY = 4
    GUESS = 5
    FACE = 6
    INTERPOLATED = 7

    @property
    def words(self) -> str:
        """As a person reads it."""
        return _WORDS[self]


_WORDS = {
    Origin.DETECTOR: "detector",
    Origin.DRAG: "dragged",
    Origin.NUDGE: "nudged",
    Origin.MIRROR: "mirrored from the other side",
    Origin.KEY: "confirmed as it was",
    Origin.GUESS: "the detector's second guess",
    Origin.FACE: "another face",
    Origin.INTERPOLATED: "interpolated between key frames",
}
_ORIGIN_OF = {kind: Origin[kind.upper()] for kind in get_args(EditKind) if kind != "reset"}


@dataclass(frozen=True)
class LandmarkEdit:
    """One gesture of a person.

    Attributes
    ----------
    kind
        "drag", "nudge"; "mirror": from the other side of the face; "key": confirmed where they were; "guess": the
        detector's second guess; "face": taken from another person's track; "reset": back to the detection.
    view
        Number of the camera, from 0.
    frames
        Moments of the clip, k of them.
    points
        iBUG numbers from 0, n of them.
    positions : (k, n, 2) float32
        Pixels of the original frame, rounded to a hundredth; no rows of a "reset".
    reach
        What the correction does beyond the outermost key frame: "fade" or "hold"; "alone": nothing is interpolated
        from it (another face has nothing to do with what the detector saw of this one).
    track
        Number of the person among those found in the view; the edit says nothing about the others.
    """

    kind: EditKind
    view: int
    frames: tuple[int, ...]
    points: tuple[int, ...]
    positions: NDArray[np.float32]
    reach: Reach = "fade"
    track: int = 0

    @classmethod
    def of(
        cls,
        kind: EditKind,
        frames: Sequence[int],
        points: Sequence[int],
        positions: NDArray[np.floating] | Sequence[Any] = (),
        view: int = 0,
        reach: Reach = "fade",
        track: int = 0,
    ) -> LandmarkEdit:
        """Check and make one.

        Raises
        ------
        LandmarkError
            When frames, points and positions do not belong together, or a position is not finite.
        """
        wanted = (0, 0, 2) if kind == "reset" else (len(frames), len(points), 2)
        found = np.round(np.asarray(positions, np.float64), 2).astype(np.float32)
        if kind == "reset":
            found = found.reshape(0, 0, 2)
        good = kind in get_args(EditKind) and reach in get_args(Reach) and view >= 0
        good = good and len(frames) > 0 and len(points) > 0 and min(frames) >= 0
        good = good and set(points) <= set(range(N_LANDMARKS)) and len(set(points)) == len(points)
        if not good or found.shape != wanted or not np.isfinite(found).all():
            raise LandmarkError(
                "The correction of the landmarks makes no sense and was not kept.",
                remedy="Give every point (0 to 67) of every frame one position in pixels.",
            )
        return cls(kind, view, tuple(map(int, frames)), tuple(map(int, points)), found, reach, track)

    @property
    def text(self) -> str:
        """As JSON, for the log."""
        fields: dict[str, Any] = {"edit": self.kind, "view": self.view, "frames": self.frames, "points": self.points}
        if self.kind != "reset":
            fields["positions"] = [[[round(float(v), 2) for v in p] for p in row] for row in self.positions]
        if self.reach != "fade":
            fields["reach"] = self.reach
        if self.track:
            fields["track"] = self.track
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> LandmarkEdit:
        """Inverse of `text`.

        Raises
        ------
        LandmarkError
            When it is none.
        """
        try:
            found = json.loads(text)
            return cls.of(
                found["edit"],
                found["frames"],
                found["points"],
                found.get("positions", ()),
                found["view"],
                found.get("reach", "fade"),
                int(found.get("track", 0)),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise LandmarkError(
                f"A correction of landmarks cannot be read ({error}).", remedy="Restore the project from a backup."
            ) from error


@dataclass(frozen=True)
class _Key:
    position: NDArray[np.float32]
    origin: Origin
    reach: Reach


Keys = Mapping[int, Mapping[int, _Key]]
"""Point, then frame."""


@dataclass(frozen=True)
class CorrectedTrack:
    """Detections and what a person made of them.

    Attributes
    ----------
    track
        The detections with the corrections: what is fitted.
    detections
        As the detector left them.
    origin : (F, 68) uint8
        `Origin` of every point of `track`.
    """

    track: LandmarkTrack
    detections: LandmarkTrack
    origin: NDArray[np.uint8]

    @property
    def edited(self) -> bool:
        """Whether any point is not the detector's."""
        return bool(self.origin.any())

    @property
    def key_frames(self) -> NDArray[np.intp]:
        """Frames in which a person put a point."""
        put = (self.origin != Origin.DETECTOR) & (self.origin != Origin.INTERPOLATED)
        return np.flatnonzero(put.any(axis=1))

    @property
    def touched(self) -> NDArray[np.bool_]:
        """(F,): frames whose points differ from the detections."""
        return np.asarray(self.origin.any(axis=1), np.bool_)


def corrected(
    detections: LandmarkTrack, edits: Iterable[LandmarkEdit], shots: Sequence[tuple[int, int]]
) -> CorrectedTrack:
    """Join the detections of one view with the edits that hold, in the order in which they were made.

    A key frame without a detection counts as detected: the points that nobody put there lie between those of the
    neighbouring detections of the shot and have confidence 0. Where there are no neighbours the key frame must place
    all points to count.

    Parameters
    ----------
    shots
        Half-open runs of frames of continuous motion; a correction does not leave its shot.
    """
    keys = _keys(edits, detections.n_frames)
    if not keys:
        return CorrectedTrack(detections, detections, np.zeros(detections.confidence.shape, np.uint8))
    points, confidence = detections.points.copy(), detections.confidence.copy()
    origin = np.zeros(confidence.shape, np.uint8)
    base = _filled(detections, shots)
    for point, by_frame in keys.items():
        for of_shot in _by_shot(sorted(by_frame), shots, detections.n_frames):
            _apply_offsets(point, of_shot, by_frame, base, detections, points, confidence, origin)
    key_frames = np.flatnonzero(((origin > 0) & (origin != Origin.INTERPOLATED)).any(axis=1))
    for frame in key_frames[~detections.detected[key_frames]]:
        free = ~np.isfinite(points[frame]).all(axis=1)
        points[frame, free] = base[frame, free]
        confidence[frame, free] = 0.0
    detected = np.asarray(np.isfinite(points).all(axis=(1, 2)), np.bool_)
    points[~detected], confidence[~detected], origin[~detected] = np.nan, 0.0, 0
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    track = dataclasses.replace(detections, points=points, confidence=confidence, boxes=boxes, detected=detected)
    return CorrectedTrack(track, detections, origin)


def face_edit(track: LandmarkTrack, frames: tuple[int, int], view: int, instead_of: int) -> LandmarkEdit:
    """Take `track`, another person, from the first to the last of `frames` instead of the one numbered `instead_of`.

    Raises
    ------
    LandmarkError
        When that person is not seen there.
    """
    inside = [f for f in range(max(0, frames[0]), min(frames[1], track.n_frames - 1) + 1) if track.detected[f]]
    if not inside:
        raise LandmarkError(
            f"This face is not seen in the frames {frames[0]} to {frames[1]}.", remedy="Choose others, or another face."
        )
    points = range(N_LANDMARKS)
    return LandmarkEdit.of("face", inside, points, track.points[inside], view, "alone", instead_of)


def key_frames_of(edits: Iterable[LandmarkEdit]) -> dict[int, tuple[int, ...]]:
    """Of every point that has some: its key frames in order."""
    return {point: tuple(sorted(by_frame)) for point, by_frame in _keys(edits, None).items()}


def mirrored(points: NDArray[np.float32], wanted: Sequence[int]) -> NDArray[np.float32]:
    """Where `wanted` points (n,) of one face (68, 2) lie when taken from its other side, (n, 2).

    The axis of the face is the line that fits the midpoints of all pairs best; the points on it give themselves. A
    turned head is not symmetric in the picture: distances to the axis are scaled by how much nearer the side of
    `wanted` is to it than the other, over all pairs but the wanted ones.

    Raises
    ------
    LandmarkError
        When the face has points that are not known.
    """
    if not np.isfinite(points).all():
        raise LandmarkError("The frame has no landmarks to mirror.", remedy="Go to a frame with a face.")
    face = points.astype(np.float64)
    other = face[list(MIRROR)]
    trusted = np.array([i not in wanted and MIRROR[i] not in wanted for i in range(N_LANDMARKS)])
    trusted = trusted if trusted.any() else np.ones(N_LANDMARKS, bool)
    middle = ((face + other) / 2)[trusted]
    centre = middle.mean(axis=0)
    _, _, directions = np.linalg.svd(middle - centre)
    along, across = directions[0], np.array([-directions[0, 1], directions[0, 0]])
    from_axis, of_other = (face - centre) @ across, (other - centre) @ across
    same_side = np.sign(from_axis) == -np.sign(np.mean(of_other[list(wanted)]))
    use = trusted & same_side & (np.arange(N_LANDMARKS) != np.array(MIRROR))
    scale = np.abs(from_axis[use]).sum() / max(np.abs(of_other[use]).sum(), 1e-6) if use.any() else 1.0
    chosen = list(wanted)
    place = np.outer((other[chosen] - centre) @ along, along) - scale * np.outer(of_other[chosen], across)
    moved: NDArray[np.float32] = (centre + place).astype(np.float32)
    return moved


def _keys(edits: Iterable[LandmarkEdit], n_frames: int | None) -> dict[int, dict[int, _Key]]:
    """What holds after all edits: the last word on a point in a frame."""
    keys: dict[int, dict[int, _Key]] = {}
    for edit in edits:
        for row, frame in enumerate(edit.frames):
            if n_frames is not None and frame >= n_frames:
                continue
            for column, point in enumerate(edit.points):
                if edit.kind == "reset":
                    keys.get(point, {}).pop(frame, None)
                else:
                    key = _Key(edit.positions[row, column], _ORIGIN_OF[edit.kind], edit.reach)
                    keys.setdefault(point, {})[frame] = key
    return {point: by_frame for point, by_frame in keys.items() if by_frame}


def _filled(track: LandmarkTrack, shots: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """Detections (F, 68, 2) with the gaps inside a shot filled from their neighbours; NaN elsewhere."""
    filled = track.points.copy()
    for start, stop in shots:
        seen = start + np.flatnonzero(track.detected[start:stop])
        gaps = start + np.flatnonzero(~track.detected[start:stop])
        if len(seen) and len(gaps):
            flat = track.points[seen].reshape(len(seen), -1)
            columns = [np.interp(gaps, seen, flat[:, k]) for k in range(flat.shape[1])]
            filled[gaps] = np.stack(columns, axis=1).reshape(len(gaps), N_LANDMARKS, 2)
    return filled


def _by_shot(
    frames: Sequence[int], shots: Sequence[tuple[int, int]], n_frames: int
) -> list[tuple[tuple[int, int], list[int]]]:
    """Key frames with the shot that each lies in; a frame outside of all shots stands alone."""
    grouped: dict[tuple[int, int], list[int]] = {}
    for frame in frames:
        shot = next(((a, b) for a, b in shots if a <= frame < b), (frame, min(frame + 1, n_frames)))
        grouped.setdefault(shot, []).append(frame)
    return list(grouped.items())


def _apply_offsets(
    point: int,
    of_shot: tuple[tuple[int, int], list[int]],
    by_frame: Mapping[int, _Key],
    base: NDArray[np.float32],
    detections: LandmarkTrack,
    points: NDArray[np.float32],
    confidence: NDArray[np.float32],
    origin: NDArray[np.uint8],
) -> None:
    (start, stop), frames = of_shot
    known = [f for f in frames if by_frame[f].reach != "alone" and np.isfinite(base[f, point]).all()]
    if known:
        offsets = np.stack([by_frame[f].position - base[f, point] for f in known]).astype(np.float64)
        between = np.arange(start, stop)
        added, share = _spread(known, offsets, by_frame, between)
        put = np.isin(between, frames)
        moved = (share > 0) & ~put & detections.detected[start:stop] & (np.abs(added).max(axis=1) > 0.005)
        rows = between[moved]
        points[rows, point] += added[moved].astype(np.float32)
        least = (INTERPOLATED_CONFIDENCE * share[moved]).astype(np.float32)
        confidence[rows, point] = np.maximum(confidence[rows, point], least)
        origin[rows, point] = Origin.INTERPOLATED
    for frame in frames:
        key = by_frame[frame]
        points[frame, point], confidence[frame, point], origin[frame, point] = key.position, 1.0, key.origin


def _spread(
    frames: Sequence[int], offsets: NDArray[np.float64], by_frame: Mapping[int, _Key], wanted: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Offsets (n, 2) in the `wanted` frames (n,), and how much of a correction there is in each, 0 to 1.

    Piecewise cubic and monotone between key frames (Fritsch and Carlson): no kink, and nothing overshoots.
    """
    knots, values, shares = list(frames), list(offsets), [1.0] * len(frames)
    for end, side in ((frames[0], -1), (frames[-1], 1)):
        held = by_frame[end].reach == "hold"
        value = values[0] if side < 0 else values[-1]
        # A second knot behind the end makes the curve leave and arrive level.
        for step in (FADE_FRAMES, FADE_FRAMES + 1):
            knots.insert(0 if side < 0 else len(knots), end + side * step)
            values.insert(0 if side < 0 else len(values), value if held else np.zeros(2))
            shares.insert(0 if side < 0 else len(shares), 1.0 if held else 0.0)
    inside = np.clip(wanted, knots[0], knots[-1])
    curve = PchipInterpolator(knots, np.column_stack([np.stack(values), shares]), axis=0)(inside)
    return curve[:, :2], np.clip(curve[:, 2], 0.0, 1.0)

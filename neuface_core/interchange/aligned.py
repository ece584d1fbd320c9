"""A track laid over the video that it belongs to: which frames, how large a picture, and where the face is in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import TrackError
from neuface_core.interchange.cameras import Camera, InCrop, Pinhole, WeakPerspective, nearest_weak
from neuface_core.interchange.rows import deca_square
from neuface_core.interchange.track import ForeignTrack
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.video import VideoInfo

_SAME_RATE = 0.01
_SAME_SHAPE = 0.01
_INNER = slice(17, 68)
"""The jaw is left out: detectors do not agree where it runs."""
_FAN = "fan"


def lay_over(track: ForeignTrack, info: VideoInfo) -> ForeignTrack:
    """Give the rows the frame numbers and the pixels of this video; what was assumed stands in the notes.

    Raises
    ------
    TrackError
        When the pictures were of another shape, or no row is of a frame of the video.
    """
    return _to_size(_to_frames(track, info), info)


def _to_frames(track: ForeignTrack, info: VideoInfo) -> ForeignTrack:
    frames, notes = track.frames, list(track.notes)
    keep = frames < info.n_frames
    if track.fps > 0 and abs(track.fps / info.fps - 1) > _SAME_RATE and info.codec != "images":
        frames, keep = _by_time(frames / track.fps, info)
        notes.append(f"The track has {track.fps:g} frames a second, the video {info.fps:.3f}: matched by time.")
    if not keep.any():
        raise TrackError(
            f"The track begins with frame {track.frames[0]}; the video has {info.n_frames} frames.",
            remedy="Choose the video that was tracked.",
            path=info.path,
        )
    last = int(track.frames[-1]) + 1
    if frames[-1] >= info.n_frames:
        notes.append(
            f"The track has {last} frames and the video {info.n_frames}: the first {int(keep.sum())} rows were taken."
        )
    elif int(keep.sum()) < info.n_frames:
        notes.append(
            f"The track has {track.n_rows} rows and the video {info.n_frames} frames: "
            f"{info.n_frames - int(keep.sum())} frames have no mesh."
        )
    index = np.flatnonzero(keep)
    return replace(_rows(track, index), frames=frames[index], notes=tuple(notes))


def _by_time(seconds: NDArray[np.float64], info: VideoInfo) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The frame nearest to each row, and which rows are taken: one a frame, the nearest, and none behind the end."""
    times = info.times
    after = np.searchsorted(times, seconds).clip(max=len(times) - 1)
    before = (after - 1).clip(min=0)
    frames = np.where(seconds - times[before] <= times[after] - seconds, before, after).astype(np.int64)
    order = np.lexsort((np.abs(times[frames] - seconds), frames))
    nearest = np.zeros(len(seconds), bool)
    nearest[order[np.diff(frames[order], prepend=-1) > 0]] = True
    return frames, nearest & (seconds < info.duration)


def _rows(track: ForeignTrack, index: NDArray[np.intp]) -> ForeignTrack:
    if len(index) == track.n_rows:
        return track
    cut = {
        name: getattr(track, name)[index]
        for name in (
            *("frames", "shape", "expression", "global_orient", "neck_pose", "jaw_pose", "eye_pose"),
            *("landmarks", "landmark_confidence", "eyelids"),
        )
        if getattr(track, name) is not None
    }
    return replace(
        track,
        **cut,
        camera=None if track.camera is None else track.camera.rows(index),
        frame_names=tuple(track.frame_names[i] for i in index) if track.frame_names else (),
    )


def _to_size(track: ForeignTrack, info: VideoInfo) -> ForeignTrack:
    if track.image_size is None or track.image_size == (info.width, info.height):
        return track
    width, height = track.image_size
    if abs(width / height / (info.width / info.height) - 1) > _SAME_SHAPE:
        raise TrackError(
            f"The track is of pictures of {width} × {height}, the video has {info.width} × {info.height}: the tool cut "
            "the pictures before it tracked them.",
            remedy="Name the pictures that it tracked with --images.",
            path=info.path,
        )
    scale = np.array([info.width / width, info.height / height])
    landmarks = track.landmarks
    if landmarks is not None and not track.landmarks_in_crop:
        landmarks = ((landmarks + 0.5) * scale - 0.5).astype(np.float32)
    note = f"The track is of pictures of {width} × {height} and was scaled to {info.width} × {info.height}."
    return replace(
        track,
        camera=_scaled(track.camera, scale),
        landmarks=landmarks,
        image_size=(info.width, info.height),
        notes=(*track.notes, note),
    )


def _scaled(camera: Camera | None, scale: NDArray[np.float64]) -> Camera | None:
    """In a larger or smaller picture; pixels grow about its corner, which lies at (-0.5, -0.5)."""
    if isinstance(camera, WeakPerspective):
        return WeakPerspective(camera.scale * scale.mean(), (camera.centre + 0.5) * scale - 0.5)
    if isinstance(camera, Pinhole):
        grow = np.array([[scale[0], 0, 0.5 * scale[0] - 0.5], [0, scale[1], 0.5 * scale[1] - 0.5], [0, 0, 1]])
        return Pinhole(grow @ camera.intrinsics, camera.rotation, camera.translation)
    return camera


def place(
    track: ForeignTrack, detected: LandmarkTrack, landmarks_3d: NDArray[np.floating] | None
) -> tuple[ForeignTrack, bool]:
    """Give a track without a camera in the frame one, by the landmarks of the detector.

    Parameters
    ----------
    detected
        Of all frames of the video.
    landmarks_3d : (F, 68, 3), optional
        Of the posed head, for every row; None where the head model is not there.

    Returns
    -------
    The track, and whether its head was moved onto the landmarks, so that its landmark error says nothing of its place.
    """
    camera = track.camera
    if isinstance(camera, (WeakPerspective, Pinhole)):
        return track, False
    points = np.where(detected.detected[:, None, None], detected.points, np.nan)[track.frames].astype(np.float64)
    if isinstance(camera, InCrop):
        if track.landmarks is not None and track.landmarks_in_crop:
            flat = np.dstack([track.landmarks[..., 0], -track.landmarks[..., 1], np.zeros(track.landmarks.shape[:2])])
            square, left = nearest_weak(points[:, _INNER], flat[:, _INNER])
            placed = _filled(square)
            note = (
                f"The crop was found by the landmarks in it: {float(np.nanmedian(left)):.2f} px (root mean square) "
                f"from those of {detected.detector}."
            )
            in_frame = placed.project(flat).astype(np.float32)
            moved = replace(track, landmarks=in_frame, landmarks_in_crop=False)
            return _with(moved, WeakPerspective.of_crop(camera.camera, placed.centre, 2 * placed.scale), note), False
        if detected.detector.startswith(_FAN):
            centre, size = deca_square(points)
            square = _filled(WeakPerspective(size / 2, centre))
            note = "The crop was derived from FAN's landmarks as DECA's loader does."
            return _with(track, WeakPerspective.of_crop(camera.camera, square.centre, 2 * square.scale), note), False
    if landmarks_3d is None:
        return track, False
    weak, _ = nearest_weak(points[:, _INNER], np.asarray(landmarks_3d)[:, _INNER])
    note = f"Where the head is in the picture is not in the file: it was laid on the landmarks of {detected.detector}."
    return _with(track, _filled(weak), note), True


def _with(track: ForeignTrack, camera: Camera, note: str) -> ForeignTrack:
    return replace(track, camera=camera, notes=(*track.notes, note))


def _filled(weak: WeakPerspective) -> WeakPerspective:
    """Between the rows that are known; all NaN where none is."""
    known = np.flatnonzero(np.isfinite(weak.scale) & (weak.scale > 0))
    if not len(known):
        return WeakPerspective(np.full_like(weak.scale, np.nan), np.full_like(weak.centre, np.nan))
    at = np.arange(len(weak.scale))
    centre = [np.interp(at, known, weak.centre[known, k]) for k in range(2)]
    return WeakPerspective(np.exp(np.interp(at, known, np.log(weak.scale[known]))), np.stack(centre, axis=1))

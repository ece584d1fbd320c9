"""From the videos of a clip to what a method fits: landmarks, squares and crops of every view with a face."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crops import crop_track, cut_crops
from neuface_core.errors import VideoError
from neuface_core.fitting.view_input import ViewInput
from neuface_core.jobs import Job
from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import ClipRecord, Project
from neuface_core.video import FrameSource


@dataclass(frozen=True)
class SeenClip:
    """A clip ready to be fitted.

    Attributes
    ----------
    views
        Those with a face, in the order of the clip, over the moments that all views see; none where no view has one.
    left_out
        Why the others are not among them, by name.
    fps
        Frames a second of the first view.
    """

    views: tuple[ViewInput, ...]
    left_out: Mapping[str, str]
    fps: float

    def no_face(self) -> str:
        """Why the clip is set aside, with the numbers of every view."""
        if len(self.left_out) == 1:
            return next(iter(self.left_out.values()))
        return "No view has a face. " + " ".join(f"{name}: {reason}" for name, reason in self.left_out.items())


def look_at_views(
    project: Project,
    record: ClipRecord,
    settings: PipelineSettings,
    detect: LandmarkDetector,
    encoder: Encoder,
) -> Job[SeenClip]:
    """Detect, screen and crop every view of a clip.

    Raises
    ------
    ProjectError
        When a video is gone.
    VideoError
        When one cannot be read; the text names the view.
    """
    views: list[ViewInput] = []
    left_out: dict[str, str] = {}
    fps = record.fps
    for number, name in enumerate(project.view_names(record.name)):
        try:
            with project.open_view(record.name, number) as source:
                fps = source.info.fps if number == 0 else fps
                tracks, selected = yield from _landmarks(project, record, number, source, detect)
                n_frames = source.info.n_frames
                track = tracks[selected] if tracks else None
                reason = no_face_reason(track, n_frames, settings.min_face_share)
                if track is None or reason:
                    left_out[name] = reason
                    continue
                crops = crop_track(track, encoder.crop_scale, (source.info.width, source.info.height))
                images = yield from cut_crops(source, crops, encoder.input_size, record.name)
        except VideoError as error:
            if record.n_views == 1:
                raise
            message = f"The view {name!r} cannot be read: {error.message}"
            raise VideoError(message, remedy=error.remedy, path=error.path) from error
        views.append(ViewInput(images, track, crops, name))
    return SeenClip(tuple(views), left_out, fps)


def _landmarks(
    project: Project, record: ClipRecord, view: int, source: FrameSource, detect: LandmarkDetector
) -> Job[tuple[tuple[LandmarkTrack, ...], int]]:
    """Tracks and the index of the main one. Those of an earlier run are taken where they are of the same detector."""
    kept = project.load_landmarks(record.name, view)
    if kept is not None and kept[0] and (record.run or kept[1]):
        track = kept[0][0]
        if track.detector == detect.name and track.n_frames == source.info.n_frames:
            return kept
    job = detect.detect(source)
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                tracks: tuple[LandmarkTrack, ...] = stop.value
                break
            yield dataclasses.replace(event, clip=record.name)
    finally:
        job.close()
    project.save_landmarks(record.name, tracks, view=view)
    return tracks, 0


def no_face_reason(track: LandmarkTrack | None, n_frames: int, least_share: float) -> str:
    """Why a clip is set aside for want of a face, with the numbers; "" where it is not."""
    seen = int(track.detected.sum()) if track is not None else 0
    if seen == 0:
        return f"No face found in {n_frames} of {n_frames} frames."
    if seen < least_share * n_frames:
        share, least = 100 * seen / n_frames, 100 * least_share
        return f"A face in only {seen} of {n_frames} frames ({share:.1f} %, at least {least:g} % are needed)."
    return ""

"""From the videos of a clip to what a method fits: landmarks, squares and crops of every view with a face."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import torch

from neuface_core.closing import Closing
from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crop_store import RowStore
from neuface_core.encoders.crops import crop_track, store_crops
from neuface_core.errors import CancelledError, NeuFaceError, VideoError
from neuface_core.fitting.view_input import ViewInput
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks import detector
from neuface_core.landmarks.corrections import CorrectedTrack
from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import ClipRecord, ClipState, Project
from neuface_core.video import FrameSource

Result = TypeVar("Result")


@dataclass(frozen=True)
class SeenClip(Closing):
    """A clip ready to be fitted. Its crops lie in files that are gone when it is closed; a context manager.

    Attributes
    ----------
    views
        Those with a face, in the order of the clip, over the moments that all views see; none where no view has one.
    sizes
        Width and height of the video of each of them, pixels.
    left_out
        Why the others are not among them, by name.
    fps
        Frames a second of the first view of the clip.
    seconds
        How long it took to look.
    """

    views: tuple[ViewInput, ...]
    sizes: tuple[tuple[int, int], ...]
    left_out: Mapping[str, str]
    fps: float
    seconds: float
    stores: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    def no_face(self) -> str:
        """Why the clip is set aside, with the numbers of every view."""
        if len(self.left_out) == 1:
            return next(iter(self.left_out.values()))
        return "No view has a face. " + " ".join(f"{name}: {reason}" for name, reason in self.left_out.items())

    def close(self) -> None:
        """Give the disk space of the crops back."""
        self.stores.close()


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
    NeuFaceError
        When the disk is too full for the crops.
    """
    started = time.perf_counter()
    names = project.view_names(record.name)
    left_out: dict[str, str] = {}
    found: list[tuple[int, FrameSource, CorrectedTrack]] = []
    least_share = settings.min_face_share
    fps = record.fps
    with ExitStack() as videos, ExitStack() as stores:
        for number, name in enumerate(names):
            with _naming(name, record):
                source = videos.enter_context(project.open_view(record.name, number))
                fps = source.info.fps if number == 0 else fps
                job = _landmarks(project, record, number, source, detect)
                yield from _of_all(job, record.name, number, len(names))
            seen = project.corrected_landmarks(record.name, number, settings.neuface.max_gap)
            reason = no_face_reason(seen.track if seen is not None else None, source.info.n_frames, least_share)
            if seen is None or reason:
                left_out[name] = reason
                continue
            found.append((number, source, seen))
            if len(names) > 1:
                source.close()  # so that not every camera holds a decoder; it is opened again when it is asked
        views = []
        for done, (number, source, seen) in enumerate(found):
            rule, size = encoder.crop_rule, (source.info.width, source.info.height)
            crops = crop_track(seen.track, rule, size, smooth=settings.smooth_crop(rule))
            store = stores.enter_context(RowStore((3, encoder.input_size, encoder.input_size), np.uint8))
            with _naming(names[number], record):
                job_of_crops = store_crops(source, crops, encoder.input_size, store, rule=rule)
                yield from _of_all(job_of_crops, record.name, done, len(found))
            source.close()
            views.append(ViewInput(store, seen.track, crops, names[number], seen if seen.edited else None))
        sizes = tuple((source.info.width, source.info.height) for _, source, _ in found)
        return SeenClip(tuple(views), sizes, left_out, fps, time.perf_counter() - started, stores.pop_all())


def _of_all(job: Job[Result], clip: str, number: int, n_views: int) -> Job[Result]:
    """The job of view `number`, its progress as a part of that of all views, which are equally long."""
    try:
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            done, total = number * event.total + event.done, n_views * event.total
            yield replace(event, done=done, total=total, clip=clip)
    finally:
        job.close()


def detect_clip(project: Project, name: str, settings: PipelineSettings, detect: LandmarkDetector) -> Job[ClipRecord]:
    """Find the landmarks of a clip and keep them; it waits for a person to verify them then.

    A clip that nobody has a face in is set aside, one that cannot be read has failed; a fit that it has stays.
    """
    record = project.clip(name)
    names = project.view_names(name)
    reasons = []
    try:
        for number, view in enumerate(names):
            with _naming(view, record), project.open_view(name, number) as source:
                job = _landmarks(project, record, number, source, detect)
                tracks, selected = yield from _of_all(job, name, number, len(names))
            track = tracks[selected] if tracks else None
            reasons.append(no_face_reason(track, source.info.n_frames, settings.min_face_share))
    except CancelledError:
        raise
    except NeuFaceError as error:
        return project.set_state(name, ClipState.FAILED, str(error)) if not record.run else record
    if record.run:
        return record
    if all(reasons):
        return project.set_state(name, ClipState.SET_ASIDE, reasons[0])
    return project.set_state(name, ClipState.DETECTED)


def detect_clips(
    project: Project, names: Sequence[str], settings: PipelineSettings, device: torch.device | str = "cpu"
) -> Job[list[ClipRecord]]:
    """`detect_clip` one after the other; a clip that fails does not stop the next one."""
    if not names:
        return []
    yield Progress("models", 0, 1)
    detect = detector(settings.detector, device)
    records = []
    for name in names:
        records.append((yield from detect_clip(project, name, settings, detect)))
    return records


@contextmanager
def _naming(view: str, record: ClipRecord) -> Iterator[None]:
    """Of a clip of several views, say which one cannot be read."""
    try:
        yield
    except VideoError as error:
        if record.n_views == 1:
            raise
        message = f"The view {view!r} cannot be read: {error.message}"
        raise VideoError(message, remedy=error.remedy, path=error.path) from error


def _landmarks(
    project: Project, record: ClipRecord, view: int, source: FrameSource, detect: LandmarkDetector
) -> Job[tuple[tuple[LandmarkTrack, ...], int]]:
    """Tracks and the index of the main one. Those of an earlier look are taken where they are of the same detector."""
    kept = project.load_landmarks(record.name, view)
    looked_at = record.run or record.landmarks_accepted or record.state is ClipState.DETECTED
    if kept is not None and kept[0] and (looked_at or kept[1] or project.landmark_edits(record.name)):
        track = kept[0][0]
        if track.detector == detect.name and track.n_frames == source.info.n_frames:
            return kept
    tracks = yield from detect.detect(source)
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

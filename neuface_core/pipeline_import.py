"""From a file of another tool to a clip with a fit that is kept: the way in of `neuface import` and of the window."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.clip_layouts import Clip
from neuface_core.errors import CancelledError, ModelError, NeuFaceError, PicturesMissingError, TrackError, VideoError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.image_folder import image_files
from neuface_core.interchange.aligned import lay_over
from neuface_core.interchange.as_fit import RESIDUAL_PX, RESIDUAL_SHARE, ImportedView, as_fit, together
from neuface_core.interchange.cameras import InCrop, Pinhole, WeakPerspective
from neuface_core.interchange.pictures import Pictures, pictures_of
from neuface_core.interchange.systems import FoundTrack
from neuface_core.interchange.track import ForeignTrack
from neuface_core.interchange.track_file import read_track, write_track
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack
from neuface_core.pipeline import software_versions
from neuface_core.project import ClipRecord, ClipState, Project
from neuface_core.video import FrameSource, open_source

_LOG = logging.getLogger(__name__)
HeadOf = Callable[[str], HeadModel]
MISSING_HEAD = "missing_head"
"""In the settings of a fit: why its mesh and errors are not there yet."""


@dataclass(frozen=True)
class Imported:
    """What became of one track.

    Attributes
    ----------
    record
        The clip; None where nothing could be imported.
    source
        The file or folder.
    rows
        How many frames have a mesh, of all views together.
    residual_px, residual_percent
        Of the nearest weak perspective to the tool's pinhole: root mean square over the face, in pixels and in percent
        of its size; 0 where the camera was weak perspective, NaN without a head model.
    notes
        What was assumed or left out.
    problem
        Why nothing, or not everything, was imported.
    needs_pictures
        Whether it would go on if somebody said which video it belongs to.
    """

    record: ClipRecord | None
    source: Path
    system: str
    rows: int = 0
    residual_px: float = float("nan")
    residual_percent: float = float("nan")
    notes: tuple[str, ...] = ()
    problem: str = ""
    needs_pictures: bool = False


def import_tracks(
    project: Project,
    found: Sequence[FoundTrack],
    pictures: Path | None,
    detect: LandmarkDetector,
    *,
    head: str = "",
    head_of: HeadOf = load_head,
) -> Job[list[Imported]]:
    """Import one track after the other; one that fails does not stop the next one.

    Parameters
    ----------
    pictures
        A video, a folder of pictures, or a folder of several of them whose names tell which is of which track; None
        looks beside each track.
    detect
        Finds the landmarks that the tracks are measured against, where their files hold none.
    head
        Head model to use in place of the one that the tool used by default: "flame-2020".
    head_of
        Loads a head model by its name and sizes.
    """
    done: list[Imported] = []
    for one in found:
        try:
            done.append((yield from import_track(project, one, pictures, detect, head=head, head_of=head_of)))
        except CancelledError:
            raise
        except NeuFaceError as error:
            missing = isinstance(error, PicturesMissingError)
            done.append(Imported(None, one.path, one.system.name, problem=str(error), needs_pictures=missing))
        except Exception as error:
            _LOG.exception("importing %s", one.path)
            problem = f"Unexpected {type(error).__name__}: {error}"
            done.append(Imported(None, one.path, one.system.name, problem=problem))
    return done


def import_track(
    project: Project,
    found: FoundTrack,
    pictures: Path | None,
    detect: LandmarkDetector,
    *,
    head: str = "",
    head_of: HeadOf = load_head,
) -> Job[Imported]:
    """Import one track, with all its views.

    Raises
    ------
    TrackError, ModelError
        When the file is damaged or incomplete, or does not belong to the pictures.
    VideoError
        When the pictures cannot be read.
    ProjectError
        When the project cannot be written.
    """
    yield Progress("import", 0, 1, found.path.stem)
    where = pictures_of(found, pictures)
    tracks = found.read(where.path)
    if head:
        tracks = tuple(
            replace(track, head=f"{head.partition(':')[0]}:{track.head.partition(':')[2]}") for track in tracks
        )
    clip, tracks = _clip_of(project, where, tracks)
    for view, track in zip(clip.views, tracks, strict=True):
        with open_source(view) as source:
            lay_over(track, source.info)  # before there is a clip: a track that does not fit leaves nothing behind
    record = project.add_imported(clip, tracks[0].system)
    if not record.n_frames:
        raise VideoError(record.reason or "The video cannot be read.", path=clip.views[0])
    return (yield from _kept(project, record, tracks, detect, head_of, found.path))


def finish_imports(project: Project, detect: LandmarkDetector, head_of: HeadOf = load_head) -> Job[list[Imported]]:
    """Give mesh and errors to imported clips whose head model was not installed when they came."""
    done = []
    for record in project.clips():
        if not record.system or not record.run:
            continue
        fit = project.load_views(record.name)
        first = fit if isinstance(fit, Fit) else fit.views[0]
        if MISSING_HEAD not in first.settings:
            continue
        files = [project.track_file(record.name, view) for view in range(record.n_views)]
        tracks = tuple(read_track(file) for file in files)
        done.append((yield from _kept(project, record, tracks, detect, head_of, tracks[0].source or files[0])))
    return done


def _clip_of(
    project: Project, where: Pictures, tracks: tuple[ForeignTrack, ...]
) -> tuple[Clip, tuple[ForeignTrack, ...]]:
    """The clip that the tracks are of, and those of them whose pictures are there."""
    if len(tracks) == 1 and not where.interleaved(tracks):
        if where.path.is_dir() and not image_files(where.path):
            raise TrackError(
                "No video here is called like the track.", remedy="Name the right one with --video.", path=where.path
            )
        return Clip(where.name, (where.path,)), tracks
    named = where.videos_of(tracks)
    if named:
        kept = tuple(track for track in tracks if track.view in named)
        return Clip(where.name, tuple(named[t.view] for t in kept), tuple(t.view or where.name for t in kept)), kept
    if not where.interleaved(tracks):
        raise TrackError(
            f"The track has {len(tracks)} cameras ({', '.join(track.view for track in tracks)}).",
            remedy="Name a folder with a video or a folder of pictures for each, called like the camera.",
            path=where.path,
        )
    folders = [_own_folder(project, where, track) for track in tracks]
    renumbered = tuple(replace(track, frames=np.arange(track.n_rows)) for track in tracks)
    names = tuple(track.view or where.name for track in tracks)
    return Clip(where.name, tuple(folders), names), renumbered


def _own_folder(project: Project, where: Pictures, track: ForeignTrack) -> Path:
    """A folder with the pictures of one camera alone: links to those that lie among others, copies where links fail."""
    folder = project.path / "imports" / where.name / (track.view or "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    for name in track.frame_names:
        target, source = folder / name, where.path / name
        if target.exists():
            continue
        try:
            target.symlink_to(source.absolute())
        except OSError:
            shutil.copy2(source, target)
    return folder


def _kept(
    project: Project,
    record: ClipRecord,
    tracks: tuple[ForeignTrack, ...],
    detect: LandmarkDetector,
    head_of: HeadOf,
    origin: Path,
) -> Job[Imported]:
    started = time.perf_counter()
    head, missing = _head(tracks[0], head_of)
    views: list[ImportedView] = []
    for number, track in enumerate(tracks):
        with project.open_view(record.name, number) as source:
            laid = lay_over(track, source.info)
            detected = yield from _landmarks(project, record, number, laid, source, detect)
            settings = _settings(laid, origin, missing)
            size = (source.info.width, source.info.height)
            made = as_fit(laid, detected, head, record.fps, size, settings)
            views.append(replace(made, fit=_described(made, time.perf_counter() - started)))
    yield Progress("score", 0, 1, record.name)
    fit: Fit | MultiViewFit = views[0].fit if len(views) == 1 else together(views, head)
    project.save_fit(record.name, fit)
    for number, track in enumerate(tracks):
        write_track(project.track_file(record.name, number), track)
    if missing:
        record = project.set_state(record.name, ClipState.SET_ASIDE, missing)
    notes = dict.fromkeys(note for view in views for note in view.track.notes)
    return Imported(
        project.clip(record.name),
        origin,
        tracks[0].system,
        sum(int(view.fit.valid.sum()) for view in views),
        fit.metrics.get(RESIDUAL_PX, float("nan")),
        fit.metrics.get(RESIDUAL_SHARE, float("nan")),
        tuple(notes),
        missing,
    )


def _head(track: ForeignTrack, head_of: HeadOf) -> tuple[HeadModel | None, str]:
    """The head model of a track; words where it is not there."""
    release = track.head.partition(":")[0]
    if track.eyelids is not None and track.eyelids.any():
        with suppress(ModelError):  # without the eyelid shapes the plain head will do
            return head_of(f"{track.head}+eyelids"), ""
    remedy = f"Add it (neuface models add), then finish with: neuface import -p PROJECT. It is {release}'s."
    try:
        head = head_of(track.head)
    except ModelError:
        return None, (
            f"The head model {release} is not installed: parameters and landmarks are kept, mesh and errors are "
            f"missing. {remedy}"
        )
    if head.data.static is None:
        return None, f"The head model {release} has no landmarks: mesh and errors cannot be measured. {remedy}"
    return head, ""


def _landmarks(
    project: Project,
    record: ClipRecord,
    view: int,
    track: ForeignTrack,
    source: FrameSource,
    detect: LandmarkDetector,
) -> Job[LandmarkTrack]:
    """What errors are measured against: the file's own landmarks, else those of the detector, found once a video."""
    own = _of_file(track, record.n_frames)
    if own is not None:
        project.save_landmarks(record.name, [own], view=view)
        return own
    tracks = _found_before(project, record, view, detect)
    if tracks is None:
        tracks = yield from detect.detect(source)
    if not tracks:
        return _none(record.n_frames, detect)
    chosen = _person(tracks, track)
    project.save_landmarks(record.name, tracks, chosen, view)
    return tracks[chosen]


def _of_file(track: ForeignTrack, n_frames: int) -> LandmarkTrack | None:
    if track.landmarks is None or track.landmarks_in_crop:
        return None
    points = np.full((n_frames, 68, 2), np.nan, np.float32)
    points[track.frames] = track.landmarks
    detected: NDArray[np.bool_] = np.all(np.isfinite(points.reshape(n_frames, -1)), axis=1)
    points[~detected] = np.nan
    confidence = detected[:, None].astype(np.float32) * np.ones(68, np.float32)
    if track.landmark_confidence is not None:
        confidence[track.frames] = np.clip(track.landmark_confidence, 0, 1) * detected[track.frames, None]
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    return LandmarkTrack(points, confidence, boxes, detected, track.landmark_detector or "unknown", track.contour)


def _found_before(
    project: Project, record: ClipRecord, view: int, detect: LandmarkDetector
) -> tuple[LandmarkTrack, ...] | None:
    """Landmarks of the same video by the same detector, of whichever clip of the project."""
    for other in project.clips():
        if other.fingerprint != record.fingerprint or other.n_views <= view:
            continue
        with suppress(NeuFaceError):
            kept = project.load_landmarks(other.name, view)
            if kept and kept[0] and kept[0][0].detector == detect.name and kept[0][0].n_frames == record.n_frames:
                return kept[0]
    return None


def _person(tracks: Sequence[LandmarkTrack], track: ForeignTrack) -> int:
    """Whose landmarks lie where the head of the track is drawn; the main person where it is not known."""
    camera = track.camera
    if len(tracks) == 1 or not isinstance(camera, (WeakPerspective, Pinhole)):
        return 0
    at = camera.project(np.zeros((track.n_rows, 1, 3)))[:, 0]  # the origin of FLAME lies in the middle of the head
    distances = []
    for found in tracks:
        centre = (found.boxes[track.frames, :2] + found.boxes[track.frames, 2:]) / 2
        size = (found.boxes[track.frames, 2:] - found.boxes[track.frames, :2]).mean(axis=1)
        away = np.linalg.norm(centre - at, axis=1) / size
        distances.append(float(np.nanmedian(away)) if np.isfinite(away).any() else np.inf)
    return int(np.argmin(distances))


def _none(n_frames: int, detect: LandmarkDetector) -> LandmarkTrack:
    return LandmarkTrack(
        np.full((n_frames, 68, 2), np.nan, np.float32),
        np.zeros((n_frames, 68), np.float32),
        np.full((n_frames, 4), np.nan, np.float32),
        np.zeros(n_frames, bool),
        detect.name,
        detect.contour,
    )


_CAMERA_WORDS = {WeakPerspective: "weak perspective", Pinhole: "pinhole", InCrop: "weak perspective in a crop"}


def _settings(track: ForeignTrack, origin: Path, missing: str) -> dict[str, object]:
    camera = "none" if track.camera is None else _CAMERA_WORDS[type(track.camera)]
    about: dict[str, object] = {
        "system": track.system,
        "file": str(track.source or origin),
        "sha256": track.sha256,
        "licence": track.licence,
        "head": track.head,
        "camera": camera,
    }
    return {
        "method": track.system,
        "import": about,
        "software": software_versions(),
        **({MISSING_HEAD: missing} if missing else {}),
    }


def _described(made: ImportedView, seconds: float) -> Fit:
    """The fit with what is known when it is done: notes, and how long it took."""
    about = made.fit.settings["import"]
    assert isinstance(about, dict)
    known = {**about, "notes": list(made.track.notes), "placed_on_landmarks": made.placed_on_landmarks}
    return replace(
        made.fit,
        settings={**made.fit.settings, "import": known},
        metrics=made.fit.metrics | {"seconds": seconds, "seconds_fit": float("nan")},
    )

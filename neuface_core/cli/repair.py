"""`neuface repair …`: correct landmarks without the window, and fit anew what was touched."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.errors import LandmarkError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuface_core.landmarks.corrections import EditKind, LandmarkEdit

app = typer.Typer(help="Correct landmarks beside the detections, and fit anew what was touched.", no_args_is_help=True)

ProjectPath = Annotated[Path, typer.Argument(help="Folder of the project.")]
ClipName = Annotated[str, typer.Argument(help="Name of the clip.")]
Frame = Annotated[int, typer.Argument(min=0, help="Frame, from 0.")]
Points = Annotated[str, typer.Argument(help='Points from 0 or parts of the face: "36-41,48", "mouth", "left eye".')]
View = Annotated[int, typer.Option(min=0, help="Number of the camera, from 0.")]
Hold = Annotated[bool, typer.Option("--hold", help="The correction holds to the ends of the shot; else it fades.")]
Reviewer = Annotated[str, typer.Option(help="Who says so; by default your user name.")]

_PLACE = re.compile(r"^(\d+)=(-?[\d.]+),(-?[\d.]+)$")


@app.command("move")
def move(
    project: ProjectPath,
    clip: ClipName,
    frame: Frame,
    places: Annotated[list[str], typer.Argument(help="POINT=X,Y in pixels of the frame, for example 48=310.5,220.")],
    view: View = 0,
    hold: Hold = False,
    reviewer: Reviewer = "",
) -> None:
    """Put points where they belong in one frame; it becomes a key frame of theirs."""
    found = {}
    for place in places:
        match = _PLACE.match(place)
        if match is None:
            raise typer.BadParameter(f"{place!r} is not POINT=X,Y")
        found[int(match[1])] = (float(match[2]), float(match[3]))
    _keep(project, clip, "drag", frame, list(found), [list(found.values())], view, hold, reviewer)


def _taken(kind: EditKind, words: str, find: Callable[[Path, str, int, int, list[int]], object]) -> None:
    """A command that takes points from somewhere: `find` gives their positions, (n, 2) pixels of the frame."""

    def command(
        project: ProjectPath,
        clip: ClipName,
        frame: Frame,
        points: Points,
        view: View = 0,
        hold: Hold = False,
        reviewer: Reviewer = "",
    ) -> None:
        wanted = numbers(points)
        _keep(project, clip, kind, frame, wanted, [find(project, clip, view, frame, wanted)], view, hold, reviewer)

    app.command(kind, help=words)(command)


def _mirrored(project: Path, clip: str, view: int, frame: int, wanted: list[int]) -> object:
    from neuface_core.landmarks.corrections import mirrored

    return mirrored(_seen_in(project, clip, view, frame)[0], wanted)


def _as_they_are(project: Path, clip: str, view: int, frame: int, wanted: list[int]) -> object:
    return _seen_in(project, clip, view, frame)[0][wanted]


def _guessed(project: Path, clip: str, view: int, frame: int, wanted: list[int]) -> object:
    from neuface_core.landmarks.second_guess import Guesser
    from neuface_core.project import Project

    now, detector = _seen_in(project, clip, view, frame)
    with Project.open(project, read_only=True) as opened, opened.open_view(clip, view) as source:
        found = Guesser().guess(source.frame(frame), now, detector)
    if found is None:
        raise LandmarkError(f"No face is seen in frame {frame}.", remedy="Put the points by hand.")
    return found.points[wanted]


_taken("mirror", "Take points from the other side of the face.", _mirrored)
_taken("key", "Confirm points as they are in one frame: a correction beside it goes no further.", _as_they_are)
_taken("guess", "Take the detector's second guess: a fresh crop, or its other variant.", _guessed)


@app.command("face")
def face(
    project: ProjectPath,
    clip: ClipName,
    frames: Annotated[str, typer.Argument(help="First and last frame, for example 20:45.")],
    number: Annotated[int, typer.Argument(min=1, help="Which of the faces that were found, from 1.")],
    view: View = 0,
    reviewer: Reviewer = "",
) -> None:
    """Another person's landmarks in some frames: where the tracker went over to the wrong face."""
    from neuface_core.landmarks.corrections import face_edit
    from neuface_core.project import Project

    first, last = span(frames)
    with Project.open(project) as opened:
        found = opened.load_landmarks(clip, view)
        count = len(found[0]) if found is not None else 0
        if found is None or number > count:
            raise LandmarkError(f"{clip} has {count} faces.", remedy="Choose one of them.")
        edit = face_edit(found[0][number - 1], (first, last), view, found[1])
        opened.edit_landmarks(clip, edit, reviewer)
    _say(f"{clip}: face {number} in {len(edit.frames)} frames.", project, clip)


@app.command("reset")
def reset(
    project: ProjectPath,
    clip: ClipName,
    frame: Frame,
    points: Annotated[str, typer.Argument(help="Points or parts of the face; all by default.")] = "0-67",
    view: View = 0,
    reviewer: Reviewer = "",
) -> None:
    """Back to what the detector saw."""
    _keep(project, clip, "reset", frame, numbers(points), [], view, False, reviewer)


@app.command("list")
def list_edits(
    project: ProjectPath, clip: ClipName, json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """The corrections that hold, with who made them and when."""
    from neuface_core.landmarks.corrections import LandmarkEdit
    from neuface_core.project import Project

    with Project.open(project, read_only=True) as opened:
        opened.clip(clip)
        events = opened.landmark_edit_events(clip)
    edits = [(event, LandmarkEdit.from_text(event.value)) for event in events]
    if json:
        terminal.print_json(
            [
                {"kind": e.kind, "view": e.view, "frames": e.frames, "points": e.points, "reach": e.reach}
                | {"reviewer": event.reviewer, "time": event.time.isoformat()}
                for event, e in edits
            ]
        )
        return
    if not edits:
        terminal.output().print(f"{clip}: no landmark was corrected.", markup=False, highlight=False, soft_wrap=True)
    for event, edit in edits:
        frames = f"{edit.frames[0]}" + (f" to {edit.frames[-1]}" if len(edit.frames) > 1 else "")
        line = f"{event.time:%Y-%m-%d %H:%M} {event.reviewer}: {edit.kind}, frame {frames}, {_points_words(edit)}"
        terminal.output().print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("refit")
def refit(
    project: ProjectPath,
    clip: ClipName,
    frames: Annotated[str, typer.Option(help="First and last frame to fit anew, 20:45; else what was touched.")] = "",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="No bars; the clip as JSON at the end.")] = False,
) -> None:
    """Fit anew only what was touched, from the result that is there; the run before stays on disk."""
    from neuface_core.cli.list_clips import as_json
    from neuface_core.devices import leave_a_core_free, pick_device
    from neuface_core.pipeline_refit import refit_clip
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project

    with Project.open(project) as opened:
        settings = PipelineSettings.of_project(opened.settings, opened.path)
        before = opened.clip(clip).metrics.get("nme_bbox")
        leave_a_core_free()
        job = refit_clip(opened, clip, settings, pick_device(device), frames=span(frames) if frames else None)
        record = terminal.run(job, quiet=json)
        if json:
            terminal.print_json(as_json(record))
            return
        parts = opened.load_fit(clip, opened.fitted_views(clip)[0]).settings["refits"][-1]["frames"]  # type: ignore[index]
    words = f"✓ {clip}: frames {', '.join(parts)} fitted anew, landmark error {before:.2f} → "
    words += f"{record.metrics['nme_bbox']:.2f} %"
    terminal.output().print(words, style="green", markup=False, highlight=False, soft_wrap=True)


def numbers(text: str) -> list[int]:
    """Landmarks from "36-41,48" or names of parts of the face, in order and without doubles."""
    from neuface_core.landmarks.ibug import GROUPS

    found: set[int] = set()
    for part in (part.strip() for part in text.split(",")):
        match = re.match(r"^(\d+)(?:-(\d+))?$", part)
        if part in GROUPS:
            found |= set(GROUPS[part])
        elif match is not None:
            found |= set(range(int(match[1]), int(match[2] or match[1]) + 1))
        else:
            raise typer.BadParameter(f"{part!r} is no point; parts of the face are {', '.join(GROUPS)}")
    if not found or max(found) > 67:
        raise typer.BadParameter("points are 0 to 67")
    return sorted(found)


def span(text: str) -> tuple[int, int]:
    """First and last frame from "20:45" or "20"."""
    match = re.match(r"^(\d+)(?::(\d+))?$", text.strip())
    if match is None or int(match[2] or match[1]) < int(match[1]):
        raise typer.BadParameter(f"{text!r} is no stretch of frames; write 20:45")
    return int(match[1]), int(match[2] or match[1])


def _seen_in(path: Path, clip: str, view: int, frame: int) -> tuple[NDArray[np.float32], str]:
    """The points (68, 2) of a frame with what was corrected, and whose they are."""
    from neuface_core.project import Project

    with Project.open(path, read_only=True) as opened:
        seen = opened.corrected_landmarks(clip, view)
    if seen is None:
        raise LandmarkError(f"{clip} has no landmarks yet.", remedy="Run neuface detect or neuface fit first.")
    if frame >= seen.track.n_frames or not seen.track.detected[frame]:
        raise LandmarkError(f"Frame {frame} has no landmarks.", remedy="Choose a frame with a face.")
    return seen.track.points[frame], seen.track.detector


def _keep(
    path: Path,
    clip: str,
    kind: EditKind,
    frame: int,
    points: list[int],
    positions: object,
    view: int,
    hold: bool,
    reviewer: str,
) -> None:
    from neuface_core.landmarks.corrections import LandmarkEdit
    from neuface_core.project import Project

    with Project.open(path) as opened:
        found = opened.load_landmarks(clip, view)
        if found is None:
            raise LandmarkError(f"{clip} has no landmarks yet.", remedy="Run neuface detect or neuface fit first.")
        reach = "hold" if hold else "fade"
        edit = LandmarkEdit.of(kind, [frame], points, positions, view, reach, found[1])  # type: ignore[arg-type]
        opened.edit_landmarks(clip, edit, reviewer)
    _say(f"{clip}: {kind}, frame {frame}, {_points_words(edit)}.", path, clip)


def _points_words(edit: LandmarkEdit) -> str:
    return f"point {edit.points[0]}" if len(edit.points) == 1 else f"{len(edit.points)} points"


def _say(words: str, path: Path, clip: str) -> None:
    hint = f"Fit anew what was touched: neuface repair refit {path} {clip}"
    terminal.output().print(f"{words} {hint}", markup=False, highlight=False, soft_wrap=True)

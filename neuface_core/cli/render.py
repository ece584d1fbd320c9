"""`neuface render`: the fit of a clip as a video."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.errors import ProjectError, VideoError

if TYPE_CHECKING:
    from neuface_core.project import Project


class MeshChoice(StrEnum):
    """How the mesh is drawn."""

    SHADED = "shaded"
    WIREFRAME = "wireframe"
    BOTH = "both"


class RegionChoice(StrEnum):
    """Which part of the mesh is drawn."""

    FACE = "face"
    HEAD = "head"


def render(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    clip: Annotated[str, typer.Argument(help="Name of the clip.")],
    out: Annotated[Path, typer.Argument(help="Video to write, NAME.mp4.")],
    mesh: Annotated[MeshChoice, typer.Option(help="How the mesh is drawn.")] = MeshChoice.SHADED,
    region: Annotated[RegionChoice, typer.Option(help="Which part of it.")] = RegionChoice.FACE,
    opacity: Annotated[float, typer.Option(min=0.0, max=1.0, help="Of the mesh over the video.")] = 0.85,
    landmarks: Annotated[bool, typer.Option(help="Draw detected and projected landmarks.")] = True,
    before: Annotated[bool, typer.Option("--before", help="The encoder's first answer instead of the fit.")] = False,
    view: Annotated[str, typer.Option(help="Name or number (from 1) of the view; else the first in the fit.")] = "",
) -> None:
    """Write a video: original, overlay and mesh side by side."""
    from neuface_core.project import Project
    from neuface_core.rendering.overlay import OverlayStyle
    from neuface_core.rendering.overlay_video import OverlayVideo, render_overlay

    if out.suffix.lower() != ".mp4":
        name = out.with_suffix(".mp4").name
        raise VideoError("The video is written as MP4.", remedy=f"Name it {name}.", path=out)
    style = OverlayStyle(mesh.value, opacity, landmarks, landmarks, landmarks)
    with Project.open(project, read_only=True) as opened:
        job = render_overlay(
            opened, clip, out, OverlayVideo(style, region.value, before=before), _view(opened, clip, view)
        )
        terminal.run(job)
    terminal.output().print(f"Written: {out}", markup=False, highlight=False, soft_wrap=True)


def _view(project: Project, clip: str, wanted: str) -> int:
    """Number of the view called `wanted`."""
    names = project.view_names(clip)
    if not wanted:
        return next(iter(project.fitted_views(clip)), 0)
    if wanted in names:
        return names.index(wanted)
    if wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise ProjectError(f"{clip!r} has no view {wanted!r}.", remedy=f"It has {', '.join(names)}.", path=project.path)

"""`neuface render`: the fit of a clip as a video."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal


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
) -> None:
    """Write a video: original, overlay and mesh side by side."""
    from neuface_core.project import Project
    from neuface_core.rendering.overlay import OverlayStyle
    from neuface_core.rendering.overlay_video import OverlayVideo, render_overlay

    style = OverlayStyle(mesh.value, opacity, landmarks, landmarks, landmarks)
    with Project.open(project, read_only=True) as opened:
        job = render_overlay(opened, clip, out, OverlayVideo(style, region.value, before=before))
        terminal.run(job)
    terminal.output().print(f"Written: {out}", markup=False, highlight=False, soft_wrap=True)

"""`neuface exclude` and `neuface tag`: what a person says of a clip besides the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal

Reviewer = Annotated[str, typer.Option(help="Who says so; by default your user name.")]


def exclude(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    clip: Annotated[str, typer.Argument(help="Name of the clip.")],
    frames: Annotated[str, typer.Argument(help='Frames that stay out of the dataset, "3, 10-20"; "" for none.')],
    reviewer: Reviewer = "",
) -> None:
    """Leave frames out of a clip, these and no others; `neuface decide --undo` takes it back."""
    from neuface_core.project import Project

    with Project.open(project) as opened:
        value = opened.exclude(clip, frames, reviewer).value
    _say(f"{clip}: {f'frames {value} are left out' if value else 'no frame is left out'}.")


def tag(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    clip: Annotated[str, typer.Argument(help="Name of the clip.")],
    add: Annotated[list[str] | None, typer.Option(help="A tag to give; repeat for more.")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="A tag to take away; repeat for more.")] = None,
    reviewer: Reviewer = "",
) -> None:
    """Give tags to a clip, or take them away, and say which it has."""
    from neuface_core.project import Project

    with Project.open(project, read_only=not (add or remove)) as opened:
        tags = opened.clip(clip).tags
        if add or remove:
            opened.tag(clip, [t for t in (*tags, *(add or ())) if t not in (remove or ())], reviewer)
            tags = opened.clip(clip).tags
    _say(f"{clip}: {', '.join(tags) or 'no tags'}")


def _say(text: str) -> None:
    terminal.output().print(text, markup=False, highlight=False, soft_wrap=True)

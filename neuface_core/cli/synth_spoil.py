"""`neuface synth spoil`: a synthetic clip with a failure that a reviewer should find."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal


class FailureName(StrEnum):
    """What can be planted."""

    LANDMARKS = "landmarks"
    SHUFFLED = "shuffled"
    OTHER_FACE = "other-face"
    FROZEN = "frozen"
    BLUR = "blur"
    OCCLUDER = "occluder"


def synth_spoil(
    clip: Annotated[Path, typer.Argument(help="Folder of a synthetic clip.")],
    out: Annotated[Path, typer.Argument(help="Folder for the spoilt copy; new or empty.")],
    failure: Annotated[FailureName, typer.Option(help="What goes wrong in a part of it.")],
    seed: Annotated[int, typer.Option(min=0, help="Which frames, and how.")] = 0,
    view: Annotated[str, typer.Option(help="Which view; the first where none is given.")] = "",
    other: Annotated[Path | None, typer.Option(help="Clip of another person, for other-face.")] = None,
    json: Annotated[bool, typer.Option("--json", help="No bars; what was planted as JSON at the end.")] = False,
) -> None:
    """Copy a synthetic clip with a planted failure: to try what the program finds suspicious.

    What was planted where is written to `spoilt.json`; the truth stays that of the good clip.
    """
    from neuface_core.training.clips.spoil_folder import write_spoilt

    planted = terminal.run(write_spoilt(clip, out, failure.value, seed, view, other), quiet=json)
    if json:
        terminal.print_json({"clip": str(out), **asdict(planted)})
        return
    detail = f" ({planted.detail})" if planted.detail else ""
    said = f"Written: {out}\nPlanted: {planted.failure}{detail}, frames {planted.first}-{planted.last}"
    terminal.output().print(said, markup=False, highlight=False, soft_wrap=True)

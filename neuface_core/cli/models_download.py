"""`neuface models download-fan`: the weights of FAN, after a question."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.errors import ModelError


def download_fan(
    yes: Annotated[bool, typer.Option("--yes", help="Download without asking.")] = False,
) -> None:
    """Download the weights of the detector FAN (96 MB) from its author's page, after asking."""
    from neuface_core.models.download import FAN_BYTES, FAN_URL, fetch_fan
    from neuface_core.models.kinds import known

    if not yes:
        if not sys.stdin.isatty():
            raise ModelError("Nothing was downloaded: nobody could be asked.", remedy="Give --yes to agree.")
        question = f"Download {FAN_BYTES / 1e6:.0f} MB from {FAN_URL}?\nTheir licence: {known('fan-2d').licence}."
        typer.confirm(question, abort=True)
    model = terminal.run(fetch_fan())
    terminal.output().print(
        f"✓ {model.name}: {model.title}. Use it with --detector fan.", style="green", soft_wrap=True
    )

"""`neuface review`: open the Studio on a project."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated

import typer

from neuface_core.errors import NeuFaceError


def review(project: Annotated[Path | None, typer.Argument(help="Folder of the project.")] = None) -> None:
    """Open the Studio: look at fits beside their video, accept and reject."""
    try:
        # By name, because the core must not depend on the window: it only starts it.
        studio = importlib.import_module("neuface_studio.app")
    except ImportError as error:
        raise NeuFaceError(
            f"The Studio cannot be started: {error}.", remedy='Run "neuface doctor" to see what is missing.'
        ) from error
    raise typer.Exit(int(studio.main([str(project)] if project is not None else []) or 0))

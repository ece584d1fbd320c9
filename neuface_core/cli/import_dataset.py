"""`neuface import faces.h5`: a dataset back into a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from neuface_core.cli import terminal

_SUFFIXES = (".h5", ".hdf5")


def is_dataset(path: Path) -> bool:
    """Whether this is called like a dataset; none of the other tools' files is HDF5."""
    return path.suffix.lower() in _SUFFIXES


def import_datasets(project: Path, datasets: Sequence[Path], videos: Path | None, *, json: bool) -> None:
    """Import, and say what came of it."""
    from neuface_core.export.dataset_import import import_dataset
    from neuface_core.project import Project

    with Project.open_or_create(project) as opened:
        done = [terminal.run(import_dataset(opened, path.expanduser(), videos), quiet=json) for path in datasets]
    if json:
        terminal.print_json([asdict(one) | {"path": str(one.path)} for one in done])
    console = terminal.output()
    for one in done if not json else ():
        said = [f"{terminal.count(len(one.names), 'clip')} imported from {one.path}"]
        said += [f"{len(one.already)} were here already"] if one.already else []
        console.print(", ".join(said) + ".", style="green", markup=False, highlight=False, soft_wrap=True)
        for note in one.notes:
            console.print(note, markup=False, highlight=False, soft_wrap=True)
        for problem in one.problems:
            console.print(f"✗ {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
    if any(one.problems for one in done):
        nothing = not any(one.names or one.already for one in done)
        raise typer.Exit(terminal.USER_ERROR if nothing else terminal.SOME_FAILED)

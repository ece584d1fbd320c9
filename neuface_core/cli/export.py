"""`neuface export` and `neuface verify`: accepted clips as one HDF5 file, and whether such a file is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal


def export(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    out: Annotated[Path, typer.Argument(help="File to write, NAME.h5.")],
    vertices: Annotated[bool, typer.Option("--vertices", help="Write the vertices as well (large).")] = False,
) -> None:
    """Write all accepted clips to an HDF5 dataset; the file is whole or not there."""
    from neuface_core.export.hdf5 import export_dataset
    from neuface_core.project import Project

    with Project.open(project, read_only=True) as opened:
        terminal.run(export_dataset(opened, out, vertices=vertices))
    terminal.output().print(f"Written: {out}", markup=False, highlight=False, soft_wrap=True)


def verify(
    dataset: Annotated[Path, typer.Argument(help="File that export wrote.")],
    json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """Check a dataset: schema, shapes, and the checksum of every clip."""
    from neuface_core.export.verify import verify_dataset

    problems = [str(problem) for problem in verify_dataset(dataset)]
    if json:
        terminal.print_json({"ok": not problems, "problems": problems})
    else:
        console = terminal.output()
        for problem in problems:
            console.print(f"✗ {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
        if not problems:
            console.print(f"✓ {dataset} is whole.", style="green", markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(terminal.USER_ERROR)

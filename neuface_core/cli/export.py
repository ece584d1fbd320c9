"""`neuface export` and `neuface verify`: accepted clips as one HDF5 file, and whether such a file is whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal


def export(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    out: Annotated[Path, typer.Argument(help="File to write, NAME.h5.")],
    vertices: Annotated[bool, typer.Option("--vertices", help="Write the vertices as well (large).")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write all accepted clips to an HDF5 dataset; the file is whole or not there."""
    from neuface_core.export.hdf5 import export_dataset
    from neuface_core.project import Project

    with Project.open(project, read_only=True) as opened:
        summary = terminal.run(export_dataset(opened, out, include_vertices=vertices), quiet=json)
    if json:
        terminal.print_json(asdict(summary) | {"path": str(summary.path)})
        return
    console = terminal.output()
    counts = f"{terminal.count(summary.n_clips, 'clip')}, {terminal.count(summary.n_frames, 'frame')}"
    text = f"{counts}, {summary.n_bytes / 1e6:.1f} MB"
    console.print(f"Written: {summary.path} ({text})", style="green", markup=False, highlight=False, soft_wrap=True)
    for note in summary.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def verify(
    dataset: Annotated[Path, typer.Argument(help="File that export wrote.")],
    json: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
) -> None:
    """Check a dataset: schema, shapes, and the checksum of every clip."""
    from neuface_core.export.verify import verify_job

    report = terminal.run(verify_job(dataset), quiet=json)
    if json:
        terminal.print_json({"ok": report.ok} | asdict(report) | {"path": str(report.path)})
    else:
        console = terminal.output()
        for problem in report.problems:
            console.print(f"✗ {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
        counts = f"{terminal.count(report.n_clips, 'clip')}, {terminal.count(report.n_frames, 'frame')}"
        good = f"✓ {dataset} is whole: {counts}."
        text, style = (good, "green") if report.ok else (f"{dataset} is damaged.", "bold red")
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
    if not report.ok:
        raise typer.Exit(terminal.USER_ERROR)

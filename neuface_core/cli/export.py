"""`neuface export` and `neuface verify`: clips in the formats of other programs, and whether a dataset is whole."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.errors import ExportError

if TYPE_CHECKING:
    from neuface_core.export.hdf5 import ExportSummary
    from neuface_core.export.write_files import FilesWritten


def export(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    out: Annotated[Path, typer.Argument(help="File to write, or a folder for a file or folder a clip.")],
    format: Annotated[
        str,
        typer.Option("--format", "-f", help="hdf5, glb, html, mp4, obj, ply, pc2, csv, coco, vhap or params."),
    ] = "",
    clips: Annotated[
        list[str] | None,
        typer.Option(help="Name of a clip to write, in hdf5 an accepted one, else any with a fit; repeat it."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every clip with a fit, accepted or not; not for hdf5.")
    ] = False,
    view: Annotated[str, typer.Option(help="The only view to write of clips of several views.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace what is there under the same name.")] = False,
    vertices: Annotated[bool, typer.Option("--vertices", help="hdf5: write the vertices as well (large).")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the accepted clips: all in one HDF5 dataset, or each in a format of another program.

    The ending of OUT tells the format where it can. What is written is whole or not there.
    """
    from neuface_core.export.formats import HDF5, format_name
    from neuface_core.export.hdf5 import export_dataset
    from neuface_core.export.write_files import export_files
    from neuface_core.project import Project

    name = format_name(out, format)
    with Project.open(project, read_only=True) as opened:
        if name == HDF5:
            _demand_dataset(out, everything=everything, view=view, force=force)
            job = export_dataset(opened, out, include_vertices=vertices, clips=clips)
            _tell_dataset(terminal.run(job, quiet=json), json=json)
            return
        files = export_files(opened, out, name, clips=clips, everything=everything, view=view, force=force)
        _tell_files(terminal.run(files, quiet=json), json=json)


def _demand_dataset(out: Path, *, everything: bool, view: str, force: bool) -> None:
    """What is different about the dataset: only what a person accepted, with all its views."""
    if everything or view:
        raise ExportError(
            "A dataset holds accepted clips with all their views.", remedy="Leave --all and --view out.", path=out
        )
    if out.is_file() and not force:
        raise ExportError(
            "There is a file with this name already; it was not touched.",
            remedy="Choose another name, or replace it with --force.",
            path=out,
        )


def _tell_dataset(summary: ExportSummary, *, json: bool) -> None:
    if json:
        terminal.print_json(asdict(summary) | {"path": str(summary.path)})
        return
    console = terminal.output()
    counts = f"{terminal.count(summary.n_clips, 'clip')}, {terminal.count(summary.n_frames, 'frame')}"
    text = f"{counts}, {summary.n_bytes / 1e6:.1f} MB"
    console.print(f"Written: {summary.path} ({text})", style="green", markup=False, highlight=False, soft_wrap=True)
    for note in summary.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)


def _tell_files(written: FilesWritten, *, json: bool) -> None:
    if json:
        paths = {"out": str(written.out), "files": [str(path) for path in written.files]}
        terminal.print_json(asdict(written) | paths)
    else:
        console = terminal.output()
        for path in written.files:
            console.print(f"Written: {path}", style="green", markup=False, highlight=False, soft_wrap=True)
        for note in written.notes:
            console.print(note, markup=False, highlight=False, soft_wrap=True)
        for problem in written.problems:
            console.print(f"✗ {problem}", style="red", markup=False, highlight=False, soft_wrap=True)
    if written.problems:
        raise typer.Exit(terminal.SOME_FAILED)


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
        text, style = (good, "green") if report.ok else (f"{dataset} is no whole dataset.", "bold red")
        console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
    if not report.ok:
        raise typer.Exit(terminal.USER_ERROR)

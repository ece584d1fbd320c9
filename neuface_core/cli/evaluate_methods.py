"""`neuface evaluate P`: methods x metrics on the clips of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.cli.table_output import (
    CsvFile,
    JsonFile,
    MarkdownFile,
    PageFile,
    PlotFolder,
    write_page,
    write_plots,
    write_table,
)

if TYPE_CHECKING:
    from neuface_core.evaluation.method_table import MethodTable
    from neuface_core.study.run_methods import Order

Clips = Annotated[list[str] | None, typer.Option("--clip", help="Only this clip; repeat for more.")]
Frames = Annotated[int, typer.Option(min=0, help="Only the first so many frames of every clip; 0: all.")]
Again = Annotated[bool, typer.Option("--again", help="Do not use results that are kept of an earlier run.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]


def evaluate_methods(
    project: Annotated[Path, typer.Argument(help="Folder of a project.")],
    table2: Annotated[
        bool,
        typer.Option(
            "--table2",
            help="Run encoder only, FLAME fitting, NeuFace and the released schedule on the same landmarks and crops.",
        ),
    ] = False,
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="With --table2, only this one: encoder, flame, flame-truth, neuface, released, paper; repeat."
        ),
    ] = None,
    clip: Clips = None,
    frames: Frames = 0,
    again: Again = False,
    device: Device = "auto",
    markdown: MarkdownFile = None,
    csv: CsvFile = None,
    json: JsonFile = None,
    plots: PlotFolder = None,
    page: PageFile = None,
) -> None:
    """Methods x metrics on the clips of a project: the stored fits beside the encoder's own answers.

    NME with both normalisers, MSI3D of landmarks and vertices, jitter, motion retained, CVD where there are several
    views, and time; means over clips with 95 % intervals. Synthetic clips also have their truth: MPVE.

    With --table2 the methods of the paper's Table 2 are run on the landmarks and squares of the stored fits. Results
    are kept in the project, so that only what has changed is computed again.
    """
    if not table2 and (method or frames or again or page):
        raise typer.BadParameter("--method, --frames, --again and --page need --table2: stored fits are as they are.")
    table = (
        _table2(project, method or [], clip or [], frames, again, device) if table2 else _stored(project, clip or [])
    )
    write_table(table, markdown, csv, json)
    write_plots(table, plots)
    write_page(table, "2", page)


def _stored(project: Path, clips: list[str]) -> MethodTable:
    from neuface_core.project import Project
    from neuface_core.study.stored_fits import stored_table

    with Project.open(project, read_only=True) as opened:
        return stored_table(opened, clips)


def _table2(project: Path, names: list[str], clips: list[str], frames: int, again: bool, device: str) -> MethodTable:
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project
    from neuface_core.study.run_methods import Order
    from neuface_core.study.table2 import contenders, with_paper

    with Project.open(project, read_only=True) as opened:
        settings = PipelineSettings.of_project(opened.settings, opened.path).neuface
    title = f"Methods on {project.name} (NeuFace Table 2)"
    order = Order(title, contenders(names, settings), tuple(clips), frames, again, imported=True)
    return with_paper(run_order(project, order, device))


def run_order(project: Path, order: Order, device: str) -> MethodTable:
    """Run a comparison with a bar."""
    from neuface_core.devices import leave_a_core_free, pick_device
    from neuface_core.project import Project
    from neuface_core.study.run_methods import run_methods

    leave_a_core_free()
    with Project.open(project, read_only=True) as opened:
        return terminal.run(run_methods(opened, order, pick_device(device)))

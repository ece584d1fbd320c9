"""`neuface ablate P`: an ablation of the paper on the clips of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli.evaluate_methods import Again, Clips, Device, Frames, run_order
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


def ablate(
    project: Annotated[Path, typer.Argument(help="Folder of a project with fitted clips.")],
    table: Annotated[
        str,
        typer.Option(
            help="3: losses on and off; s1: mean or median; s2: photometric term and shared identity; s3: EM or "
            "pairwise; views: visibility or uniform weights."
        ),
    ],
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
    """Switch parts of the method off and on, and see what that does to every metric (NeuFace Tables 3, S1, S2, S3).

    Every variant gets the landmarks and crops of the stored fits and is a change of the project's settings. Results
    are kept in the project, so that only what has changed is computed again.
    """
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project
    from neuface_core.study.ablations import ablation
    from neuface_core.study.run_methods import Order

    wanted = ablation(table)
    with Project.open(project, read_only=True) as opened:
        settings = PipelineSettings.of_project(opened.settings, opened.path).neuface
    order = Order(f"{wanted.title}: {project.name}", wanted.contenders(settings), tuple(clip or []), frames, again)
    found = wanted.report(run_order(project, order, device))
    write_table(found, markdown, csv, json)
    write_plots(found, plots)
    write_page(found, wanted.table, page)

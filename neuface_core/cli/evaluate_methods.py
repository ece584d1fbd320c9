"""`neuface evaluate P`: methods x metrics on the clips of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli.table_output import CsvFile, JsonFile, MarkdownFile, write_table

if TYPE_CHECKING:
    from neuface_core.evaluation.method_table import MethodTable


def evaluate_methods(
    project: Annotated[Path, typer.Argument(help="Folder of a project.")],
    clip: Annotated[list[str] | None, typer.Option(help="Only this clip; repeat for more.")] = None,
    markdown: MarkdownFile = None,
    csv: CsvFile = None,
    json: JsonFile = None,
) -> None:
    """Methods x metrics on the clips of a project: the stored fits beside the encoder's own answers.

    NME with both normalisers, MSI3D of landmarks and vertices, jitter, motion retained, CVD where there are several
    views, and time; means over clips with 95 % intervals.
    """
    write_table(_stored(project, clip or []), markdown, csv, json)


def _stored(project: Path, clips: list[str]) -> MethodTable:
    from neuface_core.project import Project
    from neuface_core.study.stored_fits import stored_table

    with Project.open(project, read_only=True) as opened:
        return stored_table(opened, clips)

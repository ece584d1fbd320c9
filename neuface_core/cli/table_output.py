"""A table of methods or of an ablation: in colour on a terminal, or as Markdown, CSV or JSON in a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markdown import Markdown
from rich.table import Table

from neuface_core.cli import terminal

if TYPE_CHECKING:
    from neuface_core.evaluation.method_table import MethodTable

_STANDARD_OUTPUT = Path("-")
_WHERE = "- is standard output, without the table for people."
MarkdownFile = Annotated[Path | None, typer.Option("--markdown", help=f"File for the report as Markdown; {_WHERE}")]
CsvFile = Annotated[Path | None, typer.Option("--csv", help=f"File for the rows as CSV; {_WHERE}")]
JsonFile = Annotated[Path | None, typer.Option("--json", help=f"File for everything as JSON; {_WHERE}")]
PlotFolder = Annotated[
    Path | None,
    typer.Option("--plots", help="Folder for pictures: loss by pass, CVD by pair of views, NME over jitter."),
]
PageFile = Annotated[
    Path | None, typer.Option("--page", help="Page with a place for this table, docs/method.md: the table is replaced.")
]


def write_page(table: MethodTable, name: str, page: Path | None) -> None:
    """Replace the table `name` of a page.

    Raises
    ------
    NeuFaceError
        When the page has no place for it; it is then unchanged.
    """
    if page is None:
        return
    from neuface_core.evaluation.page_tables import refresh_table

    refresh_table(page, name, table.to_page())
    terminal.errors().print(f"Table {name} replaced: {page}", markup=False, highlight=False, soft_wrap=True)


def write_plots(table: MethodTable, folder: Path | None) -> None:
    """Draw what the table has into a folder.

    Raises
    ------
    NeuFaceError
        When it cannot be written.
    """
    if folder is None:
        return
    from neuface_core.evaluation.plots import draw_table

    for path in draw_table(table, folder):
        terminal.errors().print(f"Written: {path}", markup=False, highlight=False, soft_wrap=True)


def write_table(table: MethodTable, markdown: Path | None, csv: Path | None, json_file: Path | None) -> None:
    """Write the files that are wanted, and the table on standard output unless a file goes there.

    Raises
    ------
    NeuFaceError
        When a file cannot be written.
    """
    wanted = (
        (markdown, table.to_markdown),
        (csv, table.to_csv),
        (json_file, lambda: json.dumps(terminal.plain(table.to_dict()), indent=2, ensure_ascii=False) + "\n"),
    )
    if _STANDARD_OUTPUT not in (markdown, csv, json_file):
        show(table)
    for path, text in wanted:
        if path == _STANDARD_OUTPUT:
            typer.echo(text(), nl=False)
        elif path is not None:
            write_text(path, text())


def write_text(path: Path, text: str) -> None:
    """A report in a file, whole or not at all.

    Raises
    ------
    NeuFaceError
        When it cannot be written.
    """
    from neuface_core.atomic_file import atomic_write
    from neuface_core.errors import NeuFaceError

    try:
        with atomic_write(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise NeuFaceError(
            f"The report cannot be written ({error.strerror}).", remedy="Choose another file.", path=path
        ) from error
    terminal.errors().print(f"Written: {path}", markup=False, highlight=False, soft_wrap=True)


def show(table: MethodTable) -> None:
    """On the terminal: clip by clip, then the means."""
    from neuface_core.evaluation.method_table import number, with_interval

    console = terminal.output()
    shown = Table(title=table.title, title_justify="left", header_style="bold", pad_edge=False)
    shown.add_column("clip", overflow="fold")
    shown.add_column("method", no_wrap=True)
    for column in table.columns:
        shown.add_column(column.heading, justify="right")
    last = ""
    for row in table.rows:
        if last and row.clip != last:
            shown.add_section()
        shown.add_row(
            row.clip if row.clip != last else "", row.method, *(number(row.value(c.name)) for c in table.columns)
        )
        last = row.clip
    shown.add_section()
    for k, method in enumerate(table.methods if len(table.clips) > 1 else ()):
        means = [with_interval(table.mean(method, c.name)).replace(" (", "\n").rstrip(")") for c in table.columns]
        shown.add_row("mean" if k == 0 else "", method, *means, style="bold")
    console.print(shown)
    for text in table.beside:
        console.print(Markdown(text))
    for note in table.notes:
        console.print(note, style="dim", markup=False, highlight=False)

"""`neuface models`: the model files that are taken from pinned packages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from neuface_core.cli import terminal

app = typer.Typer(help="Model files: which there are, and install them.", no_args_is_help=True)


@app.command("list")
def list_models(json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """List the model files and whether they are installed."""
    from neuface_core.models import installed

    found = installed()
    if json:
        terminal.print_json(
            [
                {
                    "name": entry.asset.name,
                    "installed": entry.present,
                    "path": str(entry.path),
                    "licence": entry.asset.licence,
                    "purpose": entry.asset.purpose,
                    "wheel": entry.asset.wheel,
                }
                for entry in found
            ]
        )
        return
    table = Table(header_style="bold", pad_edge=False)
    for column in ("model", "installed", "purpose", "licence", "file"):
        table.add_column(column, overflow="fold")
    for entry in found:
        here = "[green]✓[/]" if entry.present else "[red]missing[/]"
        table.add_row(entry.asset.name, here, entry.asset.purpose, entry.asset.licence, str(entry.path))
    terminal.output().print(table)


@app.command("install")
def install_models(
    source: Annotated[
        Path | None, typer.Option("--from", help="Folder with the wheels, for a machine without network.")
    ] = None,
) -> None:
    """Install what is missing, checked by SHA-256; the only command that may use the network."""
    from neuface_core.models import data_folder, install

    written = terminal.run(install(source))
    for path in written:
        terminal.output().print(f"Installed: {path}", markup=False, highlight=False, soft_wrap=True)
    if not written:
        terminal.output().print(f"Everything is installed in {data_folder()}.", highlight=False, soft_wrap=True)

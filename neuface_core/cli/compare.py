"""`neuface compare`: what the Studio shows beside a fit while a key is held, made ahead for many clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuface_core.cli import terminal
from neuface_core.errors import NeuFaceError

if TYPE_CHECKING:
    from neuface_core.project import Project

app = typer.Typer(
    help="Make what the Studio shows beside a fit: FLAME fitting and gradient maps, kept in the project.",
    no_args_is_help=True,
)

Folder = Annotated[Path, typer.Argument(help="Folder of the project.")]
Clips = Annotated[
    list[str] | None, typer.Argument(help="Names of clips; none: every clip that was fitted and has none yet.")
]
Again = Annotated[bool, typer.Option("--again", help="Make anew what is there already.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")]


@app.command("flame")
def flame(project: Folder, clips: Clips = None, again: Again = False, device: Device = "auto") -> None:
    """Fit FLAME's way, parameters instead of weights, on the landmarks of the fit: in the Studio, hold Shift+B.

    The same that Ctrl+B makes there. It belongs to the latest fit of the clip: after another fit, make it again.
    """
    from neuface_core.study.comparison import fit_flame, has_flame

    _make(project, clips or [], again, device, "FLAME fitting", has_flame, fit_flame)


@app.command("gradients")
def gradients(project: Folder, clips: Clips = None, again: Again = False, device: Device = "auto") -> None:
    """Map which pixels move the mesh, |dL/dI|: in the Studio, press G.

    The same that G makes there, of clips of up to 1,200 frames. As arrays and pictures: neuface evaluate gradients.
    """
    from neuface_core.study.gradient_maps import has_gradients, make_gradients

    def has(opened: Project, name: str) -> bool:
        return all(has_gradients(opened, name, view) for view in opened.fitted_views(name))

    _make(project, clips or [], again, device, "gradient map", has, make_gradients)


def _make(
    path: Path,
    clips: list[str],
    again: bool,
    device: str,
    what: str,
    has: Callable[[Project, str], bool],
    make: Callable[..., Any],
) -> None:
    """Make one thing for every clip; a clip for which it fails stops no other."""
    from neuface_core.devices import pick_device
    from neuface_core.project import Project

    chosen = pick_device(device)
    failed = False
    with Project.open(path) as opened:
        records = [opened.clip(name) for name in dict.fromkeys(clips)] or [
            record for record in opened.clips() if record.run and not record.system
        ]
        if not records:
            raise NeuFaceError("No clip has a fit yet.", remedy=f"Fit some: neuface fit -p {path} VIDEO.", path=path)
        for name in (record.name for record in records):
            try:
                if not again and has(opened, name):
                    _say(f"· {name}: the {what} is there already (--again makes it anew)", "dim")
                    continue
                terminal.run(make(opened, name, chosen))
            except KeyboardInterrupt:
                _say("Stopped. What is finished is kept; the same command goes on with the others.", "yellow")
                raise
            except NeuFaceError as error:
                failed = True
                _say(f"✗ {name}: {error}", "red")
            else:
                _say(f"✓ {name}: the {what} is kept", "green")
    if failed:
        raise typer.Exit(terminal.SOME_FAILED)
    typer.echo(f"See it in the Studio: neuface review {path}")


def _say(words: str, style: str) -> None:
    terminal.output().print(words, style=style, markup=False, highlight=False, soft_wrap=True)

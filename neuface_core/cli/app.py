"""The program `neuface`: its verbs, and what becomes of an error.

Exit codes: 0 done · 1 something the user can act on · 2 wrong use · 3 some clips failed · 130 stopped with Ctrl+C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from neuface_core.cli import (
    ablate,
    annotate,
    compare,
    config,
    decide,
    detect,
    doctor,
    evaluate,
    export,
    fit,
    import_tracks,
    list_clips,
    models,
    render,
    repair,
    review,
    synth,
    train,
)
from neuface_core.cli.terminal import USER_ERROR, errors
from neuface_core.errors import CancelledError, NeuFaceError

INTERRUPTED = 130

app = typer.Typer(
    name="neuface",
    help="From videos of faces to verified, spatio-temporally consistent 3D face meshes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"neuface {version('neuface-studio')}")
        except PackageNotFoundError:
            typer.echo("neuface (from a checkout)")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the program itself."""


app.command("fit")(fit.fit)
app.command("import")(import_tracks.import_tracks)
app.command("detect")(detect.detect)
app.command("list")(list_clips.list_clips)
app.command("decide")(decide.decide)
app.command("exclude")(annotate.exclude)
app.command("tag")(annotate.tag)
app.command("review")(review.review)
app.command("export")(export.export)
app.command("verify")(export.verify)
app.command("render")(render.render)
app.command("doctor")(doctor.doctor)
app.command("config")(config.config)
app.add_typer(repair.app, name="repair")
app.add_typer(compare.app, name="compare")
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="evaluate")
app.command("ablate")(ablate.ablate)
app.add_typer(train.app, name="train")
app.add_typer(synth.app, name="synth")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code."""
    # OpenCV's new engine warns on standard error of what concerns nobody here; it reads this when it is imported.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    command = typer.main.get_command(app)
    try:
        command.main(args=arguments, prog_name="neuface", standalone_mode=True)
    except SystemExit as done:
        code = done.code
        return code if isinstance(code, int) else int(code is not None)
    except CancelledError as error:
        errors().print(str(error), style="yellow")
        return INTERRUPTED
    except NeuFaceError as error:
        errors().print(f"Error: {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
        return USER_ERROR
    except BrokenPipeError:
        # `neuface list … | head`: the reader has gone. Python would complain again while it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0

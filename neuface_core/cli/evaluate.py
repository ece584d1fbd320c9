"""`neuface evaluate`: how good the parts of the program are, in numbers that can be repeated."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.cli.evaluate_gradients import evaluate_gradients
from neuface_core.cli.evaluate_group import METHODS, EvaluateGroup
from neuface_core.cli.evaluate_methods import evaluate_methods
from neuface_core.cli.evaluate_mpve import evaluate_mpve, evaluate_scan
from neuface_core.cli.fit import DetectorChoice

if TYPE_CHECKING:
    from neuface_core.clips import Clip

app = typer.Typer(
    cls=EvaluateGroup,
    help="Measure the fits of a project, or the parts of the program against known truth and real clips.",
    no_args_is_help=True,
)


class FormatChoice(StrEnum):
    """How a report is printed."""

    MARKDOWN = "md"
    JSON = "json"
    CSV = "csv"


@app.callback()
def _measure() -> None:
    """Measure the fits of a project, or the parts of the program against known truth and real clips.

    `neuface evaluate PROJECT` is `neuface evaluate methods PROJECT`.
    """


@app.command("encoder")
def evaluate_encoder(
    encoder: Annotated[Path | None, typer.Option(help="File of another encoder.")] = None,
    images: Annotated[int, typer.Option(min=20, help="Faces of the synthetic test set.")] = 1000,
    clips: Annotated[list[Path] | None, typer.Option(help="A real clip, or a folder of them; repeat for more.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.md, report.json, slices.csv and worst.png.")
    ] = None,
    card: Annotated[
        Path | None, typer.Option(help="Model card whose figures are replaced, docs/model_card.md.")
    ] = None,
    detector: Annotated[DetectorChoice, typer.Option(help="Who is the yardstick on real clips.")] = DetectorChoice.OPEN,
    format: Annotated[FormatChoice, typer.Option("--format", help="What is printed.")] = FormatChoice.MARKDOWN,
    bars: Annotated[bool, typer.Option("--bars", help="Only the demands; exit code 1 unless all hold.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
) -> None:
    """Judge an encoder on rendered faces that it never saw, whose truth is known, and on real clips.

    The test set is rendered when it is first needed and kept in the user's cache.
    """
    from neuface_core.devices import leave_a_core_free, pick_device
    from neuface_core.evaluation.model_card import refresh_card
    from neuface_core.evaluation.report_text import bars_text, markdown
    from neuface_core.training.judge_encoder import judge_encoder, write_report

    leave_a_core_free()
    job = judge_encoder(encoder, images, _clips(clips or []), pick_device(device), detector.value)
    judged = terminal.run(job, quiet=format is not FormatChoice.MARKDOWN)
    report = judged.report
    if out is not None:
        for path in write_report(judged, out):
            terminal.errors().print(f"Written: {path}", markup=False, highlight=False, soft_wrap=True)
    if card is not None:
        refresh_card(card, report)
        terminal.errors().print(f"Figures replaced: {card}", markup=False, highlight=False, soft_wrap=True)
    if format is FormatChoice.JSON:
        terminal.print_json(report.to_dict())
    elif format is FormatChoice.CSV:
        typer.echo(report.slices_csv(), nl=False)
    else:
        typer.echo(bars_text(report.bars) if bars else markdown(report))
    if bars and not all(bar.holds for bar in report.bars):
        raise typer.Exit(terminal.USER_ERROR)


def _clips(named: list[Path]) -> tuple[Clip, ...]:
    """Clips at or below the paths that were named."""
    from neuface_core.clips import search

    found = search(named)
    if found.problems:
        raise found.problems[0]
    return found.clips


app.command(METHODS)(evaluate_methods)
app.command("gradients")(evaluate_gradients)
app.command("mpve")(evaluate_mpve)
app.command("scan")(evaluate_scan)

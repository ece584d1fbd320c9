"""`neuface import`: tracks of other tools become clips with fits, to be looked at, judged and compared."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from neuface_core.cli import terminal
from neuface_core.cli.import_dataset import import_datasets, is_dataset

if TYPE_CHECKING:
    from neuface_core.pipeline_import import Imported


def import_tracks(
    project: Annotated[Path, typer.Option("-p", "--project", help="Folder of the project; made if it is not there.")],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="A dataset (faces.h5), or files or folders of VHAP, GaussianAvatars, metrical-tracker, DECA, EMOCA, "
            "SMIRK or the released "
            "NeuFace; a folder with many clips works. None: finish what waited for a head model."
        ),
    ] = None,
    video: Annotated[
        Path | None, typer.Option("--video", help="The video that was tracked, or a folder of videos named alike.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option("--images", help="The folder of pictures that was tracked, or a folder of those.")
    ] = None,
    system: Annotated[str, typer.Option("--system", help="Which tool wrote it; recognised where it is left out.")] = "",
    head: Annotated[
        str, typer.Option("--head", help="Head model of the track where the tool ran with another: flame-2020.")
    ] = "",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="No bars; what was imported as JSON at the end.")] = False,
) -> None:
    """Import tracks of other tools as clips with fits, measured against the same landmarks as our own.

    A dataset that neuface export wrote comes back with its fits and decisions.
    Where neither --video nor --images is given, a video or a folder of pictures is looked for beside each track.
    """
    from neuface_core.devices import leave_a_core_free, pick_device
    from neuface_core.interchange.systems import recognise
    from neuface_core.landmarks import detector
    from neuface_core.pipeline_import import finish_imports
    from neuface_core.pipeline_import import import_tracks as job_of
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project

    if video is not None and images is not None:
        raise typer.BadParameter("Name a video or a folder of pictures, not both.")
    datasets = [path for path in paths or [] if is_dataset(path)]
    if datasets:
        import_datasets(project, datasets, video or images, json=json)
        if not (paths := [path for path in paths or [] if path not in datasets]):
            return
    found = [one for path in paths or [] for one in recognise(path.expanduser().absolute(), system)]
    with Project.open(project) if not found else Project.open_or_create(project) as opened:
        settings = PipelineSettings.of_project(opened.settings, opened.path)
        detect = detector(settings.detector, pick_device(device))
        leave_a_core_free()
        job = job_of(opened, found, video or images, detect, head=head) if found else finish_imports(opened, detect)
        done = terminal.run(job, quiet=json)
        if json:
            terminal.print_json([_as_json(one) for one in done])
        else:
            _report(done, opened.path)
    if any(one.record is None for one in done):
        raise typer.Exit(terminal.USER_ERROR if len(done) == 1 else terminal.SOME_FAILED)


def _as_json(one: Imported) -> dict[str, Any]:
    from neuface_core.cli.list_clips import as_json

    return {
        "source": str(one.source),
        "system": one.system,
        "clip": as_json(one.record) if one.record is not None else None,
        "frames_with_mesh": one.rows,
        "camera_residual_px": one.residual_px,
        "camera_residual_percent": one.residual_percent,
        "notes": list(one.notes),
        "problem": one.problem,
    }


def _report(done: list[Imported], path: Path) -> None:
    console = terminal.output()
    if not done:
        console.print("No imported clip waits for a head model.")
        return
    table = Table(header_style="bold", pad_edge=False)
    for heading in ("clip", "system"):
        table.add_column(heading, overflow="fold")
    for heading in ("frames", "NME %", "jitter mm", "camera off, % of face"):
        table.add_column(heading, justify="right")
    table.add_column("notes", overflow="fold")
    for one in done:
        record = one.record
        notes = "\n".join([*([one.problem] if one.problem else []), *one.notes])
        if record is None:
            table.add_row(one.source.name, one.system, "–", "–", "–", "–", f"Not imported. {notes}", style="red")
            continue
        table.add_row(
            record.name,
            one.system,
            f"{one.rows}" if one.rows == record.n_frames else f"{one.rows} of {record.n_frames}",
            _number(record.metrics.get("nme_bbox"), 2),
            _number(record.metrics.get("jitter_mm"), 3),
            _number(one.residual_percent, 2),
            notes,
            style="yellow" if one.problem else None,
        )
    console.print(table)
    if any(one.record is not None for one in done):
        console.print(f"\nLook at them: neuface review {path}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"Compare them: neuface evaluate {path}", markup=False, highlight=False, soft_wrap=True)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"

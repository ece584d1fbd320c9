"""`neuface detect`: landmarks without a fit, for a person to verify first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.errors import NeuFaceError


def detect(
    project: Annotated[Path, typer.Option("-p", "--project", help="Folder of the project; made if it is not there.")],
    videos: Annotated[
        list[Path] | None, typer.Argument(help="Videos or folders to add; none looks at what is waiting.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    json: Annotated[bool, typer.Option("--json", help="No bars; the clips as JSON at the end.")] = False,
) -> None:
    """Find landmarks only: a person verifies them (neuface review, neuface decide) before the clip is fitted."""
    from neuface_core.cli.list_clips import as_json
    from neuface_core.clips import search
    from neuface_core.devices import leave_a_core_free, pick_device
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.pipeline_views import detect_clips
    from neuface_core.project import Project
    from neuface_core.project.project_file import FILE_NAME

    found = search(videos or [])
    if not found.clips and found.problems:
        raise found.problems[0]
    if not found.clips and (videos or not (project / FILE_NAME).exists()):
        raise NeuFaceError(
            "There is nothing to look at.", remedy="Name a video or a folder.", path=(videos or [project])[0]
        )
    chosen = pick_device(device)
    with Project.open_or_create(project) as opened:
        added = opened.add_clips(found.clips) if videos else opened.clips()
        names = [r.name for r in added if r.state == "waiting" and not r.landmarks_accepted and r.n_frames]
        settings = PipelineSettings.of_project(opened.settings, opened.path)
        leave_a_core_free()
        records = terminal.run(detect_clips(opened, names, settings, chosen), quiet=json)
        records += [r for r in added if r.state == "failed" and not r.n_frames]
    for problem in found.problems:
        terminal.errors().print(f"Left out: {problem}", style="yellow", markup=False, soft_wrap=True)
    if json:
        terminal.print_json([as_json(record) for record in records])
    else:
        for record in records:
            why = f". {record.reason}" if record.reason else ""
            line = f"{record.name}: {'landmarks to verify' if record.state == 'detected' else record.state}{why}"
            terminal.output().print(line, markup=False, highlight=False, soft_wrap=True)
        if not records:
            terminal.output().print("No clip waits for its landmarks.")
    if found.problems or any(record.state == "failed" for record in records):
        raise typer.Exit(terminal.SOME_FAILED)

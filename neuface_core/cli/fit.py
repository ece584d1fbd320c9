"""`neuface fit`: videos and folders become fitted clips of a project."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.errors import NeuFaceError

if TYPE_CHECKING:
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import ClipRecord, Project


class Preset(StrEnum):
    """Names of the presets of the method."""

    DEFAULT = "default"
    PAPER = "paper"
    RELEASED = "released"


class DetectorChoice(StrEnum):
    """Names of the landmark detectors."""

    OPEN = "open"
    FAN = "fan"


def fit(
    project: Annotated[Path, typer.Option("-p", "--project", help="Folder of the project; made if it is not there.")],
    videos: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Videos, GIFs, folders of videos or images, folders with a views.toml; none fits what is waiting."
        ),
    ] = None,
    views: Annotated[
        list[Path] | None,
        typer.Option(
            "--views",
            help="A folder whose videos are views of one clip, its folders likewise, or a person's folder of MEAD.",
        ),
    ] = None,
    preset: Annotated[Preset | None, typer.Option(help="Settings of the method.")] = None,
    detector: Annotated[DetectorChoice | None, typer.Option(help="Who finds the landmarks.")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="open, deca, emoca, emoca:NAME, or the file of an encoder.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    iterations: Annotated[int | None, typer.Option(min=0, help="Cap on passes over a clip; 0: encoder only.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Fit again what has a fit already.")] = False,
    json: Annotated[bool, typer.Option("--json", help="No bars; the clips as JSON at the end.")] = False,
) -> None:
    """Fit videos: landmarks, first answer of the encoder, NeuFace. What is done is kept if it is stopped."""
    from neuface_core.clips import Found, search
    from neuface_core.project import Project
    from neuface_core.project.project_file import FILE_NAME

    found = search(videos or [])
    if views:
        together = search(views, [clip.name for clip in found.clips], views=True)
        found = Found(found.clips + together.clips, found.problems + together.problems)
    given = [*(videos or []), *(views or [])]
    if not found.clips and given:
        raise (
            found.problems[0]
            if found.problems
            else NeuFaceError(
                "There is no video here.", remedy="Name a video, or a folder of videos or images.", path=given[0]
            )
        )
    if not given and not (project / FILE_NAME).exists():
        raise NeuFaceError("There is nothing to fit.", remedy="Name a video or a folder.", path=project)
    with Project.open_or_create(project) as opened:
        settings = _settings(opened, preset, detector, encoder, iterations)
        added = opened.add_clips(found.clips) if given else opened.clips()
        names = [record.name for record in _unique(added) if _wants_fit(record, force and bool(given))]
        if settings.verify_landmarks and not force:
            names = _verified(opened, names)
        failed_before = [r for r in _unique(added) if r.name not in names and _is_failed(r)]
        records = _run(opened, names, settings, device, json) if names else []
        for problem in found.problems:
            terminal.errors().print(f"Left out: {problem}", style="yellow", markup=False, soft_wrap=True)
        if json:
            from neuface_core.cli.list_clips import as_json

            terminal.print_json([as_json(opened.clip(record.name)) for record in _unique(added)])
        else:
            _report(added, records, opened.path)
    if found.problems or failed_before or any(map(_is_failed, records)):
        raise typer.Exit(terminal.SOME_FAILED)


def _settings(
    project: Project,
    preset: Preset | None,
    detector: DetectorChoice | None,
    encoder: str | None,
    iterations: int | None,
) -> PipelineSettings:
    """The project's settings with the options of this call on top; those are stored with the run only."""
    from neuface_core.fitting.settings import NeuFaceSettings
    from neuface_core.pipeline_settings import PipelineSettings

    settings = PipelineSettings.of_project(project.settings, project.path)
    method = NeuFaceSettings.of_preset(preset.value) if preset is not None else settings.neuface
    if iterations is not None:
        method = method.model_copy(update={"iterations": iterations})
    changed: dict[str, object] = {"neuface": method}
    if detector is not None:
        changed["detector"] = detector.value
    if encoder is not None:
        from neuface_core.encoders.loading import is_name

        # The run remembers where a file lay, not from where the command was called.
        changed["encoder"] = encoder if is_name(encoder) else str(Path(encoder).absolute())
    return settings.model_copy(update=changed)


def _unique(records: Sequence[ClipRecord]) -> list[ClipRecord]:
    return list({record.name: record for record in records}.values())


def _wants_fit(record: ClipRecord, force: bool) -> bool:
    """Clips without a fit, save those that cannot be read at all; with `force` those with one as well."""
    if not record.n_frames or record.system:  # the track of another tool stays what it is
        return False
    return force or record.state in ("waiting", "fitting") or (_is_failed(record) and not record.run)


def _verified(project: Project, names: list[str]) -> list[str]:
    """Those whose landmarks a person accepted; says what the others wait for."""
    verified = [name for name in names if project.clip(name).landmarks_accepted or project.clip(name).run]
    if len(verified) < len(names):
        words = f"{terminal.count(len(names) - len(verified), 'clip')} left: their landmarks are to be verified first. "
        words += f"neuface detect -p {project.path}, then neuface review; --force fits them all the same."
        terminal.errors().print(words, style="yellow", markup=False, highlight=False, soft_wrap=True)
    return verified


def _is_failed(record: ClipRecord) -> bool:
    return record.state == "failed"


def _run(project: Project, names: list[str], settings: PipelineSettings, device: str, quiet: bool) -> list[ClipRecord]:
    from neuface_core.devices import leave_a_core_free, pick_device, share_one_heap
    from neuface_core.pipeline import fit_clips

    console = terminal.errors()
    if not quiet:
        console.print(f"Fitting {len(names)} clip{'s' if len(names) > 1 else ''} …", highlight=False)
    try:
        leave_a_core_free()
        share_one_heap()
        return terminal.run(fit_clips(project, names, settings, pick_device(device)), quiet=quiet)
    except KeyboardInterrupt:
        console.print(
            "Stopped. Finished clips are kept; the same command goes on with the others.",
            style="yellow",
            soft_wrap=True,
        )
        raise


def _of_views(record: ClipRecord) -> str:
    """The distance between the views, and how many there are of how many."""
    before = record.metrics.get("cvd_mm_encoder")
    after = record.metrics.get("cvd_mm_loop", record.metrics.get("cvd_mm"))  # 0 once the views were given one face
    if record.n_views < 2 or before is None or after is None:
        return ""
    fitted = int(record.metrics.get("views", record.n_views))
    some = f"{fitted} views" if fitted == record.n_views else f"{fitted} of {record.n_views} views"
    # NaN where only one view is left.
    return f"views {before:.2f} → {after:.2f} mm apart, {some} of " if after == after else f"{some} of "


def _report(added: list[ClipRecord], records: list[ClipRecord], path: Path) -> None:
    """What came of it, and what to do next."""
    console = terminal.output()
    fitted = {record.name: record for record in records}
    for record in _unique(added):
        now = fitted.get(record.name)
        if now is None and _is_failed(record):
            line, style = f"✗ {record.name}: failed. {record.reason}", "red"
        elif now is None:
            line, style = f"· {record.name}: {record.state.replace('_', ' ')} (not fitted again)", "dim"
        elif _is_failed(now):
            line, style = f"✗ {now.name}: failed. {now.reason}", "red"
        elif now.state == "set_aside":
            line, style = f"– {now.name}: set aside. {now.reason}", "yellow"
        else:
            before, after = now.metrics.get("nme_bbox_encoder"), now.metrics.get("nme_bbox")
            errors = f"landmark error {before:.2f} → {after:.2f} %, " if before and after else ""
            line, style = f"✓ {now.name}: {errors}{_of_views(now)}{now.n_frames} frames in {now.seconds:.1f} s", "green"
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    if any(record.state == "to_review" for record in records):
        console.print(f"\nReview them: neuface review {path}", markup=False, highlight=False, soft_wrap=True)

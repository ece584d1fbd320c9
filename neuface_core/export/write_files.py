"""Write clips in a format of `formats.FORMATS`: one file or folder each, whole or not there, never over another."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from neuface_core.atomic_file import is_partial, partial_path, publish, remove_partials, sync_folder
from neuface_core.errors import ExportError, NeuFaceError, ProjectError, VideoError, meant
from neuface_core.export.clip_files import ABOUT, ViewToExport, file_name, view_to_export
from neuface_core.export.formats import BY_NAME, ExportFormat
from neuface_core.fitting.licences import fit_licences
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.models.licences import licence_notes
from neuface_core.project import ClipRecord, ClipState, Project


@dataclass(frozen=True)
class FilesWritten:
    """What came of an export.

    Attributes
    ----------
    out
        The folder, or the file where one was named.
    files
        Files, and folders of files, that are there now.
    notes
        Sentences for the user: licences, what a format cannot hold.
    problems
        Clips that could not be written, and why; the others were.
    """

    out: Path
    files: tuple[Path, ...]
    n_clips: int
    n_frames: int
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Target:
    record: ClipRecord
    views: tuple[int, ...]
    path: Path


def export_files(
    project: Project,
    out: Path | str,
    name: str,
    *,
    clips: Sequence[str] | None = None,
    everything: bool = False,
    view: str = "",
    force: bool = False,
) -> Job[FilesWritten]:
    """Write clips of `project` in the format called `name`.

    Parameters
    ----------
    out
        A folder, which gets a file or folder for each clip (and view); or, where the format is a file and `out` ends
        like it, that file.
    clips
        Names of the clips; the accepted ones where it is None.
    everything
        Every clip with a fit, accepted or not.
    view
        Name of the only view to write of clips of several views; all by default.
    force
        Replace what is there under the same names.

    Raises
    ------
    ExportError
        When there is nothing to write, `out` cannot be used, or something is there already: then nothing was written.
        When no clip at all could be written: with the reason of the first.
    """
    chosen, out = BY_NAME[name], Path(out)
    records = _choose(project, clips, everything=everything)
    targets = _targets(project, records, chosen, out, view)
    _refuse_existing(targets, force=force)
    heads: dict[str, HeadModel] = {}
    files: list[Path] = []
    notes: list[str] = []
    problems: list[NeuFaceError] = []
    done: dict[str, int] = {}
    heads_licences: dict[str, str] = {}
    licences: dict[str, dict[str, str]] = {}
    for number, target in enumerate(targets):
        yield Progress("export", number, len(targets), target.record.name)
        try:
            views = [view_to_export(project, target.record, k, heads) for k in target.views]
            notes += yield from _write(chosen, views, target.path)
        except (ExportError, ProjectError, VideoError) as error:
            if isinstance(error.__cause__, OSError):
                raise  # the disk: the next clip would fare no better
            problems.append(error)
            continue
        files.append(target.path)
        done[target.record.name] = views[0].fit.n_frames
        heads_licences |= {one.fit.head_id: one.head.licence for one in views}
        licences[target.record.name] = fit_licences(views[0].fit)
    if not files:
        raise problems[0]
    words = tuple(f"{error.message} {error.remedy}".strip() for error in problems)
    notes += [*_licence_notes(heads_licences), *licence_notes(licences)]
    return FilesWritten(out, tuple(files), len(done), sum(done.values()), tuple(notes), words)


def _choose(project: Project, names: Sequence[str] | None, *, everything: bool) -> list[ClipRecord]:
    records = {record.name: record for record in project.clips()}
    for wanted in names or ():
        if wanted not in records:
            remedy = meant(wanted, records, "neuface list names its clips.")
            raise ExportError(f"The project has no clip called {wanted!r}.", remedy=remedy, path=project.path)
        if not records[wanted].run:
            raise ExportError(
                f"{wanted!r} has no fit, so there is nothing to write.", remedy="Fit it first.", path=project.path
            )
    if names is not None:
        return [records[wanted] for wanted in names]
    chosen = [r for r in records.values() if r.run and (everything or r.state is ClipState.ACCEPTED)]
    if not chosen:
        raise ExportError(
            "No clip has a fit yet." if everything else "No clip is accepted yet, so there is nothing to export.",
            remedy="Fit some clips." if everything else "Accept some, or name clips, or ask for all of them.",
            path=project.path,
        )
    return chosen


def _targets(
    project: Project, records: Sequence[ClipRecord], chosen: ExportFormat, out: Path, view: str
) -> list[_Target]:
    """What is written where."""
    units: list[tuple[ClipRecord, tuple[int, ...], str]] = []
    for record in records:
        numbers = _wanted_views(project, record, view)
        names = project.view_names(record.name)
        if chosen.unit == "clip" or record.n_views == 1:
            units.append((record, numbers, record.name))
        else:
            units += [(record, (number,), f"{record.name}.{names[number]}") for number in numbers]
    if chosen.ending and out.suffix.lower() == chosen.ending and not out.is_dir():
        if len(units) != 1:
            raise ExportError(
                f"{len(units)} files would be written, and one name was given.",
                remedy="Name a folder, or one clip with --clips (and one of its views with --view).",
                path=out,
            )
        return [_Target(units[0][0], units[0][1], out)]
    if out.is_file():
        raise ExportError("This is a file; the export needs a folder.", remedy="Name a folder.", path=out)
    taken: set[str] = set()
    targets = []
    for record, numbers, title in units:
        stem = name = file_name(title)
        count = 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        targets.append(_Target(record, numbers, out / f"{name}{chosen.suffix}"))
    return targets


def _wanted_views(project: Project, record: ClipRecord, view: str) -> tuple[int, ...]:
    fitted = project.fitted_views(record.name)
    if not view or record.n_views == 1:
        return fitted
    names = project.view_names(record.name)
    if view not in names or names.index(view) not in fitted:
        there = ", ".join(names[number] for number in fitted)
        raise ExportError(
            f"The fit of {record.name!r} has no view {view!r}.", remedy=f"It has {there}.", path=project.path
        )
    return (names.index(view),)


def _refuse_existing(targets: Sequence[_Target], *, force: bool) -> None:
    there = [target.path for target in targets if target.path.exists()]
    if there and not force:
        more = f", and {len(there) - 1} more" if len(there) > 1 else ""
        raise ExportError(
            f"{there[0].name!r} is there already{more}; nothing was written.",
            remedy="Choose another place, or say that it is to be replaced (--force).",
            path=there[0],
        )
    for path in there:
        if path.is_dir() and not (path / ABOUT).is_file():
            raise ExportError(
                f"{path.name!r} is a folder that no export wrote; it was not touched.",
                remedy="Choose another place.",
                path=path,
            )


def _write(chosen: ExportFormat, views: Sequence[ViewToExport], path: Path) -> Job[tuple[str, ...]]:
    """Write beside `path`, then give it its name; nothing is left behind when that fails or is stopped."""
    partial = partial_path(path)
    try:
        with _disk_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            remove_partials(path.parent, of=path.name)
        with _disk_errors(path):
            notes = yield from chosen.write(views, partial)
        with _disk_errors(path):
            _publish(partial, path)
    finally:
        _remove(partial)
    return notes


def _publish(partial: Path, path: Path) -> None:
    """Rename; a folder that is replaced is moved aside first, since no rename goes over a full one."""
    if not partial.is_dir():
        publish(partial, path)
        return
    old = path.with_name(f"{partial.name}-old")
    assert is_partial(old)
    if path.exists():
        path.rename(old)
    try:
        partial.rename(path)
    except OSError:
        if old.exists():
            old.rename(path)
        raise
    sync_folder(path.parent)
    _remove(old)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ExportError(
            f"{'The disk is full' if full else f'The export could not be written ({error.strerror or error})'}; "
            "this file was not kept, the ones before it are whole.",
            remedy="Make space or choose another disk." if full else "Choose a place that you may write to.",
            path=path,
        ) from error


def _licence_notes(licences: dict[str, str]) -> tuple[str, ...]:
    words = [f"{head}: {licence}" for head, licence in licences.items()]
    if len(set(licences.values())) > 1:
        return (f"These files are under different licences, each as its head model is: {'; '.join(words)}.",)
    return (f"Meshes are derived from {words[0]}.",) if words else ()

"""Write the accepted clips of a project into one HDF5 file (docs/formats/dataset.md).

The file is written beside its target, read back by the validator, and only then gets its name; an older export is
replaced in that instant or not at all. One thread drives the job: HDF5 is not made for more.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neuface_core.atomic_file import partial_path, publish, remove_partials
from neuface_core.errors import ExportError, meant
from neuface_core.export.checksum import group_sha256
from neuface_core.export.clip_files import head_of
from neuface_core.export.clip_group import write_clip, write_text
from neuface_core.export.left_out import excluded_mask, without_frames
from neuface_core.export.patient_file import PatientFile
from neuface_core.export.schema import FORMAT, SCHEMA_VERSION
from neuface_core.export.verify import OUTSIDE_CLIPS, verify_job
from neuface_core.export.view_groups import view_content, write_vertices, write_views
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.licences import fit_licences
from neuface_core.heads.bundle_file import content_hash
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.models.licences import licence_notes
from neuface_core.project import ClipRecord, ClipState, Project
from neuface_core.project.project_file import program

# Readers from HDF5 1.10 on, and checksums on HDF5's own structures, which older formats do not have.
_LIBVER = ("v110", "v110")


@dataclass(frozen=True)
class ExportSummary:
    """What was written.

    Attributes
    ----------
    sha256
        Of the content; two exports of the same decisions have the same one.
    notes
        Sentences for the user: licences, what was left out.
    """

    path: Path
    n_clips: int
    n_frames: int
    n_bytes: int
    sha256: str
    notes: tuple[str, ...] = ()


@dataclass
class _Row:
    name: str
    record: ClipRecord
    start: int
    n_frames: int
    sha256: str
    licences: dict[str, str]
    nme_bbox: float = field(default=float("nan"))


def export_dataset(
    project: Project,
    out: Path | str,
    *,
    include_vertices: bool = False,
    clips: Sequence[str] | None = None,
    head: HeadModel | None = None,
) -> Job[ExportSummary]:
    """Write the accepted clips of `project` to `out`.

    Parameters
    ----------
    include_vertices
        Also write the mesh of every frame: about 60 KB a frame and 5,000 vertices instead of 1 KB.
    clips
        Names of the clips to write; all accepted ones where it is None.
    head
        The head model of the fits; that of the first clip where it is None.

    Raises
    ------
    ExportError
        When no clip is accepted, a named clip is not, `out` is a file of another kind, the disk is full, or the result
        does not pass the validator. Nothing is left behind then, and an older `out` is untouched.
    """
    out = Path(out)
    chosen = _choose(project, clips)
    _check_target(out)
    if head is None:
        first = project.load_fit(chosen[0].name, next(iter(project.fitted_views(chosen[0].name)), 0))
        head = head_of(first, chosen[0].name, {})
    with suppress(OSError):
        remove_partials(out.parent, of=out.name)
    partial = partial_path(out)
    try:
        with _disk_errors(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            yield from _write_file(project, partial, chosen, head, include_vertices=include_vertices)
        report = yield from verify_job(partial)
        if not report.ok:
            raise ExportError(
                f"The dataset was written but did not pass the check: {report.problems[0]} It was not kept.",
                remedy="Fit that clip again or leave it out; if this comes back, the disk may be failing.",
                path=out,
            )
        with _disk_errors(out):
            publish(partial, out)
    finally:
        with suppress(OSError):
            partial.unlink()
    return ExportSummary(
        out,
        report.n_clips,
        report.n_frames,
        out.stat().st_size,
        report.sha256,
        (_licence_note(head.head_id, head.licence), *licence_notes({r.name: _licences(project, r) for r in chosen})),
    )


def _licences(project: Project, record: ClipRecord) -> dict[str, str]:
    """Of the models behind a clip; catalogues of before they were kept there leave it to the fit."""
    return record.licences or fit_licences(project.load_views(record.name))


def _choose(project: Project, names: Sequence[str] | None) -> list[ClipRecord]:
    records = {record.name: record for record in project.clips()}
    for name in names or ():
        if name not in records:
            remedy = meant(name, records, "neuface list names its clips.")
            raise ExportError(f"The project has no clip called {name!r}.", remedy=remedy, path=project.path)
        if (state := records[name].state) is not ClipState.ACCEPTED:
            words = f"{name!r} is not accepted but {state.replace('_', ' ')}."
            raise ExportError(words, remedy="Accept it first.", path=project.path)
    wanted = set(records if names is None else names)
    chosen = [r for r in records.values() if r.name in wanted and r.state is ClipState.ACCEPTED]
    empty = [r.name for r in chosen if r.n_frames and excluded_mask(r, r.n_frames).all()]
    if empty:
        raise ExportError(
            f"Every frame of {empty[0]!r} is left out, but the clip is accepted.",
            remedy="Take frames in again, or reject it.",
            path=project.path,
        )
    if not chosen:
        raise ExportError(
            "No clip is accepted yet, so there is nothing to export.",
            remedy="Review the clips and accept some.",
            path=project.path,
        )
    return sorted(chosen, key=lambda record: record.name)


def _check_target(out: Path) -> None:
    if out.is_dir():
        raise ExportError("This is a folder.", remedy="Name a file, for example dataset.h5.", path=out)
    if not out.exists() or out.stat().st_size == 0:
        return
    try:
        with h5py.File(out, "r") as file:
            ours = file.attrs.get("format") == FORMAT
    except OSError:
        ours = False
    if not ours:
        raise ExportError(
            "There is a file of another kind, or a damaged one, with this name; it was not touched.",
            remedy="Choose another name or move the file away.",
            path=out,
        )


@contextmanager
def _disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise ExportError(
            f"{'The disk is full' if full else f'The dataset could not be written ({error.strerror or error})'}; "
            "nothing was left half written and the project is unchanged.",
            remedy="Make space or choose another disk." if full else "Choose a place that you may write to.",
            path=out,
        ) from error


def _write_file(
    project: Project, partial: Path, chosen: list[ClipRecord], head: HeadModel, *, include_vertices: bool
) -> Job[None]:
    rows: list[_Row] = []
    names = _group_names(chosen)
    disk = PatientFile(partial)
    try:
        with h5py.File(disk, "w", libver=_LIBVER) as file:
            for number, record in enumerate(chosen):
                yield Progress("export", number, len(chosen), record.name)
                stored = project.load_views(record.name)
                fit = without_frames(stored, excluded_mask(record, stored.n_frames))
                group = file.create_group(f"clips/{names[record.name]}")
                for done in _write_clip(project, record, group, fit, head, include_vertices=include_vertices):
                    yield Progress("export", number, len(chosen), record.name, {"frames": done})
                    _raise_held_back(disk)
                start = int(group["frame_index"][0])
                licences = fit_licences(fit)
                rows.append(_Row(names[record.name], record, start, fit.n_frames, group_sha256(group), licences))
                rows[-1].nme_bbox = fit.metrics.get("nme_bbox", float("nan"))
                _raise_held_back(disk)
            _write_head(file, head)
            _write_index(file, rows)
            _write_root(file, project, rows, include_vertices=include_vertices)
            write_text(file, "sha256", group_sha256(file, skip=OUTSIDE_CLIPS))
        disk.sync()
    finally:
        disk.close()


def _raise_held_back(disk: PatientFile) -> None:
    if disk.error is not None:
        raise disk.error


def _write_clip(
    project: Project,
    record: ClipRecord,
    group: h5py.Group,
    fit: Fit | MultiViewFit,
    head: HeadModel,
    *,
    include_vertices: bool,
) -> Iterator[int]:
    """Write a clip; yields the number of frames whose vertices are written."""
    first = fit if isinstance(fit, Fit) else fit.views[0]
    if first.head_id != head.head_id:
        raise ExportError(
            f"{record.name!r} was fitted with the head model {first.head_id!r}, not {head.head_id!r}.",
            remedy="Export the clips of each head model into a file of their own.",
            path=project.path,
        )
    if isinstance(fit, MultiViewFit):
        yield from write_views(project, record, group, fit, head, include_vertices=include_vertices)
        return
    write_clip(group, view_content(project, record, fit))
    if include_vertices:
        yield from write_vertices(group, fit, head)


def _write_head(file: h5py.File, head: HeadModel) -> None:
    group = file.create_group("model")
    group.create_dataset("faces", data=np.asarray(head.faces, "<i4"))
    data = head.data
    arrays: dict[str, NDArray[Any]] = {
        "mean": data.mean,
        "shape": data.shape,
        "expression": data.expression,
        "faces": data.faces,
    }
    group.attrs["id"] = head.head_id
    group.attrs["sha256"] = content_hash(arrays)
    group.attrs["licence"] = head.licence
    group.attrs["licence_note"] = _licence_note(head.head_id, head.licence)
    group.attrs["n_vertices"] = head.n_vertices
    group.attrs["expression_names"] = json.dumps(list(head.expression_names))


def _licence_note(head_id: str, licence: str) -> str:
    if licence.upper().startswith("CC0"):
        return f"The head model {head_id} is in the public domain ({licence}): its meshes may be shared freely."
    return f"The meshes are derived from the head model {head_id}; its licence ({licence}) applies to them."


def _write_index(file: h5py.File, rows: list[_Row]) -> None:
    index = file.create_group("index")
    write_text(index, "clip", [row.name for row in rows])
    write_text(index, "video", [row.record.fingerprint for row in rows])
    write_text(index, "verdict", ["accept-repaired" if row.record.repaired else "accept" for row in rows])
    write_text(index, "reviewer", [row.record.decided_by for row in rows])
    write_text(index, "sha256", [row.sha256 for row in rows])
    index["n_frames"] = np.array([row.n_frames for row in rows], "<i8")
    index["start_frame"] = np.array([row.start for row in rows], "<i8")
    index["end_frame"] = np.array([row.start + row.n_frames for row in rows], "<i8")
    index["fps"] = np.array([row.record.fps for row in rows], "<f8")
    index["nme_bbox"] = np.array([row.nme_bbox for row in rows], "<f8")
    splits = file.create_group("splits")
    splits.attrs["disjoint_by"] = "video"
    for split in ("train", "val", "test"):
        write_text(splits, split, [row.name for row in rows if _split(row.record) == split])


def _split(record: ClipRecord) -> str:
    """By a hash of the video, so that a clip stays in its split when others are added."""
    share = int(hashlib.sha256((record.fingerprint or record.name).encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "train" if share < 0.8 else "val" if share < 0.9 else "test"


def _write_root(file: h5py.File, project: Project, rows: list[_Row], *, include_vertices: bool) -> None:
    provenance = {
        "program": program(),
        "libraries": {name: version(name) for name in ("h5py", "numpy", "torch")},
        "project": project.id,
        "settings": project.settings,
        "filter": {"verdict": ["accept", "accept-repaired"], "clips": [row.record.name for row in rows]},
        "include_vertices": include_vertices,
    }
    write_text(file, "provenance", json.dumps(provenance, sort_keys=True, ensure_ascii=False, default=str))
    file.attrs["format"] = FORMAT
    file.attrs["schema_version"] = SCHEMA_VERSION
    file.attrs["created_utc"] = datetime.now(UTC).isoformat(timespec="seconds")
    file.attrs["generator"] = program()
    file.attrs["coordinate_system"] = "x left of the subject, y up, z out of the face"
    file.attrs["length_unit"] = "m"
    file.attrs["angle_unit"] = "rad"
    file.attrs["image_origin"] = "centre of the top-left pixel"
    file.attrs["frame_index_base"] = 0
    every: dict[str, str] = {}
    for row in rows:
        every |= row.licences
    file.attrs["licences"] = json.dumps(every, sort_keys=True, ensure_ascii=False)


def _group_names(chosen: list[ClipRecord]) -> dict[str, str]:
    """HDF5 names must not hold a slash or be a dot."""
    names: dict[str, str] = {}
    for record in chosen:
        base = record.name.replace("/", "_").strip(".") or "clip"
        name, number = base, 1
        while name in names.values():
            number += 1
            name = f"{base}-{number}"
        names[record.name] = name
    return names

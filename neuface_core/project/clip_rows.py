"""Clips in the catalogue: adding rows, and reading them back as `ClipRecord`."""

from __future__ import annotations

import hashlib
import json
import os
import re
import uuid
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select, update

from neuface_core.clip_layouts import Clip
from neuface_core.errors import ProjectError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.licences import fit_licences
from neuface_core.project import suspicion_rows
from neuface_core.project.catalogue import clips, runs, timing, views
from neuface_core.project.collection_pause import no_garbage_collection
from neuface_core.project.fit_file import StoredMetrics, metrics_to_json, read_any
from neuface_core.project.probe import Probe, ViewSize
from neuface_core.project.records import ClipRecord, ClipState

_NAN = float("nan")
_STATES = {str(state): state for state in ClipState}


def clip_id(name: str) -> str:
    """Folder name of a clip: readable, safe on every file system, and always the same for the same name."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")[:60]
    return f"{readable}-{_digest(name)[:8]}".lstrip("-")


def absolute_path(path: Path | str) -> Path:
    """`path` from the root, without dots; links are kept, since what they point at may have no telling name."""
    return Path(os.path.normpath(Path(path).absolute()))


def stored_path(root: Path, path: Path) -> str:
    """Relative to the project where `path` lies below it, so that both can move together; absolute elsewhere."""
    absolute = absolute_path(path)
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)


def find_id(
    connection: Connection, paths: Sequence[str], fingerprint: str, system: str = ""
) -> tuple[str | None, bool]:
    """Identifier of the clip with these view paths or, failing that, this content; and whether the paths matched.

    A clip with the tracks of another tool is found only by its `system`: it may lie beside one of the same video.
    """
    of_system = clips.c.system == system
    candidates = connection.execute(
        select(views.c.clip_id)
        .join(clips, clips.c.id == views.c.clip_id)
        .where(views.c.path == paths[0], views.c.view == 0, of_system)
        .order_by(views.c.clip_id)
    ).scalars()
    for candidate in candidates:
        stored = connection.execute(
            select(views.c.path).where(views.c.clip_id == candidate).order_by(views.c.view)
        ).scalars()
        if list(stored) == list(paths):
            return candidate, True
    if not fingerprint:
        return None, False
    return (
        connection.execute(select(clips.c.id).where(clips.c.fingerprint == fingerprint, of_system).limit(1)).scalar(),
        False,
    )


def free_name(connection: Connection, wanted: str) -> str:
    """`wanted`, or `wanted-2`, `wanted-3`, …, whichever is not taken."""
    name, n = wanted, 1
    while connection.execute(select(clips.c.id).where(clips.c.name == name)).first() is not None:
        n += 1
        name = f"{wanted}-{n}"
    return name


def insert_clip(
    connection: Connection, name: str, paths: Sequence[str], clip: Clip, probe: Probe, system: str = ""
) -> None:
    """Add the rows of a new clip: waiting, or failed when its videos cannot be read."""
    identifier = clip_id(name)
    position = connection.execute(select(func.coalesce(func.max(clips.c.position), -1))).scalar_one() + 1
    connection.execute(
        clips.insert().values(
            id=identifier,
            position=position,
            name=name,
            added_utc=utc_now(),
            run="",
            metrics="{}",
            system=system,
            **probe_columns(probe),
        )
    )
    _write_timing(connection, identifier, probe)
    _write_views(connection, identifier, paths, clip, probe)


def _write_views(
    connection: Connection,
    identifier: str,
    paths: Sequence[str],
    clip: Clip,
    probe: Probe,
    *,
    keep_choice: bool = False,
) -> None:
    """The views of a clip anew; who was chosen in a view stays chosen where `keep_choice`."""
    of_clip = views.c.clip_id == identifier
    before = connection.execute(select(views.c.view, views.c.track).where(of_clip)).all()
    chosen = {view: track for view, track in before if keep_choice}
    connection.execute(delete(views).where(of_clip))
    sizes = probe.views or (ViewSize(),) * len(paths)
    named = zip(paths, clip.view_names, clip.offsets, sizes, strict=True)
    connection.execute(
        views.insert(),
        [
            {
                "clip_id": identifier,
                "view": number,
                "path": path,
                "name": name,
                "offset": offset,
                "n_frames": size.n_frames,
                "width": size.width,
                "height": size.height,
                "track": chosen.get(number, 0),
            }
            for number, (path, name, offset, size) in enumerate(named)
        ],
    )


def _write_timing(connection: Connection, identifier: str, probe: Probe) -> None:
    connection.execute(delete(timing).where(timing.c.clip_id == identifier))
    if probe.pts is not None:
        steps = np.diff(probe.pts, prepend=np.int64(0)).astype("<i8")
        connection.execute(
            timing.insert().values(
                clip_id=identifier, time_base=str(probe.time_base), pts=zlib.compress(steps.tobytes())
            )
        )


def read_timing(connection: Connection, name: str) -> tuple[NDArray[np.int64], Fraction] | None:
    """Time stamps (F,) int64 of a clip's first view and the seconds of one step; None where they are unknown."""
    row = connection.execute(select(timing).where(timing.c.clip_id == clip_id(name))).first()
    if row is None:
        return None
    steps = np.frombuffer(zlib.decompress(row.pts), "<i8").astype(np.int64)
    return np.cumsum(steps), Fraction(row.time_base)


def probe_columns(probe: Probe) -> dict[str, Any]:
    """Columns of a clip whose video was just looked at, its state included."""
    return {
        "fingerprint": probe.fingerprint,
        "n_frames": probe.n_frames,
        "fps": probe.fps,
        "width": probe.width,
        "height": probe.height,
        "state": str(ClipState.FAILED if probe.problem else ClipState.WAITING),
        "reason": probe.problem or probe.warning,
    }


def look_again(
    connection: Connection,
    root: Path,
    identifier: str,
    paths: Sequence[str],
    clip: Clip,
    probe: Probe,
    *,
    same_paths: bool,
) -> str:
    """Bring the row of a clip that is added again up to date with its files; returns its name."""
    row = connection.execute(select(clips).where(clips.c.id == identifier)).one()
    if same_paths:
        # The file was repaired, or replaced by another video: a fit of the old content says nothing about the new.
        if probe.fingerprint and probe.fingerprint != row.fingerprint:
            fresh = probe_columns(probe) | {"run": "", "metrics": "{}", "seconds": None}
            fresh |= {"signals": "", "suspicion": None, "suspect": ""}
            connection.execute(update(clips).where(clips.c.id == identifier).values(**fresh))
            _write_timing(connection, identifier, probe)
            _write_views(connection, identifier, paths, clip, probe)
        elif probe.problem and not row.run:
            connection.execute(update(clips).where(clips.c.id == identifier).values(reason=probe.problem))
    else:
        stored = connection.execute(select(views.c.path).where(views.c.clip_id == identifier)).scalars()
        if not all((root / path).exists() for path in stored):  # moved, and found again
            _write_views(connection, identifier, paths, clip, probe, keep_choice=True)
    return str(row.name)


@dataclass(frozen=True, slots=True)
class ViewRecord:
    """A view of a clip as the catalogue knows it.

    Attributes
    ----------
    name
        Unique in the clip.
    offset
        Moment f of the clip is frame f + offset of the video.
    n_frames, width, height
        Of the whole video; 0 where it could not be read.
    track
        Whom the clip is about, among the people found in this view.
    """

    name: str
    offset: int
    n_frames: int
    width: int
    height: int
    track: int


def read_views(connection: Connection, name: str) -> list[ViewRecord]:
    """The views of the clip called `name` in their order."""
    columns = (views.c.name, views.c.offset, views.c.n_frames, views.c.width, views.c.height, views.c.track)
    rows = connection.execute(select(*columns).where(views.c.clip_id == clip_id(name)).order_by(views.c.view))
    return [ViewRecord(*row) for row in rows]


def read_runs(connection: Connection, name: str) -> list[str]:
    """Identifiers of the fits of a clip, the oldest first."""
    wanted = select(runs.c.id).where(runs.c.clip_id == clip_id(name)).order_by(runs.c.created_utc, runs.c.id)
    return list(connection.execute(wanted).scalars())


def new_run() -> str:
    """Identifier of a run; sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:6]}"


def run_time(run: str) -> datetime | None:
    """When a run was kept, by its identifier; None where that says nothing of it."""
    with suppress(ValueError):
        return datetime.strptime(run.partition("-")[0], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
    return None


def record_run(connection: Connection, name: str, run: str, fit: Fit | MultiViewFit) -> None:
    """Make `run` the latest fit of a clip, put the clip up for review, and judge how suspicious it is."""
    identifier = clip_id(name)
    views_of = (fit,) if isinstance(fit, Fit) else fit.views
    numbers = fit.metrics | ({"repaired_frames": float(repaired)} if (repaired := _repaired_frames(views_of)) else {})
    metrics = json.dumps(metrics_to_json(numbers), sort_keys=True)
    models = fit if isinstance(fit, Fit) else fit.views[0]
    connection.execute(
        runs.insert().values(
            id=run,
            clip_id=identifier,
            created_utc=utc_now(),
            file=f"runs/{identifier}/{run}.npz",
            head_id=models.head_id,
            encoder_id=models.encoder_id,
            metrics=metrics,
        )
    )
    seconds = fit.metrics.get("seconds", float("nan"))
    connection.execute(
        update(clips)
        .where(clips.c.id == identifier)
        .values(
            run=run,
            metrics=metrics,
            seconds=seconds if isfinite(seconds) else None,
            signals=suspicion_rows.signals_json(fit),
            licences=json.dumps(fit_licences(fit), sort_keys=True, ensure_ascii=False),
            suspicion=None,
            suspect="",
            state=str(ClipState.TO_REVIEW),
            reason="",
        )
    )
    suspicion_rows.judge(connection, identifier)


def _repaired_frames(views_of: Sequence[Fit]) -> int:
    """Moments at which a landmark is not the detector's; 1 at least where a stretch was fitted anew."""
    marked = [fit.origin.any(axis=1) for fit in views_of if fit.origin is not None]
    count = int(np.any(marked, axis=0).sum()) if marked else 0
    return max(count, int(any(fit.repaired for fit in views_of)))


def adopt_runs(connection: Connection, folder: Path, name: str, fingerprint: str) -> None:
    """Take up the fits that lie in the folder of a clip that was just added: those of a catalogue that was lost."""
    for path in sorted(folder.glob("*T*-*.npz")):
        with suppress(ProjectError):  # damaged, or of another video
            record_run(connection, name, path.stem, read_any(path, fingerprint=fingerprint))


def release_interrupted(connection: Connection) -> None:
    """Put clips that a killed program was fitting back where they were; for whoever holds the writer's lock."""
    for state, fitted in ((ClipState.TO_REVIEW, clips.c.run != ""), (ClipState.WAITING, clips.c.run == "")):
        connection.execute(
            update(clips).where(clips.c.state == str(ClipState.FITTING), fitted).values(state=str(state))
        )


_LISTED = (
    *(clips.c[name] for name in ("id", "name", "state", "reason", "n_frames", "fps", "width", "height")),
    *(clips.c[name] for name in ("fingerprint", "metrics", "seconds", "run", "suspicion", "suspect", "note")),
    *(clips.c[name] for name in ("verdict", "verdict_run", "verdict_reason", "decided_by", "decided_utc")),
    *(clips.c[name] for name in ("excluded", "marks", "tags", "system", "verdict_stage", "skipped", "licences")),
)


def read_records(
    connection: Connection, root: Path, name: str | None = None, names: Sequence[str] | None = None
) -> list[ClipRecord]:
    """All clips in the order in which they were added, or those with these names; two queries for any number."""
    wanted = select(*_LISTED).order_by(clips.c.position)
    paths = select(views.c.clip_id, views.c.path).order_by(views.c.clip_id, views.c.view)
    some = [name] if name is not None else names
    if some is not None:
        identifiers = [clip_id(one) for one in some]
        wanted = wanted.where(clips.c.id.in_(identifiers))
        paths = paths.where(views.c.clip_id.in_(identifiers))
    by_clip: dict[str, tuple[Path, ...]] = {}
    with no_garbage_collection():
        for clip, path in connection.execute(paths):
            found = Path(path) if path[0] == "/" else root / path
            by_clip[clip] = (*by_clip[clip], found) if clip in by_clip else (found,)
        return [_record(by_clip[row[0]], row) for row in connection.execute(wanted)]


def _record(paths: tuple[Path, ...], row: Sequence[Any]) -> ClipRecord:
    # Plain unpacking and metrics that are parsed when somebody looks: a list may have 100,000 rows.
    (_, name, state, reason, n_frames, fps, width, height, fingerprint, metrics, seconds, run) = row[:12]
    (suspicion, suspect, note, verdict, verdict_run, verdict_reason, decided_by, decided_utc) = row[12:20]
    (excluded, marks, tags, system, judged, skipped, licences) = row[20:]
    # A decision holds for the fit that was looked at: a later fit has to be looked at again.
    decided = verdict != "" and verdict_run == run and state != "fitting"
    # Of landmarks: the clip may be fitted now, and is judged once more then.
    landmarks_accepted = decided and judged == "landmarks" and verdict != "reject"
    if landmarks_accepted:
        decided, state = False, "waiting" if state == "detected" else state
    elif decided:
        state = "rejected" if verdict == "reject" else "accepted"
    return ClipRecord(
        name,
        paths,
        _STATES[state],
        verdict_reason if decided else reason,
        n_frames,
        fps,
        width,
        height,
        fingerprint,
        StoredMetrics(metrics),
        _NAN if seconds is None else seconds,
        run,
        decided_by if decided else "",
        datetime.fromisoformat(decided_utc) if decided else None,
        note,
        suspicion,
        suspect,
        excluded,
        marks,
        tuple(tags.split(", ")) if tags else (),
        system,
        landmarks_accepted,
        decided and verdict == "accept-repaired",
        bool(skipped),
        judged or "mesh",
        licences,
    )


def utc_now() -> str:
    """The time as the catalogue stores it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()

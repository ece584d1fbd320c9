"""Decisions in the catalogue: appending, taking back, and keeping the copy in `decisions.jsonl` in step.

Order of a decision: one transaction appends the event and refreshes the columns that a list shows; only then is the
line added to the journal. An event is acknowledged after both. A process killed between the two leaves a journal that
is one line short, which the next writer completes; a catalogue that was lost is filled again from the journal.
"""

from __future__ import annotations

import getpass
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from neuface_core.project.catalogue import Catalogue, clips, decisions
from neuface_core.project.decision_log import DecisionLog, Journal, event_to_json
from neuface_core.project.records import DecisionEvent, EventKind

_COLUMNS = [column for column in decisions.c if column.name != "seq"]


class DecisionStore:
    """The log of a project on disk. Not locked by itself: uses the lock of the catalogue."""

    def __init__(self, catalogue: Catalogue, journal: Path) -> None:
        self._catalogue = catalogue
        self._journal = Journal(journal)
        self._log: DecisionLog | None = None

    def log(self) -> DecisionLog:
        """The whole log; a writer reads it once, a reader every time, since somebody else may append to it."""
        with self._catalogue.reading() as connection:
            if self._log is not None:
                return self._log
            log = _read_log(connection)
        if not self._catalogue.read_only:
            self._log = log
        return log

    def events(self, clip: str | None = None) -> list[DecisionEvent]:
        """Every event in its order, of one clip or of all; for one clip the whole log need not be understood."""
        with self._catalogue.reading() as connection:
            if self._log is not None:
                return [event for event in self._log.events if clip is None or event.clip == clip]
            return _read_events(connection, clip)

    def append(self, kind: EventKind, clip: str, run: str, **fields: Any) -> DecisionEvent:
        """Append an event; when this returns it is on disk."""
        fields["reviewer"] = fields.get("reviewer") or _current_user()
        event = DecisionEvent(id=uuid.uuid4().hex, time=_now(), kind=kind, clip=clip, run=run, **fields)
        with self._catalogue.lock:
            log = self.log()
            with self._catalogue.writing() as connection:
                connection.execute(insert(decisions).values(**event_to_json(event)))
                # The log in memory follows the disk and never leads it: forget it when the commit fails.
                self._log = None
                log.append(event)
                _refresh(connection, log, [clip])
            self._log = log
            # The event is safe in the catalogue already; a journal that lags is completed by the next writer.
            with suppress(OSError):
                self._journal.append([event])
        return event

    def adopt(self, events: Sequence[DecisionEvent]) -> list[DecisionEvent]:
        """Append events of another project as they are, but for those that are here; returns what was appended."""
        with self._catalogue.lock:
            log = self.log()
            fresh = [event for event in events if event.id not in log]
            if not fresh:
                return []
            with self._catalogue.writing() as connection:
                connection.execute(insert(decisions), [event_to_json(event) for event in fresh])
                self._log = None  # as in `append`
                for event in fresh:
                    log.append(event)
                _refresh(connection, log, sorted({event.clip for event in fresh}))
            self._log = log
            with suppress(OSError):
                self._journal.append(fresh)
        return fresh

    def turn(self, kind: Literal["undo", "redo"], reviewer: str) -> DecisionEvent | None:
        """Append an undo or a redo, if there is something to take back or to put back."""
        with self._catalogue.lock:
            log = self.log()
            target = log.next_undo if kind == "undo" else log.next_redo
            if target is None:
                return None
            repeated = {"verdict": target.verdict, "reason": target.reason, "note": target.note}
            if target.kind != "edit":  # a correction may be long
                repeated["value"] = target.value
            return self.append(kind, target.clip, target.run, target=target.id, reviewer=reviewer, **repeated)

    def refresh(self, connection: Connection, names: Sequence[str]) -> None:
        """Copy the decisions that hold on these clips into their rows."""
        _refresh(connection, self._log or _read_log(connection), names)

    def reconcile(self) -> None:
        """Bring catalogue and journal in step after a crash or a lost catalogue; for a writer that just opened."""
        with self._catalogue.lock:
            with self._catalogue.writing() as connection:
                known = set(connection.execute(select(decisions.c.id)).scalars())
                written = self._journal.ids()
                if written - known:
                    lost = list({event.id: event for event in self._journal.read() if event.id not in known}.values())
                    connection.execute(insert(decisions), [event_to_json(event) for event in lost])
                    _refresh(connection, _read_log(connection), sorted({event.clip for event in lost}))
            if known - written:
                with suppress(OSError):
                    self._journal.append(event for event in self.log().events if event.id not in written)


def _read_log(connection: Connection) -> DecisionLog:
    return DecisionLog(_read_events(connection))


def _read_events(connection: Connection, clip: str | None = None) -> list[DecisionEvent]:
    wanted = select(*_COLUMNS).order_by(decisions.c.seq)
    rows = connection.execute(wanted if clip is None else wanted.where(decisions.c.clip == clip)).all()
    # The columns stand in the order of the fields.
    return [DecisionEvent(identifier, datetime.fromisoformat(time), *others) for identifier, time, *others in rows]


def _refresh(connection: Connection, log: DecisionLog, names: Iterable[str]) -> None:
    rows = []
    for name in names:
        held = log.decision(name)
        rows.append(
            {
                "clip_name": name,
                "verdict": held.verdict if held else "",
                "verdict_run": held.run if held else "",
                "verdict_reason": held.reason if held else "",
                "decided_by": held.reviewer if held else "",
                "decided_utc": event_to_json(held)["time"] if held else "",
                "note": log.note(name),
                "excluded": log.value(name, "exclude"),
                "marks": log.value(name, "marks"),
                "tags": log.value(name, "tag"),
                "verdict_stage": held.stage if held else "",
                "skipped": int(log.skipped(name)),
            }
        )
    if rows:
        columns: dict[str, Any] = {key: bindparam(key) for key in rows[0] if key != "clip_name"}
        connection.execute(update(clips).where(clips.c.name == bindparam("clip_name")).values(columns), rows)


def _now() -> datetime:
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _current_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container may have no name for its user
        return "unknown"

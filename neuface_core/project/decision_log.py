"""What the append-only log of decisions means, and its second copy on disk.

The log is never changed: taking a decision back appends an "undo". What holds now follows from reading the log from
its beginning (`DecisionLog`), so undo and redo reach back across restarts. The table in the catalogue is the
original; `decisions.jsonl` (`Journal`) is a copy in plain text that outlives a damaged catalogue.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from neuface_core.project.records import DecisionEvent, EventKind, Stage

_WHOLE_LINE = re.compile(rb'^\{"id": "([0-9a-f]{32})".*\}$', re.MULTILINE)


class DecisionLog:
    """The events in their order, and which of them hold."""

    def __init__(self, events: Iterable[DecisionEvent] = ()) -> None:
        self.events: list[DecisionEvent] = []
        self._done: list[DecisionEvent] = []
        self._undone: list[DecisionEvent] = []
        self._by_clip: dict[str, list[DecisionEvent]] = {}
        self._ids: set[str] = set()
        for event in events:
            self.append(event)

    def append(self, event: DecisionEvent) -> None:
        """Take note of `event`; an undo or redo of anything but the next in turn changes nothing."""
        self.events.append(event)
        self._ids.add(event.id)
        if event.kind not in ("undo", "redo"):
            self._done.append(event)
            self._undone.clear()
            self._by_clip.setdefault(event.clip, []).append(event)
        elif event.kind == "undo" and self._done and self._done[-1].id == event.target:
            taken_back = self._done.pop()
            self._undone.append(taken_back)
            self._by_clip[taken_back.clip].pop()
        elif event.kind == "redo" and self._undone and self._undone[-1].id == event.target:
            put_back = self._undone.pop()
            self._done.append(put_back)
            self._by_clip.setdefault(put_back.clip, []).append(put_back)

    def __contains__(self, event_id: object) -> bool:
        return event_id in self._ids

    @property
    def next_undo(self) -> DecisionEvent | None:
        """The event that the next undo takes back."""
        return self._done[-1] if self._done else None

    @property
    def next_redo(self) -> DecisionEvent | None:
        """The event that the next redo puts back."""
        return self._undone[-1] if self._undone else None

    def decision(self, clip: str, stage: Stage | None = None) -> DecisionEvent | None:
        """The decision on `clip` that holds, or the one on this stage."""
        held = reversed(self._by_clip.get(clip, []))
        return next((e for e in held if e.kind == "decide" and stage in (None, e.stage)), None)

    def skipped(self, clip: str) -> bool:
        """Whether `clip` was left for later and not judged since."""
        last = next((e.kind for e in reversed(self._by_clip.get(clip, [])) if e.kind in ("decide", "skip")), "")
        return last == "skip"

    def edits(self, clip: str) -> list[DecisionEvent]:
        """The corrections of landmarks of `clip` that hold, oldest first."""
        return [e for e in self._by_clip.get(clip, []) if e.kind == "edit"]

    def event(self, event_id: str) -> DecisionEvent | None:
        """The event with this identifier."""
        return next((e for e in reversed(self.events) if e.id == event_id), None)

    def note(self, clip: str) -> str:
        """The latest note on `clip` that holds: of a note, or of a decision that carried one."""
        return next((e.note for e in reversed(self._by_clip.get(clip, [])) if e.note or e.kind == "note"), "")

    def value(self, clip: str, kind: EventKind) -> str:
        """What the latest event of this kind on `clip` says; "" where there is none."""
        return next((e.value for e in reversed(self._by_clip.get(clip, [])) if e.kind == kind), "")


class Journal:
    """`decisions.jsonl`: one event a line, forced to disk line by line, never rewritten."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Iterator[DecisionEvent]:
        """Every whole line; a line that was torn by a crash, or is damaged, is skipped."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for line in file:
                event = parse_event(line)
                if event is not None:
                    yield event

    def ids(self) -> set[str]:
        """Identifiers of the whole lines, without the cost of understanding them."""
        if not self.path.exists():
            return set()
        return {found.decode() for found in _WHOLE_LINE.findall(self.path.read_bytes())}

    def append(self, events: Iterable[DecisionEvent]) -> None:
        """Add lines and wait until they are on disk."""
        text = "".join(json.dumps(event_to_json(event), ensure_ascii=False) + "\n" for event in events)
        with self.path.open("ab") as file:
            # A torn last line has no end: begin a new one, so that it spoils no other.
            if file.tell() and not self._ends_with_newline():
                file.write(b"\n")
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _ends_with_newline(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def event_to_json(event: DecisionEvent) -> dict[str, str]:
    """JSON-ready form of `event`."""
    return {**asdict(event), "time": event.time.astimezone(UTC).isoformat(timespec="milliseconds")}


def parse_event(line: bytes | str) -> DecisionEvent | None:
    """Inverse of `event_to_json`; None where the line is no event."""
    try:
        fields = json.loads(line)
        return DecisionEvent(**{**fields, "time": datetime.fromisoformat(fields["time"])})
    except (ValueError, TypeError, KeyError):
        return None

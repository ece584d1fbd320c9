"""The clips of a project as a long list: columns to sort and filter by, and records only of those that are looked at.

A list of 100,000 `ClipRecord`s takes seconds and 200 MB; the columns take a fraction of a second and 15 MB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import cast, overload

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, case, func, select

from neuface_core.project.catalogue import clips
from neuface_core.project.records import ClipRecord, ClipState, RejectReason

STATES = tuple(ClipState)
"""Numbers of the states in `ClipList.states`."""

_CODE = {str(state): code for code, state in enumerate(STATES)}
_REASONS: dict[str, str] = {str(reason): reason.words for reason in RejectReason}
_BLOCK = 64  # records read at once; after a sort, neighbours on the screen are none in the list
_KEPT = 20_000


Row = tuple[str, str, int, float | None, float | None, float | None, int]
Texts = tuple[str, str, str, str, str]


class ClipList(Sequence[ClipRecord]):
    """The clips in the order in which they were added.

    Parameters
    ----------
    rows
        Of every clip its name, state, number of frames, suspicion, landmark error in percent and jitter in millimetres,
        None where a number is unknown; and 1 where it was left for later.
    read
        Reads the records of some names, in their order; called when somebody looks at them.
    read_texts
        Reads name, reason, note, words of suspicion and tags of the clips that have some; called by the first search.

    Attributes
    ----------
    names
        Unique.
    states : (N,) int8
        Index into `STATES`.
    n_frames : (N,) int32
    suspicion, nme, jitter : (N,) float32
        NaN where unknown.
    skipped : (N,) bool
        A person left it for later.
    """

    def __init__(
        self,
        rows: Sequence[Row] = (),
        read: Callable[[Sequence[str]], list[ClipRecord]] = lambda _: [],
        read_texts: Callable[[], Sequence[Texts]] = lambda: (),
    ) -> None:
        self.names: list[str] = [row[0] for row in rows]
        self.states = np.array([_CODE[row[1]] for row in rows], np.int8)
        self.n_frames = np.array([row[2] for row in rows], np.int32)
        # None becomes NaN.
        self.suspicion, self.nme, self.jitter = (np.array([row[k] for row in rows], np.float32) for k in (3, 4, 5))
        self.skipped = np.array([row[6] for row in rows], bool)
        self._rows: dict[str, int] | None = None
        self._read = read
        self._read_texts = read_texts
        self._records: dict[int, ClipRecord] = {}
        self._texts: tuple[list[str], list[str], list[str], list[str]] | None = None

    # --- a sequence of records

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, row: int) -> ClipRecord: ...
    @overload
    def __getitem__(self, row: slice) -> list[ClipRecord]: ...
    def __getitem__(self, row: int | slice) -> ClipRecord | list[ClipRecord]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        row = range(len(self))[row]
        if row not in self._records:
            if len(self._records) > _KEPT:
                self._records.clear()
            first = row - row % _BLOCK
            found = self._read(self.names[first : first + _BLOCK])
            self._records.update(enumerate(found, first))
        return self._records[row]

    def __iter__(self) -> Iterator[ClipRecord]:
        return (self[row] for row in range(len(self)))

    # --- by name and state

    def row_of(self, name: str) -> int | None:
        """Where the clip called `name` stands; None where there is none."""
        if self._rows is None:
            self._rows = {known: row for row, known in enumerate(self.names)}
        return self._rows.get(name)

    def count_in(self, state: ClipState) -> int:
        """How many clips are in this state."""
        return int((self.states == _CODE[state]).sum())

    def rows_in(self, *states: ClipState) -> NDArray[np.intp]:
        """Rows (M,) of the clips in one of these states."""
        return np.flatnonzero(np.isin(self.states, [_CODE[state] for state in states]))

    def names_in(self, *states: ClipState) -> list[str]:
        """Names of the clips in one of these states."""
        return [self.names[row] for row in self.rows_in(*states)]

    # --- words

    def texts(self) -> tuple[list[str], list[str]]:
        """What a search looks into, in small letters: name, reason, note and tags of every clip; what is suspect."""
        words, suspects, _, _ = self._all_texts()
        return words, suspects

    def reasons(self) -> list[str]:
        """Why every clip is in its state, in words and small letters; "" where nothing is said."""
        return self._all_texts()[2]

    def tags(self) -> list[str]:
        """The tags of every clip in small letters, each between bars: "|beard|glasses|"; "" without tags."""
        return self._all_texts()[3]

    def _all_texts(self) -> tuple[list[str], list[str], list[str], list[str]]:
        if self._texts is None:
            count = len(self.names)
            self._texts = [name.casefold() for name in self.names], [""] * count, [""] * count, [""] * count
            for name, reason, note, suspect, tags in self._read_texts():
                row = self.row_of(name)
                if row is not None:
                    self._put_words(row, (name, reason, note, suspect, tags))
            for row, record in self._records.items():
                self._put_text(row, record)
        return self._texts

    def _put_words(self, row: int, texts: Texts) -> None:
        assert self._texts is not None
        name, reason, note, suspect, tags = texts
        words, suspects, reasons, tagged = self._texts
        reason = _REASONS.get(reason, reason)
        words[row] = f"{name} {reason} {note} {tags}".casefold()
        suspects[row] = suspect.casefold()
        reasons[row] = reason.casefold()
        tagged[row] = f"|{tags.replace(', ', '|')}|".casefold() if tags else ""

    def _put_text(self, row: int, record: ClipRecord) -> None:
        if self._texts is not None:
            tags = ", ".join(record.tags)
            self._put_words(row, (record.name, record.reason, record.note, record.suspect, tags))

    def put(self, record: ClipRecord) -> int | None:
        """One clip has changed; its row, None where it is not in the list."""
        row = self.row_of(record.name)
        if row is None:
            return None
        self._records[row] = record
        self.states[row] = _CODE[record.state]
        self.n_frames[row] = record.n_frames
        self.suspicion[row] = np.nan if record.suspicion is None else record.suspicion
        self.nme[row] = record.metrics.get("nme_bbox", np.nan)
        self.jitter[row] = record.metrics.get("jitter_mm", np.nan)
        self.skipped[row] = record.skipped
        self._put_text(row, record)
        return row


# A decision holds for the fit that was looked at, as `clip_rows` says of a record.
_DECIDED = (clips.c.verdict != "") & (clips.c.verdict_run == clips.c.run) & (clips.c.state != str(ClipState.FITTING))
_OF_LANDMARKS = _DECIDED & (clips.c.verdict_stage == "landmarks") & (clips.c.verdict != "reject")
_STATE = case(
    (_OF_LANDMARKS & (clips.c.state == str(ClipState.DETECTED)), str(ClipState.WAITING)),
    (_OF_LANDMARKS, clips.c.state),
    (_DECIDED & (clips.c.verdict != "reject"), str(ClipState.ACCEPTED)),
    (_DECIDED, str(ClipState.REJECTED)),
    else_=clips.c.state,
)


def read_rows(connection: Connection) -> list[Row]:
    """What a `ClipList` is made of, in the order in which the clips were added."""
    numbers = [func.json_extract(clips.c.metrics, f"$.{name}") for name in ("nme_bbox", "jitter_mm")]
    columns = (clips.c.name, _STATE, clips.c.n_frames, clips.c.suspicion, *numbers, clips.c.skipped)
    return cast(list[Row], connection.execute(select(*columns).order_by(clips.c.position)).all())


def read_texts(connection: Connection) -> list[Texts]:
    """Name, reason, note, words of suspicion and tags of every clip of which there is anything to say."""
    reason = case((_DECIDED, clips.c.verdict_reason), else_=clips.c.reason)
    some = (reason != "") | (clips.c.note != "") | (clips.c.suspect != "") | (clips.c.tags != "")
    wanted = select(clips.c.name, reason, clips.c.note, clips.c.suspect, clips.c.tags).where(some)
    return cast(list[Texts], connection.execute(wanted).all())

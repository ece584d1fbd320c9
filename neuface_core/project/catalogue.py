"""The catalogue of a project: one SQLite file, its tables, and how it is opened.

One connection, used by any thread under one lock. WAL lets readers in other processes go on while one
process writes; `synchronous=FULL` makes every commit survive a power cut.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePath

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    select,
    text,
    update,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from neuface_core.atomic_file import partial_path, publish
from neuface_core.errors import ProjectError

SCHEMA_VERSION = 6

tables = MetaData()

meta = Table(
    "meta",
    tables,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

clips = Table(
    "clips",
    tables,
    Column("id", String, primary_key=True),  # also the name of its folder in runs/
    Column("position", Integer, nullable=False, index=True),
    Column("name", String, nullable=False, unique=True),
    Column("fingerprint", String, nullable=False, index=True),
    Column("n_frames", Integer, nullable=False),
    Column("fps", Float, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("added_utc", String, nullable=False),
    # The state that the machine gave, and why. What a person decided lies in the columns below.
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("run", String, nullable=False),
    Column("metrics", String, nullable=False),
    Column("seconds", Float),
    Column("suspicion", Float),
    Column("suspect", String, nullable=False, server_default=""),  # the same in words
    Column("signals", String, nullable=False, server_default=""),  # JSON: what suspicion is judged by
    # The decision that holds, copied from the log in the transaction that appended to it, so that a list is one query.
    Column("verdict", String, nullable=False, server_default=""),
    Column("verdict_run", String, nullable=False, server_default=""),
    Column("verdict_reason", String, nullable=False, server_default=""),
    Column("decided_by", String, nullable=False, server_default=""),
    Column("decided_utc", String, nullable=False, server_default=""),
    Column("note", String, nullable=False, server_default=""),
    Column("excluded", String, nullable=False, server_default=""),
    Column("marks", String, nullable=False, server_default=""),
    Column("tags", String, nullable=False, server_default=""),
    Column("system", String, nullable=False, server_default=""),  # the other tool whose tracks are its fits
    Column("verdict_stage", String, nullable=False, server_default=""),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Column("licences", String, nullable=False, server_default=""),  # JSON: model behind the latest fit to its licence
)

views = Table(
    "views",
    tables,
    Column("clip_id", String, ForeignKey("clips.id"), primary_key=True),
    Column("view", Integer, primary_key=True),
    Column("path", String, nullable=False, index=True),  # relative to the project where it lies below it
    Column("name", String, nullable=False, server_default=""),
    Column("offset", Integer, nullable=False, server_default="0"),  # moment f of the clip is its frame f + offset
    # Of the whole video, and 0 where it could not be read; `clips` has the numbers of the moments that all views see.
    Column("n_frames", Integer, nullable=False, server_default="0"),
    Column("width", Integer, nullable=False, server_default="0"),
    Column("height", Integer, nullable=False, server_default="0"),
    Column("track", Integer, nullable=False, server_default="0"),  # whom the clip is about, among those found
)

# Apart from `clips`, so that a list does not read it.
timing = Table(
    "timing",
    tables,
    Column("clip_id", String, ForeignKey("clips.id"), primary_key=True),
    Column("time_base", String, nullable=False),
    Column("pts", LargeBinary, nullable=False),  # zlib of the differences as little-endian int64, the first from 0
)

runs = Table(
    "runs",
    tables,
    Column("id", String, primary_key=True),
    Column("clip_id", String, ForeignKey("clips.id"), nullable=False, index=True),
    Column("created_utc", String, nullable=False),
    Column("file", String, nullable=False),
    Column("head_id", String, nullable=False),
    Column("encoder_id", String, nullable=False),
    Column("metrics", String, nullable=False),
)

# No foreign key: a log replayed from decisions.jsonl may speak of clips that are yet to be added again.
decisions = Table(
    "decisions",
    tables,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("time", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("clip", String, nullable=False),
    Column("run", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("note", String, nullable=False),
    Column("reviewer", String, nullable=False),
    Column("target", String, nullable=False),
    Column("value", String, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

_APPEND_ONLY = [
    f"CREATE TRIGGER decisions_no_{verb.lower()} BEFORE {verb} ON decisions "
    "BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"
    for verb in ("UPDATE", "DELETE")
]


def _views_with_names(connection: Connection) -> None:
    """1 to 2: views have names, offsets, sizes and a chosen person of their own; clips say why they are suspect."""
    for column in ("name VARCHAR NOT NULL DEFAULT ''", *(f"{name} INTEGER NOT NULL DEFAULT 0" for name in _OF_A_VIEW)):
        connection.execute(text(f"ALTER TABLE views ADD COLUMN {column}"))
    of_clip = ", ".join(f"{name} = (SELECT {name} FROM clips WHERE id = clip_id)" for name in _OF_A_VIEW[1:])
    connection.execute(text(f"UPDATE views SET {of_clip} WHERE view = 0"))
    rows = connection.execute(select(views.c.clip_id, views.c.view, views.c.path)).all()
    for clip, view, path in rows:
        of_view = (views.c.clip_id == clip) & (views.c.view == view)
        connection.execute(update(views).where(of_view).values(name=PurePath(path).stem))
    connection.execute(text("ALTER TABLE clips DROP COLUMN track"))
    for name in ("suspect", "signals"):
        connection.execute(text(f"ALTER TABLE clips ADD COLUMN {name} VARCHAR NOT NULL DEFAULT ''"))


def _frames_and_tags(connection: Connection) -> None:
    """2 to 3: frames that are left out, marks and tags; events that say so."""
    for name in ("excluded", "marks", "tags"):
        connection.execute(text(f"ALTER TABLE clips ADD COLUMN {name} VARCHAR NOT NULL DEFAULT ''"))
    connection.execute(text("ALTER TABLE decisions ADD COLUMN value VARCHAR NOT NULL DEFAULT ''"))


def _other_systems(connection: Connection) -> None:
    """3 to 4: clips whose fits another tool made, beside those of the same video that are ours."""
    connection.execute(text("ALTER TABLE clips ADD COLUMN system VARCHAR NOT NULL DEFAULT ''"))


def _stages(connection: Connection) -> None:
    """4 to 5: what a decision is about, and clips that are left for later."""
    connection.execute(text("ALTER TABLE clips ADD COLUMN verdict_stage VARCHAR NOT NULL DEFAULT ''"))
    connection.execute(text("ALTER TABLE clips ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0"))


def _licences(connection: Connection) -> None:
    """5 to 6: clips name the licences of the models behind their fit."""
    connection.execute(text("ALTER TABLE clips ADD COLUMN licences VARCHAR NOT NULL DEFAULT ''"))


_OF_A_VIEW = ("offset", "n_frames", "width", "height", "track")

# What turns a catalogue of version n into one of version n + 1; runs inside one transaction, after a copy was made.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {
    1: _views_with_names,
    2: _frames_and_tags,
    3: _other_systems,
    4: _stages,
    5: _licences,
}


@contextmanager
def catalogue_errors(path: Path) -> Iterator[None]:
    """Say in the user's words what SQLite says about the file `path`."""
    try:
        yield
    except (DatabaseError, sqlite3.Error) as error:
        cause = str(getattr(error, "orig", None) or error)
        if "malformed" in cause or "not a database" in cause or "no such" in cause or "corrupt" in cause:
            raise ProjectError(
                f"The catalogue of the project is damaged ({cause}); nothing was deleted.",
                remedy="Restore it from a backup; or move it away, open the project and add the videos again: "
                "decisions are taken from decisions.jsonl and fits from runs/.",
                path=path,
            ) from error
        raise ProjectError(
            f"The catalogue of the project could not be used ({cause}); what was saved before is kept.",
            remedy="Check that the disk has space and the folder can be written, then try again.",
            path=path,
        ) from error


class Catalogue:
    """The open file, and the lock under which any thread may use its one connection.

    Parameters
    ----------
    path
        A writer makes the file when it is missing, and brings an old one up to date.

    Raises
    ------
    ProjectError
        When it is damaged, made by a newer version, or, for a reader, missing or made by an older version.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.lock = threading.RLock()
        self._engine: Engine | None = _open(path, read_only=read_only)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look at the catalogue."""
        with self.lock, catalogue_errors(self.path), self._open_engine().connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, on disk when the block has ended; undone when it raises."""
        self.demand_writer()
        with self.lock, catalogue_errors(self.path), self._open_engine().begin() as connection:
            yield connection

    def demand_writer(self) -> None:
        """Raise `ProjectError` when the project was opened read-only."""
        if self.read_only:
            raise ProjectError(
                "The project was opened read-only; nothing was changed.",
                remedy="Open it for writing.",
                path=self.path.parent,
            )

    def close(self) -> None:
        """Let go of the file; calling it twice is harmless."""
        with self.lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _open_engine(self) -> Engine:
        if self._engine is None:
            raise ProjectError("The project was closed.", remedy="Open it again.", path=self.path.parent)
        return self._engine


def _open(path: Path, *, read_only: bool) -> Engine:
    if read_only and not path.exists():
        raise ProjectError(
            "The catalogue of the project is missing.", remedy="Open the project for writing once.", path=path
        )
    with catalogue_errors(path):
        engine = _engine(path, read_only=read_only)
        try:
            with engine.connect() as connection:
                version = int(connection.execute(text("PRAGMA user_version")).scalar_one())
                empty = connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0
                _check_version(path, version, read_only=read_only, empty=empty)
                if not empty and connection.execute(text("PRAGMA quick_check(1)")).scalar_one() != "ok":
                    raise sqlite3.DatabaseError("database disk image is malformed")
            if not read_only and version < SCHEMA_VERSION:
                if not empty:
                    _keep_copy(engine, path.with_name(f"{path.name}.version-{version}"))
                with engine.begin() as connection:
                    _bring_up_to_date(connection, version, empty=empty)
        except BaseException:
            engine.dispose()
            raise
    return engine


def _keep_copy(engine: Engine, target: Path) -> None:
    """Copy the catalogue through SQLite: what a killed program committed may still lie in the file beside it alone."""
    partial = partial_path(target)
    with closing(engine.raw_connection()) as original, closing(sqlite3.connect(partial)) as copy:
        original.driver_connection.backup(copy)  # type: ignore[union-attr]
    publish(partial, target)


def _check_version(path: Path, version: int, *, read_only: bool, empty: bool) -> None:
    if version > SCHEMA_VERSION:
        raise ProjectError(
            f"The project was made by a newer version of NeuFace Studio (catalogue {version}, known {SCHEMA_VERSION}).",
            remedy="Install the newer version.",
            path=path,
        )
    if read_only and (empty or version < SCHEMA_VERSION):
        raise ProjectError(
            "The project was made by an older version and must be brought up to date first.",
            remedy="Open it for writing once.",
            path=path,
        )
    if not empty and version == 0:
        raise ProjectError("The catalogue is an SQLite file of another program.", remedy="Move it away.", path=path)


def _bring_up_to_date(connection: Connection, version: int, *, empty: bool) -> None:
    if empty:
        tables.create_all(connection)
        for trigger in _APPEND_ONLY:
            connection.execute(text(trigger))
    else:
        for step in range(version, SCHEMA_VERSION):
            MIGRATIONS[step](connection)
    connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))


def _engine(path: Path, *, read_only: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        if read_only:
            uri = f"{path.resolve().as_uri()}?mode=ro"
            if not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists():
                uri += "&immutable=1"  # a reader of a WAL file else wants to make two files beside it
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=10)
        else:
            connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        connection.execute("PRAGMA foreign_keys = ON")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=StaticPool)

    # The driver opens transactions late and commits before DDL; we say ourselves when one begins.
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine

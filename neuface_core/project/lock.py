"""One writer at a time: an operating system lock that vanishes with its process, however that ends."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from pathlib import Path
from typing import IO

from neuface_core.errors import ProjectError, ProjectLockedError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# Windows locks bytes, and locked bytes cannot be read: lock one far behind the text that names the holder.
_WINDOWS_LOCK_BYTE = 1 << 20


class WriterLock:
    """Exclusive lock on the file `.lock` of a project, which names its holder.

    The file stays when the lock is released: removing it would let two writers lock two different files of one name.
    A process that forks shares the lock with its child until both have ended.

    Raises
    ------
    ProjectLockedError
        When another `WriterLock` holds it, in this or another process.
    ProjectError
        When the file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file: IO[str] | None = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise ProjectError(
                f"The project cannot be opened for writing: {error.strerror}.",
                remedy="Change the permissions of the folder, or open the project read-only.",
                path=path.parent,
            ) from error
        try:
            _lock(self._file)
        except OSError as error:
            holder = self._holder()
            self._file.close()
            raise ProjectLockedError(
                f"The project is already open for writing by {holder}.",
                remedy="Close it there, or open it read-only here.",
                path=path.parent,
            ) from error
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "host": platform.node()}, self._file)
        self._file.flush()

    def _holder(self) -> str:
        assert self._file is not None
        try:
            self._file.seek(0)
            content = json.load(self._file)
            pid, host = int(content["pid"]), str(content["host"])
        except (OSError, ValueError, KeyError, TypeError):
            return "another program"
        here = "" if host == platform.node() else f" on {host}"
        return f"this program itself (process {pid})" if pid == os.getpid() and not here else f"process {pid}{here}"

    def release(self) -> None:
        """Let the next writer in; calling it twice is harmless."""
        if self._file is not None:
            _unlock(self._file)
            self._file.close()
            self._file = None


def _lock(file: IO[str]) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        _windows_lock(file, "LK_NBLCK")


def _unlock(file: IO[str]) -> None:
    # Unlocked by name and not only by closing: a forked child may hold a copy of the descriptor.
    with contextlib.suppress(OSError):
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_UN)
        else:
            _windows_lock(file, "LK_UNLCK")


def _windows_lock(file: IO[str], mode: str) -> None:
    import msvcrt

    file.flush()
    position = os.lseek(file.fileno(), 0, os.SEEK_CUR)
    os.lseek(file.fileno(), _WINDOWS_LOCK_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(file.fileno(), getattr(msvcrt, mode), 1)  # type: ignore[attr-defined]
    finally:
        os.lseek(file.fileno(), position, os.SEEK_SET)

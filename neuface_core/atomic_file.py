"""Files that are either whole or absent: written beside their target, forced to disk, then renamed over it.

A temporary file carries the marker ``.partial-`` in its name, so that a file left behind by a killed process is never
mistaken for data and can be removed by the next writer.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_MARKER = ".partial-"


def partial_path(target: Path) -> Path:
    """Where a file is written before it gets the name `target`: in the same folder, so that the rename is atomic."""
    return target.with_name(f"{target.name}{_MARKER}{os.getpid()}")


def is_partial(path: Path) -> bool:
    """Whether `path` is an unfinished file of this or another process."""
    return _MARKER in path.name


def sync_folder(folder: Path) -> None:
    """Force the names in `folder` to disk. Windows cannot open folders and needs no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(partial: Path, target: Path) -> None:
    """Force the finished file `partial` to disk and give it the name `target`, replacing what was there."""
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.replace(target)
    sync_folder(target.parent)


@contextmanager
def atomic_write(target: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the name `target` when the block ends without an error, and vanishes when it does not.

    Raises
    ------
    OSError
        As the file system says, for example ENOSPC; an older `target` is untouched then.
    """
    partial = partial_path(target)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        sync_folder(target.parent)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def remove_partials(folder: Path, of: str | None = None) -> list[Path]:
    """Remove what killed processes left in `folder`; files and folders of processes that still run are left alone.

    Parameters
    ----------
    folder
        Not searched recursively.
    of
        Only the partial files of this file name.
    """
    removed = []
    for path in folder.glob(f"*{_MARKER}*"):
        name, _, pid = path.name.rpartition(_MARKER)
        if (of is None or name == of) and not (pid.isdigit() and _is_running(int(pid))):
            with suppress(OSError):
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                removed.append(path)
    return removed


def _is_running(pid: int) -> bool:
    if pid == os.getpid() or os.name == "nt":  # on Windows, os.kill(pid, 0) would end the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

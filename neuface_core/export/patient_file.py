"""A file under HDF5 that never tells it of a failed write.

When a write fails (full disk), the HDF5 library keeps the unwritten data in its cache, fails again whenever a handle is
released, and in the end takes the whole process down with a segmentation fault (measured: HDF5 2.0.0, h5py 3.16, a
tmpfs of 1 MB). So its writes go through this object, which remembers the error, keeps in memory what the disk did not
take, and lets the exporter ask after each clip whether all is well.
"""

from __future__ import annotations

import io
import os
from pathlib import Path


class PatientFile(io.RawIOBase):
    """Read, write, seek and truncate a new file at `path`; `error` is the first thing that went wrong."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("wb+", buffering=0)
        self._position = 0
        self._size = 0
        self._unwritten: list[tuple[int, bytes]] = []
        self.error: OSError | None = None

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        taken = bytes(data)
        try:
            if self.error is not None:
                raise self.error
            self._file.seek(self._position)
            done = 0
            while done < len(taken):  # a raw write may take less than it is given
                done += self._file.write(taken[done:]) or 0
        except OSError as error:
            self.error = self.error or error
            self._unwritten.append((self._position, taken))
        self._position += len(taken)
        self._size = max(self._size, self._position)
        return len(taken)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        self._file.seek(self._position)
        data = self._file.read(len(view)) or b""
        view[:] = data + bytes(len(view) - len(data))
        for start, unwritten in self._unwritten:
            first = max(start, self._position)
            last = min(start + len(unwritten), self._position + len(view))
            if first < last:
                view[first - self._position : last - self._position] = unwritten[first - start : last - start]
        self._position += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        self._size = self._position if size is None else size
        try:
            self._file.truncate(self._size)
        except OSError as error:
            self.error = self.error or error
        return self._size

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def sync(self) -> None:
        """Wait until everything is on disk.

        Raises
        ------
        OSError
            Now, or the one that was held back.
        """
        if self.error is not None:
            raise self.error
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
        super().close()

"""Rows of a long clip on disk instead of in memory: the crops of a video, and activations that a fit needs every pass.

Twenty minutes of crops are 6 GB. They lie in a file without a name: the system takes it away when the process ends,
however it ends, so that nothing has to be cleaned up after a crash. It is read and written, not mapped: mapped pages
count as memory of the process, and a full disk would kill it instead of raising an error.
"""

from __future__ import annotations

import errno
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from platformdirs import user_cache_path
from torch import Tensor

from neuface_core.closing import Closing
from neuface_core.errors import NeuFaceError

Rows = slice | NDArray[np.integer[Any]]


class ImageStack(Protocol):
    """Pictures by row number. An array (F, 3, S, S) uint8 is one; `RowStore` is one that lies on disk."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows, /) -> NDArray[np.uint8]:
        """The pictures of a slice, or of an array of row numbers, (n, 3, S, S) uint8 RGB."""
        ...


class RowStore(Closing):
    """Equal rows in a nameless file, written once in order and read in any; a context manager, safe for threads.

    Parameters
    ----------
    row_shape, dtype
        Of one row.
    folder
        On the disk that bounds the length; the program's cache folder where none is given. A folder that cannot be
        written to is replaced by the system's folder for temporary files.

    Raises
    ------
    NeuFaceError
        From `append`, when the disk is full.
    """

    def __init__(self, row_shape: Sequence[int], dtype: DTypeLike, folder: Path | None = None) -> None:
        self.row_shape = tuple(row_shape)
        self.dtype = np.dtype(dtype)
        self._row_bytes = int(np.prod(self.row_shape, dtype=np.int64)) * self.dtype.itemsize
        self._count = 0
        self._lock = threading.Lock()
        self._folder = user_cache_path("neuface") if folder is None else folder
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 (closed by `close`)
        except OSError:
            self._folder = Path(tempfile.gettempdir())
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115

    def __len__(self) -> int:
        return self._count

    @property
    def n_bytes(self) -> int:
        """Bytes on disk."""
        return self._count * self._row_bytes

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows (n, *row_shape) behind those that are there."""
        data = np.ascontiguousarray(rows, self.dtype)
        if data.shape[1:] != self.row_shape:
            raise ValueError(f"rows have the shape {data.shape[1:]}, wanted {self.row_shape}")
        view = data.data.cast("B")
        with self._lock:
            try:
                self._file.seek(self.n_bytes)
                while view:
                    view = view[self._file.write(view) :]
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                raise NeuFaceError(
                    f"The disk is full: a clip of this length needs {self.n_bytes >> 20} MiB and more while it is "
                    "fitted. Earlier results were kept.",
                    remedy="Make room there, or cut the video into parts.",
                    path=self._folder,
                ) from error
            self._count += len(data)

    def __getitem__(self, rows: Rows, /) -> NDArray[Any]:
        """Rows of a slice, or of an array of row numbers, as an array of its own."""
        numbers = np.arange(self._count)[rows] if isinstance(rows, slice) else np.asarray(rows)
        if len(numbers) and not (numbers.min() >= 0 and numbers.max() < self._count):
            raise IndexError(f"rows {numbers.min()} … {numbers.max()} are asked for, there are {self._count}")
        found = np.empty((len(numbers), *self.row_shape), self.dtype)
        ends = np.flatnonzero(np.diff(numbers) != 1) + 1
        starts = [0, *ends.tolist()] if len(numbers) else []
        with self._lock:
            for start, stop in zip(starts, [*ends.tolist(), len(numbers)], strict=False):
                self._read(int(numbers[start]), found[start:stop])
        return found

    def _read(self, first: int, into: NDArray[Any]) -> None:
        self._file.seek(first * self._row_bytes)
        view = into.data.cast("B")
        while view:
            count = self._file.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise NeuFaceError("The temporary file became shorter while it was read.", path=self._folder)
            view = view[count:]

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()


class FeatureCache:
    """Activations of the batches of a fit, asked for once a pass: on the device while one batch is all, else on disk.

    Parameters
    ----------
    n_batches
        How many there will be. Memory is bounded by the largest of them, whatever their number.
    device
        Where the activations are wanted.
    folder
        Of `RowStore`.
    """

    def __init__(self, n_batches: int, device: torch.device, folder: Path | None = None) -> None:
        self._n_batches, self._device, self._folder = n_batches, device, folder
        self._kept: list[tuple[Tensor, ...]] = []
        self._stores: list[RowStore] = []
        self._kinds: list[torch.dtype] = []
        self._rows: list[slice] = []

    def append(self, parts: Sequence[tuple[Tensor, ...]]) -> None:
        """Keep the next batch, given in parts of some rows each."""
        if self._n_batches == 1:
            self._kept.append(tuple(torch.cat(tensors) for tensors in zip(*parts, strict=True)))
            return
        if not self._stores:
            self._kinds = [tensor.dtype for tensor in parts[0]]
            self._stores = [RowStore(tensor.shape[1:], np.float32, self._folder) for tensor in parts[0]]
        start = len(self._stores[0])
        for part in parts:
            for store, tensor in zip(self._stores, part, strict=True):
                store.append(tensor.detach().float().cpu().numpy())
        self._rows.append(slice(start, len(self._stores[0])))

    def __getitem__(self, batch: int) -> tuple[Tensor, ...]:
        """The activations of batch number `batch`."""
        if self._kept:
            return self._kept[batch]
        return self._read(self._rows[batch])

    def _read(self, rows: Rows) -> tuple[Tensor, ...]:
        return tuple(
            self._on_device(torch.from_numpy(store[rows])).to(kind)
            for store, kind in zip(self._stores, self._kinds, strict=True)
        )

    def sample(self, n_rows: int) -> tuple[Tensor, ...]:
        """At most `n_rows` rows of all batches, evenly spaced."""
        if self._kept:
            return tuple(tensor[:: -(-len(tensor) // n_rows)] for tensor in self._kept[0])
        numbers = np.unique(np.linspace(0, len(self._stores[0]) - 1, n_rows).round().astype(np.int64))
        return self._read(numbers)

    def close(self) -> None:
        """Let everything go."""
        self._kept.clear()
        for store in self._stores:
            store.close()
        self._stores.clear()

    def _on_device(self, tensor: Tensor) -> Tensor:
        if self._device.type == "cuda":
            # From pinned memory the copy runs beside the computation that is already queued.
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.to(self._device)

"""Files of `torch.save`, read without torch and without executing anything: the zip of today and the stream of before.

Formats: the zip holds `NAME/data.pkl` and one member `NAME/data/KEY` a storage, stored, not compressed. The older
stream is five pickles (a magic number, the protocol, facts of the machine, the content, the keys of the storages) and
then, in the order of the keys, the length of each storage and its bytes. `numpy.save` of an object that holds tensors
has such a stream inside. What is read first is the structure alone (`StoredTensor`); numbers come when asked for, so
that a checkpoint of a gigabyte is looked at in a moment and only the part that is wanted is loaded.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.models.pickled_tree import resolved
from neuface_core.models.pickled_values import AbsurdSizeError, StorageKind, StoredTensor, checked_count
from neuface_core.models.restricted_pickle import Names, Unknown, described

MOST_BYTES = 8 << 30
"""EMOCA's checkpoints with their optimiser have about 2 GB."""
_MOST_STRUCTURE = 64 << 20
_MOST_PACKING = 50  # torch stores without packing; packed weights shrink by a tenth, zeros a thousandfold
_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_TYPES = {
    "Double": "f8",
    "Float": "f4",
    "Half": "f2",
    "BFloat16": "bf16",
    "Long": "i8",
    "Int": "i4",
    "Short": "i2",
    "Char": "i1",
    "Byte": "u1",
    "Bool": "?",
}


class StoredStorage:
    """The numbers of one or more tensors, where they lie.

    Attributes
    ----------
    key
        Its name in the file.
    code
        Type of the numbers as NumPy has it; "bf16" has no counterpart there.
    count
        How many numbers.
    """

    __slots__ = ("code", "count", "data", "key")

    def __init__(self, key: str, code: str, count: int) -> None:
        self.key, self.code, self.count = key, code, count
        self.data: Callable[[], bytes] | None = None

    @property
    def n_bytes(self) -> int:
        return self.count * (2 if self.code == "bf16" else np.dtype(self.code).itemsize)

    def __setstate__(self, state: Any) -> None:
        raise TypeError("a storage has no state of its own")


class TorchFile:
    """An open file of `torch.save`.

    Parameters
    ----------
    path
        Of the file.
    unknown
        What becomes of names that are not on the list: refused, or inert placeholders.
    allowed
        Further names and what stands for them.

    Attributes
    ----------
    content
        What was saved, with a `StoredTensor` for each tensor.

    Raises
    ------
    ModelError
        When the file is no torch file, is damaged, mentions a forbidden name, or states absurd sizes.
    """

    def __init__(self, path: Path, *, unknown: Unknown = "refuse", allowed: Names | None = None) -> None:
        self.path = path
        self._storages: dict[str, StoredStorage] = {}
        self._zip: zipfile.ZipFile | None = None
        try:
            if path.stat().st_size > MOST_BYTES:
                raise ModelError("The file is larger than any model.", remedy="Choose a model file.", path=path)
            self._file = path.open("rb")
        except OSError as error:
            raise ModelError(
                f"The file cannot be read ({error.strerror or error}).", remedy="Check its name.", path=path
            ) from error
        try:
            read = self._read_zip if zipfile.is_zipfile(self._file) else self._read_stream
            self._file.seek(0)
            self.content = resolved(read(unknown, allowed), path)
        except BaseException:
            self.close()
            raise

    def array(self, tensor: StoredTensor) -> NDArray[Any]:
        """The numbers of a tensor; 16-bit brain floats as float32.

        Raises
        ------
        ModelError
            When they are not there.
        """
        storage: StoredStorage = tensor.storage
        try:
            raw = storage.data() if storage.data is not None else b""
        except (OSError, zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
            raise self._damaged() from error
        if len(raw) < storage.n_bytes:
            raise self._damaged()
        return _viewed(raw, storage, tensor)

    def arrays(self, tensors: Mapping[str, object]) -> dict[str, NDArray[Any]]:
        """All tensors of a state dict, finite.

        Raises
        ------
        ModelError
            When one is missing in the file or holds NaN or infinity; the text names it.
        """
        found = {}
        for name, tensor in tensors.items():
            if isinstance(tensor, StoredTensor):
                found[name] = values = self.array(tensor)
                if values.dtype.kind == "f" and not np.isfinite(values).all():
                    raise ModelError(
                        f"The weights {name!r} are not finite numbers.", remedy="Get the file again.", path=self.path
                    )
        return found

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _damaged(self) -> ModelError:
        return ModelError(
            "The file is damaged: numbers are missing.", remedy="Get it again from its source.", path=self.path
        )

    def _read_zip(self, unknown: Unknown, allowed: Names | None) -> Any:
        try:
            archive = self._zip = zipfile.ZipFile(self._file)
            members = {member.filename: member for member in archive.infolist()}
            whole = sum(member.file_size for member in members.values())
            structure = next((m for name, m in members.items() if name.endswith("data.pkl")), None)
            if structure is None:
                raise ModelError("The file is a zip, but not of torch.", remedy="Choose a model file.", path=self.path)
            packed = sum(member.compress_size for member in members.values())
            bomb = whole > _MOST_PACKING * max(packed, 1 << 16)
            if structure.file_size > _MOST_STRUCTURE or whole > MOST_BYTES or bomb:
                raise ModelError(
                    f"The file unpacks to {whole / 1e9:.2f} GB, {whole / max(packed, 1):.0f} times what it has; "
                    "no model does.",
                    remedy="Get it again from its source.",
                    path=self.path,
                )
            text = archive.read(structure)
        except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
            raise self._damaged() from error
        folder = structure.filename.removesuffix("data.pkl")

        def storage(pid: Any) -> StoredStorage:
            made = self._storage(pid)
            member = members.get(f"{folder}data/{made.key}")
            if member is None or member.file_size < made.n_bytes:
                raise AbsurdSizeError(f"the numbers {made.key!r} are not there")
            made.data = lambda: archive.read(member)
            return made

        return described(io.BytesIO(text), self.path, unknown=unknown, allowed=allowed, storage=storage)

    def _read_stream(self, unknown: Unknown, allowed: Names | None) -> Any:
        return read_stream(self._file, self.path, self._storage, unknown, allowed)

    def _storage(self, pid: Any) -> StoredStorage:
        """One object for all tensors that share their numbers."""
        made = storage_of(pid)
        return self._storages.setdefault(made.key, made)


def read_torch(path: Path, *, unknown: Unknown = "refuse", allowed: Names | None = None) -> Any:
    """What a file of `torch.save` holds, with arrays in the place of tensors.

    Raises
    ------
    ModelError
        As `TorchFile`.
    """
    with TorchFile(path, unknown=unknown, allowed=allowed) as file:
        return resolved(file.content, path, tensor=file.array)


def storage_of(pid: Any) -> StoredStorage:
    """What a persistent identifier says: ("storage", class, key, device, count[, view])."""
    if not (isinstance(pid, tuple) and len(pid) in (5, 6) and pid[0] == "storage" and isinstance(pid[1], StorageKind)):
        raise TypeError("not a storage of torch")
    if len(pid) == 6 and pid[5] is not None:
        raise AbsurdSizeError("it has views of storages, which only torch before 0.4 wrote")
    code = _TYPES.get(pid[1].name.removesuffix("Storage"))
    if code is None:
        raise AbsurdSizeError(f"it has numbers of the type {pid[1].name}")
    return StoredStorage(str(pid[2]), code, checked_count((pid[4],)))


def read_stream(
    file: BinaryIO,
    path: Path,
    storage: Callable[[Any], StoredStorage],
    unknown: Unknown = "refuse",
    allowed: Names | None = None,
) -> Any:
    """The content of the older format from where `file` stands, as descriptions with their numbers found."""
    seen: dict[str, StoredStorage] = {}

    def noted(pid: Any) -> StoredStorage:
        made = storage(pid)
        seen[made.key] = made
        return made

    if described(file, path) != _MAGIC or described(file, path) != _PROTOCOL:
        raise ModelError("The file is not one of torch.", remedy="Choose a model file.", path=path)
    described(file, path)
    content = described(file, path, unknown=unknown, allowed=allowed, storage=noted)
    keys = described(file, path)
    for key in keys if isinstance(keys, list) else []:
        count = int.from_bytes(file.read(8), "little", signed=True)
        made = seen.get(str(key))
        if made is None or made.count != count:
            raise ModelError("The file is damaged: its parts do not fit.", remedy="Get it again.", path=path)
        made.data = _slice_of(file, file.tell(), made.n_bytes)
        file.seek(made.n_bytes, io.SEEK_CUR)
    return content


def embedded_stream(path: Path) -> Callable[[bytes], StoredStorage]:
    """What reads the stream of one storage that stands inside a pickle (`torch.storage._load_from_bytes`)."""

    def read(data: bytes) -> StoredStorage:
        if not isinstance(data, bytes):
            raise TypeError("not a stream")
        found = read_stream(io.BytesIO(data), path, storage_of)
        if not isinstance(found, StoredStorage):
            raise TypeError("not a storage")
        return found

    return read


def array_of(tensor: StoredTensor, path: Path) -> NDArray[Any]:
    """The numbers of a tensor out of an embedded stream."""
    storage: StoredStorage = tensor.storage
    raw = storage.data() if storage.data is not None else b""
    if len(raw) < storage.n_bytes:
        raise ModelError("The file is damaged: numbers are missing.", remedy="Get it again.", path=path)
    return _viewed(raw, storage, tensor)


def _slice_of(file: BinaryIO, place: int, length: int) -> Callable[[], bytes]:
    def read() -> bytes:
        file.seek(place)
        return file.read(length)

    return read


def _viewed(raw: bytes, storage: StoredStorage, tensor: StoredTensor) -> NDArray[Any]:
    if storage.code == "bf16":
        flat = (np.frombuffer(raw, "<u2", storage.count).astype(np.uint32) << 16).view(np.float32)
    else:
        flat = np.frombuffer(raw, np.dtype(storage.code).newbyteorder("<"), storage.count)
    steps = tuple(step * flat.itemsize for step in tensor.strides)
    if not all(tensor.shape):
        return np.zeros(tensor.shape, flat.dtype)
    # In bounds: `StoredTensor` checked the last place when it was made.
    seen = np.lib.stride_tricks.as_strided(flat[tensor.offset :], tensor.shape, steps)
    return np.array(seen, flat.dtype.newbyteorder("="), order="C")

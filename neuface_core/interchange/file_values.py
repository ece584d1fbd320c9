"""What stands in a file of another tool, by name; nothing in it is executed."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from neuface_core.errors import TrackError
from neuface_core.models.array_file import read_npy, read_npz
from neuface_core.models.restricted_pickle import read_pickle
from neuface_core.models.torch_file import read_torch

TORCH_SUFFIXES = frozenset({".pt", ".pth", ".tar", ".ckpt", ".frame"})
SUFFIXES = TORCH_SUFFIXES | {".npz", ".npy", ".mat", ".pkl", ".pickle"}
_BLOCK = 1 << 20


def read_values(path: Path) -> dict[str, Any]:
    """The entries of a file by name; those of tables inside a table as "flame/exp".

    Raises
    ------
    ModelError
        When the file is damaged, or wants to execute something.
    TrackError
        When it holds no table, or is of an unknown kind.
    """
    suffix = path.suffix.lower()
    if suffix == ".npz":
        found: Any = read_npz(path)
    elif suffix == ".npy":
        found = read_npy(path)
    elif suffix == ".mat":
        found = _read_mat(path)
    elif suffix in TORCH_SUFFIXES:
        found = read_torch(path)
    elif suffix in (".pkl", ".pickle"):
        found = read_pickle(path)
    else:
        raise TrackError(f"Files with the ending {suffix!r} are not known.", path=path)
    if not isinstance(found, Mapping):
        raise TrackError("The file holds no table of named arrays.", remedy="Save a dictionary of them.", path=path)
    return _flat(found)


def names_in(path: Path) -> frozenset[str]:
    """Names of the entries of a .npz or .mat file, without reading an array; empty for other files."""
    try:
        if path.suffix.lower() == ".npz":
            with zipfile.ZipFile(path) as archive:
                return frozenset(name.removesuffix(".npy") for name in archive.namelist())
        if path.suffix.lower() == ".mat":
            from scipy.io import whosmat

            return frozenset(str(row[0]) for row in whosmat(path))
    except (OSError, ValueError, TypeError, zipfile.BadZipFile, NotImplementedError):
        pass
    return frozenset()


def content_sha256(files: Iterable[Path]) -> str:
    """SHA-256 of one file, or of the names and contents of several."""
    paths = sorted(files)
    digest = hashlib.sha256()
    for path in paths:
        if len(paths) > 1:
            digest.update(f"{path.parent.name}/{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def last_number(name: str) -> int | None:
    """The last number in a name without its ending: 12 of "talk_frame0012"; None where there is none."""
    found = re.findall(r"\d+", name)
    return int(found[-1]) if found else None


class Entries:
    """The entries of one file, asked for by name and shape.

    Parameters
    ----------
    values
        By name.
    path
        For errors.
    """

    def __init__(self, values: Mapping[str, Any], path: Path) -> None:
        self._values = values
        self._path = path

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def take(self, names: str | Sequence[str], width: int | str, rows: int | None = None) -> NDArray[np.float64]:
        """The array of the first of `names` that is there, as (F, width) float64.

        Parameters
        ----------
        width
            Numbers a row; a letter for any.
        rows
            How many rows it must have; one row for all of them is repeated. None: as many as there are.

        Raises
        ------
        TrackError
            When none is there, or it has another shape, or no numbers; the text says what there is.
        """
        wanted = (names,) if isinstance(names, str) else tuple(names)
        name = next((name for name in wanted if name in self._values), None)
        if name is None:
            raise TrackError(
                f"The file lacks {' or '.join(repr(n) for n in wanted)} (F, {width}); it has {self.listed()}.",
                remedy="Say which tool wrote it with --system, or export it from there again.",
                path=self._path,
            )
        array = self.numbers(name)
        array = array.reshape(-1, array.shape[-1]) if array.ndim != 1 else array[None]
        if rows is not None and len(array) == 1:
            array = np.repeat(array, rows, axis=0)
        if (isinstance(width, int) and array.shape[1] != width) or (rows is not None and len(array) != rows):
            wanted_rows = "F" if rows is None else rows
            raise TrackError(
                f"{name!r} has the shape {self.numbers(name).shape}, wanted ({wanted_rows}, {width}).",
                remedy="Export it from its tool again.",
                path=self._path,
            )
        return array

    def numbers(self, name: str) -> NDArray[np.float64]:
        """The array of a name in its own shape.

        Raises
        ------
        TrackError
            When it has no numbers.
        """
        array = np.asarray(self._values[name])
        if array.dtype.kind not in "fiub" or not array.size:
            raise TrackError(f"{name!r} holds no numbers.", remedy="Export it from its tool again.", path=self._path)
        return array.astype(np.float64)

    def listed(self) -> str:
        """Names and shapes of what there is."""
        shapes = [f"{name} {np.shape(value)}" for name, value in self._values.items() if np.ndim(value)]
        return ", ".join(shapes[:20]) or "no arrays"


def _flat(table: Mapping[Any, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{name}/")
        else:
            flat[name] = value
    return flat


def _read_mat(path: Path) -> dict[str, Any]:
    try:
        return {name: value for name, value in loadmat(path).items() if not name.startswith("__")}
    except (OSError, ValueError, TypeError, NotImplementedError, KeyError, IndexError, MemoryError) as error:
        raise TrackError(
            "The file is damaged, or no .mat file of MATLAB 5.", remedy="Get it again.", path=path
        ) from error

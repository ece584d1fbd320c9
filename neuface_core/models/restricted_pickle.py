"""Pickles of strangers, read without executing anything that they ask for.

A pickle is a program: it may name any function of the machine and call it. Here every name that it mentions is answered
with one of ours, from a short list: arrays of NumPy and SciPy, chumpy's arrays (FLAME's files were written with it),
tensors of torch, and containers. What a file builds of them are descriptions, which become arrays only when the whole
file was read and every size in it has been checked (`pickled_values`).

Any other name is refused and told to the user. With ``unknown="placeholder"`` it becomes an inert `Placeholder`
instead: the checkpoints of EMOCA hold their settings as objects beside the weights. What starts programs or reads files
is refused even then: it would do no harm here, but the user should know what kind of file that is.

Two things that the reader of the standard library would do are prevented before it starts (`_look_through`): a memo
index that makes it reserve memory, and a program without end.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal

from neuface_core.errors import ModelError
from neuface_core.models.pickled_tree import resolved
from neuface_core.models.pickled_values import NAMES, STREAM, AbsurdSizeError, StorageKind, placeholder_class

Unknown = Literal["refuse", "placeholder"]
Names = Mapping[str, Callable[..., Any]]

MOST_BYTES = 1 << 30
"""A pickle longer than this is no model file that we know: FLAME's has 53 MB."""
_MOST_STEPS = 3_000_000
_DAMAGED = (
    *(pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, KeyError, MemoryError),
    *(OverflowError, RecursionError, TypeError, UnicodeError, ValueError),
)


_HARMFUL_MODULES = {
    *("os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "importlib", "runpy", "ctypes", "pty", "code"),
    *("commands", "webbrowser", "multiprocessing", "threading", "urllib", "http", "requests", "pickle", "marshal"),
    *("tempfile", "io", "pip", "bdb", "pdb", "timeit", "cProfile", "profile", "platform", "_posixsubprocess"),
}
_HARMFUL_BUILTINS = {
    *("eval", "exec", "execfile", "compile", "open", "file", "__import__", "setattr", "delattr", "globals"),
    *("input", "breakpoint", "apply", "vars", "memoryview"),
}


class ForbiddenNameError(Exception):
    """A pickle mentions something that is not on the list; its text is the name."""


def read_pickle(path: Path, *, unknown: Unknown = "refuse", allowed: Names | None = None) -> Any:
    """The content of a pickle file, with arrays where it has arrays; nothing in it is executed.

    Parameters
    ----------
    path
        Of the file; written by any Python, texts of Python 2 are read as latin-1.
    unknown
        What becomes of names that are not on the list.
    allowed
        Further names ("module.name") and what stands for them here.

    Raises
    ------
    ModelError
        When the file cannot be read, is no pickle, mentions a forbidden name (which is told), or holds absurd sizes.
    """
    return load_pickle(read_bytes(path, MOST_BYTES), path, unknown=unknown, allowed=allowed)


def load_pickle(data: bytes, path: Path, *, unknown: Unknown = "refuse", allowed: Names | None = None) -> Any:
    """As `read_pickle`, of bytes that came out of the file at `path`."""
    return resolved(described(io.BytesIO(data), path, unknown=unknown, allowed=allowed), path)


def read_bytes(path: Path, most: int) -> bytes:
    """A file that has at most `most` bytes.

    Raises
    ------
    ModelError
        When it has more, or cannot be read.
    """
    try:
        if (size := path.stat().st_size) > most:
            raise ModelError(
                f"The file has {size / 1e9:.1f} GB, more than any model file of its kind.",
                remedy="Choose another file.",
                path=path,
            )
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The file cannot be read ({error.strerror or error}).", remedy="Check its name and permissions.", path=path
        ) from error


def described(
    file: BinaryIO,
    path: Path,
    *,
    unknown: Unknown = "refuse",
    allowed: Names | None = None,
    storage: Callable[[Any], object] | None = None,
    stream: Callable[[bytes], object] | None = None,
) -> Any:
    """One pickle from where `file` stands, as descriptions; `file` stands behind it afterwards.

    Parameters
    ----------
    storage
        What a persistent identifier of a torch file stands for; None refuses them.
    stream
        Reads the torch stream that may stand in a pickle of NumPy; None refuses it.

    Raises
    ------
    ModelError
        As `read_pickle`.
    """
    names: dict[str, Callable[..., Any]] = {**NAMES, **(allowed or {})}
    if stream is not None:
        names[STREAM] = stream
    start = file.tell()
    try:
        _look_through(file)
        length = file.tell() - start
        file.seek(start)
        return _Reader(io.BytesIO(file.read(length)), names, unknown, storage).load()
    except ForbiddenNameError as error:
        raise ModelError(
            f'The file wants to use "{error}", which no model needs. Nothing in it was executed.',
            remedy="It may be meant to do harm: get the model again from its source.",
            path=path,
        ) from error
    except AbsurdSizeError as error:
        raise ModelError(f"The file cannot be used: {error}.", remedy="Get it again from its source.", path=path) from (
            error
        )
    except _DAMAGED as error:
        raise ModelError(
            "The file is damaged, or no model file of this kind. Nothing in it was executed.",
            remedy="Get it again from its source.",
            path=path,
        ) from error


def _look_through(file: BinaryIO) -> None:
    """Read the pickle as a list of steps without doing them; `file` stands behind it afterwards."""
    for steps, (opcode, argument, place) in enumerate(pickletools.genops(file), start=1):
        if steps > _MOST_STEPS:
            raise AbsurdSizeError(f"it takes more than {_MOST_STEPS} steps to read")
        if opcode.name in ("PUT", "BINPUT", "LONG_BINPUT") and int(argument or 0) > steps:
            raise AbsurdSizeError(f"step {steps} (byte {place}) reserves a place that nothing needs")
        if opcode.name.startswith("EXT"):
            raise ForbiddenNameError("an extension of copyreg")


def _is_harmful(module: str, name: str) -> bool:
    root = module.partition(".")[0]
    if root in ("builtins", "__builtin__"):
        return name.partition(".")[0] in _HARMFUL_BUILTINS
    return root in _HARMFUL_MODULES or name.rpartition(".")[2] in ("system", "popen", "runstring")


class _Answer:
    """A function that a file may call, and not change."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> Any:
        return self._function(*args)

    def __setstate__(self, state: Any) -> None:
        raise TypeError("a function has no state")


class _Reader(pickle.Unpickler):
    """The standard reader with our answer to every name."""

    def __init__(self, file: BinaryIO, names: Names, unknown: Unknown, storage: Callable[[Any], object] | None) -> None:
        super().__init__(file, encoding="latin1")
        self._names = names
        self._unknown = unknown
        self._storage = storage
        self._placeholders: dict[str, type] = {}

    def find_class(self, module: str, name: str, /) -> Any:
        full = f"{module}.{name}"
        known = self._names.get(full)
        if known is not None:
            # A class of this file alone: what a pickle does to a class must not outlast it.
            return type(known.__name__, (known,), {"__slots__": ()}) if isinstance(known, type) else _Answer(known)
        if module in ("torch", "torch.storage") and name.endswith("Storage"):
            return StorageKind(name)
        if self._unknown == "refuse" or _is_harmful(module, name):
            raise ForbiddenNameError(full)
        if full not in self._placeholders:
            self._placeholders[full] = placeholder_class(full)
        return self._placeholders[full]

    def persistent_load(self, pid: Any) -> Any:
        if self._storage is None:
            raise pickle.UnpicklingError("a persistent identifier outside of a torch file")
        return self._storage(pid)

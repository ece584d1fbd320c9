"""What stands for the names that a pickle may mention: descriptions without behaviour, and the values made of them.

Formats: NumPy `ndarray.__reduce__` (object by `_reconstruct`, state (version, shape, dtype, Fortran order, bytes)),
`numpy.dtype` (code, then a state whose second entry is the byte order), SciPy's sparse matrices (their `__dict__`),
chumpy's `Ch` (its payload under "x") and `Select` (a flat gather, then a reshape), torch's `_rebuild_tensor_v2`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

STREAM = "torch.storage._load_from_bytes"
_MOST_VALUES = 1 << 29
"""Most entries of one array; FLAME's bases have 6 million, a layer of DECA's networks 2.4 million."""
_SPARSE = ("csc", "csr", "coo")


class AbsurdSizeError(Exception):
    """A file states a size that no model has; its text says which."""


def checked_count(shape: tuple[Any, ...]) -> int:
    """Number of entries of an array of this shape.

    Raises
    ------
    AbsurdSizeError
        When the shape is none, or is larger than any model's.
    """
    if len(shape) > 32 or not all(type(n) is int and n >= 0 for n in shape) or math.prod(shape) > _MOST_VALUES:
        raise AbsurdSizeError(f"an array in it claims the shape {str(shape)[:80]}")
    return math.prod(shape)


class Described:
    """What a pickle makes of a name: it keeps its arguments and its state, and does nothing."""

    __slots__ = ("args", "items", "state")
    name = ""
    args: Any
    items: Any
    state: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Described:
        made = super().__new__(cls)
        made.args, made.state, made.items = (*args, *kwargs.values()), None, []
        return made

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def value(self, inner: Callable[[Any], Any]) -> Any:
        """What it stands for; `inner` gives the value of what is inside."""
        return None

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items.append((key, value))

    def append(self, value: Any) -> None:
        self.items.append(value)

    def extend(self, values: Any) -> None:
        self.items.extend(values)

    add = append


class Placeholder(Described):
    """Something of a name that is not known here.

    Attributes
    ----------
    name
        "module.name" as the file has it.
    args, state, items
        What the file wanted to call it with, to set as its state, and to put into it; with values inside.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{self.name} of a model file, not executed>"


def placeholder_class(name: str) -> type[Placeholder]:
    """A class of its own for one name of one file."""
    return type("Placeholder", (Placeholder,), {"__slots__": (), "name": name})


class StorageKind:
    """The name of a torch storage class, for example "FloatStorage"."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __setstate__(self, state: Any) -> None:
        raise TypeError("a storage class has no state")


class StoredTensor:
    """A tensor of a file before its numbers are read: `torch_file.TorchFile` does that.

    Attributes
    ----------
    storage
        Where its numbers lie; only the file knows.
    offset
        Of its first number in there.
    shape, strides
        Strides in numbers, not bytes.
    """

    __slots__ = ("offset", "shape", "storage", "strides")

    def __init__(self, storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any) -> None:
        shape, strides = tuple(shape), tuple(strides)
        count = checked_count(shape)
        most = getattr(storage, "count", -1)
        checked_count(strides)
        if type(offset) is not int or offset < 0 or len(strides) != len(shape):
            raise AbsurdSizeError(f"a tensor in it claims the place {offset} and the strides {str(strides)[:80]}")
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        if count > most or (count and last >= most):
            raise AbsurdSizeError(f"a tensor of shape {shape} in it claims more numbers than there are ({most})")
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def __setstate__(self, state: Any) -> None:
        raise TypeError("what was checked is not changed any more")

    def __repr__(self) -> str:
        return f"<tensor {self.shape} of a model file>"


class _Array(Described):
    __slots__ = ()

    def value(self, inner: Callable[[Any], Any]) -> NDArray[Any]:
        if not (isinstance(self.state, tuple) and len(self.state) >= 5):
            raise AbsurdSizeError("an array in it has no content")
        _, shape, dtype, fortran, content = self.state[:5]
        return _array(shape, dtype, "F" if fortran else "C", content, inner)


class _Scalar(Described):
    __slots__ = ()

    def value(self, inner: Callable[[Any], Any]) -> Any:
        dtype, content = self.args[:2]
        return _array((), dtype, "C", content, inner)[()]


class _FromBuffer(Described):
    __slots__ = ()

    def value(self, inner: Callable[[Any], Any]) -> NDArray[Any]:
        content, dtype, shape, order = self.args[:4]
        return _array(shape, dtype, str(order), content, inner)


class _Dtype(Described):
    __slots__ = ()

    def value(self, inner: Callable[[Any], Any]) -> np.dtype[Any]:
        code = self.args[0] if self.args else ""
        if not (isinstance(code, str) and code[:1] in "biufcSUO" and code[1:].isdecimal() and len(code) < 8):
            raise AbsurdSizeError(f"an array in it has the type {str(code)[:40]}")
        order = self.state[1] if isinstance(self.state, tuple) and len(self.state) > 1 else "="
        return np.dtype(f"{order if order in ('<', '>') else '='}{code}")


class _Chumpy(Described):
    __slots__ = ()

    def value(self, inner: Callable[[Any], Any]) -> Any:
        if not (isinstance(self.state, dict) and "x" in self.state):
            raise AbsurdSizeError("an array of chumpy in it has no content")
        return inner(self.state["x"])


class _ChumpySelect(Described):
    __slots__ = ()

    def value(self, inner: Callable[[Any], Any]) -> NDArray[Any]:
        state = self.state if isinstance(self.state, dict) else {}
        source, chosen = inner(state.get("a")), np.asarray(inner(state.get("idxs")))
        shape: Any = inner(state.get("preferred_shape"))
        flat = np.asarray(source).ravel()[chosen.astype(np.int64)]
        return flat if shape is None else flat.reshape(tuple(shape))


class _Sparse(Described):
    __slots__ = ()
    kind = ""

    def value(self, inner: Callable[[Any], Any]) -> Any:
        from scipy import sparse

        state = inner(self.state)
        if not isinstance(state, dict):
            raise AbsurdSizeError("a sparse matrix in it has no content")
        shape = tuple(state.get("_shape") or state.get("shape") or ())
        checked_count(shape)
        if self.kind == "coo":
            places = state.get("coords", (state.get("row"), state.get("col")))
            return sparse.coo_matrix((state["data"], places), shape=shape).tocsc()
        make = sparse.csc_matrix if self.kind == "csc" else sparse.csr_matrix
        made = make((state["data"], state["indices"], state["indptr"]), shape=shape)
        made.check_format(full_check=True)
        return made


def _sparse_class(kind: str) -> type[_Sparse]:
    return type("_Sparse", (_Sparse,), {"__slots__": (), "kind": kind})


def _array(shape: Any, dtype: Any, order: str, content: Any, inner: Callable[[Any], Any]) -> NDArray[Any]:
    shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    count, kind = checked_count(shape), inner(dtype)
    if not isinstance(kind, np.dtype) or order not in ("C", "F"):
        raise AbsurdSizeError("an array in it has no type")
    if kind.hasobject:
        if not (isinstance(content, list) and len(content) == count):
            raise AbsurdSizeError("an array of objects in it is not as long as it says")
        made = np.empty(count, object)
        for i, entry in enumerate(content):
            made[i] = inner(entry)
        return made.reshape(shape)
    raw = content.encode("latin1") if isinstance(content, str) else content  # Python 2's bytes are texts here
    if not isinstance(raw, (bytes, bytearray)) or len(raw) != count * kind.itemsize:
        raise AbsurdSizeError(f"an array of shape {shape} in it has not as many bytes as it needs")
    numbers: NDArray[Any] = np.frombuffer(raw, kind, count).reshape(shape, order="F" if order == "F" else "C")
    return numbers.astype(kind.newbyteorder("="), order="K")  # ours, writable, in this machine's order


def _as_bytes(text: Any, encoding: Any = "latin1") -> bytes:
    """`_codecs.encode`, by which older protocols write bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1", "utf-8", "ascii"):
        raise TypeError("not a text")
    return text.encode(encoding)


def _reconstructed(kind: Any, base: Any = None, state: Any = None) -> Any:
    """`copyreg._reconstructor`: an object of a class of ours without state."""
    if not (isinstance(kind, type) and issubclass(kind, Described)):
        raise TypeError("not an object that may be made")
    return kind()


def _parameter(data: Any, *rest: Any) -> Any:
    return data


def _tensor_1(storage: Any, offset: Any, shape: Any, strides: Any) -> StoredTensor:
    return StoredTensor(storage, offset, shape, strides)


def _tensor_2(storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any) -> StoredTensor:
    return StoredTensor(storage, offset, shape, strides)


class _Ordered(dict[Any, Any]):
    """`collections.OrderedDict`; torch sets a state on it (the versions of its modules), which nobody needs."""

    def __setstate__(self, state: Any) -> None:
        pass


def _set(values: Any = ()) -> set[Any]:
    return set(values)


def _size(values: Any = ()) -> tuple[Any, ...]:
    return tuple(values)


class _Object(Described):
    __slots__ = ()


NAMES: dict[str, Callable[..., Any]] = {
    **{
        f"numpy.{core}.{name}": made
        for core in ("core", "_core")
        for name, made in {
            "multiarray._reconstruct": _Array,
            "multiarray.scalar": _Scalar,
            "numeric._frombuffer": _FromBuffer,
        }.items()
    },
    "numpy.ndarray": _Object,
    "numpy.dtype": _Dtype,
    "chumpy.ch.Ch": _Chumpy,
    "chumpy.reordering.Select": _ChumpySelect,
    **{
        f"scipy.sparse.{module}.{kind}_{form}": _sparse_class(kind)
        for kind in _SPARSE
        for module in (kind, f"_{kind}")
        for form in ("matrix", "array")
    },
    **{f"{module}.set": _set for module in ("builtins", "__builtin__")},
    **{f"{module}.object": _Object for module in ("builtins", "__builtin__")},
    **{f"{module}._reconstructor": _reconstructed for module in ("copyreg", "copy_reg")},
    "collections.OrderedDict": _Ordered,
    "_codecs.encode": _as_bytes,
    "torch._utils._rebuild_tensor": _tensor_1,
    "torch._utils._rebuild_tensor_v2": _tensor_2,
    "torch._utils._rebuild_parameter": _parameter,
    "torch.Size": _size,
}
"""What a pickle may mention, and what stands for it."""

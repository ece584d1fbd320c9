"""The binary half of a GLB: arrays become accessors, and the whole becomes one file."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT, UINT8, UINT16, UINT32 = 5126, 5121, 5123, 5125
ARRAY_BUFFER, INDEX_BUFFER = 34962, 34963
_TYPES = {np.dtype("<f4"): FLOAT, np.dtype("u1"): UINT8, np.dtype("<u2"): UINT16, np.dtype("<u4"): UINT32}
_SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_MAGIC, _VERSION, _JSON, _BIN = 0x46546C67, 2, 0x4E4F534A, 0x004E4942

# A sparse accessor has an index of two or four bytes a row besides the row: where most rows count, it is larger.
_SPARSE_SHARE = 0.6


class Buffers:
    """Collects arrays; `accessors` and `views` are those entries of the document, `data` the binary chunk."""

    def __init__(self) -> None:
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.data = bytearray()

    def add(
        self, array: NDArray[Any], *, target: int | None = None, bounds: bool = False, normalized: bool = False
    ) -> int:
        """Store rows of 1, 2, 3, 4 or 16 numbers and return the number of their accessor.

        Parameters
        ----------
        target
            What a graphics card does with them, `ARRAY_BUFFER` or `INDEX_BUFFER`.
        bounds
            Whether the smallest and largest of each column are written, as glTF wants for positions and key times.
        normalized
            Whether whole numbers stand for [0, 1].
        """
        array = np.ascontiguousarray(array)
        accessor = _described(array) | {"bufferView": self._view(array, target)}
        if normalized:
            accessor["normalized"] = True
        if bounds:
            accessor |= _bounds(array)
        return self._accessor(accessor)

    def add_offsets(self, offsets: NDArray[np.float32], least: float | None) -> int:
        """Store rows (V, 3); with `least`, those that have no number above it may be left out."""
        rows = np.flatnonzero((np.abs(offsets) > (-1.0 if least is None else least)).any(axis=1))
        if len(rows) > _SPARSE_SHARE * len(offsets):
            return self.add(offsets, target=ARRAY_BUFFER, bounds=True)
        # A sparse accessor has at least one row.
        rows = rows if len(rows) else np.zeros(1, np.intp)
        kept = np.ascontiguousarray(offsets[rows], "<f4")
        index = rows.astype("<u2" if len(offsets) <= 0xFFFF else "<u4")
        full = np.zeros_like(offsets)
        full[rows] = kept
        sparse = {
            "count": len(rows),
            "indices": {"bufferView": self._view(index), "componentType": _TYPES[index.dtype]},
            "values": {"bufferView": self._view(kept)},
        }
        return self._accessor(_described(full) | {"sparse": sparse} | _bounds(full))

    def _accessor(self, accessor: dict[str, Any]) -> int:
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def _view(self, array: NDArray[Any], target: int | None = None) -> int:
        self.data += bytes(-len(self.data) % 4)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes}
        if target is not None:
            view["target"] = target
        self.data += array.tobytes()
        self.views.append(view)
        return len(self.views) - 1


def glb(document: Mapping[str, Any], buffers: Buffers) -> bytes:
    """The file: `document` with the buffers and their entries."""
    binary = bytes(buffers.data) + bytes(-len(buffers.data) % 4)
    whole = {
        **document,
        "accessors": buffers.accessors,
        "bufferViews": buffers.views,
        "buffers": [{"byteLength": len(binary)}],
    }
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    parts = [struct.pack("<III", _MAGIC, _VERSION, length), struct.pack("<II", len(text), _JSON), text]
    return b"".join([*parts, struct.pack("<II", len(binary), _BIN), binary])


def _described(array: NDArray[Any]) -> dict[str, Any]:
    width = int(np.prod(array.shape[1:], dtype=int))
    return {"componentType": _TYPES[array.dtype], "count": len(array), "type": _SHAPES[width]}


def _bounds(array: NDArray[Any]) -> dict[str, list[float]]:
    flat = array.reshape(len(array), -1)
    return {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}

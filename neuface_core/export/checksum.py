"""Hashes of the content of an HDF5 file: the same for the same data, however HDF5 lays it out on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import h5py
import numpy as np

_BLOCK_BYTES = 1 << 24


def group_sha256(group: h5py.Group, *, skip: Iterable[str] = ()) -> str:
    """SHA-256 over names, types, shapes, bytes and attributes of everything in `group`.

    Parameters
    ----------
    skip
        Paths below `group` (with all that is under them), and attributes as ``@name``, that are left out.
    """
    left_out = set(skip)
    digest = hashlib.sha256()
    _add_attributes(digest, group, left_out)
    _add_members(digest, group, "", left_out)
    return digest.hexdigest()


def _add_members(digest: Any, group: h5py.Group, prefix: str, left_out: set[str]) -> None:
    for name in sorted(group):
        path = f"{prefix}{name}"
        if path in left_out:
            continue
        member = group[name]
        digest.update(f"\n{path} ".encode())
        _add_attributes(digest, member, set())
        if isinstance(member, h5py.Group):
            _add_members(digest, member, f"{path}/", left_out)
        else:
            _add_dataset(digest, member)


def _add_attributes(digest: Any, owner: h5py.Group | h5py.Dataset, left_out: set[str]) -> None:
    plain = {
        name: value.item() if isinstance(value, np.generic) else str(value)
        for name, value in owner.attrs.items()
        if f"@{name}" not in left_out
    }
    digest.update(json.dumps(plain, sort_keys=True).encode())


def _add_dataset(digest: Any, dataset: h5py.Dataset) -> None:
    if h5py.check_string_dtype(dataset.dtype) is not None:
        texts = np.ravel(np.asarray(dataset.asstr()[()], dtype=object)).tolist()
        digest.update(json.dumps(["text", list(dataset.shape), texts]).encode())
        return
    digest.update(json.dumps([dataset.dtype.newbyteorder("<").str, list(dataset.shape)]).encode())
    rows = max(1, _BLOCK_BYTES // max(1, dataset.dtype.itemsize * int(np.prod(dataset.shape[1:], dtype=np.int64))))
    for start in range(0, dataset.shape[0], rows):
        block = dataset[start : start + rows]
        digest.update(np.ascontiguousarray(block, dtype=dataset.dtype.newbyteorder("<")).tobytes())

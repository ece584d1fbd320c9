"""What rendered faces depend on, as hashes: two folders of the same key hold the same pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core import raster
from neuface_core.heads.model import HeadModel
from neuface_core.training import synth


def head_fingerprint(head: HeadModel) -> str:
    """SHA-256 of everything that a head's data says, landmarks and regions included."""
    digest = hashlib.sha256(repr(head.expression_names).encode())
    for name, array in _arrays("", head.data):
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def renderer_fingerprint() -> str:
    """SHA-256 of the files of the renderer: whoever changes one gets new pictures and no mixture."""
    digest = hashlib.sha256()
    for root in (Path(folder) for folder in synth.__path__):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    digest.update(Path(raster.__file__).read_bytes())
    return digest.hexdigest()


def _arrays(name: str, value: object) -> Iterator[tuple[str, NDArray[np.generic]]]:
    if isinstance(value, np.ndarray):
        yield name, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _arrays(f"{name}.{field.name}", getattr(value, field.name))
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _arrays(f"{name}.{key}", value[key])

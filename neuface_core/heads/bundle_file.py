"""The file of a baked head: safetensors with named arrays and a description; written and read here and nowhere else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import ModelError

FORMAT = "neuface-head-1"
_ABOUT = "neuface"
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class BundleInfo:
    """What a head bundle says about itself.

    Attributes
    ----------
    head_id
        Stored with every fit, so that parameters are never read with another head.
    licence
        SPDX identifier.
    expression_names
        Names of the expression components, in order.
    source
        What it was made from.
    content_sha256
        Hash of names, shapes, types and bytes of all arrays.
    phenotype_names
        Names of what can be read from the identity, in order; none in older bundles.
    """

    head_id: str
    licence: str
    expression_names: tuple[str, ...]
    source: str
    content_sha256: str = ""
    phenotype_names: tuple[str, ...] = ()


def content_hash(arrays: Arrays) -> str:
    """SHA-256 over the arrays in the order of their names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def write_bundle(path: Path, info: BundleInfo, arrays: Arrays) -> BundleInfo:
    """Write beside `path` and rename; returns `info` with its hash."""
    info = replace(info, content_sha256=content_hash(arrays))
    metadata = {
        "format": FORMAT,
        "head_id": info.head_id,
        "licence": info.licence,
        "expression_names": json.dumps(info.expression_names),
        "source": info.source,
        "content_sha256": info.content_sha256,
        "phenotype_names": json.dumps(info.phenotype_names),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    # One entry: safetensors writes several in random order, and two bakes should give the same file.
    about = {_ABOUT: json.dumps(metadata, sort_keys=True)}
    data = save({name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}, metadata=about)
    with atomic_write(path) as file:
        file.write(data)
    return info


def read_bundle(path: Path) -> tuple[BundleInfo, dict[str, NDArray[np.generic]]]:
    """Read a bundle and check its kind and its hash.

    Raises
    ------
    ModelError
        When the file is missing, is not a head bundle, or is not what was written.
    """
    if not path.is_file():
        raise ModelError("The head model is missing.", remedy="Install NeuFace Studio again.", path=path)
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(
            f"The head model cannot be read ({error}).", remedy="Install NeuFace Studio again.", path=path
        ) from error
    metadata = _unpacked(metadata)
    if metadata.get("format") != FORMAT:
        raise ModelError(
            "This file is not a head model of NeuFace Studio.", remedy="Choose a baked head bundle.", path=path
        )
    info = BundleInfo(
        head_id=metadata["head_id"],
        licence=metadata["licence"],
        expression_names=tuple(json.loads(metadata["expression_names"])),
        source=metadata["source"],
        content_sha256=metadata["content_sha256"],
        phenotype_names=tuple(json.loads(metadata.get("phenotype_names", "[]"))),
    )
    if content_hash(arrays) != info.content_sha256:
        raise ModelError(
            "The head model is damaged: its content does not match its hash.",
            remedy="Install NeuFace Studio again.",
            path=path,
        )
    return info, arrays


def _unpacked(metadata: dict[str, str]) -> dict[str, str]:
    """The description inside a file's metadata; the first bundles had it spread over several entries."""
    if _ABOUT not in metadata:
        return metadata
    try:
        inner = json.loads(metadata[_ABOUT])
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in inner.items()} if isinstance(inner, dict) else {}

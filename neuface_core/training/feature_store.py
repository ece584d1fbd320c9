"""What a training has rendered so far, kept in chunks on disk: a training that was killed goes on where it was.

A chunk is one safetensors file of some consecutive seeds. It is whole or not there (written beside its place, forced to
disk, renamed), so that a kill at any moment costs at most the chunk in work. The folder carries a key of all that
the content depends on; another head, renderer, trunk or setting has another folder.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from neuface_core.atomic_file import atomic_write, remove_partials
from neuface_core.errors import NeuFaceError
from neuface_core.jobs import Job, Progress

FORMAT = "neuface-features/1"
Kind = TypeVar("Kind")


class FeatureStore:
    """Chunks of named tensors by seed.

    Parameters
    ----------
    root
        Folder for stores of all keys; made when it is not there.
    key
        Of `store_key`.
    chunk
        Seeds a file. Part of the key: a store is never read with another size.
    """

    def __init__(self, root: Path, key: str, chunk: int = 200) -> None:
        if chunk < 1:
            raise ValueError(f"a chunk of {chunk} seeds")
        self.key = key
        self.chunk = chunk
        self.folder = root / f"{key[:20]}-{chunk}"
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_partials(self.folder)

    def missing(self, seeds: range) -> list[range]:
        """The chunks of `seeds` that are not there yet, in order."""
        return [part for part in self._chunks(seeds) if not self._path(part).exists()]

    def write(self, seeds: range, tensors: Mapping[str, Tensor]) -> None:
        """Keep one chunk.

        Raises
        ------
        ValueError
            When `seeds` are not what `missing` asked for.
        OSError
            As the file system says (disk full); what was there before is untouched.
        """
        if seeds not in self._chunks(seeds):
            raise ValueError(f"{seeds} is no chunk of {self.chunk} seeds")
        metadata = {"format": FORMAT, "key": self.key, "seeds": json.dumps([seeds.start, seeds.stop])}
        data = save({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata=metadata)
        with atomic_write(self._path(seeds)) as file:
            file.write(data)

    def read(self, seeds: range) -> dict[str, Tensor]:
        """The tensors of all `seeds`, chunk after chunk, on the CPU.

        Raises
        ------
        NeuFaceError
            When a chunk is missing or damaged. A damaged one is removed, so that it is made again.
        """
        whole: dict[str, Tensor] = {}
        for chunk in self._chunks(seeds):
            for name, tensor in self._read(chunk).items():
                each = len(tensor) // len(chunk)
                if name not in whole:  # room for all at once: joining parts at the end would need them twice
                    whole[name] = torch.empty(len(seeds) * each, *tensor.shape[1:], dtype=tensor.dtype)
                start = (chunk.start - seeds.start) * each
                whole[name][start : start + len(tensor)] = tensor
        return whole

    def fill(self, seeds: range, make: Callable[[range], Mapping[str, Tensor]], stage: str = "render") -> Job[int]:
        """Make and keep the chunks that are missing.

        Parameters
        ----------
        make
            Tensors of some consecutive seeds, the same ones every time.

        Returns
        -------
        How many seeds were made; the others were there.
        """
        wanted = self.missing(seeds)
        there = len(seeds) - sum(len(part) for part in wanted)
        made = 0
        yield Progress(stage, there, len(seeds))
        for part in wanted:
            self.write(part, make(part))
            made += len(part)
            yield Progress(stage, there + made, len(seeds))
        return made

    def _chunks(self, seeds: range) -> list[range]:
        if seeds.step != 1:
            raise ValueError("seeds must be consecutive")
        return [
            range(start, min(start + self.chunk, seeds.stop)) for start in range(seeds.start, seeds.stop, self.chunk)
        ]

    def _path(self, seeds: range) -> Path:
        return self.folder / f"{seeds.start:08d}-{seeds.stop:08d}.safetensors"

    def _read(self, seeds: range) -> dict[str, Tensor]:
        path = self._path(seeds)
        if not path.exists():
            raise NeuFaceError(
                "A part of the rendered faces is missing.", remedy="Start the training again.", path=path
            )
        try:
            with safe_open(path, framework="pt") as file:
                if (file.metadata() or {}).get("key") != self.key:
                    raise ValueError("another key")
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        except (SafetensorError, OSError, ValueError) as error:
            path.unlink(missing_ok=True)
            raise NeuFaceError(
                f"A part of the rendered faces was damaged ({error}) and has been removed; the others were kept.",
                remedy="Start the training again: only this part is rendered again.",
                path=path,
            ) from error


def store_key(**parts: object) -> str:
    """SHA-256 of everything that the content depends on: hashes of head, renderer and trunk, sizes, settings."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def named_tensors(value: Any, prefix: str = "") -> dict[str, Tensor]:
    """The tensors of a dataclass by name; those of a dataclass inside of it as ``outer.inner``."""
    found: dict[str, Tensor] = {}
    for field in fields(value):
        entry = getattr(value, field.name)
        if isinstance(entry, Tensor):
            found[prefix + field.name] = entry
        elif is_dataclass(entry):
            found |= named_tensors(entry, f"{prefix}{field.name}.")
        elif entry is not None:
            raise TypeError(f"{type(value).__name__}.{field.name} is neither a tensor nor a dataclass of tensors")
    return found


def from_named_tensors(kind: type[Kind], tensors: Mapping[str, Tensor], prefix: str = "") -> Kind:
    """Inverse of `named_tensors`; a field without a tensor becomes None."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        name, hint = prefix + field.name, hints[field.name]
        inside = is_dataclass(hint) and any(key.startswith(f"{name}.") for key in tensors)
        values[field.name] = from_named_tensors(hint, tensors, f"{name}.") if inside else tensors.get(name)
    return kind(**values)

"""Read a `neuface-dataset` file: one clip as NumPy arrays, or all of them as a PyTorch `Dataset`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from neuface_core.errors import ExportError
from neuface_core.export.schema import CLIP, FORMAT, SCHEMA_VERSION

DEFAULT_KEYS = (
    "params/shape",
    "params/expression",
    "params/global_orient",
    "params/neck_pose",
    "params/jaw_pose",
    "params/eye_pose",
    "camera_px",
    "landmarks2d/projected",
    "valid",
)
_NUMERIC = tuple(spec.path for spec in CLIP if spec.dtype != "text")


def open_dataset(path: Path | str) -> h5py.File:
    """Open the file for reading.

    Raises
    ------
    ExportError
        When it is missing, damaged, no `neuface-dataset`, or of a newer schema.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ExportError(
            f"The dataset cannot be opened ({error.strerror or error}).", remedy="Check it with verify.", path=path
        ) from error
    schema = str(file.attrs.get("schema_version", ""))
    if file.attrs.get("format") != FORMAT or schema.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        file.close()
        raise ExportError(
            f"This is not a {FORMAT} file of schema {SCHEMA_VERSION}.", remedy="Check it with verify.", path=path
        )
    return file


def read_clip(
    dataset: h5py.File | Path | str,
    clip: str,
    *,
    start: int = 0,
    stop: int | None = None,
    keys: Sequence[str] | None = None,
) -> dict[str, NDArray[Any]]:
    """Arrays of one clip by their paths below ``/clips/<clip>``, for example ``params/jaw_pose``.

    Parameters
    ----------
    dataset
        An open file, or where it is.
    start, stop
        Frames; all by default.
    keys
        Which arrays; all that the file has by default.

    Raises
    ------
    ExportError
        When there is no such clip, or it has no such array.
    """
    if not isinstance(dataset, h5py.File):
        with open_dataset(dataset) as file:
            return read_clip(file, clip, start=start, stop=stop, keys=keys)
    group = dataset.get(f"clips/{clip}")
    if group is None:
        raise ExportError(f"The dataset has no clip {clip!r}.", remedy="See index/clip.", path=dataset.filename)
    wanted = [key for key in _NUMERIC if key in group] if keys is None else keys
    missing = [key for key in wanted if key not in group]
    if missing:
        raise ExportError(
            f"The clip {clip!r} has no {', '.join(missing)}.",
            remedy="Export again with vertices." if "vertices" in missing else "See docs/formats/dataset.md.",
            path=dataset.filename,
        )
    return {key: group[key][start:stop] for key in wanted}


@dataclass(frozen=True)
class _Item:
    clip: str
    start: int
    stop: int


class NeuFaceDataset(Dataset[dict[str, Any]]):
    """Clips, or windows of frames, as dicts of tensors.

    An item has a tensor for each key, and ``clip`` (name), ``start`` (first frame) and ``fps``. Whole clips differ in
    length: give the loader a `collate_fn`, or use windows.

    The file is opened by the process that reads from it, when it reads for the first time, so that the workers of a
    `DataLoader` never share a handle.

    Parameters
    ----------
    path
        The HDF5 file.
    split
        "train", "val", "test", or None for every clip.
    window
        Frames of an item; None for whole clips. A clip shorter than a window gives no item.
    stride
        Frames between the beginnings of two windows; `window` where None.
    keys
        Arrays of an item.
    valid_only
        Leave out windows (or whole clips) with a frame that has no mesh.

    Raises
    ------
    ExportError
        When the file cannot be used.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        split: Literal["train", "val", "test"] | None = None,
        window: int | None = None,
        stride: int | None = None,
        keys: Sequence[str] = DEFAULT_KEYS,
        valid_only: bool = False,
    ) -> None:
        self.path = Path(path)
        self.keys = tuple(keys)
        self._file: h5py.File | None = None
        self._owner = 0
        with open_dataset(self.path) as file:
            clips = [str(name) for name in file["index/clip"].asstr()[()]]
            frames = [int(n) for n in file["index/n_frames"][()]]
            self._fps = dict(zip(clips, file["index/fps"][()].tolist(), strict=True))
            chosen = set(clips if split is None else file[f"splits/{split}"].asstr()[()])
            items = [
                _Item(clip, start, start + (window or n))
                for clip, n in zip(clips, frames, strict=True)
                if clip in chosen
                for start in range(0, n - (window or n) + 1, stride or window or n)
            ]
            if valid_only:
                valid = {clip: file[f"clips/{clip}/valid"][()] for clip in chosen}
                items = [item for item in items if valid[item.clip][item.start : item.stop].all()]
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        item = self._items[index]
        arrays = read_clip(self._open(), item.clip, start=item.start, stop=item.stop, keys=self.keys)
        tensors: dict[str, Any] = {key: torch.from_numpy(np.ascontiguousarray(a)) for key, a in arrays.items()}
        return tensors | {"clip": item.clip, "start": item.start, "fps": self._fps[item.clip]}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None}

    def _open(self) -> h5py.File:
        if self._file is None or self._owner != os.getpid():
            self._file, self._owner = open_dataset(self.path), os.getpid()
        return self._file

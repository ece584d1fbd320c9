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
from neuface_core.export.schema import CLIP, FORMAT, SCHEMA_VERSION, VIEWS

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
_OF_FRAMES = tuple(spec.path for spec in VIEWS if spec.dtype != "text" and spec.shape[0] == "T")
_OF_CLIP = tuple(spec.path for spec in VIEWS if spec.dtype != "text" and spec.shape[0] != "T")


def view_names(dataset: h5py.File | Path | str, clip: str) -> tuple[str, ...]:
    """Names of the views of a clip; empty for a clip of one view.

    Raises
    ------
    ExportError
        When there is no such clip.
    """
    if not isinstance(dataset, h5py.File):
        with open_dataset(dataset) as file:
            return view_names(file, clip)
    group = _group(dataset, clip)
    return tuple(str(name) for name in group["view_names"].asstr()[()]) if "view_names" in group else ()


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
    view: str | None = None,
) -> dict[str, NDArray[Any]]:
    """Arrays of one clip by their paths below ``/clips/<clip>``, for example ``params/jaw_pose``.

    Of a clip of several views these are the arrays of its first view, and those of all views together.

    Parameters
    ----------
    dataset
        An open file, or where it is.
    start, stop
        Frames; all by default.
    keys
        Which arrays; all that the file has by default.
    view
        Name of a view: its arrays only.

    Raises
    ------
    ExportError
        When there is no such clip or view, or it has no such array.
    """
    if not isinstance(dataset, h5py.File):
        with open_dataset(dataset) as file:
            return read_clip(file, clip, start=start, stop=stop, keys=keys, view=view)
    group = _group(dataset, clip)
    if view is not None:
        if f"views/{view}" not in group:
            there = ", ".join(view_names(dataset, clip)) or "one view without a name"
            raise ExportError(
                f"The clip {clip!r} has no view {view!r}.", remedy=f"It has {there}.", path=dataset.filename
            )
        group = group["views"][view]
    known = _NUMERIC + _OF_FRAMES + _OF_CLIP
    wanted = [key for key in known if key in group] if keys is None else keys
    missing = [key for key in wanted if key not in group]
    if missing:
        raise ExportError(
            f"The clip {clip!r} has no {', '.join(missing)}.",
            remedy="Export again with vertices." if "vertices" in missing else "See docs/formats/dataset.md.",
            path=dataset.filename,
        )
    return {key: group[key][()] if key in _OF_CLIP else group[key][start:stop] for key in wanted}


def _group(file: h5py.File, clip: str) -> h5py.Group:
    group = file.get(f"clips/{clip}")
    if group is None:
        raise ExportError(f"The dataset has no clip {clip!r}.", remedy="See index/clip.", path=file.filename)
    return group


@dataclass(frozen=True)
class _Item:
    clip: str
    start: int
    stop: int
    view: str | None = None


class NeuFaceDataset(Dataset[dict[str, Any]]):
    """Clips, or windows of frames, as dicts of tensors.

    An item has a tensor for each key, and ``clip`` (name), ``view`` (name or ""), ``start`` (first frame) and ``fps``.
    Whole clips differ in length: give the loader a `collate_fn`, or use windows.

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
    views
        Of a clip of several views, "first" gives items of its first view, "each" gives items of every view.

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
        views: Literal["first", "each"] = "first",
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
            seen = {clip: view_names(file, clip) if views == "each" else () for clip in chosen}
            items = [
                _Item(clip, start, start + (window or n), view)
                for clip, n in zip(clips, frames, strict=True)
                if clip in chosen
                for view in seen[clip] or (None,)
                for start in range(0, n - (window or n) + 1, stride or window or n)
            ]
            if valid_only:
                valid = {
                    (clip, view): read_clip(file, clip, keys=["valid"], view=view)["valid"]
                    for clip, view in {(item.clip, item.view) for item in items}
                }
                items = [item for item in items if valid[item.clip, item.view][item.start : item.stop].all()]
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> dict[str, Any]:
        item = self._items[index]
        arrays = read_clip(self._open(), item.clip, start=item.start, stop=item.stop, keys=self.keys, view=item.view)
        tensors: dict[str, Any] = {key: torch.from_numpy(np.ascontiguousarray(a)) for key, a in arrays.items()}
        about = {"clip": item.clip, "view": item.view or "", "start": item.start, "fps": self._fps[item.clip]}
        return tensors | about

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_file": None}

    def _open(self) -> h5py.File:
        if self._file is None or self._owner != os.getpid():
            self._file, self._owner = open_dataset(self.path), os.getpid()
        return self._file

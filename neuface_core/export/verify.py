"""Tell a good dataset file from a damaged one, and say what is wrong with it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from neuface_core.export.checksum import group_sha256
from neuface_core.export.schema import CLIP, FILE, FORMAT, SCHEMA_VERSION, VIEW, VIEWS, DatasetSpec, attributes_of
from neuface_core.jobs import Job, Progress, run

OUTSIDE_CLIPS = ("clips", "sha256", "@created_utc")
"""What the hash `/sha256` leaves out: the clips have their own, and the time of writing is no content."""

_ROWS = 4096
# What h5py raises where HDF5 meets bytes that make no sense.
_BROKEN = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError, UnicodeError)


@dataclass(frozen=True)
class VerifyReport:
    """What the validator found.

    Attributes
    ----------
    problems
        Sentences, each beginning with the part of the file that it is about; empty for a good file.
    sha256
        Hash of the content of the file, "" where it could not be read.
    """

    path: Path
    problems: tuple[str, ...]
    n_clips: int = 0
    n_frames: int = 0
    schema_version: str = ""
    sha256: str = ""

    @property
    def ok(self) -> bool:
        return not self.problems


def verify_dataset(path: Path | str) -> VerifyReport:
    """Check everything in the file `path`; a missing or unreadable file is a problem too, not an error."""
    return run(verify_job(Path(path)))


def verify_job(path: Path) -> Job[VerifyReport]:
    """As `verify_dataset`, with progress."""
    if not path.is_file():
        return VerifyReport(path, ("There is no such file.",))
    if path.stat().st_size == 0:
        return VerifyReport(path, ("The file is empty.",))
    if not h5py.is_hdf5(path):
        return VerifyReport(path, ("This is not an HDF5 file, or its beginning is damaged.",))
    problems: list[str] = []
    try:
        with h5py.File(path, "r") as file:
            return (yield from _verify_open(path, file, problems))
    except _BROKEN as error:
        cut = "truncated" in str(error)
        problems.append("The file is truncated: its end is missing." if cut else f"The file cannot be read: {error}.")
        return VerifyReport(path, tuple(problems))


def _verify_open(path: Path, file: h5py.File, problems: list[str]) -> Job[VerifyReport]:
    if file.attrs.get("format") != FORMAT:
        return VerifyReport(path, ("/: this HDF5 file is not a neuface-dataset.",))
    schema = str(file.attrs.get("schema_version"))
    if schema.split(".")[0] != SCHEMA_VERSION.split(".")[0]:
        problems.append(f"/: schema version {schema} is not known; this program reads {SCHEMA_VERSION}.")
        return VerifyReport(path, tuple(problems), schema_version=schema)
    problems += _attribute_problems(file, "/", "/")
    problems += _dataset_problems(file, FILE, "", {})
    if "model" in file:
        problems += _attribute_problems(file["model"], "/model", "/model")
    stored = _text(file, "sha256")
    actual = _hash(file, problems, "/", skip=OUTSIDE_CLIPS)
    if stored is None:
        problems.append("/sha256: cannot be read.")
    elif actual and stored != actual:
        problems.append(
            "/index, /model, /splits or /provenance: checksum mismatch, the content was changed or damaged."
        )

    listed = _listed_clips(file, problems)
    present = set(file["clips"]) if "clips" in file else set()
    problems += [f"/clips/{name}: is not in /index." for name in sorted(present - set(listed))]
    frames = 0
    for number, (name, (n_frames, sha256)) in enumerate(listed.items()):
        yield Progress("verify", number, len(listed), name)
        if name not in present:
            problems.append(f"/clips/{name}: is in /index but missing.")
            continue
        frames += n_frames
        try:
            problems += _clip_problems(file, name, n_frames, sha256)
        except _BROKEN as error:
            problems.append(f"/clips/{name}: cannot be read ({error}).")
    return VerifyReport(path, tuple(problems), len(listed), frames, schema, stored or "")


def _listed_clips(file: h5py.File, problems: list[str]) -> dict[str, tuple[int, str]]:
    try:
        names = [str(name) for name in file["index/clip"].asstr()[()]]
        hashes = [str(value) for value in file["index/sha256"].asstr()[()]]
        frames = [int(value) for value in file["index/n_frames"][()]]
    except _BROKEN as error:
        problems.append(f"/index: cannot be read ({error}).")
        return {}
    if not len(names) == len(hashes) == len(frames):
        problems.append("/index: its columns differ in length.")
    return {name: (n, sha) for name, n, sha in zip(names, frames, hashes, strict=False)}


def _clip_problems(file: h5py.File, name: str, n_frames: int, sha256: str) -> Iterator[str]:
    group, where = file["clips"][name], f"/clips/{name}"
    if not isinstance(group, h5py.Group):
        yield f"{where}: is not a group."
        return
    yield from _attribute_problems(group, "clip", where)
    sizes = {"T": n_frames, "V": int(file["model"].attrs.get("n_vertices", -1)) if "model" in file else -1}
    shape_problems = list(_dataset_problems(group, CLIP, where, sizes))
    yield from shape_problems
    if "views" in group:
        shape_problems_of_views = list(_views_problems(group, where, sizes))
        yield from shape_problems_of_views
        shape_problems += shape_problems_of_views
    unreadable: list[str] = []
    actual = _hash(group, unreadable, where)
    yield from unreadable
    if actual and actual != sha256:
        yield f"{where}: checksum mismatch, the content was changed or damaged."
    if not shape_problems and not unreadable:
        yield from _missing_values(group, where)
        for view in group.get("views", ()):
            yield from _missing_values(group["views"][view], f"{where}/views/{view}")


def _views_problems(group: h5py.Group, where: str, sizes: dict[str, int]) -> Iterator[str]:
    """What is wrong with the views of a clip: the same checks as for a clip, in each of them."""
    views = group["views"]
    if not isinstance(views, h5py.Group):
        yield f"{where}/views: is not a group."
        return
    yield from _dataset_problems(group, VIEWS, where, sizes | {"W": len(views)})
    try:
        named = {str(name) for name in group["view_names"].asstr()[()]}
    except (*_BROKEN, AttributeError):
        named = set(views)
    for view in sorted(named | set(views)):
        if view not in views or view not in named:
            yield f"{where}/views/{view}: is {'not in view_names' if view in views else 'in view_names but missing'}."
            continue
        below, there = views[view], f"{where}/views/{view}"
        if not isinstance(below, h5py.Group):
            yield f"{there}: is not a group."
            continue
        yield from _attribute_problems(below, "view", there)
        yield from _dataset_problems(below, VIEW, there, dict(sizes))


def _attribute_problems(owner: h5py.Group, kind: str, where: str) -> Iterator[str]:
    types = {"text": str, "float": (float, np.floating), "int": (int, np.integer)}
    for spec in attributes_of(kind):
        if spec.name not in owner.attrs and not spec.required:
            continue
        if spec.name not in owner.attrs:
            yield f"{where}: the attribute {spec.name!r} is missing."
        elif not isinstance(owner.attrs[spec.name], types[spec.dtype]):  # type: ignore[arg-type]
            yield f"{where}: the attribute {spec.name!r} is not of type {spec.dtype}."


def _dataset_problems(
    group: h5py.Group, specs: tuple[DatasetSpec, ...], where: str, sizes: dict[str, int]
) -> Iterator[str]:
    """Missing datasets, wrong types, wrong shapes; `sizes` are the letters known so far and grows."""
    groups_present = {spec.path.split("/")[0] for spec in specs if not spec.required and spec.path in group}
    for spec in specs:
        path = f"{where}/{spec.path}"
        try:
            dataset = group.get(spec.path)
        except _BROKEN as error:
            yield f"{path}: cannot be read ({error})."
            continue
        if dataset is None:
            # An optional group is whole or absent.
            if spec.required or (
                "/" in spec.path and spec.path.split("/")[0] in groups_present - {"error", "landmarks2d"}
            ):
                yield f"{path}: is missing."
            continue
        if not isinstance(dataset, h5py.Dataset):
            yield f"{path}: is not a dataset."
            continue
        text = h5py.check_string_dtype(dataset.dtype) is not None
        found = "text" if text else dataset.dtype.name
        if found != spec.dtype:
            yield f"{path}: has dtype {found}, wanted {spec.dtype}."
        if len(dataset.shape) != len(spec.shape):
            yield f"{path}: has shape {dataset.shape}, wanted {len(spec.shape)} dimensions."
            continue
        for size, dimension in zip(dataset.shape, spec.shape, strict=True):
            wanted = sizes.setdefault(dimension, size) if isinstance(dimension, str) else dimension
            if size != wanted:
                yield f"{path}: has shape {dataset.shape}, wanted {dimension} = {wanted}."
                break


def _missing_values(group: h5py.Group, where: str) -> Iterator[str]:
    valid, detected = group["valid"][()], group["detected"][()]
    rows = {"valid": valid, "detected": detected, "both": valid & detected}
    for spec in CLIP:
        if not spec.mask or spec.path not in group:
            continue
        dataset = group[spec.path]
        for start in range(0, len(valid), _ROWS):
            block = dataset[start : start + _ROWS]
            finite = np.isfinite(block).reshape(len(block), -1).all(axis=1)
            bad = np.flatnonzero(rows[spec.mask][start : start + _ROWS] & ~finite)
            if len(bad):
                word = "valid and detected" if spec.mask == "both" else spec.mask
                yield f"{where}/{spec.path}: has no finite value in frame {start + bad[0]}, which is marked {word}."
                break


def _hash(group: h5py.Group, problems: list[str], where: str, skip: tuple[str, ...] = ()) -> str:
    try:
        return group_sha256(group, skip=skip)
    except _BROKEN as error:
        problems.append(f"{where}: cannot be read ({_unreadable(group, skip) or error}).")
        return ""


def _unreadable(group: h5py.Group, skip: tuple[str, ...]) -> str:
    """Name of the first dataset that cannot be read, and why."""
    for spec in itertools.chain(CLIP, VIEWS, FILE):
        if spec.path.split("/")[0] in skip:
            continue
        try:
            if spec.path in group:
                group[spec.path][()]
        except _BROKEN as error:
            return f"{spec.path}: {error}"
    return ""


def _text(group: h5py.Group, path: str) -> str | None:
    try:
        return str(group[path].asstr()[()])
    except (*_BROKEN, AttributeError):
        return None

"""What a model file is, told by its content; a name only decides between files that are alike inside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.models.array_file import read_npy, read_npz
from neuface_core.models.kinds import KNOWN
from neuface_core.models.recognise_torch import Wanted, recognise_torch
from neuface_core.models.restricted_pickle import read_pickle

N_VERTICES, N_FACES = 5023, 9976
N_COLUMNS = 400
_FLAME_SHAPES: Mapping[str, tuple[int, ...]] = {
    "v_template": (N_VERTICES, 3),
    "f": (N_FACES, 3),
    "shapedirs": (N_VERTICES, 3, N_COLUMNS),
    "posedirs": (N_VERTICES, 3, 36),
    "J_regressor": (5, N_VERTICES),
    "weights": (N_VERTICES, 5),
    "kintree_table": (2, 5),
}
_MASKS = {"face", "scalp", "neck", "lips", "nose"}
_STATIC = {51: "flame-landmarks-51", 68: "flame-landmarks-68", 203: "flame-landmarks-203"}
SUFFIXES = (".pkl", ".npy", ".npz", ".tar", ".pth", ".pt", ".ckpt", ".zip")
"""What may be a model at all; the rest of a folder is not opened."""


@dataclass(frozen=True)
class Recognised:
    """What a file turned out to be.

    Attributes
    ----------
    name
        As in `kinds.KNOWN`, or a variant of it.
    path
        Of the file.
    arrays
        Its content, where it is small or has to be converted.
    wanted
        Which weights of a checkpoint are taken, where it is one.
    details
        As in `StoredModel`.
    source
        Where it comes from, where that is not `path`: the archive that it was unpacked from.
    """

    name: str
    path: Path
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    wanted: Wanted | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""


def recognise(path: Path, wish: str = "") -> Recognised | None:
    """What the file at `path` is; None when it is nothing that is used here.

    Parameters
    ----------
    wish
        The name that the user gave; decides where the content leaves it open.

    Raises
    ------
    ModelError
        When it is a known model that cannot be used, or the file is damaged or means harm.
    """
    suffix = path.suffix.lower()
    if suffix == ".pkl":
        return _of_pickle(path, read_pickle(path), wish)
    if suffix == ".npy":
        return _of_npy(path, read_npy(path))
    if suffix == ".npz":
        return _of_npz(path, read_npz(path))
    if suffix in (".tar", ".pth", ".pt", ".ckpt", ".zip"):
        found = recognise_torch(path, wish)
        return None if found is None else Recognised(found.name, path, wanted=found, details=found.details)
    return None


def _of_pickle(path: Path, content: Any, wish: str) -> Recognised | None:
    if not isinstance(content, dict):
        return None
    if {"v_template", "shapedirs"} <= set(content):
        return _flame(path, content, wish)
    if {"lmk_face_idx", "lmk_b_coords"} <= set(content):
        return _points(path, content)
    if set(content) >= _MASKS:
        return _masks(path, content)
    return None


def _flame(path: Path, content: dict[str, Any], wish: str) -> Recognised:
    if missing := [name for name in _FLAME_SHAPES if name not in content]:
        raise _unusable("FLAME model", f"it lacks {', '.join(missing)}", path)
    arrays = {}
    for name, wanted in _FLAME_SHAPES.items():
        value = content[name]
        value = np.asarray(value.toarray() if hasattr(value, "toarray") else value)
        if value.shape != wanted:
            raise _unusable("FLAME model", _why_other(name, value.shape, wanted), path)
        if value.dtype.kind not in "fiu" or (value.dtype.kind == "f" and not np.isfinite(value).all()):
            raise _unusable("FLAME model", f"{name} has values that are not finite numbers", path)
        arrays[name] = value.astype(np.int64) if value.dtype.kind in "iu" else value
    if arrays["f"].min() < 0 or arrays["f"].max() >= N_VERTICES:
        raise _unusable("FLAME model", "its triangles name vertices that are not there", path)
    return Recognised(_flame_release(path, content, wish), path, arrays)


def _flame_release(path: Path, content: dict[str, Any], wish: str) -> str:
    """Which release: only the Open one says so inside, the others differ in nothing but numbers."""
    if any(entry.name == wish and entry.kind == "flame" for entry in KNOWN):
        return wish
    name = path.stem.lower()
    if "supr_expression_metadata" in content or ("2023" in name and "open" in name):
        return "flame-2023-open"
    if "no_jaw" in name or "nojaw" in name:
        return "flame-2023-no-jaw"
    if "2023" in name:
        return "flame-2023"
    for kind in ("female", "male"):
        if kind in name:
            return f"flame-2020-{kind}"
    return "flame-2020"


def _why_other(name: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if name == "v_template" and shape == (6890, 3):
        return "it is a SMPL body, not a head"
    if name == "shapedirs" and len(shape) == 3 and shape[:2] == wanted[:2]:
        return (
            f"it has {shape[2]} components of identity and expression, and FLAME's files have 300 + 100; "
            "a shortened copy would read expressions as identities"
        )
    return f"{name} has the shape {shape}, not {wanted}"


def _points(path: Path, content: Mapping[str, Any]) -> Recognised | None:
    faces, weights = np.asarray(content["lmk_face_idx"]), np.asarray(content["lmk_b_coords"])
    arrays = {"lmk_face_idx": faces.astype(np.int64), "lmk_b_coords": weights.astype(np.float64)}
    if "landmark_indices" in content:
        name: str | None = "flame-landmarks-mediapipe"
        arrays["landmark_indices"] = np.asarray(content["landmark_indices"]).astype(np.int64)
    elif faces.shape == (79, 17):
        name = "flame-contour"
    else:
        name = _STATIC.get(len(faces)) if faces.ndim == 1 else None
    if name is None:
        return None
    _check_points(path, (arrays["lmk_face_idx"], arrays["lmk_b_coords"]))
    return Recognised(name, path, arrays, details={"points": int(faces.shape[-1])})


def _check_points(path: Path, *tables: tuple[NDArray[Any], NDArray[Any]]) -> None:
    for faces, weights in tables:
        if weights.shape != (*faces.shape, 3):
            raise _unusable("landmark embedding", f"it has {faces.shape} triangles but {weights.shape} weights", path)
        if faces.size and (faces.min() < 0 or faces.max() >= N_FACES):
            raise _unusable("landmark embedding", "it names triangles that FLAME does not have", path)
        if not np.isfinite(weights).all() or np.abs(weights.sum(-1) - 1).max(initial=0) > 1e-2:
            raise _unusable("landmark embedding", "its weights do not add up to 1", path)


def _masks(path: Path, content: Mapping[str, Any]) -> Recognised:
    arrays = {str(name): np.asarray(value).ravel() for name, value in content.items()}
    for name, value in arrays.items():
        if value.dtype.kind not in "iu" or (value.size and (value.min() < 0 or value.max() >= N_VERTICES)):
            raise _unusable("file of masks", f"its region {name!r} names vertices that FLAME does not have", path)
    return Recognised("flame-masks", path, {name: value.astype(np.int64) for name, value in arrays.items()})


def _of_npy(path: Path, content: Any) -> Recognised | None:
    if isinstance(content, dict):
        if "full_lmk_faces_idx" in content:
            return _deca_points(path, content)
        return _points(path, content) if {"lmk_face_idx", "lmk_b_coords"} <= set(content) else None
    side = _eyelid_side(path)
    if side and isinstance(content, np.ndarray) and content.dtype.kind == "f" and content.shape == (N_VERTICES, 3):
        if not np.isfinite(content).all():
            raise _unusable("eyelid", "it has values that are not finite numbers", path)
        return Recognised("flame-eyelids", path, {f"eyelid_{side}": content})
    return None


def _eyelid_side(path: Path) -> str:
    found = re.fullmatch(r"(l|r|left|right)_?eyelid", path.stem.lower())
    return "" if found is None else "left" if found[1].startswith("l") else "right"


def _deca_points(path: Path, content: Mapping[str, Any]) -> Recognised:
    names = [f"{part}_lmk_{what}" for part in ("static", "dynamic", "full") for what in ("faces_idx", "bary_coords")]
    if missing := [name for name in names if name not in content]:
        raise _unusable("landmark embedding", f"it lacks {', '.join(missing)}", path)
    arrays = {name: np.asarray(content[name]) for name in names}
    arrays = {n: a.astype(np.int64 if n.endswith("idx") else np.float64) for n, a in arrays.items()}
    count = arrays["full_lmk_faces_idx"].shape[-1]
    if arrays["dynamic_lmk_faces_idx"].shape != (79, 17) or count not in (68, 70):
        raise _unusable("landmark embedding", f"it has {count} points, not 68 or 70", path)
    _check_points(
        path, *((arrays[f"{p}_lmk_faces_idx"], arrays[f"{p}_lmk_bary_coords"]) for p in ("static", "dynamic", "full"))
    )
    return Recognised(
        "flame-landmarks" if count == 68 else "flame-landmarks-eyes", path, arrays, details={"points": count}
    )


def _of_npz(path: Path, content: Mapping[str, Any]) -> Recognised | None:
    return _points(path, content) if {"lmk_face_idx", "lmk_b_coords"} <= set(content) else None


def _unusable(what: str, why: str, path: Path) -> ModelError:
    return ModelError(
        f"This {what} cannot be used: {why}.", remedy="Get the original file (docs/models.md).", path=path
    )

"""What DECA, EMOCA, SMIRK and the NeuFace release regress frame by frame, with a weak-perspective camera in a crop.

DECA's `pose` is global orientation and jaw; neck and eyes do not turn. Its crop is not in its files: where a transform
`tform` (frame to crop pixels) lies beside the parameters the camera is exact, else the crop is derived or the camera is
placed on landmarks when the track meets its video (FORMATS sections 3, 4 and 8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import NeuFaceError, TrackError
from neuface_core.image_folder import natural_key
from neuface_core.interchange.cameras import Camera, InCrop
from neuface_core.interchange.file_values import SUFFIXES, Entries, content_sha256, last_number, names_in, read_values
from neuface_core.interchange.rows import Parameters, of_tform, track_of
from neuface_core.interchange.track import ForeignTrack
from neuface_core.models.array_file import read_npy

RELEASE = "flame-2020"
_SHAPE = ("shape", "shapecode", "shape_params", "shapes")
_EXPRESSION = ("exp", "expcode", "expression_params", "expr")
_POSE = ("pose", "posecode")
_CAMERA = ("cam", "camera", "cam_params")


@dataclass(frozen=True)
class Regressor:
    """A tool of this family.

    Attributes
    ----------
    system, licence
        As in `ForeignTrack`.
    needed
        One name of each of these groups is in its files.
    """

    system: str
    licence: str
    needed: tuple[tuple[str, ...], ...]

    def knows(self, names: frozenset[str] | set[str]) -> bool:
        """Whether a file with these entries is one of its own."""
        return all(any(name in names for name in group) for group in self.needed)


DECA = Regressor(
    "DECA",
    "DECA and FLAME 2020 model licences (Max Planck, not for commerce)",
    (("shape",), ("exp",), ("pose",)),
)
EMOCA = Regressor(
    "EMOCA",
    "EMOCA and FLAME 2020 model licences (Max Planck, not for commerce)",
    (("shapecode",), ("expcode",), ("posecode",)),
)
SMIRK = Regressor(
    "SMIRK",
    "SMIRK MIT; FLAME 2020 model licence (Max Planck, not for commerce)",
    (("pose_params",), ("shape_params",), ("expression_params",), ("jaw_params",)),
)
ALL = (SMIRK, EMOCA, DECA)
_OTHERS = SUFFIXES - {".npz", ".mat", ".frame", ".tar", ".ckpt", ".pth"}
_MOST_TO_LOOK = 1 << 28
_MESHES = frozenset({"verts", "trans_verts"})
_EMOCA_FILES = ("shape.npy", "exp.npy", "pose.npy")


def regressor_of(path: Path) -> Regressor | None:
    """Whose file this is, or whose folder of files, one a frame."""
    if path.is_dir():
        if _emoca_folders(path):
            return EMOCA
        files = frame_files(path)
        known = regressor_of(files[0]) if files else None
        # A folder of files with many rows each is a folder of clips.
        return known if known is not None and _rows_in(files[0]) < 2 else None
    names = names_in(path)
    if not names and path.suffix.lower() in _OTHERS and path.is_file() and path.stat().st_size < _MOST_TO_LOOK:
        with suppress(NeuFaceError, OSError):
            names = frozenset(read_values(path))
    # Meshes of DECA's demo are taken for its own, so that it is told why they cannot be read.
    return next((known for known in ALL if known.knows(names)), DECA if names >= _MESHES else None)


def _rows_in(file: Path) -> int:
    try:
        return len(Entries(read_values(file), file).take(_EXPRESSION, "E"))
    except (NeuFaceError, OSError):
        return 0


def frame_files(path: Path) -> list[Path]:
    """Files that may hold one frame each: of a folder, or one in each of its folders (DECA's NAME/NAME.mat)."""
    entries = sorted((p for p in path.iterdir() if not p.name.startswith(".")), key=lambda p: natural_key(p.name))
    kinds = (".mat", ".npz", ".npy", ".pt", ".pkl")
    for suffix in kinds:
        if found := [p for p in entries if p.is_file() and p.suffix.lower() == suffix]:
            return found
        nested = [p / f"{p.name}{suffix}" for p in entries if p.is_dir()]
        if found := [file for file in nested if file.is_file()]:
            return found
    return []


def read_regressor(
    path: Path, pictures: Path | None = None, known: Regressor | None = None
) -> tuple[ForeignTrack, ...]:
    """The track of a file with all frames, or of a folder with a file a frame.

    Raises
    ------
    TrackError
        When something is missing or of another shape; DECA's own .mat files hold meshes and no parameters.
    """
    if path.is_dir() and (folders := _emoca_folders(path)):
        return _read_emoca(path, folders)
    files = frame_files(path) if path.is_dir() else [path]
    if not files:
        raise TrackError("There is no file of parameters here.", remedy="Choose another folder.", path=path)
    each = [read_values(file) for file in files]
    known = known or next((r for r in ALL if r.knows(set(each[0]))), None)
    if known is None or not any(name in each[0] for name in _EXPRESSION):
        raise _no_parameters(files[0], each[0])
    frames, names = _frames(files), tuple(file.stem for file in files)
    if len(files) == 1 and not path.is_dir():
        rows = len(Entries(each[0], path).take(_EXPRESSION, "E"))
        frames, names = list(range(rows)), ()
    track = _track(path, known, files, each, frames, names, [])
    return (replace(track, sha256=content_sha256(files)),)


def _track(
    path: Path,
    known: Regressor,
    files: Sequence[Path],
    each: Sequence[Mapping[str, Any]],
    frames: Sequence[int],
    names: Sequence[str],
    notes: list[str],
) -> ForeignTrack:
    tables = [Entries(values, file) for values, file in zip(each, files, strict=True)]
    per_file = None if len(files) == 1 else 1
    expression = _stacked(tables, _EXPRESSION, "E", per_file)
    rows = len(expression)
    shape = np.concatenate([t.take(_SHAPE, "S", rows if per_file is None else 1) for t in tables])
    eyelids: NDArray[np.float64] | None = None
    if known is SMIRK:
        poses = {
            "global_orient": _stacked(tables, "pose_params", 3, per_file),
            "jaw_pose": _stacked(tables, "jaw_params", 3, per_file),
        }
        if "eyelid_params" in tables[0]:
            eyelids = _stacked(tables, "eyelid_params", 2, per_file)
            notes.append("Eyelid coefficients are kept; they move vertices only where the eyelid shapes are installed.")
    else:
        pose = _stacked(tables, _POSE, 6, per_file)
        poses = {"global_orient": pose[:, :3], "jaw_pose": pose[:, 3:]}
    return track_of(
        path,
        known.system,
        RELEASE,
        frames,
        Parameters(shape, expression, poses),
        _camera(tables, rows, per_file),
        eyelids=eyelids,
        licence=known.licence,
        frame_names=names,
        notes=notes,
    )


def _camera(tables: Sequence[Entries], rows: int, per_file: int | None) -> Camera | None:
    if not any(name in tables[0] for name in _CAMERA):
        return None
    camera = _stacked(tables, _CAMERA, 3, per_file)
    if "tform" not in tables[0]:
        return InCrop(camera)
    transforms = np.concatenate([t.numbers("tform").reshape(-1, 3, 3) for t in tables])
    if len(transforms) != rows:
        raise TrackError(f"There are {len(transforms)} transforms `tform` for {rows} rows.", remedy="Save one a frame.")
    if np.abs(transforms[:, 2] - [0, 0, 1]).max() > 1e-6:  # as DECA's loop turns it for its renderer
        transforms = np.linalg.inv(np.swapaxes(transforms, 1, 2))
    return of_tform(camera, transforms)


def _stacked(
    tables: Sequence[Entries], names: str | tuple[str, ...], width: int | str, rows: int | None
) -> NDArray[np.float64]:
    return np.concatenate([table.take(names, width, rows) for table in tables])


def _frames(files: Sequence[Path]) -> list[int]:
    """Numbers at the end of the names, from 0; places in the list where not every name has one of its own."""
    numbers = [last_number(file.stem) for file in files]
    known = [number for number in numbers if number is not None]
    return known if len(set(known)) == len(files) else list(range(len(files)))


def _emoca_folders(path: Path) -> list[Path]:
    """Folders FRAME_FACE that EMOCA's demo writes, each with shape.npy, exp.npy and pose.npy."""
    if not path.is_dir():
        return []
    folders = sorted((p for p in path.iterdir() if p.is_dir()), key=lambda p: natural_key(p.name))
    return [folder for folder in folders if all((folder / name).is_file() for name in _EMOCA_FILES)]


def _read_emoca(path: Path, folders: Sequence[Path]) -> tuple[ForeignTrack, ...]:
    faces = [folder.name.rpartition("_")[2] for folder in folders if "_" in folder.name]
    first = min(faces) if len(faces) == len(folders) else ""
    own = [folder for folder in folders if not first or folder.name.endswith(f"_{first}")]
    notes = []
    if len(own) < len(folders):
        notes.append(f"Other faces were left out: {len(folders) - len(own)} of {len(folders)} rows.")
    numbers = [last_number(folder.name.removesuffix(f"_{first}") if first else folder.name) for folder in own]
    frames = [i if number is None else number for i, number in enumerate(numbers)]
    if frames and min(frames) > 0:
        frames = [frame - 1 for frame in frames]
        notes.append("Frame numbers are counted from 1 there.")
    each, files = [], []
    for folder in own:
        row = {}
        for file in sorted(folder.glob("*.npy")):
            if file.name in (*_EMOCA_FILES, "cam.npy", "tform.npy"):
                row[file.stem] = read_npy(file)
                files.append(file)
        each.append(row)
    track = _track(path, EMOCA, own, each, frames, [folder.name for folder in own], notes)
    return (replace(track, sha256=content_sha256(files)),)


def _no_parameters(path: Path, values: Mapping[str, Any]) -> TrackError:
    meshes = values.keys() >= _MESHES
    return TrackError(
        "The file holds meshes and no parameters: DECA's demo does not write them."
        if meshes
        else f"The file lacks shape, exp and pose; it has {Entries(values, path).listed()}.",
        remedy="Save shape, exp, pose and cam of its `codedict`, and `tform`, into the same file.",
        path=path,
    )

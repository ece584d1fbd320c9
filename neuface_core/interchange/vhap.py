"""Tracks of VHAP, and the data sets for GaussianAvatars that it exports (FORMATS section 9).

VHAP poses FLAME by `rotation` about the root joint and `translation`; its camera stands at (0, 0, 1) and looks along -z
(OpenGL), with one focal length in units of the longer side of the picture and the principal point in its middle. Pixels
count from the corner of the picture there, so that half a pixel is taken off here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import TrackError
from neuface_core.interchange.cameras import LOOKING, Pinhole
from neuface_core.interchange.file_values import Entries, content_sha256, last_number, names_in, read_values
from neuface_core.interchange.rows import Parameters, track_of
from neuface_core.interchange.track import ForeignTrack

SYSTEM, DATASET_SYSTEM = "VHAP", "GaussianAvatars"
LICENCE = "FLAME 2023 model licence (Max Planck, not for commerce); VHAP CC BY-NC-SA 4.0 (Toyota)"
RELEASE = "flame-2023"
_NAMES = frozenset({"rotation", "translation", "jaw_pose", "eyes_pose", "neck_pose", "shape", "expr"})
_KEPT = ("static_offset", "dynamic_offset", "lights", "tex")
_CAMERA_AT = np.array([0.0, 0.0, 1.0])


def is_vhap(path: Path) -> bool:
    """Whether this is a file of VHAP, or a folder with `tracked_flame_params_<epoch>.npz`."""
    if path.is_dir():
        return any(path.glob("tracked_flame_params*.npz"))
    return names_in(path) >= _NAMES


def is_dataset(path: Path) -> bool:
    """Whether this is a folder that GaussianAvatars is trained on."""
    return (path / "flame_param").is_dir() and any(path.glob("transforms*.json"))


def read_vhap(path: Path, pictures: Path | None = None) -> tuple[ForeignTrack, ...]:
    """The track of a file, or of the last epoch in a folder.

    Raises
    ------
    TrackError
        When something is missing or of another shape.
    """
    file = path
    if path.is_dir():
        file = max(path.glob("tracked_flame_params*.npz"), key=lambda p: (last_number(p.stem) or 0, p.name))
    entries = Entries(values := read_values(file), file)
    rotation = entries.take("rotation", 3)
    frames = len(rotation)
    translation = entries.take("translation", 3, frames)
    camera: Pinhole | None = None
    size: tuple[int, int] | None = None
    notes = _offset_notes(entries)
    if "image_size" in entries:
        height, width = entries.numbers("image_size").ravel()[:2].astype(int)
        size = (int(width), int(height))
    if "focal_length" in entries and size is not None:
        focal = float(entries.numbers("focal_length").ravel()[0]) * max(size)
        intrinsics = np.array([[focal, 0, size[0] / 2 - 0.5], [0, focal, size[1] / 2 - 0.5], [0, 0, 1]])
        camera = Pinhole(
            np.repeat(intrinsics[None], frames, axis=0),
            np.repeat(LOOKING[None], frames, axis=0),
            (translation - _CAMERA_AT) @ LOOKING,
        )
    else:
        notes.append("The file has no camera (calibrated recording): it is placed on the detector's landmarks.")
    names = [str(name) for name in np.ravel(values.get("timestep_id", ()))]
    params = _parameters(entries, rotation)
    if "shape_per_frame" in values:  # of our own export: the identity of every frame
        params = replace(params, shape=entries.take("shape_per_frame", "S", frames))
    if "valid" in values:  # of our own export: rows that only fill a gap
        blanked = _blank(rotation, entries.numbers("valid"))
        params = replace(params, poses={**params.poses, "global_orient": blanked})
    return (
        track_of(
            file,
            SYSTEM,
            RELEASE,
            np.arange(frames),
            params,
            camera,
            image_size=size,
            licence=LICENCE,
            sha256=content_sha256([file]),
            frame_names=names if len(names) == frames else (),
            extra={name: np.asarray(values[name]) for name in (*_KEPT, "translation") if name in values},
            notes=notes,
        ),
    )


def read_dataset(path: Path, pictures: Path | None = None) -> tuple[ForeignTrack, ...]:
    """One track a camera of a GaussianAvatars data set.

    Raises
    ------
    TrackError
        When it names files that are not there, or something is missing in them.
    """
    rows = _frames_of(path)
    cameras = sorted({int(row.get("camera_index", 0)) for row in rows})
    known: dict[str, Entries] = {}
    tracks = []
    for camera in cameras:
        own = sorted(
            (r for r in rows if int(r.get("camera_index", 0)) == camera), key=lambda r: int(r["timestep_index"])
        )
        for row in own:
            file = path / str(row["flame_param_path"])
            if str(file) not in known:
                known[str(file)] = Entries(_read_row(file), file)
        view = str(own[0].get("camera_id", camera)) if len(cameras) > 1 else ""
        tracks.append(_of_camera(path, own, known, view))
    return tuple(tracks)


def _of_camera(path: Path, rows: Sequence[dict[str, Any]], known: dict[str, Entries], view: str) -> ForeignTrack:
    files = [path / str(row["flame_param_path"]) for row in rows]
    each = [known[str(file)] for file in files]

    def all_of(name: str, width: int | str) -> NDArray[np.float64]:
        return np.concatenate([entries.take(name, width, 1) for entries in each])

    parts = [_parameters(entries, entries.take("rotation", 3, 1)) for entries in each]
    params = Parameters(
        np.concatenate([part.shape for part in parts]),
        np.concatenate([part.expression for part in parts]),
        {name: np.concatenate([part.poses[name] for part in parts]) for name in parts[0].poses},
    )
    width, height = int(rows[0]["w"]), int(rows[0]["h"])
    translation = all_of("translation", 3)
    return track_of(
        path,
        DATASET_SYSTEM,
        RELEASE,
        [int(row["timestep_index"]) for row in rows],
        params,
        _nerf_cameras(rows, translation),
        image_size=(width, height),
        licence=LICENCE,
        sha256=content_sha256([*dict.fromkeys(files)]),
        frame_names=[Path(str(row["file_path"])).name for row in rows],
        view=view,
        extra={"translation": translation},
        notes=_offset_notes(each[0]),
    )


def _nerf_cameras(rows: Sequence[dict[str, Any]], translation: NDArray[np.float64]) -> Pinhole:
    """`transform_matrix` takes points of the camera (OpenGL) to the world, in which FLAME is moved by `translation`."""
    out = np.linalg.inv(np.array([row["transform_matrix"] for row in rows], np.float64))
    rotation = LOOKING @ out[:, :3, :3]
    intrinsics = np.zeros((len(rows), 3, 3))
    intrinsics[:, 0, 0] = [float(row["fl_x"]) for row in rows]
    intrinsics[:, 1, 1] = [float(row["fl_y"]) for row in rows]
    intrinsics[:, 0, 2] = [float(row["cx"]) - 0.5 for row in rows]
    intrinsics[:, 1, 2] = [float(row["cy"]) - 0.5 for row in rows]
    intrinsics[:, 2, 2] = 1.0
    moved = np.einsum("fij,fj->fi", rotation, translation) + out[:, :3, 3] @ LOOKING
    return Pinhole(intrinsics, rotation, moved)


def _frames_of(path: Path) -> list[dict[str, Any]]:
    """Rows of all `transforms_<split>.json`, or of `transforms.json` where it is whole."""
    files = (
        [path / "transforms.json"] if (path / "transforms.json").is_file() else sorted(path.glob("transforms_*.json"))
    )
    files = [file for file in files if "backup" not in file.name]
    rows: dict[tuple[int, int], dict[str, Any]] = {}
    try:
        for file in files:
            document = json.loads(file.read_text("utf-8"))
            shared = {key: document[key] for key in ("cx", "cy", "fl_x", "fl_y", "h", "w") if key in document}
            for row in document["frames"]:
                rows[int(row["timestep_index"]), int(row.get("camera_index", 0))] = {**shared, **row}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrackError(
            f"The list of frames cannot be read ({type(error).__name__}: {error}).",
            remedy="Export the data set from VHAP again.",
            path=path,
        ) from error
    needed = {"flame_param_path", "transform_matrix", "file_path", "cx", "cy", "fl_x", "fl_y", "h", "w"}
    for row in rows.values():
        if missing := sorted(needed - row.keys()):
            raise TrackError(
                f"A frame of the data set lacks {', '.join(missing)}.", remedy="Export it from VHAP again.", path=path
            )
    if not rows:
        raise TrackError("The data set names no frames.", remedy="Export it from VHAP again.", path=path)
    return list(rows.values())


def _read_row(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise TrackError("A parameter file of the data set is missing.", remedy="Bring it back.", path=file)
    return read_values(file)


def _parameters(entries: Entries, rotation: NDArray[np.float64]) -> Parameters:
    rows = len(rotation)
    return Parameters(
        entries.take("shape", "S", rows),
        entries.take("expr", "E", rows),
        {
            "global_orient": rotation,
            "neck_pose": entries.take("neck_pose", 3, rows),
            "jaw_pose": entries.take("jaw_pose", 3, rows),
            "eye_pose": entries.take(("eyes_pose", "eye_pose"), 6, rows),
        },
    )


def _blank(values: NDArray[np.float64], valid: NDArray[np.floating]) -> NDArray[np.float64]:
    """NaN in the rows that are not `valid`, so that they are left out."""
    kept: NDArray[np.bool_] = np.ravel(valid) > 0
    return np.where(kept[:, None], values, np.nan) if len(kept) == len(values) else values


def _offset_notes(entries: Entries) -> list[str]:
    moved = [n for n in ("static_offset", "dynamic_offset") if n in entries and np.any(entries.numbers(n))]
    if not moved:
        return []
    furthest = max(float(np.abs(entries.numbers(name)).max()) for name in moved) * 1000
    return [
        f"{' and '.join(moved)}: vertices moved beyond FLAME by up to {furthest:.1f} mm are kept with the track, but "
        "not drawn and not measured."
    ]

"""`params.npz` of the published NeuFace code (FORMATS section 8).

Rows are the pictures of a folder in the order of their names; several cameras of one moment follow each other
(``img_0001_front.jpg``). `cam` and `landmarks2d` are in DECA's crop, which the file does not hold: the loader cut it
around FAN's landmarks, which it left beside each picture as ``<picture>_kpt.npy``. Where our own export wrote the
transform beside them (`tform`), that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import TrackError
from neuface_core.interchange.cameras import Camera, InCrop, WeakPerspective
from neuface_core.interchange.file_values import Entries, content_sha256, names_in, read_values
from neuface_core.interchange.rows import Parameters, deca_square, of_tform, track_of
from neuface_core.interchange.track import ForeignTrack
from neuface_core.models.array_file import read_npy
from neuface_core.video import IMAGE_SUFFIXES

SYSTEM = "NeuFace release"
LICENCE = "DECA and FLAME 2020 model licences (Max Planck, not for commerce)"
RELEASE = "flame-2020"
_NAMES = frozenset({"cam", "pose", "expr", "shapes"})
_PLACES = re.compile(r"^(?P<stem>.*?)(?P<number>\d+)(?:_(?P<view>[A-Za-z]\w*))?$")


def is_release(path: Path) -> bool:
    """Whether this is such a file, or a folder of an output that holds one."""
    return _file_of(path) is not None


def _file_of(path: Path) -> Path | None:
    for file in (path, path / "params.npz", path / "flame_params" / "params.npz"):
        if file.is_file() and names_in(file) >= _NAMES:
            return file
    return None


def read_release(path: Path, pictures: Path | None = None) -> tuple[ForeignTrack, ...]:
    """One track a camera.

    Parameters
    ----------
    pictures
        The folder of pictures that was tracked; their names tell the cameras.

    Raises
    ------
    TrackError
        When something is missing or of another shape.
    """
    file = _file_of(path)
    if file is None:
        raise TrackError("There is no params.npz of NeuFace here.", remedy="Choose the file itself.", path=path)
    entries = Entries(values := read_values(file), file)
    camera = entries.take("cam", 3)
    rows = len(camera)
    pose, expression = entries.take("pose", 6, rows), entries.take("expr", "E", rows)
    shape = entries.take("shapes", "S", rows)
    landmarks = None
    if "landmarks2d" in entries:
        landmarks = entries.numbers("landmarks2d").reshape(-1, 68, entries.numbers("landmarks2d").shape[-1])[..., :2]
        if len(landmarks) != rows:
            raise TrackError(f"There are {len(landmarks)} rows of landmarks2d for {rows} rows of cam.", path=file)
    images, notes = _images(pictures, rows)
    tforms = entries.numbers("tform").reshape(-1, 3, 3) if "tform" in entries else None
    digest = content_sha256([file])
    tracks = []
    for view, at, frames in _ours(values, rows) or _views(images, rows):
        placed, said = _camera(camera[at], None if tforms is None else tforms[at], [images[i] for i in at if images])
        tracks.append(
            track_of(
                file,
                SYSTEM,
                RELEASE,
                frames,
                Parameters(shape[at], expression[at], _poses(entries, pose, at)),
                placed,
                landmarks=_in_frame(landmarks[at], placed, camera[at]) if landmarks is not None else None,
                landmarks_in_crop=isinstance(placed, InCrop),
                landmark_detector="fan-2d",
                licence=LICENCE,
                sha256=digest,
                view=view,
                frame_names=[images[i].name for i in at] if images else (),
                notes=[*notes, *said],
                extra={name: np.asarray(values[name]) for name in values if name not in _READ},
            )
        )
    return tuple(tracks)


_READ = frozenset({*_NAMES, "landmarks2d", "tform", "neck_pose", "eye_pose", "frame_index", "view", "about"})


def _images(pictures: Path | None, rows: int) -> tuple[list[Path], list[str]]:
    """The pictures behind the rows; the loader drops the last moment of several views."""
    if pictures is None or not pictures.is_dir():
        return [], []
    found = sorted(p for p in pictures.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith("."))
    if len(found) < rows:
        raise TrackError(
            f"The file has {rows} rows and the folder {len(found)} pictures.",
            remedy="Name the folder that was tracked with --images.",
            path=pictures,
        )
    notes = [f"The last {len(found) - rows} of {len(found)} pictures have no row."] if len(found) > rows else []
    return found[:rows], notes


def _views(images: Sequence[Path], rows: int) -> list[tuple[str, NDArray[np.int64], list[int]]]:
    """Name of each camera, its rows, and their frame numbers among its own pictures."""
    parts = [_PLACES.match(image.stem) for image in images]
    names = [part["view"] or "" if part else "" for part in parts] or [""] * rows
    found = []
    for name in sorted(set(names)):
        at = np.array([i for i, own in enumerate(names) if own == name], np.int64)
        found.append((name if len(set(names)) > 1 else "", at, list(range(len(at)))))
    return found


def _ours(values: Mapping[str, Any], rows: int) -> list[tuple[str, NDArray[np.int64], list[int]]]:
    """As `_views`, of a file that we exported: it has the frame number and the view of every row."""
    frames, names = np.ravel(values.get("frame_index", ())), np.ravel(values.get("view", ()))
    if len(frames) != rows or len(names) != rows:
        return []
    found = []
    for name in dict.fromkeys(names.tolist()):
        at = np.flatnonzero(names == name)
        found.append((str(name), at, [int(frame) for frame in frames[at]]))
    return found


def _poses(entries: Entries, pose: NDArray[np.float64], at: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """The released file has no neck and no eyes; ours has them beside the rest."""
    found = {"global_orient": pose[at, :3], "jaw_pose": pose[at, 3:]}
    for name, width in (("neck_pose", 3), ("eye_pose", 6)):
        if name in entries:
            found[name] = entries.take(name, width, len(pose))[at]
    return found


def _camera(
    camera: NDArray[np.float64], tform: NDArray[np.float64] | None, images: Sequence[Path]
) -> tuple[Camera, list[str]]:
    if tform is not None:
        return of_tform(camera, tform), []
    beside = [image.with_name(f"{image.stem}_kpt.npy") for image in images]
    if beside and all(file.is_file() for file in beside):
        points = np.stack([np.asarray(read_npy(file), np.float64)[:, :2] for file in beside])
        if points.shape[1:] != (68, 2):
            raise TrackError(f"The landmarks have the shape {points.shape[1:]}, wanted (68, 3).", path=beside[0])
        said = ["The crop was derived from the loader's landmarks (_kpt.npy) as the loader does."]
        return WeakPerspective.of_crop(camera, *deca_square(points)), said
    return InCrop(camera), []


def _in_frame(landmarks: NDArray[np.float64], placed: Camera, camera: NDArray[np.float64]) -> NDArray[np.float64]:
    """Landmarks of the crop in pixels, where the camera is."""
    if not isinstance(placed, WeakPerspective):
        return landmarks
    half = (placed.scale / camera[:, 0])[:, None, None]
    centre = placed.centre - half[:, 0] * camera[:, :1] * camera[:, 1:] * [1.0, -1.0]
    return centre[:, None] + half * landmarks

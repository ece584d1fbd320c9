"""Frames of metrical-tracker (MICA and its tracker): one torch file a frame (FORMATS section 9).

Its FLAME does not turn as a whole: the camera turns around it. Jaw and eyes are two rows of a rotation matrix (6
numbers). `opencv` holds the camera in OpenCV's axes, its pixels counted from the corner of the picture. The pictures
were cut by `bbox.pt` (x0, x1, y0, y1) and made `img_size` large before they were tracked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import TrackError
from neuface_core.interchange.cameras import Pinhole
from neuface_core.interchange.file_values import Entries, content_sha256, last_number, read_values
from neuface_core.interchange.rows import Parameters, axis_angle_of_6d, track_of
from neuface_core.interchange.track import ForeignTrack
from neuface_core.models.torch_file import read_torch

SYSTEM = "MICA + tracker"
LICENCE = "FLAME 2020 model licence, MICA and metrical-tracker (Max Planck, not for commerce)"
RELEASE = "flame-2020"
BOX_FILE = "bbox.pt"


def frame_files(path: Path) -> list[Path]:
    """The .frame files of a folder, of its folder `checkpoint`, or the file itself."""
    if path.is_file():
        return [path] if path.suffix == ".frame" else []
    for folder in (path, path / "checkpoint"):
        if found := sorted(folder.glob("*.frame")):
            return found
    return []


def is_metrical(path: Path) -> bool:
    """Whether there are .frame files here."""
    return bool(frame_files(path))


def read_metrical(path: Path, pictures: Path | None = None) -> tuple[ForeignTrack, ...]:
    """The track of all frames of a folder.

    Parameters
    ----------
    pictures
        The video or folder of pictures: a `bbox.pt` is looked for beside it, too.

    Raises
    ------
    TrackError
        When something is missing or of another shape.
    ModelError
        When a file is damaged, or wants to execute something.
    """
    files = frame_files(path)
    each = [Entries(read_values(file), file) for file in files]

    def all_of(name: str, width: int | str) -> NDArray[np.float64]:
        parts = [entries.take(name, width, 1) for entries in each]
        widths = [part.shape[1] for part in parts]
        if len(set(widths)) > 1:
            odd = next(i for i, width in enumerate(widths) if width != widths[0])
            raise TrackError(
                f"{name!r} has {widths[odd]} numbers here and {widths[0]} in {files[0].name}.",
                remedy="Put the frames of one run into a folder of their own.",
                path=files[odd],
            )
        return np.concatenate(parts)

    eyes = all_of("flame/eyes", 12)
    params = Parameters(
        all_of("flame/shape", "S"),
        all_of("flame/exp", "E"),
        {
            "jaw_pose": axis_angle_of_6d(all_of("flame/jaw", 6)),
            "eye_pose": np.hstack([axis_angle_of_6d(eyes[:, :6]), axis_angle_of_6d(eyes[:, 6:])]),
        },
    )
    height, width = (int(n) for n in each[0].numbers("img_size").ravel()[:2])
    camera = _camera(each, pictures, path, (width, height))
    boxed = _box_of(path, pictures)
    notes = [] if boxed is None else [f"Pictures were cut by {BOX_FILE} {boxed.astype(int).tolist()}."]
    eyelids = all_of("flame/eyelids", 2)
    if np.any(eyelids):
        notes.append("Eyelid coefficients are kept; they move vertices only where the eyelid shapes are installed.")
    return (
        track_of(
            path,
            SYSTEM,
            RELEASE,
            _numbers(files),
            params,
            camera,
            image_size=None if boxed is not None else (width, height),
            eyelids=eyelids,
            licence=LICENCE,
            sha256=content_sha256(files),
            frame_names=[file.stem for file in files],
            notes=notes,
        ),
    )


def _camera(each: Sequence[Entries], pictures: Path | None, path: Path, size: tuple[int, int]) -> Pinhole:
    def stacked(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
        parts = []
        for entries in each:
            parts.append(entries.take(name, shape[-1]).reshape(shape))
        return np.stack(parts)

    intrinsics = stacked("opencv/K", (3, 3)).copy()
    box = _box_of(path, pictures)
    if box is not None:
        intrinsics = _uncut(box, size) @ intrinsics
    intrinsics[:, :2, 2] -= 0.5
    return Pinhole(intrinsics, stacked("opencv/R", (3, 3)), stacked("opencv/t", (3,)))


def _uncut(box: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """(3, 3) from pixels of the tracked square to those of the picture, both counted from the corner.

    The piece x0:x1, y0:y1 is made square with black margins, then resized.
    """
    x0, x1, y0, y1 = box
    width, height = x1 - x0, y1 - y0
    side = max(width, height)
    left, top = float(int((side - width) / 2)), float(int((side - height) / 2))
    scale_x, scale_y = (width + 2 * left) / size[0], (height + 2 * top) / size[1]
    return np.array([[scale_x, 0, x0 - left], [0, scale_y, y0 - top], [0, 0, 1]])


def _box_of(path: Path, pictures: Path | None) -> NDArray[np.float64] | None:
    """The box by which pictures were cut, where it lies beside the video or the track; not for cut pictures."""
    if pictures is not None and pictures.is_dir() and pictures.name != "source":
        return None  # "images" and "input" hold pictures that were cut
    near = [path, path.parent, *([pictures.parent, pictures.parent.parent] if pictures is not None else [])]
    for folder in near:
        file = folder / BOX_FILE
        if folder.is_dir() and file.is_file():
            box = np.asarray(read_torch(file), np.float64).ravel()
            if box.shape != (4,) or not np.isfinite(box).all() or box[1] <= box[0] or box[3] <= box[2]:
                raise TrackError("This is no box x0, x1, y0, y1.", remedy="Take the file away.", path=file)
            return box
    return None


def _numbers(files: Sequence[Path]) -> list[int]:
    numbers = [last_number(file.stem) for file in files]
    if any(number is None for number in numbers):
        raise TrackError("A .frame file has no number in its name.", remedy="Name them 00000.frame, …", path=files[0])
    return [int(number or 0) for number in numbers]

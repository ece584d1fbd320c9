"""A `ForeignTrack` as a file of plain arrays and one JSON document, kept in a project beside the fit made from it.

Nothing of the other tool's file is lost by that: its camera, the eyelids, arrays that have no place in a fit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import TrackError
from neuface_core.interchange.cameras import Camera, InCrop, Pinhole, WeakPerspective
from neuface_core.interchange.track import ForeignTrack
from neuface_core.models.array_file import read_npz

FORMAT, VERSION = "neuface-track", 1
_ARRAYS = ("frames", "shape", "expression", "global_orient", "neck_pose", "jaw_pose", "eye_pose")
_OPTIONAL = ("landmarks", "landmark_confidence", "eyelids")
_TEXTS = ("system", "head", "landmarks_in_crop", "landmark_detector", "contour", "view", "fps", "licence", "sha256")
_CAMERAS: dict[str, type[WeakPerspective] | type[Pinhole] | type[InCrop]] = {
    "weak": WeakPerspective,
    "pinhole": Pinhole,
    "crop": InCrop,
}
_KINDS = {made: kind for kind, made in _CAMERAS.items()}


def write_track(path: Path, track: ForeignTrack) -> None:
    """Write a track, whole or not at all.

    Raises
    ------
    TrackError
        When it cannot be written.
    """
    arrays: dict[str, NDArray[Any]] = {name: getattr(track, name) for name in _ARRAYS}
    arrays |= {name: getattr(track, name) for name in _OPTIONAL if getattr(track, name) is not None}
    arrays |= {f"extra/{name}": values for name, values in track.extra.items() if values.dtype.kind in "fiub"}
    about: dict[str, Any] = {"format": FORMAT, "version": VERSION, **{name: getattr(track, name) for name in _TEXTS}}
    about |= {"image_size": track.image_size, "source": str(track.source or ""), "camera": ""}
    about |= {"frame_names": list(track.frame_names), "notes": list(track.notes)}
    if track.camera is not None:
        about["camera"] = _KINDS[type(track.camera)]
        arrays |= {f"camera/{name}": values for name, values in vars(track.camera).items()}
    document = np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), np.uint8)
    try:
        with atomic_write(path) as file:
            np.savez_compressed(file, allow_pickle=False, about=document, **arrays)
    except OSError as error:
        raise TrackError(
            f"The track could not be kept ({error.strerror or error}).", remedy="Make space on the disk.", path=path
        ) from error


def read_track(path: Path) -> ForeignTrack:
    """Read what `write_track` wrote.

    Raises
    ------
    TrackError, ModelError
        When the file is missing, damaged, or of another kind.
    """
    if not path.is_file():
        raise TrackError("The track of the other tool is not kept here.", remedy="Import it again.", path=path)
    arrays = read_npz(path)
    try:
        about = json.loads(arrays["about"].tobytes().decode())
        if about["format"] != FORMAT or about["version"] != VERSION:
            raise ValueError(f"format {about['format']!r}, version {about['version']!r}")
        plain: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
        plain |= {name: arrays.get(name) for name in _OPTIONAL} | {name: about[name] for name in _TEXTS}
        return ForeignTrack(
            **plain,
            camera=_camera(about["camera"], arrays),
            image_size=tuple(about["image_size"]) if about["image_size"] else None,
            source=Path(about["source"]) if about["source"] else None,
            frame_names=tuple(about["frame_names"]),
            notes=tuple(about["notes"]),
            extra={name.removeprefix("extra/"): a for name, a in arrays.items() if name.startswith("extra/")},
        )
    except (KeyError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise TrackError(
            f"The kept track is damaged ({type(error).__name__}: {error}).", remedy="Import it again.", path=path
        ) from error


def _camera(kind: str, arrays: dict[str, Any]) -> Camera | None:
    if not kind:
        return None
    parts = {name.removeprefix("camera/"): a for name, a in arrays.items() if name.startswith("camera/")}
    return _CAMERAS[kind](**parts)

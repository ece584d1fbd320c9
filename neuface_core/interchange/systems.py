"""The tools whose tracks are known, and which of them wrote what lies at a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from neuface_core.errors import NeuFaceError, TrackError
from neuface_core.image_folder import natural_key
from neuface_core.interchange import metrical, neuface_release, regressors, vhap
from neuface_core.interchange.track import ForeignTrack

Reader = Callable[[Path, Path | None], tuple[ForeignTrack, ...]]
_DEEPEST = 6
_LOOKED_AT = (".npz", ".mat", ".pt", ".pkl")  # in folders; any file may be named
_MOST_FOLDERS = 20_000


@dataclass(frozen=True)
class System:
    """A tool whose tracks can be read.

    Attributes
    ----------
    key
        As `--system` takes it.
    name
        As tables show it.
    files
        What of it is read, in words.
    owns
        Whether a file or folder is one of its own; looks at names before it looks inside.
    read
        All tracks of such a path; several are views of one clip. The second argument is the video or the folder of
        pictures, where it is known.
    """

    key: str
    name: str
    files: str
    owns: Callable[[Path], bool]
    read: Reader


def _regressed(known: regressors.Regressor, path: Path) -> bool:
    return regressors.regressor_of(path) is known


SYSTEMS: tuple[System, ...] = (
    System("vhap", vhap.SYSTEM, "tracked_flame_params_<epoch>.npz", vhap.is_vhap, vhap.read_vhap),
    System(
        "gaussian-avatars",
        vhap.DATASET_SYSTEM,
        "a folder with transforms*.json and flame_param/*.npz",
        vhap.is_dataset,
        vhap.read_dataset,
    ),
    System(
        "metrical-tracker",
        metrical.SYSTEM,
        "checkpoint/*.frame",
        metrical.is_metrical,
        metrical.read_metrical,
    ),
    System(
        "neuface",
        neuface_release.SYSTEM,
        "params.npz with the pictures",
        neuface_release.is_release,
        neuface_release.read_release,
    ),
    *(
        System(
            known.system.lower(),
            known.system,
            files,
            partial(_regressed, known),
            partial(regressors.read_regressor, known=known),
        )
        for known, files in (
            (regressors.SMIRK, "pose_params, shape_params, expression_params, … in one file, or one a frame"),
            (regressors.EMOCA, "FRAME_FACE/shape.npy, exp.npy, pose.npy; shapecode, expcode, posecode in one file"),
            (regressors.DECA, "shape, exp, pose, cam in one file, or one a frame (.mat, .npz, .pt, .pkl)"),
        )
    ),
)
BY_KEY = {system.key: system for system in SYSTEMS}


@dataclass(frozen=True)
class FoundTrack:
    """A file or folder, and the tool that wrote it."""

    system: System
    path: Path

    def read(self, pictures: Path | None = None) -> tuple[ForeignTrack, ...]:
        """Its tracks.

        Raises
        ------
        TrackError, ModelError
            When the file is damaged, incomplete, or wants to execute something.
        """
        return self.system.read(self.path, pictures)


def system_of(key: str) -> System:
    """The tool of that key.

    Raises
    ------
    TrackError
        When it is not known.
    """
    if key not in BY_KEY:
        raise TrackError(f"There is no system {key!r}.", remedy=f"Known are {', '.join(BY_KEY)}.")
    return BY_KEY[key]


def recognise(path: Path, system: str = "") -> list[FoundTrack]:
    """The tracks at or below `path`, in the order of their names.

    Parameters
    ----------
    path
        A file, a folder of one track, or a folder of many.
    system
        Key of the tool, where the user says so: the path is then taken as its own without a look at its files.

    Raises
    ------
    TrackError
        When there is nothing here, or nothing that is known.
    """
    if not path.exists():
        raise TrackError("There is no such file or folder.", remedy="Check the name.", path=path)
    if system:
        wanted = system_of(system)
        below = [found for found in _below(path, 0, [0]) if found.system is wanted]
        return below or [FoundTrack(wanted, path)]
    found = list(_below(path, 0, [0]))
    if not found:
        known = "; ".join(f"{s.name}: {s.files}" for s in SYSTEMS)
        raise TrackError(
            "No track of a known tool is here.", remedy=f"Known are {known}. Or name the tool with --system.", path=path
        )
    return found


def looks_like_a_track(path: Path) -> bool:
    """Whether a path that was dropped on the window is rather a track than a video; looks at most one folder deep."""
    try:
        return any(system.owns(path) for system in SYSTEMS)
    except (OSError, NeuFaceError):
        return False


def _below(path: Path, depth: int, visited: list[int]) -> Iterator[FoundTrack]:
    visited[0] += 1
    if depth > _DEEPEST or visited[0] > _MOST_FOLDERS:
        return
    try:
        for system in SYSTEMS:
            if system.owns(path):
                yield FoundTrack(system, path)
                return
        if path.is_dir():
            entries = sorted(
                (p for p in path.iterdir() if not p.name.startswith(".")), key=lambda p: natural_key(p.name)
            )
            for entry in entries:
                if (entry.is_dir() and not entry.is_symlink()) or entry.suffix.lower() in _LOOKED_AT:
                    yield from _below(entry, depth + 1, visited)
    except OSError as error:
        raise TrackError(f"This cannot be read: {error.strerror or error}.", path=path) from error

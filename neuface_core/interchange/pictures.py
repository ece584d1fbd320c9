"""Which video or folder of pictures a track belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neuface_core.errors import PicturesMissingError, TrackError
from neuface_core.image_folder import image_files
from neuface_core.interchange.systems import FoundTrack
from neuface_core.interchange.track import ForeignTrack
from neuface_core.video import VIDEO_SUFFIXES

_FOLDERS = ("images", "input", "source", "frames", "rgb")
"""Folders of pictures beside a track: of GaussianAvatars, NeuFace and metrical-tracker, and common ones."""
_UP = 3


@dataclass(frozen=True)
class Pictures:
    """A video, or a folder of pictures or videos.

    Attributes
    ----------
    path
        Absolute.
    name
        Of the clip.
    """

    path: Path
    name: str

    def interleaved(self, tracks: Sequence[ForeignTrack]) -> bool:
        """Whether the folder holds pictures of several cameras, or more than the track names."""
        if not self.path.is_dir() or not all(track.frame_names for track in tracks):
            return False
        there = {file.name for file in image_files(self.path)}
        named = {name for track in tracks for name in track.frame_names}
        return named <= there and (len(tracks) > 1 or len(named) < len(there))

    def videos_of(self, tracks: Sequence[ForeignTrack]) -> dict[str, Path]:
        """A video, or a folder of pictures, for each camera, where the folder has some by their names."""
        if not self.path.is_dir() or len(tracks) < 2:
            return {}
        found = {}
        for entry in sorted(self.path.iterdir()):
            view = entry.name if entry.is_dir() else entry.stem if entry.suffix.lower() in VIDEO_SUFFIXES else ""
            if view in {track.view for track in tracks} and (entry.is_file() or image_files(entry)):
                found[view] = entry
        return found


def pictures_of(found: FoundTrack, named: Path | None) -> Pictures:
    """The pictures of a track: what the user named, else what lies beside it.

    Parameters
    ----------
    named
        A video, a folder of pictures, or a folder of many whose names tell which is meant.

    Raises
    ------
    TrackError
        When there is none, or more than one.
    """
    if named is not None:
        if not named.exists():
            raise TrackError("There is no such video or folder.", remedy="Check the name.", path=named)
        return _among(found, named.absolute())
    beside = _beside(found.path)
    if len(beside) == 1:
        return Pictures(beside[0], _name(beside[0]))
    words = (
        f"There are several videos beside it ({', '.join(p.name for p in beside[:4])})."
        if beside
        else ("No video or folder of pictures lies beside the track.")
    )
    raise PicturesMissingError(words, remedy="Name the right one with --video or --images.", path=found.path)


def _among(found: FoundTrack, named: Path) -> Pictures:
    """`named` itself, or the entry in it that is called like the track."""
    if named.is_file() or image_files(named):
        return Pictures(named, _name(named))
    entries = [p for p in named.iterdir() if _is_pictures(p)]
    parts = [found.path.stem, *(parent.name for parent in list(found.path.parents)[:_UP])]
    for part in parts:
        for entry in entries:
            if part and entry.stem.casefold() == part.casefold():
                return Pictures(entry, entry.stem)
    for part in parts:  # "obama" of "obama_whole_video_offset_00000"
        longest = [p for p in entries if part and part.casefold().startswith(p.stem.casefold())]
        if longest:
            best = max(longest, key=lambda p: len(p.stem))
            return Pictures(best, best.stem)
    if not entries:
        raise TrackError("There is no video and no picture here.", remedy="Name another folder.", path=named)
    return Pictures(entries[0], _name(entries[0])) if len(entries) == 1 else Pictures(named, named.name)


def _beside(path: Path) -> list[Path]:
    """Videos and folders of pictures in the folder of the track and a few above it; the nearest that has some."""
    folders = [path, *path.parents][: _UP + 1] if path.is_dir() else list(path.parents)[:_UP]
    for folder in folders:
        for name in _FOLDERS:
            if (folder / name).is_dir() and image_files(folder / name):
                return [folder / name]
        videos = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in VIDEO_SUFFIXES)
        alike = [p for p in videos if p.stem == path.stem or path.stem.startswith(p.stem)]
        if len(alike) == 1 or videos:
            return alike if len(alike) == 1 else videos
        if folder != path and image_files(folder):
            return [folder]
    return []


def _is_pictures(path: Path) -> bool:
    if path.name.startswith("."):
        return False
    return path.suffix.lower() in VIDEO_SUFFIXES if path.is_file() else bool(image_files(path))


def _name(path: Path) -> str:
    if path.is_dir():
        return path.parent.name if path.name in _FOLDERS else path.name
    return path.stem

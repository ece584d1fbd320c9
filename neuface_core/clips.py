"""What a clip is, and which clips lie in files and folders."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from neuface_core.errors import VideoError
from neuface_core.image_folder import image_files, natural_key
from neuface_core.video import VIDEO_SUFFIXES, check_readable

# Windows and shells stumble over these in the file names that are made from clip names.
_AWKWARD = frozenset('<>:"/\\|?*')
_LEAST_IMAGES = 2


@dataclass(frozen=True)
class Clip:
    """One take of one person.

    Attributes
    ----------
    name
        Unique in a project; also the name of its files.
    views
        One video or image folder for every camera, absolute paths.
    """

    name: str
    views: tuple[Path, ...]


@dataclass(frozen=True)
class Found:
    """What a search brought: the clips, and what could not be looked at and why."""

    clips: tuple[Clip, ...]
    problems: tuple[VideoError, ...]


def find_clips(paths: Iterable[Path | str], taken: Collection[str] = ()) -> list[Clip]:
    """Clips of files and folders; what cannot be read is left out (`search` also says why)."""
    return list(search(paths, taken).clips)


def search(paths: Iterable[Path | str], taken: Collection[str] = ()) -> Found:
    """Look for clips without opening a video.

    Parameters
    ----------
    paths
        A file is a clip. A folder is searched with all its folders for videos; a folder that holds images and no video
        is one clip. Hidden files and folders are passed over.
    taken
        Names that are no longer free.
    """
    names = set(taken)
    seen: set[Path] = set()
    clips: list[Clip] = []
    problems: list[VideoError] = []
    for given in paths:
        for found in _walk(Path(os.path.abspath(Path(given).expanduser()))):  # noqa: PTH100 - keeps links as named
            if isinstance(found, VideoError):
                problems.append(found)
            elif found not in seen:
                seen.add(found)
                name = _free_name(found, names)
                names.add(name)
                clips.append(Clip(name, (found,)))
    return Found(tuple(clips), tuple(problems))


def _walk(path: Path) -> Iterator[Path | VideoError]:
    """Videos and image folders at or below `path`, in natural order."""
    try:
        check_readable(path)
        if not path.is_dir():
            yield path
            return
        entries = sorted((p for p in path.iterdir() if not p.name.startswith(".")), key=lambda p: natural_key(p.name))
        folders = [p for p in entries if p.is_dir()]
        videos = [p for p in entries if p.suffix.lower() in VIDEO_SUFFIXES and p.is_file()]
        images = [] if videos else image_files(path)
    except VideoError as error:
        yield error
        return
    except OSError as error:
        yield VideoError(f"This folder cannot be read: {error.strerror or error}.", path=path)
        return
    yield from videos
    if len(images) >= _LEAST_IMAGES:
        yield path
    for folder in folders:
        # A link to a folder above would be walked for ever.
        if not folder.is_symlink():
            yield from _walk(folder)


def _free_name(path: Path, taken: Collection[str]) -> str:
    """The stem; with the folder before it, then with a number behind it, where the name is taken."""
    base = path.name if path.is_dir() else path.stem
    folded = {name.casefold() for name in taken}  # file systems that ignore case would mix the files up
    for candidate in (_clean(base), _clean(f"{path.parent.name}_{base}")):
        if candidate.casefold() not in folded:
            return candidate
    number = 2
    while f"{_clean(base)}-{number}".casefold() in folded:
        number += 1
    return f"{_clean(base)}-{number}"


def _clean(name: str) -> str:
    cleaned = "".join("_" if c in _AWKWARD or ord(c) < ord(" ") else c for c in name).strip(" .")
    return cleaned[:120] or "clip"

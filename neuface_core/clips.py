"""Which clips lie in files and folders."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from neuface_core.clip_layouts import VIEWS_FILE, Clip, folder_views, is_mead, mead_clips, read_views_toml
from neuface_core.errors import VideoError
from neuface_core.image_folder import image_files, natural_key
from neuface_core.video import VIDEO_SUFFIXES, check_readable

__all__ = ["Clip", "Found", "find_clips", "read_views_toml", "search"]

# Windows and shells stumble over these in the file names that are made from clip names.
_AWKWARD = frozenset('<>:"/\\|?*')
_LEAST_IMAGES = 2


@dataclass(frozen=True)
class Found:
    """What a search brought: the clips, and what could not be looked at and why."""

    clips: tuple[Clip, ...]
    problems: tuple[VideoError, ...]


def find_clips(paths: Iterable[Path | str], taken: Collection[str] = ()) -> list[Clip]:
    """Clips of files and folders; what cannot be read is left out (`search` also says why)."""
    return list(search(paths, taken).clips)


def search(paths: Iterable[Path | str], taken: Collection[str] = (), *, views: bool = False) -> Found:
    """Look for clips without opening a video.

    Parameters
    ----------
    paths
        A file is a clip. A folder with a `views.toml` is one clip of several views. Another folder is searched with all
        its folders for videos; a folder that holds images and no video is one clip. Hidden files and folders are passed
        over.
    taken
        Names that are no longer free.
    views
        The videos of one folder are views of one clip, as are the takes of a folder in MEAD's layout.
    """
    names = set(taken)
    seen: set[tuple[Path, ...]] = set()
    clips: list[Clip] = []
    problems: list[VideoError] = []
    for given in paths:
        path = Path(os.path.abspath(Path(given).expanduser()))  # noqa: PTH100 - keeps links as named
        for found in _walk(path, views=views):
            if isinstance(found, VideoError):
                problems.append(found)
            elif found.views not in seen:
                seen.add(found.views)
                name = _free_name(found, names)
                names.add(name)
                clips.append(replace(found, name=name))
    return Found(tuple(clips), tuple(problems))


def _walk(path: Path, *, views: bool) -> Iterator[Clip | VideoError]:
    """Clips at or below `path`, in natural order."""
    try:
        check_readable(path)
        if path.name == VIEWS_FILE or (path / VIEWS_FILE).is_file():
            yield read_views_toml(path if path.name == VIEWS_FILE else path / VIEWS_FILE)
            return
        if not path.is_dir():
            yield Clip(path.stem, (path,))
            return
        if views and is_mead(path):
            yield from mead_clips(path)
            return
        entries = sorted((p for p in path.iterdir() if not p.name.startswith(".")), key=lambda p: natural_key(p.name))
        folders = [p for p in entries if p.is_dir()]
        videos = [p for p in entries if p.suffix.lower() in VIDEO_SUFFIXES and p.is_file()]
        images = [] if videos else image_files(path)
        together = folder_views(path) if views else None
    except VideoError as error:
        yield error
        return
    except OSError as error:
        yield VideoError(f"This folder cannot be read: {error.strerror or error}.", path=path)
        return
    if together is not None:
        yield together
    else:
        yield from (Clip(video.stem, (video,)) for video in videos)
    if len(images) >= _LEAST_IMAGES:
        yield Clip(path.name, (path,))
    for folder in folders:
        # A link to a folder above would be walked for ever.
        if not folder.is_symlink():
            yield from _walk(folder, views=views)


def _free_name(clip: Clip, taken: Collection[str]) -> str:
    """The clip's; with the folder before it, then with a number behind it, where the name is taken."""
    base, first = clip.name, clip.views[0]
    above = first.parent if first.stem == base or first.name == base else first.parent.parent
    folded = {name.casefold() for name in taken}  # file systems that ignore case would mix the files up
    for candidate in (_clean(base), _clean(f"{above.name}_{base}")):
        if candidate.casefold() not in folded:
            return candidate
    number = 2
    while f"{_clean(base)}-{number}".casefold() in folded:
        number += 1
    return f"{_clean(base)}-{number}"


def _clean(name: str) -> str:
    cleaned = "".join("_" if c in _AWKWARD or ord(c) < ord(" ") else c for c in name).strip(" .")
    return cleaned[:120] or "clip"

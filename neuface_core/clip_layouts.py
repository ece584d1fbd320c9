"""What a clip is, and the three ways in which folders say that several videos show the same moments.

A `views.toml` names the videos and how many frames each began before the last one. Without it the videos of one folder
are views of one clip where the user says so (`--views`), and MEAD's folders are known then as well:
``PERSON/video/VIEW/EMOTION/LEVEL/NUMBER.mp4``.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuface_core.errors import VideoError
from neuface_core.image_folder import natural_key
from neuface_core.video import VIDEO_SUFFIXES, check_readable

VIEWS_FILE = "views.toml"
MEAD_VIEWS = ("front", "left_30", "left_60", "right_30", "right_60", "top", "down")
_KEYS = frozenset({"name", "file", "offset"})


@dataclass(frozen=True)
class Clip:
    """One take of one person, seen by one or several cameras.

    Attributes
    ----------
    name
        Unique in a project; also the name of its files.
    views
        One video or image folder for every camera, absolute paths.
    view_names
        Unique names of the cameras; left out, those of the files without their suffix.
    offsets
        Moment f of the clip is frame f + offset of the view's video; left out, zeros.
    """

    name: str
    views: tuple[Path, ...]
    view_names: tuple[str, ...] = ()
    offsets: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        names = self.view_names or _names_of(self.views)
        offsets = self.offsets or (0,) * len(self.views)
        if not len(self.views) == len(names) == len(offsets):
            raise ValueError(f"{len(self.views)} views, {len(names)} names and {len(offsets)} offsets")
        object.__setattr__(self, "view_names", names)
        object.__setattr__(self, "offsets", offsets)


def read_views_toml(path: Path) -> Clip:
    """The clip that a `views.toml` describes, named like its folder.

    Parameters
    ----------
    path
        The file: a table ``[[view]]`` with `name`, `file` (relative to the folder) and `offset` (0) for every view.

    Raises
    ------
    VideoError
        Naming the row and the key: no such file, a name given twice, an offset that is no frame number.
    """
    path = Path(path)
    check_readable(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(path, f"it is no TOML ({error})") from error
    except OSError as error:
        raise VideoError(f"This cannot be read: {error.strerror or error}.", path=path) from error
    rows = document.get("view")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise _wrong(path, "it has no table [[view]]")
    views = [_row(path, number, row) for number, row in enumerate(rows, 1)]
    for what, values in (("name", [v[0].casefold() for v in views]), ("file", [str(v[1]) for v in views])):
        if twice := [value for value, count in Counter(values).items() if count > 1]:
            numbers = " and ".join(str(i) for i, value in enumerate(values, 1) if value == twice[0])
            raise _wrong(path, f"views {numbers} have the same {what} ({Path(twice[0]).name})")
    names, files, offsets = zip(*views, strict=True)
    return Clip(path.parent.name, files, names, offsets)


def _row(path: Path, number: int, row: dict[str, Any]) -> tuple[str, Path, int]:
    """Name, file and offset of one ``[[view]]``."""
    if unknown := sorted(row.keys() - _KEYS):
        raise _wrong(path, f"view {number} has an unknown key {unknown[0]!r}; known are name, file, offset")
    file, offset = row.get("file"), row.get("offset", 0)
    if not isinstance(file, str) or not file:
        raise _wrong(path, f"view {number} has no `file`")
    found = Path(os.path.abspath(path.parent / file))  # noqa: PTH100 - keeps links as named
    name = row.get("name", found.stem)
    if not isinstance(name, str) or not name.strip() or any(ord(c) < ord(" ") or c in "/\\" for c in name):
        raise _wrong(path, f"the `name` of view {number} is no plain text ({name!r})")
    if not isinstance(offset, int) or isinstance(offset, bool) or offset < 0:
        raise _wrong(path, f"the `offset` of view {number} ({name}) is no frame number, 0 or more ({offset!r})")
    if not found.exists():
        raise VideoError(
            f"The clip was left out: the file of view {number} ({name}) is not there: {file}.",
            remedy=f"Bring it back, or take the view out of {VIEWS_FILE}.",
            path=path,
        )
    return name.strip(), found, offset


def folder_views(folder: Path) -> Clip | None:
    """The videos directly in `folder`, in natural order, as views of one clip; None where there is none."""
    videos = [p for p in folder.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES and p.is_file() and p.name[0] != "."]
    return Clip(folder.name, tuple(sorted(videos, key=lambda p: natural_key(p.name)))) if videos else None


def is_mead(folder: Path) -> bool:
    """Whether `folder` holds a `video` with at least two of MEAD's cameras."""
    video = folder / "video"
    return sum((video / view).is_dir() for view in MEAD_VIEWS) > 1


def mead_clips(folder: Path) -> list[Clip]:
    """The takes of one person of MEAD, for example "M003_happy_level_2_014", each with the views that there are of it.

    Parameters
    ----------
    folder
        Of the person: ``FOLDER/video/VIEW/EMOTION/level_N/NUMBER.mp4``.
    """
    takes: dict[tuple[str, ...], dict[str, Path]] = {}
    for view in MEAD_VIEWS:
        below = folder / "video" / view
        for path in below.rglob("*") if below.is_dir() else ():
            if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file() and not path.name.startswith("."):
                key = (*path.relative_to(below).parent.parts, path.stem)
                takes.setdefault(key, {}).setdefault(view, path)
    ordered = sorted(takes.items(), key=lambda take: [natural_key(part) for part in take[0]])
    return [Clip("_".join((folder.name, *key)), tuple(views.values()), tuple(views)) for key, views in ordered if views]


def _names_of(views: Sequence[Path]) -> tuple[str, ...]:
    """Names of files without their suffix where those tell them apart, else numbers behind them."""
    names: list[str] = []
    for view in views:
        name, number = view.stem or "view", 1
        while name.casefold() in {taken.casefold() for taken in names}:
            number += 1
            name = f"{view.stem or 'view'}-{number}"
        names.append(name)
    return tuple(names)


def _wrong(path: Path, why: str) -> VideoError:
    return VideoError(f"The clip was left out: {why}.", remedy=f"Correct {VIEWS_FILE}.", path=path)

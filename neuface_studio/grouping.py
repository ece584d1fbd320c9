"""Whether videos that were brought together are clips of their own, or views of one clip."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from neuface_core.clip_layouts import VIEWS_FILE, folder_views, is_mead
from neuface_core.clips import Clip, Found, search
from neuface_core.errors import NeuFaceError
from neuface_core.image_folder import natural_key
from neuface_core.jobs import Job, Progress
from neuface_core.video import VIDEO_SUFFIXES, open_source

MOST_VIEWS = 12
_LENGTHS_ALIKE = 1.1  # cameras are started by hand, some frames apart
_RATES_ALIKE = 1.01
_LEAST_PREFIX = 3


class Grouping(StrEnum):
    """How videos become clips."""

    ASK = "ask"
    APART = "apart"
    TOGETHER = "together"


def videos_together(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The videos that could be views of one clip by where they lie; none where nobody would think so.

    They are files of one folder, or all videos directly in one folder that has no `views.toml`.
    """
    if len(paths) == 1 and paths[0].is_dir() and not (paths[0] / VIEWS_FILE).is_file():
        clip = folder_views(paths[0])
        videos = clip.views if clip is not None else ()
    else:
        videos = tuple(paths) if all(p.suffix.lower() in VIDEO_SUFFIXES and p.is_file() for p in paths) else ()
    one_folder = len({video.parent for video in videos}) == 1
    return videos if one_folder and 2 <= len(videos) <= MOST_VIEWS else ()


def may_be_views(paths: Sequence[Path]) -> Job[bool]:
    """Whether it is worth a question: videos alike in length and rate, or a folder laid out like MEAD's."""
    try:
        if len(paths) == 1 and paths[0].is_dir() and is_mead(paths[0]):
            return True
        videos = videos_together(paths)
    except OSError:
        return False
    lengths, rates = [], []
    for done, video in enumerate(videos):
        yield Progress("look", done, len(videos), video.name)
        try:
            with open_source(video) as source:
                lengths.append(source.info.n_frames)
                rates.append(source.info.fps)
        except NeuFaceError:
            return False
    return bool(lengths) and (
        max(lengths) <= _LENGTHS_ALIKE * min(lengths) + 2 and max(rates) <= _RATES_ALIKE * max(min(rates), 1e-6)
    )


def find(paths: Sequence[Path], grouping: Grouping) -> Found:
    """The clips of files and folders."""
    if grouping is not Grouping.TOGETHER:
        return search(paths)
    if len(paths) == 1 and paths[0].is_dir():
        return search(paths, views=True)
    return Found((clip_of_views(paths),), ())


def clip_of_views(paths: Sequence[Path]) -> Clip:
    """Videos as views of one clip: "take_front" and "take_left" are the views "front" and "left" of the clip "take"."""
    files = sorted((Path(os.path.abspath(p)) for p in paths), key=lambda p: natural_key(p.name))  # noqa: PTH100
    stems = [file.stem for file in files]
    alike = next((k for k, letters in enumerate(zip(*stems, strict=False)) if len(set(letters)) > 1), 0)
    shared = stems[0][:alike]
    # "left_30" and "left_60" share more than the name of the take: only whole words go.
    shared = shared[: max(shared.rfind(mark) for mark in "_- .") + 1]
    names = tuple(stem[len(shared) :] for stem in stems)
    if len(shared.rstrip("_- .")) < _LEAST_PREFIX or not all(names):
        return Clip(files[0].parent.name or "clip", tuple(files))
    return Clip(shared.rstrip("_- ."), tuple(files), names)

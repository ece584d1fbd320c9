"""What the video files of a clip say about themselves, and whether they can be views of the same moments."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from neuface_core.clip_layouts import Clip
from neuface_core.errors import VideoError
from neuface_core.video import VideoInfo, open_source

# Two cameras may drift apart by less than this many frames over a clip: their pictures then still are of one moment.
_DRIFT_FRAMES = 0.5


@dataclass(frozen=True)
class ViewSize:
    """Length and size in pixels of one video; 0 where it could not be read."""

    n_frames: int = 0
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Probe:
    """What the video files of a clip say about themselves.

    `n_frames` counts the moments that all views see; `pts`, size and rate are those of the first view. `problem` is a
    sentence where the files cannot be used, `warning` one where they can, but not all is well.
    """

    fingerprint: str = ""
    n_frames: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    problem: str = ""
    warning: str = ""
    pts: NDArray[np.int64] | None = None
    time_base: Fraction = Fraction(1)
    views: tuple[ViewSize, ...] = ()


def probe_clip(clip: Clip) -> Probe:
    """Open every view of `clip`; no picture is decoded but what a video file demands."""
    infos: list[VideoInfo] = []
    for name, path in zip(clip.view_names, clip.views, strict=True):
        try:
            with open_source(path) as source:
                infos.append(source.info)
        except VideoError as error:
            return Probe(problem=str(error) if len(clip.views) == 1 else f"View {name!r}: {error}")
    sizes = tuple(ViewSize(info.n_frames, info.width, info.height) for info in infos)
    common = min(info.n_frames - offset for info, offset in zip(infos, clip.offsets, strict=True))
    first, offset = infos[0], clip.offsets[0]
    if problem := _not_the_same_moments(clip, infos, common):
        return Probe(problem=problem, views=sizes)
    return Probe(
        _fingerprint(infos, clip.offsets),
        common,
        float(first.fps),
        first.width,
        first.height,
        warning=_warning(clip, infos, common),
        pts=first.pts[offset : offset + common],
        time_base=first.time_base,
        views=sizes,
    )


def _not_the_same_moments(clip: Clip, infos: list[VideoInfo], common: int) -> str:
    """Why these videos cannot be views of one clip; "" where they can."""
    for name, info, offset in zip(clip.view_names, infos, clip.offsets, strict=True):
        if offset >= info.n_frames:
            return (
                f"The view {name!r} has {info.n_frames} frames, and its offset is {offset}: nothing is left of it. "
                f"Correct the offset. ({info.path})"
            )
    for name, info in zip(clip.view_names[1:], infos[1:], strict=True):
        drift = abs(info.fps / infos[0].fps - 1.0) * common
        if drift > _DRIFT_FRAMES:
            return (
                f"The views have different frame rates: {clip.view_names[0]!r} {infos[0].fps:.3f} and {name!r} "
                f"{info.fps:.3f} frames a second, {drift:.0f} frames apart at the end. "
                f"Convert them to one rate, then add them again. ({info.path})"
            )
    return ""


def _warning(clip: Clip, infos: list[VideoInfo], common: int) -> str:
    """What the files warn of, and frames at the end that not all views see."""
    several = len(infos) > 1
    said = [
        f"View {name!r}: {info.warning}" if several else info.warning
        for name, info in zip(clip.view_names, infos, strict=True)
        if info.warning
    ]
    left = [info.n_frames - offset - common for info, offset in zip(infos, clip.offsets, strict=True)]
    if max(left):
        shortest = clip.view_names[left.index(0)]
        said.append(
            f"The views differ in length: the {common} frames that all of them see are used; "
            f"the view {shortest!r} ends first, the longest goes on for {max(left)}."
        )
    return " ".join(said)


def _fingerprint(infos: list[VideoInfo], offsets: tuple[int, ...]) -> str:
    """Identity of the content: of the file, or of all files and how they are laid over each other."""
    if len(infos) == 1 and not any(offsets):
        return infos[0].fingerprint
    parts = [info.fingerprint for info in infos]
    if any(offsets):
        parts += map(str, offsets)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

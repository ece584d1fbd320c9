"""A run of frames of a video as a video of its own: what one camera saw while all cameras were running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.closing import Closing
from neuface_core.errors import VideoError
from neuface_core.video import FrameSource, VideoInfo, open_source


class VideoPart(Closing):
    """The frames start … start + n_frames - 1 of `source`, numbered from 0. See `neuface_core.video.FrameSource`.

    Closing it closes `source`.

    Raises
    ------
    VideoError
        When the video has fewer frames.
    """

    def __init__(self, source: FrameSource, start: int, n_frames: int) -> None:
        whole = source.info
        if start < 0 or n_frames < 1 or start + n_frames > whole.n_frames:
            raise VideoError(
                f"The video has {whole.n_frames} frames; frames {start} to {start + n_frames - 1} were wanted.",
                remedy="Was it replaced? Bring the original back, or add the clip again.",
                path=whole.path,
            )
        self._source = source
        self._start = start
        self._info = replace(whole, n_frames=n_frames, pts=whole.pts[start : start + n_frames])

    @property
    def info(self) -> VideoInfo:
        """Of the part; path and fingerprint are those of the whole video."""
        return self._info

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame `index` of the part as (H, W, 3) uint8 RGB, upright."""
        if not 0 <= index < self._info.n_frames:
            raise IndexError(f"frame {index} is outside 0 … {self._info.n_frames - 1}")
        return self._source.frame(self._start + index)

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
        """The frames start … stop - 1 of the part in order."""
        last = self._info.n_frames if stop is None else min(stop, self._info.n_frames)
        return self._source.frames(self._start + start, self._start + last)

    def close(self) -> None:
        """Let the file go."""
        self._source.close()


def open_part(path: Path | str, start: int = 0, n_frames: int | None = None) -> FrameSource:
    """Open a video from frame `start` on; the video itself where that is all of it.

    Raises
    ------
    VideoError
        When it cannot be read, or has fewer frames.
    """
    source = open_source(path)
    n_frames = source.info.n_frames - start if n_frames is None else n_frames
    if start == 0 and n_frames == source.info.n_frames:
        return source
    try:
        return VideoPart(source, start, n_frames)
    except BaseException:
        source.close()
        raise

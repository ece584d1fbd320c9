"""Decoded frames kept in memory within a budget of bytes, and a bound on how many video files are open."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from neuface_core.video import FrameSource

_Key = tuple[str, int]

# A step backwards makes the decoder go through a whole group of frames; what it passes on the last bit is kept.
_BACKWARD_RUN = 16


class FrameCache:
    """Frames of any number of videos, the least recently used forgotten first. One a window; safe for threads.

    Parameters
    ----------
    max_bytes
        Budget for the pictures.
    max_open
        Videos whose decoder stays open; others are closed and opened again when needed.
    """

    def __init__(self, max_bytes: int = 512 << 20, max_open: int = 4) -> None:
        self._max_bytes = max_bytes
        self._max_open = max(1, max_open)
        self._lock = threading.Lock()
        self._frames: OrderedDict[_Key, NDArray[np.uint8]] = OrderedDict()
        self._sources: OrderedDict[str, FrameSource] = OrderedDict()
        self._bytes = 0
        self._last: _Key = ("", -1)

    @property
    def n_bytes(self) -> int:
        """Bytes of the pictures that are held."""
        return self._bytes

    def frame(self, source: FrameSource, index: int) -> NDArray[np.uint8]:
        """Frame `index` (H, W, 3) uint8 RGB, read-only, decoded if it is not held."""
        key = (_identity(source), index)
        held = self.peek(source, index)
        if held is None:
            before = max(0, index + 1 - _BACKWARD_RUN) if self._last == (key[0], index + 1) else index
            self._touch(key[0], source)
            for number, picture in zip(range(before, index + 1), source.frames(before, index + 1), strict=True):
                picture.setflags(write=False)
                self._keep((key[0], number), picture)
                held = picture
        self._last = key
        if held is None:
            raise IndexError(f"frame {index} is outside 0 … {source.info.n_frames - 1}")
        return held

    def peek(self, source: FrameSource, index: int) -> NDArray[np.uint8] | None:
        """Frame `index` if it is held; never decodes, so a window may ask while it paints."""
        key = (_identity(source), index)
        with self._lock:
            held = self._frames.get(key)
            if held is not None:
                self._frames.move_to_end(key)
            return held

    def held(self, source: FrameSource) -> NDArray[np.int64]:
        """Ascending numbers of the frames of `source` that are held, for the line under the timeline."""
        identity = _identity(source)
        with self._lock:
            return np.asarray(sorted(i for name, i in self._frames if name == identity), np.int64)

    def forget(self, source: FrameSource) -> None:
        """Let the frames of one video go and close it."""
        identity = _identity(source)
        with self._lock:
            for key in [key for key in self._frames if key[0] == identity]:
                self._bytes -= self._frames.pop(key).nbytes
            self._sources.pop(identity, None)
        source.close()

    def clear(self) -> None:
        """Let everything go and close all videos."""
        with self._lock:
            self._frames.clear()
            self._bytes = 0
            sources = list(self._sources.values())
            self._sources.clear()
        for source in sources:
            source.close()

    def _touch(self, identity: str, source: FrameSource) -> None:
        with self._lock:
            before = self._sources.pop(identity, source)
            self._sources[identity] = source
            surplus = [self._sources.popitem(last=False)[1] for _ in range(len(self._sources) - self._max_open)]
        if before is not source:
            surplus.append(before)  # the same video, opened once more
        for old in surplus:
            old.close()

    def _keep(self, key: _Key, picture: NDArray[np.uint8]) -> None:
        with self._lock:
            old = self._frames.pop(key, None)
            self._bytes += picture.nbytes - (old.nbytes if old is not None else 0)
            self._frames[key] = picture
            while self._bytes > self._max_bytes and len(self._frames) > 1:
                self._bytes -= self._frames.popitem(last=False)[1].nbytes


def _identity(source: FrameSource) -> str:
    # A part of a video numbers its frames from where it begins.
    begins = int(source.info.pts[0]) if len(source.info.pts) else 0
    return f"{source.info.path}\0{source.info.fingerprint}\0{begins}"

"""Video files through PyAV: exact frames in any order, one decoder a source.

Invariants
----------
- A frame is recognised by its time stamp after decoding, never by where a seek was supposed to land: containers seek by
  decoding time, which differs from presentation time wherever there are B-frames.
- Decoding starts at the last key frame whose time stamp is not after the wanted one: the leading pictures of an open
  group (HEVC) belong to the group before.
- One lock guards the decoder, because FFmpeg's contexts are not safe for two threads; frames are handed out as copies.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from neuface_core.closing import Closing
from neuface_core.errors import VideoError
from neuface_core.video import VideoInfo, check_readable, file_fingerprint
from neuface_core.video_index import FrameIndex, build_index, decoded_frames

# Decoding a few frames onwards is cheaper than a seek, which empties the frame-threaded decoder.
_SHORT_WAY = 12
_MAX_THREADS = 4


class PyAVSource(Closing):
    """A video file read by frame number. See `neuface_core.video.FrameSource`."""

    info: VideoInfo
    _index: FrameIndex
    _matrix: tuple[int, int, int, int] | None
    _sized: tuple[int, int]

    def __init__(self, path: Path) -> None:
        check_readable(path)
        self._path = path
        self._lock = threading.Lock()
        self._container: Any = None
        self._stream: Any = None
        self._decoding: Iterator[Any] | None = None
        self._position = -1
        self._held: Any = None
        try:
            self._open()
            self._index = build_index(self._container, self._stream)
            if not len(self._index.pts):
                raise VideoError(
                    "No frame of this video can be decoded.", remedy="Does it play elsewhere? Copy it again.", path=path
                )
            self._restart()
            first = next(iter(self._decoding or ()), None)
            if first is None:
                raise VideoError("No frame of this video can be decoded.", remedy="Copy it again.", path=path)
            self._matrix = _display_matrix(first)
            self._sized = _square_pixels(self._stream, first)
            self.info = self._describe()
            self._restart()
        except BaseException:
            self._release()
            raise

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame `index` as (H, W, 3) uint8 RGB, upright."""
        if not 0 <= index < self.info.n_frames:
            raise IndexError(f"frame {index} is outside 0 … {self.info.n_frames - 1}")
        with self._lock:
            try:
                return self._upright(self._decode(index))
            except (av.FFmpegError, OSError) as error:
                self._release()
                check_readable(self._path)
                raise VideoError(
                    f"Frame {index} cannot be decoded: {error}.", remedy="Copy the video again.", path=self._path
                ) from error

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
        """The frames start … stop - 1 in order."""
        for index in range(start, self.info.n_frames if stop is None else min(stop, self.info.n_frames)):
            yield self.frame(index)

    def close(self) -> None:
        """Let the file go; it is opened again when another frame is asked for."""
        with self._lock:
            self._release()

    def _open(self) -> None:
        try:
            self._container = av.open(str(self._path.absolute()), metadata_errors="replace")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise VideoError(*_why_unreadable(self._path, error), path=self._path) from error
        streams = [s for s in self._container.streams.video if not s.disposition & 0x400]  # 0x400: a cover picture
        if not streams:
            sound = " It has only sound." if self._container.streams.audio else ""
            raise VideoError(f"There is no video track in this file.{sound}", remedy="Choose a video.", path=self._path)
        self._stream = streams[0]
        if self._stream.codec_context is None:
            raise VideoError(
                "The codec of this video is not known.", remedy="Convert it to H.264 MP4.", path=self._path
            )
        self._stream.thread_type = "AUTO"
        self._stream.codec_context.thread_count = min(_MAX_THREADS, os.cpu_count() or 1)

    def _release(self) -> None:
        self._decoding = None
        self._held = None
        self._position = -1
        if self._container is not None:
            self._container.close()
            self._container = None
            self._stream = None

    def _restart(self) -> None:
        """Stand before the first frame with a fresh decoder: right for every container."""
        self._release()
        self._open()
        self._decoding = decoded_frames(self._container, self._stream)

    def _decode(self, index: int) -> Any:
        if index == self._position and self._held is not None:
            return self._held
        keys = self._index.keys
        number = int(np.searchsorted(keys, index, side="right")) - 1
        ahead = index > self._position >= 0 and (keys[number] <= self._position or index - self._position <= _SHORT_WAY)
        if self._container is None:
            check_readable(self._path)
            self._restart()
            ahead = number == 0
        if ahead or (self._position < 0 and number == 0):
            found = self._forward(index)
            if found is not None:
                return found
        for earlier in range(number, 0, -1):
            self._seek(int(self._index.pts[keys[earlier]]))
            found = self._forward(index)
            if found is not None:
                return found
        self._restart()
        found = self._forward(index)
        if found is None:
            raise VideoError(
                f"Frame {index} cannot be decoded.", remedy="Was the file changed? Copy it again.", path=self._path
            )
        return found

    def _seek(self, pts: int) -> None:
        self._held = None
        self._position = -1
        self._container.seek(pts, stream=self._stream, backward=True)
        self._decoding = decoded_frames(self._container, self._stream)

    def _forward(self, index: int) -> Any:
        """Decode on to frame `index`. A damaged frame in the middle shows its predecessor. None: not reachable."""
        assert self._decoding is not None
        previous = self._held
        for frame in self._decoding:
            position = self._number(frame)
            if position is None:
                continue
            if position < index:
                previous = frame
                self._position, self._held = position, frame
                continue
            self._position, self._held = position, frame
            return frame if position == index else previous
        return previous if previous is not None and self._position >= 0 else None

    def _number(self, frame: Any) -> int | None:
        if self._index.counted:
            return self._position + 1
        pts = self._index.pts
        position = int(np.searchsorted(pts, frame.pts)) if frame.pts is not None else len(pts)
        return position if position < len(pts) and pts[position] == frame.pts else None

    def _upright(self, frame: Any) -> NDArray[np.uint8]:
        width, height = self._sized
        picture = frame.reformat(width=width, height=height, format="rgb24", interpolation="BICUBIC").to_ndarray()
        return _turned(picture, self._matrix)

    def _describe(self) -> VideoInfo:
        width, height = self._sized
        if self._matrix is not None and self._matrix[0] == 0:
            width, height = height, width
        pts, time_base = self._index.pts, Fraction(self._stream.time_base)
        return VideoInfo(
            path=self._path,
            n_frames=len(pts),
            width=width,
            height=height,
            pts=pts,
            time_base=time_base,
            fps=_mean_rate(self._stream, pts, time_base),
            codec=str(self._stream.codec_context.name),
            rotation=_degrees(self._matrix),
            fingerprint=file_fingerprint(self._path),
            warning=_warning(self._index),
        )


def _mean_rate(stream: Any, pts: NDArray[np.int64], time_base: Fraction) -> float:
    nominal = float(stream.average_rate or stream.guessed_rate or 25)
    if len(pts) < 2:
        return nominal
    measured = (len(pts) - 1) / (float(pts[-1] - pts[0]) * float(time_base))
    # Millisecond time stamps (Matroska) blur 30000/1001; the container's own figure is then the better one.
    return nominal if abs(measured - nominal) < 0.002 * nominal else measured


def _warning(index: FrameIndex) -> str:
    missing = index.listed - len(index.pts)
    if missing <= 0:
        return ""
    return f"The file is damaged: {missing} of {index.listed} frames cannot be read."


def _square_pixels(stream: Any, frame: Any) -> tuple[int, int]:
    """Width and height of the stored picture with square pixels; the finer direction keeps its resolution."""
    ratio = stream.sample_aspect_ratio or Fraction(1)
    if ratio <= 0 or ratio == 1 or not Fraction(1, 8) < ratio < 8:
        return frame.width, frame.height
    if ratio > 1:
        return round(frame.width * ratio), frame.height
    return frame.width, round(frame.height / ratio)


def _display_matrix(frame: Any) -> tuple[int, int, int, int] | None:
    """Signs (a, b, c, d) of x' = a x + c y, y' = b x + d y, snapped to right angles; None where upright."""
    for side in frame.side_data:
        if side.type.name == "DISPLAYMATRIX":
            values = np.frombuffer(bytes(side), np.int32)
            a, b, c, d = (int(values[i]) for i in (0, 1, 3, 4))
            if abs(a) + abs(d) >= abs(b) + abs(c):
                signs = (1 if a >= 0 else -1, 0, 0, 1 if d >= 0 else -1)
            else:
                signs = (0, 1 if b >= 0 else -1, 1 if c >= 0 else -1, 0)
            return None if signs == (1, 0, 0, 1) else signs
    return None


def _turned(picture: NDArray[np.uint8], matrix: tuple[int, int, int, int] | None) -> NDArray[np.uint8]:
    if matrix is None:
        return np.ascontiguousarray(picture)
    a, b, c, d = matrix
    if a == 0:
        picture, a, d = picture.transpose(1, 0, 2), c, b
    return np.ascontiguousarray(picture[:: 1 if d > 0 else -1, :: 1 if a > 0 else -1])


def _degrees(matrix: tuple[int, int, int, int] | None) -> int:
    return 0 if matrix is None else round(math.degrees(math.atan2(matrix[1], matrix[0]))) % 360


def _why_unreadable(path: Path, error: Exception) -> tuple[str]:
    """One sentence in place of FFmpeg's "Invalid data found when processing input"."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] in (b"ftyp", b"mdat", b"moov", b"free", b"wide") and not _has_box(path, b"moov"):
        return ("The video was cut off: its table of frames, at the end of the file, is missing. Copy it again.",)
    if b"\0" not in head and not any(byte < 9 for byte in head):
        return ("This is a text file, not a video. Choose a video file.",)
    reason = getattr(error, "strerror", None) or str(error)
    return (f"This is not a video that can be read ({reason}). Does it play elsewhere? Convert it to H.264 MP4.",)


def _has_box(path: Path, wanted: bytes) -> bool:
    """Whether an ISO base media file (MP4, MOV) has a complete top-level box of this type."""
    size = path.stat().st_size
    offset = 0
    with path.open("rb") as file:
        while offset + 8 <= size:
            file.seek(offset)
            header = file.read(16)
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            elif length == 0:
                length = size - offset
            if length < 8:
                return False
            if kind == wanted:
                return offset + length <= size
            offset += length
    return False

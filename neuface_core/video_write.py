"""Video out: H.264 MP4 files that every player shows, whole or absent."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from numpy.typing import NDArray

from neuface_core.atomic_file import partial_path, publish
from neuface_core.errors import VideoError

# The clock of MPEG: every usual frame rate is a whole number of ticks, so variable rates are kept exactly.
_CLOCK = 90_000
_BT709 = 1
_LIMITED_RANGE = 1


class VideoWriter:
    """Writes frames to an MP4; the file takes its name when the block ends without an error.

    Parameters
    ----------
    path
        Ends with ".mp4"; an older file is replaced at the end.
    fps
        Frames a second, where no times are given.
    quality
        x264's constant rate factor: 18 looks like the original, 28 is small.

    Raises
    ------
    VideoError
        When it cannot be written (folder missing, no permission, disk full); nothing is left behind.
    """

    def __init__(self, path: Path | str, fps: float, quality: int = 18) -> None:
        self._path = Path(path)
        self._partial = partial_path(self._path)
        self._fps = fps
        self._quality = quality
        self._container: Any = None
        self._stream: Any = None
        self._count = 0
        if not (np.isfinite(fps) and fps > 0):
            raise VideoError(f"A video cannot have {fps} frames a second.", path=self._path)

    def add(self, frame: NDArray[np.uint8], time: float | None = None) -> None:
        """Append a frame (H, W, 3) uint8 RGB, shown at `time` seconds (strictly increasing).

        An odd width or height is padded by repeating the last column or row: 4:2:0 colour needs even sizes.
        """
        frame = np.pad(frame, ((0, frame.shape[0] % 2), (0, frame.shape[1] % 2), (0, 0)), mode="edge")
        try:
            if self._container is None:
                self._open(frame.shape[1], frame.shape[0])
            elif frame.shape[:2] != (self._stream.height, self._stream.width):
                raise ValueError(f"the frame has shape {frame.shape}, the first one had another")
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            picture = picture.reformat(
                format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            picture.time_base = Fraction(1, _CLOCK)
            picture.pts = round((self._count / self._fps if time is None else time) * _CLOCK)
            self._container.mux(self._stream.encode(picture))
            self._count += 1
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _open(self, width: int, height: int) -> None:
        self._container = av.open(str(self._partial), "w", format="mp4", options={"movflags": "+faststart"})
        rate = Fraction(self._fps).limit_denominator(1001)
        stream = self._container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": str(self._quality), "preset": "veryfast"}
        stream.codec_context.time_base = Fraction(1, _CLOCK)
        stream.codec_context.colorspace = _BT709
        stream.codec_context.color_primaries = _BT709
        stream.codec_context.color_trc = _BT709
        stream.codec_context.color_range = _LIMITED_RANGE
        self._stream = stream

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abandon()
            return
        if self._container is None:
            raise VideoError("There is no frame to write.", path=self._path)
        try:
            self._container.mux(self._stream.encode(None))
            self._container.close()
            publish(self._partial, self._path)
        except BaseException as failure:
            self._abandon()
            if isinstance(failure, (av.FFmpegError, OSError)):
                raise self._failure(failure) from failure
            raise

    def _abandon(self) -> None:
        if self._container is not None:
            with suppress(av.FFmpegError, OSError):
                self._container.close()
        with suppress(OSError):
            self._partial.unlink()

    def _failure(self, error: Exception) -> VideoError:
        kept = "Nothing was left behind." if not self._path.exists() else "The older file is unchanged."
        if getattr(error, "errno", None) == errno.ENOSPC:
            return VideoError(f"The disk is full. {kept}", remedy="Make room and try again.", path=self._path)
        if not self._path.parent.is_dir():
            return VideoError("The folder does not exist.", remedy="Make it first.", path=self._path.parent)
        reason = getattr(error, "strerror", None) or str(error)
        return VideoError(
            f"The video cannot be written: {reason}. {kept}",
            remedy="Check the permissions and the disk.",
            path=self._path,
        )


def write_video(path: Path | str, frames: Iterable[NDArray[np.uint8]], fps: float, quality: int = 18) -> None:
    """Write all frames (H, W, 3) uint8 RGB to an H.264 MP4. See `VideoWriter`."""
    with VideoWriter(path, fps, quality) as writer:
        for frame in frames:
            writer.add(frame)

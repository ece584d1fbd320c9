"""Video in: what a video is, and one way to read any of them by frame number.

The frame number is the index into the sorted presentation time stamps of the frames that a player would show, from 0,
everywhere. Nothing in this project addresses a frame by a time or by an OpenCV position: with variable frame rates
those point at the wrong frame.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import VideoError

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".wmv", ".flv", ".3gp", ".gif"}
)
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})

_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video without looking at its pictures.

    Attributes
    ----------
    path
        The file, or the folder of an image sequence.
    n_frames
        Number of frames that can be shown; hidden ones (edit lists) do not count.
    width, height
        Pixels of the upright frame, rotation and pixel shape applied.
    pts : (F,) int64
        Presentation time stamps, strictly increasing, in units of `time_base`; the first one need not be 0.
    time_base
        Seconds of one step of `pts`.
    fps
        Mean frames a second.
    codec
        Name of the codec ("h264", "hevc", "gif", …), or "images".
    rotation
        Clockwise degrees that the stored picture was turned to stand upright: 0, 90, 180 or 270.
    fingerprint
        SHA-256 of the first and the last MiB and of the size: the same file under another name has the same one.
    warning
        What a user should know, for example that the end of the file is damaged; "" where all is well.
    """

    path: Path
    n_frames: int
    width: int
    height: int
    pts: NDArray[np.int64]
    time_base: Fraction
    fps: float
    codec: str
    rotation: int
    fingerprint: str
    warning: str = ""

    @property
    def times(self) -> NDArray[np.float64]:
        """Seconds since the first frame, (F,)."""
        seconds: NDArray[np.float64] = (self.pts - self.pts[0]) * float(self.time_base)
        return seconds

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return float(self.times[-1]) + 1.0 / self.fps


class FrameSource(Protocol):
    """A video that is read by frame number, from any thread."""

    @property
    def info(self) -> VideoInfo: ...

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Frame `index` as (H, W, 3) uint8 RGB, upright.

        Raises
        ------
        IndexError
            Outside [0, n_frames).
        VideoError
            The frame cannot be read (any more).
        """
        ...

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
        """The frames start … stop - 1 in order; fast, because none is decoded twice."""
        ...

    def close(self) -> None:
        """Let the file go. It is opened again when another frame is asked for."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(path: Path | str) -> FrameSource:
    """Open a video file, a GIF, a folder of images or a single image.

    Raises
    ------
    VideoError
        When it does not exist, may not be read, or holds no picture; the text says which.
    """
    from neuface_core.image_folder import ImageFolderSource
    from neuface_core.video_pyav import PyAVSource

    path = Path(path)
    check_readable(path)
    if path.is_dir() or path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageFolderSource(path)
    return PyAVSource(path)


def check_readable(path: Path) -> None:
    """Say plainly why a file or folder cannot be read, before a decoder says it obscurely.

    Raises
    ------
    VideoError
        When it is missing, without permission, empty, or no ordinary file.
    """
    try:
        if path.is_dir():
            next(path.iterdir(), None)
            return
        if not path.exists():
            raise VideoError(
                "There is no such file.",
                remedy="Was it moved or renamed? Put it back, or name the place where it is now.",
                path=path,
            )
        if not path.is_file():
            raise VideoError("This is neither a file nor a folder.", remedy="Choose a video file.", path=path)
        with path.open("rb") as file:
            if not file.read(1):
                raise VideoError(
                    "The file is empty (0 bytes).", remedy="Copy it again: the copy was probably cut off.", path=path
                )
    except PermissionError as error:
        raise VideoError(
            "You have no permission to read this.", remedy="Change the permissions of it and its folder.", path=path
        ) from error
    except OSError as error:
        raise VideoError(
            f"This cannot be read: {error.strerror or error}.", remedy="Check the disk and the name.", path=path
        ) from error


def file_fingerprint(path: Path) -> str:
    """SHA-256 of the first and the last MiB and of the size: a cheap identity of a file of any size."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        digest.update(file.read(_MEBIBYTE))
        if size > _MEBIBYTE:
            file.seek(max(_MEBIBYTE, size - _MEBIBYTE))
            digest.update(file.read(_MEBIBYTE))
    digest.update(str(size).encode())
    return digest.hexdigest()

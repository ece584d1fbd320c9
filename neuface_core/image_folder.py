"""A folder of numbered images, or a single image, as a video of 25 frames a second."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from neuface_core.closing import Closing
from neuface_core.errors import VideoError
from neuface_core.video import IMAGE_SUFFIXES, VideoInfo, check_readable, file_fingerprint

# Images carry no time; 25 frames a second is what image sequences of video data sets are cut at most often.
_FPS = 25
_EXIF_ORIENTATION = 0x0112
_TURNED_ORIENTATIONS = frozenset({5, 6, 7, 8})


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key under which "frame2" comes before "frame10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts if part)


def image_files(folder: Path) -> list[Path]:
    """The images directly in `folder`, in natural order; hidden files are left out."""
    found = [
        p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file() and not p.name.startswith(".")
    ]
    return sorted(found, key=lambda p: natural_key(p.name))


class ImageFolderSource(Closing):
    """Images of one folder read by number. See `neuface_core.video.FrameSource`.

    Raises
    ------
    VideoError
        When there is no image, one cannot be read, or the sizes differ.
    """

    def __init__(self, path: Path) -> None:
        check_readable(path)
        self._files = image_files(path) if path.is_dir() else [path]
        if not self._files:
            raise VideoError("There is no image in this folder.", remedy="Choose a folder of images.", path=path)
        width, height = _upright_size(self._files[0])
        digest = hashlib.sha256()
        for file in self._files:
            size = _upright_size(file)
            if size != (width, height):
                raise VideoError(
                    f"The images have different sizes: {self._files[0].name} is {width} × {height}, "
                    f"{file.name} is {size[0]} × {size[1]}.",
                    remedy="Put images of one size into a folder of their own.",
                    path=path,
                )
            digest.update(f"{file.name}\0{file.stat().st_size}\0".encode())
        digest.update((file_fingerprint(self._files[0]) + file_fingerprint(self._files[-1])).encode())
        self.info = VideoInfo(
            path=path,
            n_frames=len(self._files),
            width=width,
            height=height,
            pts=np.arange(len(self._files), dtype=np.int64),
            time_base=Fraction(1, _FPS),
            fps=float(_FPS),
            codec="images",
            rotation=0,
            fingerprint=digest.hexdigest(),
        )

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Image `index` as (H, W, 3) uint8 RGB, upright."""
        if not 0 <= index < self.info.n_frames:
            raise IndexError(f"frame {index} is outside 0 … {self.info.n_frames - 1}")
        file = self._files[index]
        check_readable(file)
        try:
            with Image.open(file) as image:
                picture = np.array(ImageOps.exif_transpose(image).convert("RGB"), np.uint8)
        except (OSError, ValueError, SyntaxError) as error:
            raise VideoError("This image is damaged.", remedy="Copy it again or take it out.", path=file) from error
        if picture.shape != (self.info.height, self.info.width, 3):
            raise VideoError("This image has changed its size.", remedy="Add the folder again.", path=file)
        return picture

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
        """The images start … stop - 1 in order."""
        for index in range(start, self.info.n_frames if stop is None else min(stop, self.info.n_frames)):
            yield self.frame(index)

    def close(self) -> None:
        """Nothing is held open between two images."""


def _upright_size(file: Path) -> tuple[int, int]:
    """Width and height after the EXIF orientation, from the header alone."""
    check_readable(file)
    try:
        with Image.open(file) as image:
            width, height = image.size
            turned = image.getexif().get(_EXIF_ORIENTATION) in _TURNED_ORIENTATIONS
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise VideoError("This is not an image that can be read.", remedy="Take it out.", path=file) from error
    return (height, width) if turned else (width, height)

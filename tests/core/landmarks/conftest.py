from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Self

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neuface_core.landmarks.open_detector import OpenDetector
from neuface_core.models import model_path
from neuface_core.video import FrameSource, VideoInfo, open_source


class Frames:
    """Frames in memory as a source."""

    def __init__(self, frames: list[NDArray[np.uint8]], like: VideoInfo) -> None:
        self._frames = frames
        height, width = frames[0].shape[:2]
        pts = np.arange(len(frames), dtype=np.int64)
        self.info = replace(like, n_frames=len(frames), width=width, height=height, pts=pts)

    def frame(self, index: int) -> NDArray[np.uint8]:
        return self._frames[index]

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[NDArray[np.uint8]]:
        yield from self._frames[start:stop]

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@pytest.fixture(scope="session")
def open_detector() -> OpenDetector:
    torch.set_num_threads(1)
    return OpenDetector()


@pytest.fixture(scope="session")
def in_memory() -> Callable[[list[NDArray[np.uint8]]], FrameSource]:
    """Make a source of frames; file name and time base are those of the smallest sample clip."""
    with open_source(model_path("clip_single_face")) as source:
        info = source.info
    return lambda frames: Frames(frames, info)


@pytest.fixture(scope="session")
def face_frames() -> list[NDArray[np.uint8]]:
    """A real face: every second of the 72 frames of the smallest sample clip."""
    with open_source(model_path("clip_single_face")) as source:
        return list(source.frames())[::2]

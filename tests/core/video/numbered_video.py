"""Videos whose pictures carry their own number, so that a test can see which frame it was given."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

BITS = 10
BLOCK = 16
WIDTH, HEIGHT = BITS * BLOCK, 4 * BLOCK


def numbered(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A picture with `number` as black and white blocks, the inverse below, and something that moves."""
    bits = np.array([(number >> bit) & 1 for bit in range(BITS)], np.uint8)
    rows = np.stack([bits, 1 - bits]) * 200 + 28
    picture = np.kron(rows, np.ones((2 * BLOCK, BLOCK), np.uint8))
    picture = np.repeat(picture[..., None], 3, axis=2)
    left = (number * 7) % (WIDTH - 8)
    picture[28:36, left : left + 8] = (230, 60, 40)
    return np.ascontiguousarray(np.kron(picture, np.ones((height // HEIGHT, width // WIDTH, 1), np.uint8)))


def number_of(picture: NDArray[np.uint8]) -> int:
    """The number that a picture carries; fails when the picture is not one of ours, or is blended or turned."""
    height, width = picture.shape[:2]
    columns = ((np.arange(BITS) + 0.5) * width / BITS).astype(int)
    upper = picture[int(height * 0.2), columns].mean(axis=1) > 128
    lower = picture[int(height * 0.8), columns].mean(axis=1) > 128
    assert (upper != lower).all(), "the picture is not a whole numbered frame"
    return int((upper * 2 ** np.arange(BITS)).sum())


def write_numbered(
    path: Path,
    times: Sequence[int],
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    rotation: float | None = None,
    aspect: Fraction | None = None,
    sound: bool = False,
) -> Path:
    """Encode frames 0 … len(times) - 1, shown at `times` in units of `time_base`."""
    gif = codec == "gif"
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "rgb8" if gif else "yuv420p"
        stream.options = options or {}
        stream.codec_context.time_base = time_base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation is not None:
            stream.set_display_rotation(rotation)
        tone: Any = container.add_stream("aac", rate=8000, layout="mono") if sound else None
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered(number), format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = time, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            write_tone(container, tone, seconds=1)
    return path


def write_tone(container: Any, stream: Any, seconds: int) -> None:
    """Silence, for files with sound."""
    for start in range(0, 8000 * seconds, 1024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, start, Fraction(1, 8000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))

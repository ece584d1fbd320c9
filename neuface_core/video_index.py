"""The list of frames of a video file: made from the packets, checked against the decoder, or made by decoding.

Reading the packets costs a millisecond, decoding everything costs seconds, but packets lie: some containers give no
time stamps for B-frames, a cut-off file lists frames that cannot be decoded, a stream that starts in the middle of a
group loses its first frames. So the index from the packets is believed only when the decoder agrees at both ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

# A GIF frame is painted over its predecessor although its packets call themselves key frames.
_PAINTED_OVER = frozenset({"gif", "apng"})


@dataclass(frozen=True)
class FrameIndex:
    """Which frames there are and where decoding can start.

    Attributes
    ----------
    pts : (F,) int64
        Strictly increasing, in the stream's time base.
    keys : (K,) int64
        Frame numbers at which decoding can start, ascending; the first is 0.
    counted
        True where decoded frames carry no usable time stamp: frames are then found by counting from the start.
    listed
        Number of frames that the container lists; more than F when some cannot be decoded.
    """

    pts: NDArray[np.int64]
    keys: NDArray[np.int64]
    counted: bool
    listed: int


def decoded_frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decode from the current position to the end, past damaged packets."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            break
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue
    try:
        yield from stream.decode(None)
    except av.FFmpegError:
        return


def build_index(container: Any, stream: Any) -> FrameIndex:
    """Index the video stream of a freshly opened container. F is 0 where nothing can be decoded."""
    pts, key_pts, hidden = _packet_times(container, stream)
    listed = max(len(pts) if pts is not None else 0, int(stream.frames or 0) - hidden)
    if pts is not None and len(pts) and _ends_agree(container, stream, pts, key_pts):
        starts = np.searchsorted(pts, np.intersect1d(key_pts, pts))
        return FrameIndex(pts, _with_zero(starts, stream), counted=False, listed=listed)
    return _index_by_decoding(container, stream, key_pts, listed)


def _packet_times(container: Any, stream: Any) -> tuple[NDArray[np.int64] | None, NDArray[np.int64], int]:
    """Sorted PTS (None where packets do not tell), PTS of the key frames, and the number of hidden frames."""
    times: list[int] = []
    keys: list[int] = []
    hidden = 0
    reliable = True
    try:
        for packet in container.demux(stream):
            if packet.size == 0:
                continue
            if packet.is_discard:
                hidden += 1
                if packet.is_keyframe and packet.pts is not None:
                    keys.append(packet.pts)
                continue
            if packet.pts is None or packet.is_corrupt:
                reliable = False
                continue
            times.append(packet.pts)
            if packet.is_keyframe:
                keys.append(packet.pts)
    except av.FFmpegError:
        reliable = False
    pts = np.unique(np.asarray(times, np.int64))
    if len(pts) != len(times):
        reliable = False
    return (pts if reliable else None), np.unique(np.asarray(keys, np.int64)), hidden


def _ends_agree(container: Any, stream: Any, pts: NDArray[np.int64], key_pts: NDArray[np.int64]) -> bool:
    """Whether the decoder delivers the first listed frame and all those after the last key frame."""
    if not _rewind(container, stream, None):
        return False
    first = next(decoded_frames(container, stream), None)
    if first is None or first.pts != pts[0]:
        return False
    if not _rewind(container, stream, int(key_pts[-1]) if len(key_pts) else None):
        return False
    tail = [frame.pts for frame in decoded_frames(container, stream)]
    if not tail or None in tail or any(b <= a for a, b in pairwise(tail)):
        return False
    last_key = key_pts[-1] if len(key_pts) else pts[0]
    decoded = np.asarray([t for t in tail if t >= last_key], np.int64)
    return bool(np.array_equal(decoded, pts[pts >= last_key]))


def _index_by_decoding(container: Any, stream: Any, key_pts: NDArray[np.int64], listed: int) -> FrameIndex:
    """Decode everything once."""
    if not _rewind(container, stream, None):
        return FrameIndex(np.zeros(0, np.int64), np.zeros(0, np.int64), counted=True, listed=listed)
    times = [frame.pts for frame in decoded_frames(container, stream)]
    count = len(times)
    if None not in times and all(b > a for a, b in pairwise(times)):
        pts = np.asarray(times, np.int64)
        starts = np.searchsorted(pts, np.intersect1d(key_pts, pts))
        return FrameIndex(pts, _with_zero(starts, stream), counted=False, listed=max(listed, count))
    rate = stream.average_rate or stream.guessed_rate or 25
    step = max(1, round(float(1 / (rate * stream.time_base))))
    return FrameIndex(
        np.arange(count, dtype=np.int64) * step, np.zeros(1, np.int64), counted=True, listed=max(listed, count)
    )


def _with_zero(starts: NDArray[np.int64], stream: Any) -> NDArray[np.int64]:
    if stream.codec_context.name in _PAINTED_OVER:
        return np.zeros(1, np.int64)
    return np.union1d(starts, [0]).astype(np.int64)


def _rewind(container: Any, stream: Any, pts: int | None) -> bool:
    """Go to the key frame at `pts`, or to the start."""
    try:
        if pts is None:
            pts = min(0, stream.start_time or 0)
        container.seek(pts, stream=stream, backward=True)
    except av.FFmpegError:
        return False
    return True

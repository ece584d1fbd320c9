"""The cache keeps to its budget and gives the same pictures as the decoder."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from numbered_video import HEIGHT, WIDTH, number_of, write_numbered

from neuface_core.frame_cache import FrameCache
from neuface_core.video import FrameSource, open_source

FRAME_BYTES = WIDTH * HEIGHT * 3
N = 60


@pytest.fixture
def source(tmp_path: Path) -> FrameSource:
    return open_source(write_numbered(tmp_path / "a.mp4", [40 * i for i in range(N)], options={"g": "30", "bf": "2"}))


def test_the_budget_of_bytes_holds_and_the_oldest_frames_go(source: FrameSource) -> None:
    cache = FrameCache(max_bytes=10 * FRAME_BYTES)
    for index in range(N):
        assert number_of(cache.frame(source, index)) == index
        assert cache.n_bytes <= 10 * FRAME_BYTES
    assert cache.held(source).tolist() == list(range(N - 10, N))
    assert cache.peek(source, 0) is None
    cache.forget(source)
    assert cache.n_bytes == 0


def test_a_frame_that_is_held_is_not_decoded_again(source: FrameSource) -> None:
    cache = FrameCache()
    assert cache.frame(source, 20) is cache.frame(source, 20)


def test_stepping_back_decodes_a_group_once(source: FrameSource) -> None:
    cache = FrameCache()
    for index in range(50, 40, -1):
        assert number_of(cache.frame(source, index)) == index
    # The first step back brought the frames before it along.
    assert cache.peek(source, 36) is not None


def test_pictures_of_the_cache_cannot_be_drawn_on(source: FrameSource) -> None:
    with pytest.raises(ValueError, match="read-only"):
        FrameCache().frame(source, 3)[:] = 0


def test_threads_share_a_cache(source: FrameSource) -> None:
    cache = FrameCache(max_bytes=8 * FRAME_BYTES)
    wrong: list[int] = []

    def read(seed: int) -> None:
        for index in np.random.default_rng(seed).integers(0, N, 40).tolist():
            if number_of(cache.frame(source, index)) != index:
                wrong.append(index)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache.n_bytes <= 8 * FRAME_BYTES


def test_only_a_few_videos_stay_open(tmp_path: Path) -> None:
    cache = FrameCache(max_open=2)
    sources = [open_source(write_numbered(tmp_path / f"{i}.mp4", [0, 40, 80])) for i in range(5)]
    folder = Path("/proc/self/fd")
    for source in sources:
        cache.frame(source, 1)
    if folder.exists():
        names = [str(link.readlink()) for link in folder.iterdir() if link.is_symlink()]
        assert sum(name.startswith(str(tmp_path)) for name in names) <= 2
    assert number_of(cache.frame(sources[0], 2)) == 2

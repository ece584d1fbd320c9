"""Long clips lie on disk: the same rows come back, nothing is left behind, and memory does not grow with the clip."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuface_core.encoders.crop_store import FeatureCache, ImageStack, RowStore
from neuface_core.encoders.crops import CropTrack, cut_crops, store_crops
from neuface_core.errors import NeuFaceError
from neuface_core.jobs import run
from neuface_core.models import model_path
from neuface_core.video import open_source


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 11), max_size=20), st.integers(0, 12), st.integers(0, 12))
def test_any_rows_come_back_as_they_were_written(numbers: list[int], start: int, stop: int) -> None:
    rows = np.random.default_rng(0).normal(size=(12, 3, 4)).astype(np.float32)
    with RowStore((3, 4), np.float32) as store:
        store.append(rows[:5])
        store.append(rows[5:])
        assert len(store) == 12
        np.testing.assert_array_equal(store[np.array(numbers, np.int64)], rows[numbers])
        np.testing.assert_array_equal(store[start:stop], rows[start:stop])


def test_rows_that_are_not_there_are_not_invented() -> None:
    with RowStore((2,), np.uint8) as store:
        store.append(np.zeros((3, 2), np.uint8))
        with pytest.raises(IndexError, match="there are 3"):
            store[np.array([1, 3])]
        with pytest.raises(ValueError, match="wanted"):
            store.append(np.zeros((3, 4), np.uint8))


def test_a_killed_fit_leaves_no_crops_on_the_disk(tmp_path: Path) -> None:
    program = (
        "import sys, time, numpy as np; from pathlib import Path\n"
        "from neuface_core.encoders.crop_store import RowStore\n"
        "store = RowStore((1000,), np.uint8, Path(sys.argv[1])); store.append(np.ones((50, 1000), np.uint8))\n"
        "print(store[49:].sum(), flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "1000"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    store = RowStore((1000,), np.uint8, tmp_path)
    store._file.close()
    store._file = Path("/dev/full").open("r+b", buffering=0)  # noqa: SIM115 (closed by the store)
    with pytest.raises(NeuFaceError, match=r"disk is full.*Earlier results were kept") as told:
        store.append(np.zeros((1, 1000), np.uint8))
    assert isinstance(told.value.__cause__, OSError)
    assert told.value.__cause__.errno == errno.ENOSPC
    assert len(store) == 0
    store.close()


def test_crops_on_disk_are_those_in_memory(tmp_path: Path) -> None:
    n_frames = 5
    crops = CropTrack(np.full((n_frames, 2), (300.0, 150.0), np.float32), np.linspace(90, 200, n_frames, np.float32))
    crops = CropTrack(crops.centre, crops.size.astype(np.float32))
    with open_source(model_path("clip_single_face")) as source, RowStore((3, 64, 64), np.uint8, tmp_path) as store:
        in_memory: ImageStack = run(cut_crops(source, crops, 64))
        run(store_crops(source, crops, 64, store))
        assert len(store) == len(in_memory) == n_frames
        np.testing.assert_array_equal(store[1:4], in_memory[1:4])
        later = CropTrack(crops.centre[2:], crops.size[2:])
        with RowStore((3, 64, 64), np.uint8, tmp_path) as second:
            run(store_crops(source, later, 64, second, first=2))
            np.testing.assert_array_equal(second[:], in_memory[2:])


@pytest.mark.parametrize("n_batches", [1, 3])
def test_cached_activations_are_the_same_from_memory_and_from_disk(n_batches: int, tmp_path: Path) -> None:
    x, y = torch.randn(10, 5), torch.randn(10, 2, 3)
    batches = np.array_split(np.arange(10), n_batches)
    cache = FeatureCache(n_batches, torch.device("cpu"), tmp_path)
    for rows in batches:
        cache.append([(x[rows[:2]], y[rows[:2]]), (x[rows[2:]], y[rows[2:]])])
    for number, rows in reversed(list(enumerate(batches))):
        torch.testing.assert_close(cache[number], (x[rows], y[rows]), rtol=0, atol=0)
    cache.close()


def test_memory_does_not_grow_with_the_length_of_a_clip(tmp_path: Path) -> None:
    program = (
        "import sys, resource, numpy as np; from pathlib import Path\n"
        "from neuface_core.encoders.crop_store import RowStore\n"
        "store, count = RowStore((3, 64, 64), np.uint8, Path(sys.argv[1])), int(sys.argv[2])\n"
        "block = np.ones((50, 3, 64, 64), np.uint8)\n"
        "for _ in range(count // 50): store.append(block)\n"
        "for i in range(0, count, 50): store[i : i + 50]\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peak = [
        int(
            subprocess.run(
                [sys.executable, "-c", program, str(tmp_path), str(n)], capture_output=True, check=True
            ).stdout
        )
        for n in (100, 5000)
    ]
    assert peak[1] < 1.05 * peak[0]  # 5000 of these crops are 59 MiB

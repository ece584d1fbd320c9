"""A training that is killed goes on where it was, and never with half a file or with faces of another renderer."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor

from neuface_core import jobs
from neuface_core.encoders.face_reading import FaceReading
from neuface_core.errors import NeuFaceError
from neuface_core.heads.params import HeadParams
from neuface_core.training.encoder_data import TrainingSet
from neuface_core.training.feature_store import FeatureStore, from_named_tensors, named_tensors, store_key


def tensors_of(seeds: range) -> dict[str, Tensor]:
    rows = torch.tensor(list(seeds))
    return {"seed": rows, "vector": torch.stack([rows * 2, rows * 3], dim=1).half()}


def test_chunks_come_back_in_the_order_of_the_seeds(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, store_key(head="a"), chunk=10)
    seeds = range(100, 125)
    assert store.missing(seeds) == [range(100, 110), range(110, 120), range(120, 125)]
    for part in reversed(store.missing(seeds)):
        store.write(part, tensors_of(part))
    assert store.missing(seeds) == []
    found = store.read(seeds)
    assert found["seed"].tolist() == list(seeds)
    assert found["vector"].dtype == torch.float16


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, "k", chunk=10)
    asked: list[range] = []

    def make(seeds: range) -> dict[str, Tensor]:
        asked.append(seeds)
        return tensors_of(seeds)

    assert jobs.run(store.fill(range(20), make)) == 20
    events: list[jobs.Progress] = []
    assert jobs.run(store.fill(range(40), make), on_progress=events.append) == 20
    assert asked == [range(10), range(10, 20), range(20, 30), range(30, 40)]
    assert [event.done for event in events] == [20, 30, 40]


def test_another_head_renderer_or_setting_shares_nothing(tmp_path: Path) -> None:
    first = store_key(head="h", renderer="r", trunk="t", size=192)
    assert store_key(trunk="t", size=192, renderer="r", head="h") == first
    others = [store_key(head="h", renderer="x", trunk="t", size=192), store_key(head="h", renderer="r", trunk="t")]
    for key in (first, *others):
        store = FeatureStore(tmp_path, key, chunk=5)
        assert store.missing(range(5)) == [range(5)]
        store.write(range(5), tensors_of(range(5)))
    assert FeatureStore(tmp_path, first, chunk=6).missing(range(6)) == [range(6)]


def test_a_damaged_chunk_is_named_removed_and_made_again(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path, "k", chunk=10)
    jobs.run(store.fill(range(30), tensors_of))
    damaged = sorted(store.folder.iterdir())[1]
    damaged.write_bytes(damaged.read_bytes()[:-7])
    with pytest.raises(NeuFaceError, match="damaged") as caught:
        store.read(range(30))
    assert caught.value.path == damaged
    assert store.missing(range(30)) == [range(10, 20)]
    jobs.run(store.fill(range(30), tensors_of))
    assert store.read(range(30))["seed"].tolist() == list(range(30))


def test_a_full_disk_leaves_no_half_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FeatureStore(tmp_path, "k", chunk=10)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(range(10), tensors_of(range(10)))
    assert store.missing(range(10)) == [range(10)]
    assert list(store.folder.iterdir()) == []


def test_seeds_that_are_no_chunk_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no chunk"):
        FeatureStore(tmp_path, "k", chunk=10).write(range(12), tensors_of(range(12)))


def test_a_training_set_goes_through_names(tmp_path: Path) -> None:
    truth = HeadParams(*[torch.randn(4, width) for width in (3, 2, 3, 3, 3, 6, 3)])
    data = TrainingSet(
        FaceReading(torch.randn(4, 9).half(), torch.randn(4, 5, 3), torch.rand(4)), truth, torch.rand(4, 4)
    )
    names = named_tensors(data)
    assert "truth.global_orient" in names
    store = FeatureStore(tmp_path, "k", chunk=4)
    store.write(range(4), names)
    back = from_named_tensors(TrainingSet, store.read(range(4)))
    assert torch.equal(back.truth.expression, truth.expression)
    assert torch.equal(back.reading.maps, data.reading.maps)
    assert back.reading.maps.dtype == torch.float16


_SLOW_FILL = """
import sys, time
from pathlib import Path
import torch
from neuface_core import jobs
from neuface_core.training.feature_store import FeatureStore
def make(seeds):
    time.sleep(0.02)
    return {"seed": torch.tensor(list(seeds)).repeat_interleave(20000)}
jobs.run(FeatureStore(Path(sys.argv[1]), "k", chunk=10).fill(range(10_000), make))
"""


def test_after_sigkill_every_chunk_is_whole_and_the_rest_is_made(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", _SLOW_FILL, str(tmp_path)])
    folder = tmp_path / "k-10"
    end = time.monotonic() + 60
    while len(list(folder.glob("*.safetensors"))) < 5:
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    store = FeatureStore(tmp_path, "k", chunk=10)  # clears away what was in work
    assert not [path for path in folder.iterdir() if ".partial-" in path.name]
    whole = len(list(folder.iterdir()))
    assert 5 <= whole < 1000
    for start in range(0, whole * 10, 10):
        assert store.read(range(start, start + 10))["seed"][::20000].tolist() == list(range(start, start + 10))
    assert store.missing(range(whole * 10 + 10)) == [range(whole * 10, whole * 10 + 10)]

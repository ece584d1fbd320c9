"""The file in the hands of its users: NumPy, and PyTorch with several workers."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from torch.utils.data import DataLoader

from neuface_core.errors import ExportError
from neuface_core.export import NeuFaceDataset, read_clip


def test_a_clip_is_read_as_arrays(reviewed, dataset):
    fit = reviewed.load_fit("clip1")
    clip = read_clip(dataset, "clip1", start=2, stop=4)
    np.testing.assert_array_equal(clip["params/jaw_pose"], fit.params.jaw_pose.numpy()[2:4])
    assert clip["frame_index"].tolist() == [2, 3]
    with pytest.raises(ExportError, match="no clip 'clip9'"):
        read_clip(dataset, "clip9")
    with pytest.raises(ExportError, match="with vertices"):
        read_clip(dataset, "clip1", keys=["vertices"])


def test_whole_clips_or_windows(dataset):
    clips = NeuFaceDataset(dataset)
    assert [item["clip"] for item in (clips[0], clips[1])] == ["clip0", "clip1"]
    assert clips[0]["params/shape"].shape == (5, 100)
    windows = NeuFaceDataset(dataset, window=2, stride=1)
    assert len(windows) == 2 * 4
    assert windows[3]["start"] == 3
    valid = NeuFaceDataset(dataset, window=2, stride=1, valid_only=True)
    assert len(valid) == 2 * 2
    assert all(item["valid"].all() for item in (valid[i] for i in range(len(valid))))
    assert len(NeuFaceDataset(dataset, window=6)) == 0
    assert sum(len(NeuFaceDataset(dataset, split=split)) for split in ("train", "val", "test")) == 2


@pytest.mark.parametrize("start", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_two_workers_read_the_same_as_one(dataset, start):
    windows = NeuFaceDataset(dataset, window=2, stride=1, valid_only=True)
    alone = [item["params/shape"].numpy() for item in DataLoader(windows, batch_size=2)]  # opens the file here first
    loader = DataLoader(windows, batch_size=2, num_workers=2, multiprocessing_context=start)
    together = [item["params/shape"].numpy() for item in loader]
    np.testing.assert_array_equal(np.concatenate(alone), np.concatenate(together))


def test_an_open_reader_can_be_sent_to_another_process(dataset):
    windows = NeuFaceDataset(dataset, window=2)
    first = windows[0]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(windows))[0]["valid"], first["valid"])


def test_a_file_that_is_no_dataset_says_so(tmp_path):
    (tmp_path / "x.h5").write_text("hello")
    with pytest.raises(ExportError, match="cannot be opened"):
        NeuFaceDataset(tmp_path / "x.h5")

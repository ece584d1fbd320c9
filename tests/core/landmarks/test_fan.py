"""FAN without its weights says what is missing; with weights it runs, and never asks the network."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from model_files import write_fan
from numpy.typing import NDArray

from neuface_core import landmarks
from neuface_core.errors import ModelError
from neuface_core.jobs import run
from neuface_core.landmarks.fan import WEIGHTS_FILE, FanDetector
from neuface_core.models import FOLDER_VARIABLE, add_models, model_path
from neuface_core.video import FrameSource


def test_missing_weights_are_named_with_their_folder_and_nothing_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*args: object, **kwargs: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    with pytest.raises(ModelError) as error:
        landmarks.detector("fan")
    text = str(error.value)
    assert "neuface models download-fan" in text
    assert "2DFAN4-11f355bf06.pth.tar" in text
    assert "https://" in text
    assert text.endswith(f"({tmp_path / 'hub' / 'checkpoints'})")


def test_a_file_that_is_not_fan_is_refused(tmp_path: Path) -> None:
    (tmp_path / WEIGHTS_FILE).write_bytes(b"PK\x03\x04 half a download")
    with pytest.raises(ModelError, match="does not hold the weights"):
        FanDetector(weights=tmp_path)
    torch.save({"conv1.weight": torch.zeros(3)}, tmp_path / WEIGHTS_FILE)
    with pytest.raises(ModelError, match="does not hold the weights"):
        FanDetector(weights=tmp_path)


@pytest.mark.slow
def test_weights_of_the_right_shape_are_loaded_and_run_on_the_face_that_yunet_found(
    tmp_path: Path, face_frames: list[NDArray[np.uint8]], in_memory: Callable[[list[NDArray[np.uint8]]], FrameSource]
) -> None:
    """The weights are random, so the points are too; but they lie in the crop around the face."""
    from face_alignment.models import FAN

    torch.manual_seed(0)
    torch.save(FAN(4).state_dict(), tmp_path / WEIGHTS_FILE)
    (track,) = run(FanDetector(weights=tmp_path).detect(in_memory(face_frames[:1])))
    assert (track.detector, track.contour) == ("fan-2d", "dynamic")
    assert track.detected.all()
    assert ((track.confidence >= 0) & (track.confidence <= 1)).all()
    (found,) = run(landmarks.detector("open").detect(in_memory(face_frames[:1])))
    size = (found.boxes[0, 2:] - found.boxes[0, :2]).max()
    middle = 0.5 * (found.boxes[0, :2] + found.boxes[0, 2:])
    assert (np.abs(track.points[0] - middle) < 2 * size).all()


@pytest.mark.slow
def test_weights_that_were_added_are_the_ones_that_run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    face_frames: list[NDArray[np.uint8]],
    in_memory: Callable[[list[NDArray[np.uint8]]], FrameSource],
) -> None:
    """From `models add` the same points as from the file itself; of the mirrored picture the mean, on purpose."""
    file = write_fan(tmp_path / WEIGHTS_FILE)
    plain = run(FanDetector(weights=file).detect(in_memory(face_frames[:1])))[0]
    yunet = model_path("yunet")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    run(add_models([file]))
    file.unlink()
    (tmp_path / "models" / yunet.name).write_bytes(yunet.read_bytes())
    added = run(landmarks.detector("fan").detect(in_memory(face_frames[:1])))[0]
    np.testing.assert_array_equal(added.points, plain.points)
    np.testing.assert_array_equal(added.confidence, plain.confidence)
    flipped = run(FanDetector(flip_input=True).detect(in_memory(face_frames[:1])))[0]
    assert not np.array_equal(flipped.points, plain.points)
    assert "without a stated licence" in FanDetector.licence

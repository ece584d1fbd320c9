"""Tracks of other tools in the window: dropped, looked at, accepted, exported; asked for where the video is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flame_files import write_flame, write_landmark_embedding
from foreign_files import deca_camera, deca_crop, deca_pixels, deca_pose, flame_landmarks, of_deca, perform
from made_up_flame import embeddings, flame_entries
from PySide6.QtCore import Qt

from neuface_core.export.verify import verify_dataset
from neuface_core.jobs import run
from neuface_core.models import FOLDER_VARIABLE, add_models, data_folder

from .conftest import FRAMES, Driver
from .test_drop import drop

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return flame_entries()


def linked(store: Path) -> Path:
    """A folder of models with those that are installed, and none that a user added."""
    for file in data_folder().iterdir():
        if file.is_file():
            (store / file.name).symlink_to(file)
    return store


@pytest.fixture(scope="module")
def flame(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, Any]) -> Iterator[None]:
    """A made-up FLAME 2020 that was added, beside the models that are there."""
    folder, store = tmp_path_factory.mktemp("flame"), tmp_path_factory.mktemp("models")
    write_flame(folder / "generic_model.pkl", entries)
    write_landmark_embedding(folder / "landmark_embedding.npy", embeddings(entries))
    linked(store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(store))
        run(add_models([folder]))
        yield


@pytest.fixture
def track(tmp_path: Path, entries: dict[str, Any]) -> Path:
    """`params.npz` with the transform of its crop, for a video of 320 x 240."""
    moves = of_deca(perform(FRAMES, 100, 50))
    tform = np.zeros((FRAMES, 3, 3))
    tform[:, 0, 0] = tform[:, 1, 1] = 223 / 140
    tform[:, :2, 2] = [-90 * 223 / 140, -50 * 223 / 140]
    tform[:, 2, 2] = 1
    crop = deca_crop(flame_landmarks(entries, embeddings(entries), moves), deca_camera(FRAMES))
    assert np.abs(deca_pixels(crop, tform) - [160, 120]).max() < 120, "the head is in the picture"
    path = tmp_path / "out" / "params.npz"
    path.parent.mkdir()
    np.savez(
        path,
        cam=deca_camera(FRAMES),
        pose=deca_pose(moves),
        expr=moves.expression,
        shapes=moves.shape,
        landmarks2d=crop + 0.02,
        tform=tform,
    )
    return path


def test_a_track_is_dropped_looked_at_accepted_and_exported(
    studio: Driver, videos: Path, track: Path, tmp_path: Path, flame: None
) -> None:
    drop(studio, track, videos / "ada.mp4")
    name = "ada (NeuFace release)"
    studio.wait_for_clip(name)
    studio.wait_for_jobs()
    assert "landmark error" in studio.window.work.banner.text
    assert studio.state("ada") == "to_review", "our own fit of the same video is still there"
    clip = studio.window.stage.clip
    assert clip is not None
    assert clip.heads is not None, "the mesh is shown"
    assert 0 < clip.views[0].fit.metrics["nme_bbox"] < 10  # type: ignore[union-attr]
    studio.press(Qt.Key.Key_A)
    studio.wait(lambda: studio.state(name) == "accepted")
    out = tmp_path / "imported.h5"
    studio.window.background.export(out)
    studio.wait(lambda: "verified" in studio.window.work.banner.text)
    assert verify_dataset(out).ok


def test_a_track_without_its_video_asks_for_it_and_goes_on(
    studio: Driver, videos: Path, track: Path, monkeypatch: pytest.MonkeyPatch, flame: None
) -> None:
    drop(studio, track)
    studio.wait(lambda: "Which video does params.npz belong to?" in studio.window.work.banner.text)
    chosen = str(videos / "bob.mp4")
    monkeypatch.setattr("neuface_studio.importing.QFileDialog.getOpenFileName", lambda *_: (chosen, ""))
    studio.window.work.banner._action.click()
    studio.wait_for_clip("bob (NeuFace release)")


def test_a_track_beside_its_video_is_taken_and_its_missing_head_is_said(
    empty_studio: Driver, videos: Path, track: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(linked(tmp_path / "none")))
    shutil.copy(videos / "cleo.mp4", track.parent / "cleo.mp4")
    drop(empty_studio, track)
    empty_studio.wait_for_clip("cleo (NeuFace release)")
    empty_studio.wait_for_jobs()
    assert "is not installed" in empty_studio.window.work.banner.text
    assert empty_studio.state(empty_studio.clip) == "set_aside"
    assert empty_studio.window.session.current is not None
    assert "neuface models add" in empty_studio.window.session.current.reason

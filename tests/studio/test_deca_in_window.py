"""A project whose settings say DECA: the window fits with it, shows FLAME's mesh, and exports what was accepted."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest
from PySide6.QtCore import Qt

from neuface_core.clips import Clip
from neuface_core.errors import ModelError
from neuface_core.export.verify import verify_dataset
from neuface_core.jobs import run
from neuface_core.models import FOLDER_VARIABLE, add_models, sample_clips
from neuface_core.project import Project
from neuface_core.video import open_source
from neuface_core.video_write import write_video

from .conftest import Driver

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "core"))
from made_up_deca import link_installed, write_data_folder

pytestmark = [pytest.mark.gl, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of model files to which a user has added what he has of DECA."""
    folder = link_installed(tmp_path_factory.mktemp("models"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(folder))
        run(add_models([write_data_folder(tmp_path_factory.mktemp("deca"))]))
        yield


@pytest.fixture
def deca_project(tmp_path: Path) -> Path:
    """Twelve real frames that wait for a fit."""
    try:
        sample = sample_clips()[0]
    except ModelError as error:
        pytest.skip(f"the sample clips are not installed: {error}")
    video, path = tmp_path / "face.mp4", tmp_path / "deca.neuface"
    with open_source(sample) as source:
        write_video(video, source.frames(0, 12), source.info.fps)
    with Project.create(path, {"encoder": "deca", "neuface": {"iterations": 5}}) as project:
        project.add_clips([Clip("face", (video,))])
    return path


def test_the_window_fits_shows_and_exports_with_deca(empty_studio: Driver, deca_project: Path, tmp_path: Path) -> None:
    window = empty_studio.window
    assert window.files.open_project(deca_project)
    empty_studio.wait(lambda: window.stage.clip is not None)
    window.background.fit(["face"])
    empty_studio.wait_for_jobs()
    assert empty_studio.state("face") == "to_review"
    empty_studio.wait(lambda: window.stage.clip is not None and window.stage.clip.fit is not None)
    clip = window.stage.clip
    assert clip is not None
    assert clip.fit is not None
    assert clip.fit.encoder_id.startswith("deca-")
    assert not clip.problem
    heads = clip.views[0].heads
    assert heads is not None
    empty_studio.press(Qt.Key.Key_A)
    empty_studio.wait(lambda: empty_studio.state("face") == "accepted")
    window.background.export(tmp_path / "faces.h5")
    empty_studio.wait_for_jobs()
    empty_studio.wait(lambda: (tmp_path / "faces.h5").exists())
    assert verify_dataset(tmp_path / "faces.h5").ok
    with h5py.File(tmp_path / "faces.h5") as file:
        assert file["model"].attrs["id"] == "flame-2020:100,50"
        assert file["model"].attrs["n_vertices"] == 5023

"""`neuface import`: what a user and a script get."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from foreign_files import perform, write_vhap

from neuface_core.cli import main
from neuface_core.models import FOLDER_VARIABLE, data_folder
from neuface_core.video_write import write_video

SIZE, FRAMES = (320, 180), 4


@pytest.fixture
def track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A track beside its video, on a machine that has no FLAME."""
    models = tmp_path / "models"
    models.mkdir()
    for file in data_folder().iterdir():
        if file.is_file():
            (models / file.name).symlink_to(file)
    monkeypatch.setenv(FOLDER_VARIABLE, str(models))
    folder = tmp_path / "talk"
    folder.mkdir()
    write_video(folder / "talk.mp4", np.random.default_rng(0).integers(0, 255, (FRAMES, *SIZE[::-1], 3), np.uint8), 25)
    write_vhap(folder / "tracked_flame_params_30.npz", perform(FRAMES), SIZE)
    return folder


def test_a_script_gets_clip_frames_and_what_is_missing(
    track: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "p.neuface")
    assert main(["import", str(track), "-p", project, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["system"] == "VHAP"
    assert found["frames_with_mesh"] == FRAMES
    assert found["clip"]["name"] == "talk (VHAP)"
    assert found["clip"]["state"] == "set_aside"
    assert "flame-2023 is not installed" in found["problem"]
    assert main(["import", "-p", project]) == 0
    assert "flame-2023 is not installed" in " ".join(capsys.readouterr().out.split())
    assert main(["fit", "-p", project, "--force"]) == 0, "the track of another tool is not fitted by us"


def test_what_is_wrong_is_said_and_nothing_is_added(
    track: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = str(tmp_path / "p.neuface")
    (track / "talk.mp4").unlink()
    assert main(["import", str(track), "-p", project]) == 1
    assert "No video or folder of pictures lies beside the track" in " ".join(capsys.readouterr().out.split())
    assert main(["import", str(track), "-p", project, "--system", "vahp"]) == 1
    assert "Known are vhap" in " ".join(capsys.readouterr().err.split())
    assert main(["list", project, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []

"""`neuface fit` on a real clip, from the command to the list, and Ctrl+C in the middle of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neuface_core.errors import ModelError
from neuface_core.models import sample_clips
from neuface_core.project import ClipState, Project
from neuface_core.resource_files import resource_path
from neuface_core.video import open_source
from neuface_core.video_write import write_video

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the sample clip with one face."""
    try:
        sample = sample_clips()[0]
        resource_path("open_encoder")
    except ModelError as error:
        pytest.skip(f"the sample clips are not installed: {error}")
    path = tmp_path_factory.mktemp("clip") / "face.mp4"
    with open_source(sample) as source:
        write_video(path, source.frames(0, 48), source.info.fps)
    return path


def neuface(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "neuface_core.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


def test_a_video_becomes_a_mesh_and_a_video_of_it(face_video: Path, tmp_path: Path) -> None:
    project = tmp_path / "new.neuface"
    done = neuface("fit", face_video, "-p", project, "--iterations", "80")
    assert done.returncode == 0, done.stderr
    assert "✓ face: landmark error" in done.stdout
    row = json.loads(neuface("list", project, "--json").stdout)[0]
    assert row["state"] == "to_review"
    assert row["frames"] == 48
    assert row["nme_bbox"] < row["nme_bbox_encoder"]
    assert neuface("render", project, "face", tmp_path / "face-overlay.mp4").returncode == 0
    with open_source(tmp_path / "face-overlay.mp4") as source:
        assert source.info.n_frames == 48

    with Project.open(project, read_only=True) as opened:
        x, y = opened.load_fit("face").landmarks.points[20, 57] + 4.0
    assert neuface("repair", "move", project, "face", "20", f"57={x:.1f},{y:.1f}").returncode == 0
    repaired = neuface("repair", "refit", project, "face", "--json")
    assert repaired.returncode == 0, repaired.stderr
    with Project.open(project, read_only=True) as opened:
        assert opened.load_fit("face").settings["refits"][0]["frames"] == ["5-35"]

    again = neuface("fit", face_video, "-p", project)
    assert again.returncode == 0
    assert "not fitted again" in again.stdout
    with Project.open(project, read_only=True) as opened:
        run = opened.clip("face").run
    forced = neuface("fit", face_video, "-p", project, "--force", "--iterations", "20", "--json")
    assert forced.returncode == 0
    assert json.loads(forced.stdout)[0]["name"] == "face"
    with Project.open(project, read_only=True) as opened:
        assert opened.clip("face").run != run
        assert opened.load_fit("face").metrics["iterations"] == 20


@pytest.mark.parametrize("stage", ["finding landmarks", "fitting"])
def test_ctrl_c_leaves_the_project_in_order(face_video: Path, tmp_path: Path, stage: str) -> None:
    project = tmp_path / "p.neuface"
    arguments = ["fit", str(face_video), "-p", str(project), "--iterations", "5000"]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "neuface_core.cli", *arguments], stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    said = ""
    while stage not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=30)[1]
    assert process.returncode == 130, said + rest
    assert "Traceback" not in rest
    assert "Finished clips are kept" in rest
    with Project.open(project) as opened:
        assert opened.clip("face").state is ClipState.WAITING

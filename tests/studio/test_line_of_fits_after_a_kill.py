"""The machine dies while clips are being fitted: the next start offers to go on, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neuface_core.clips import search
from neuface_core.models import sample_clips
from neuface_core.project import ClipState, Project
from neuface_core.video import open_source
from neuface_core.video_write import write_video

from .conftest import Driver

pytestmark = [pytest.mark.gl, pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")]

FRAMES = 8
NAMES = ("first", "second", "third")
SHORT = {"iterations": 6, "min_iterations": 6}

# Somebody fits all that waits; once the second clip is in the middle of it, the machine dies.
FIT_AND_DIE = """
import os, signal, sys, time
from pathlib import Path
import torch
from neuface_core.project import Project
from neuface_studio import qt_setup
from neuface_studio.main_window import MainWindow

app = qt_setup.application(["test"])
window = MainWindow(torch.device("cpu"), opengl=qt_setup.has_opengl())
window.show()
assert window.files.open_project(Path(sys.argv[1]))
window.work.banner._action.click()
queue, begun = window.background.queue, []

def on_progress(task, progress, left):
    if task.clip == "second" and progress.stage == "fit":
        begun.append(time.monotonic())

def on_ended(task, outcome, result):
    assert (task.clip, outcome) == ("first", "done"), (task.clip, outcome, result)
    window.session.project.set_settings({"neuface": {"iterations": 20000, "min_iterations": 20000}})

queue.progressed.connect(on_progress)
queue.ended.connect(on_ended)
while not begun or time.monotonic() < begun[0] + 2:
    app.processEvents()
    time.sleep(0.005)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_start_offers_the_rest_and_fits_it(empty_studio: Driver, tmp_path: Path) -> None:
    with open_source(next(path for path in sample_clips() if path.stem == "single_face")) as source:
        for k, name in enumerate(NAMES):
            write_video(tmp_path / f"{name}.mp4", list(source.frames(k, k + FRAMES)), source.info.fps)
    path = tmp_path / "real.neuface"
    with Project.create(path, {"neuface": SHORT}) as project:
        project.add_clips(search([tmp_path / f"{name}.mp4" for name in NAMES]).clips)
    done = subprocess.run([sys.executable, "-c", FIT_AND_DIE, str(path)], timeout=400, check=False)
    assert done.returncode == -signal.SIGKILL

    with Project.open(path) as project:
        assert project.clip("first").state is ClipState.TO_REVIEW, "what was ready is kept"
        assert not project.runs("second"), "of what was not ready there is nothing"
        project.set_settings({"neuface": SHORT})
    window = empty_studio.window
    assert window.files.open_project(path)
    assert "2 clips wait for a fit; 2 of them were stopped" in window.work.banner.text
    window.work.banner._action.click()
    assert [task.clip for task in window.background.queue.waiting] == ["third"]
    empty_studio.wait_for_jobs(240_000)
    assert {empty_studio.state(name) for name in NAMES} == {ClipState.TO_REVIEW}
    assert window.leaving.unfinished() == ()

"""Real fits in the process of the fits: what comes of them is stored by the window, and a process that dies is told."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from neuface_core.clips import search
from neuface_core.jobs import Progress
from neuface_core.models import sample_clips
from neuface_core.project import ClipState, Project
from neuface_core.video import open_source
from neuface_core.video_write import write_video
from neuface_studio.worker import Task

from .conftest import Driver

pytestmark = [pytest.mark.gl, pytest.mark.slow]

FRAMES = 8
NAMES = ("first", "second")
PATIENCE_MS = 240_000


@pytest.fixture
def waiting(empty_studio: Driver, tmp_path: Path) -> Driver:
    """Two short real clips wait for a fit, which is to run in its own process."""
    with open_source(next(path for path in sample_clips() if path.stem == "single_face")) as source:
        for k, name in enumerate(NAMES):
            write_video(tmp_path / f"{name}.mp4", list(source.frames(k, k + FRAMES)), source.info.fps)
    with Project.create(tmp_path / "real.neuface", {"neuface": {"iterations": 8}}) as project:
        project.add_clips(search([tmp_path / f"{name}.mp4" for name in NAMES]).clips)
    assert empty_studio.window.files.open_project(tmp_path / "real.neuface")
    empty_studio.wait_for_clip("first")
    empty_studio.window.background.elsewhere = True
    return empty_studio


def test_the_result_is_stored_and_shown(waiting: Driver) -> None:
    window = waiting.window
    assert len(window.background.pids) == 1
    window.files.fit_clip()
    waiting.wait(lambda: len(window.background.pids) == 2)
    assert os.getpid() == window.background.pids[0]
    waiting.wait_for_jobs(PATIENCE_MS)
    assert waiting.state("first") is ClipState.TO_REVIEW
    waiting.wait(lambda: window.stage.clip is not None and window.stage.clip.fit is not None)
    assert window.session.project is not None
    fit = window.session.project.load_fit("first")
    assert fit.n_frames == FRAMES
    assert fit.metrics["nme_bbox"] < fit.metrics["nme_bbox_encoder"]
    other = window.background.pids[1]
    window.close_at_once()
    with pytest.raises(ProcessLookupError):
        os.kill(other, 0)


def test_a_fit_that_is_stopped_leaves_the_clip_as_it_was(waiting: Driver) -> None:
    window = waiting.window
    window.files.fit_clip()
    waiting.wait(lambda: waiting.state("first") is ClipState.FITTING, PATIENCE_MS)
    window.background.queue.cancel()
    waiting.wait_for_jobs(PATIENCE_MS)
    assert waiting.state("first") is ClipState.WAITING
    assert len(window.background.pids) == 1


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_process_that_is_killed_is_told_and_the_line_goes_on(waiting: Driver) -> None:
    window, queue = waiting.window, waiting.window.background.queue
    killed: list[int] = []

    def kill(task: Task, progress: Progress, _left: float) -> None:
        if task.clip == "first" and progress.stage == "fit" and not killed:
            killed.append(window.background.pids[1])
            os.kill(killed[0], signal.SIGKILL)

    queue.progressed.connect(kill)
    said: list[str] = []
    window.background.said.connect(lambda words, *_: said.append(words))
    window.background.fit(NAMES)
    waiting.wait(lambda: bool(killed), PATIENCE_MS)
    waiting.wait_for_jobs(PATIENCE_MS)
    assert any("first" in words and "SIGKILL" in words and "memory" in words for words in said), said
    assert "SIGKILL" in window.background.batch.mishaps["first"].words
    assert waiting.state("first") is ClipState.WAITING, "it can be fitted again"
    assert waiting.state("second") is ClipState.TO_REVIEW
    assert window.background.pids[1] != killed[0]

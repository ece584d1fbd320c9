"""The same jobs on the background thread and in a process of their own: what a person sees is the same."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neuface_core.errors import FitError, ProjectError
from neuface_core.jobs import Job, JobControl, Progress, run
from neuface_core.project import Project
from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio import fitting_elsewhere
from neuface_studio.worker_process import Call, WorkerProcess


def counting(call: Call, steps: int) -> Job[int]:
    total = 0
    for step in range(steps):
        total += call("double", step)
        yield Progress("fit", step + 1, steps, metrics={"loss": 1.0 / (step + 1)})
    return total


def failing(call: Call) -> Job[None]:
    yield Progress("fit", 0, 1)
    raise FitError("It went wrong.", remedy="Try again.")


def broken(call: Call) -> Job[None]:
    yield Progress("fit", 0, 1)
    raise ZeroDivisionError("by nothing")


def refused(call: Call) -> Job[None]:
    yield Progress("fit", 0, 1)
    call("refuse")


def endless(call: Call, path: str) -> Job[None]:
    step = 0
    while True:
        step += 1
        Path(path).write_text(str(step))
        yield Progress("fit", step, 0)
        time.sleep(0.01)


def refuse() -> None:
    raise ProjectError("The disk is full.", remedy="Make space.")


SERVE: dict[str, Callable[..., Any]] = {"double": lambda n: 2 * n, "refuse": refuse}


@pytest.fixture(scope="module")
def process() -> Iterator[WorkerProcess]:
    one = WorkerProcess()
    yield one
    one.close()


@pytest.fixture(params=["thread", "process"])
def start(request: pytest.FixtureRequest, process: WorkerProcess) -> Callable[..., Job[Any]]:
    """Makes the job on one of the two executors."""
    if request.param == "process":
        return lambda make, *args: process.job(make, *args, serve=SERVE)
    return lambda make, *args: make(lambda name, *given: SERVE[name](*given), *args)


def test_a_job_comes_to_its_result(start: Callable[..., Job[Any]]) -> None:
    seen: list[Progress] = []
    assert run(start(counting, 5), on_progress=seen.append) == 20
    steps = [event.done for event in seen if event.stage == "fit"]
    assert sorted(set(steps)) == [1, 2, 3, 4, 5]
    assert seen[-1].metrics["loss"] == pytest.approx(0.2)


def test_what_goes_wrong_is_said_in_the_same_words(start: Callable[..., Job[Any]]) -> None:
    with pytest.raises(FitError, match=r"It went wrong\. Try again\."):
        run(start(failing))
    with pytest.raises(Exception, match="by nothing"):
        run(start(broken))
    with pytest.raises(Exception, match="The disk is full"):
        run(start(refused))
    assert run(start(counting, 2)) == 2, "the next job runs all the same"


def test_pause_holds_and_cancel_ends(start: Callable[..., Job[Any]], tmp_path: Path) -> None:
    count = tmp_path / "count"
    control = JobControl()
    job = start(endless, str(count))

    def steps() -> int:
        return int(count.read_text() or 0) if count.exists() else 0

    while steps() < 3:
        next(job)
    before = steps()
    time.sleep(0.3)  # nobody drives: paused
    assert steps() <= before + 1
    while steps() < before + 3:
        next(job)
    control.cancel()
    with pytest.raises(Exception, match="cancelled"):
        run(job, control=control)
    after = steps()
    time.sleep(0.2)
    assert steps() == after


def test_a_process_that_the_system_ends_is_a_failure_and_the_next_job_runs(process: WorkerProcess) -> None:
    job = process.job(counting, 10_000, serve=SERVE)
    while next(job).stage != "fit":
        pass
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(FitError, match=r"ended by signal SIGKILL.*memory"):
        run(job)
    assert run(process.job(counting, 3, serve=SERVE)) == 6


def fake_fit(call: Call, path: str, device: str, name: str, face: tuple[int, int] | None, view: int) -> Job[ClipRecord]:
    """What a fit does to a project, without the fit."""
    with fitting_elsewhere._Borrowed.open(path, read_only=True) as project:
        project._call = call
        project.set_state(name, ClipState.FITTING)
        yield Progress("fit", 1, 2)
        project.save_fit(name, project.load_fit("ada"))
        return project.clip(name)


def test_the_window_writes_what_the_process_found(
    process: WorkerProcess, project_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(fitting_elsewhere, "fit_borrowed", fake_fit)
    with Project.open(project_path) as project:
        assert project.clip("dora").state is ClipState.WAITING
        record = run(fitting_elsewhere.fit_elsewhere(process, project, torch.device("cpu"), "dora", None, 0))
        assert record.state is ClipState.TO_REVIEW
        assert project.load_fit("dora").n_frames == project.load_fit("ada").n_frames


def test_a_process_that_cannot_be_started_is_told_and_the_next_one_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(*_: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    worker = WorkerProcess()
    with monkeypatch.context() as patch:
        patch.setattr("multiprocessing.context.SpawnProcess._Popen", staticmethod(no_memory))
        with pytest.raises(FitError, match=r"could not be started: Cannot allocate memory\."):
            run(worker.job(counting, 1, serve=SERVE))
        worker.close()
    assert worker.pid is None
    assert run(worker.job(counting, 2, serve=SERVE)) == 2
    worker.close()


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="only Linux lets a process wait for all others")
def test_the_process_of_the_fits_waits_for_the_window(process: WorkerProcess) -> None:
    run(process.job(counting, 1, serve=SERVE))
    assert process.pid is not None
    assert os.sched_getscheduler(process.pid) == os.SCHED_IDLE
    assert os.sched_getscheduler(0) != os.SCHED_IDLE

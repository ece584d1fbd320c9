"""`kill -9` at random moments: no decision lost, no project unreadable, no half file."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from neuface_core import cli
from neuface_core.atomic_file import is_partial
from neuface_core.export import export_dataset, verify_dataset
from neuface_core.jobs import run
from neuface_core.project import ClipState, Project
from neuface_core.project.decision_log import DecisionLog, Journal
from neuface_core.video import open_source
from neuface_core.video_write import write_video

KILLS = 20
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")]


def decide_for_ever(path: Path, acknowledge: Connection) -> None:
    """Accept, reject, note, undo and redo, and tell of each event after it was taken."""
    with Project.open(path) as project:
        acknowledge.send("")
        number = 0
        while True:
            number += 1
            name = f"clip{number % 3}"
            actions: list[Callable[[], object]] = [
                lambda name=name: project.decide(name, "accept", reviewer="kim"),
                lambda name=name: project.decide(name, "reject", reason="jitter", reviewer="kim"),
                lambda name=name, number=number: project.add_note(name, f"note {number}", reviewer="kim"),
                lambda: project.undo(reviewer="kim"),
                lambda: project.redo(reviewer="kim"),
            ]
            event = random.choice(actions)()
            if event is not None:
                acknowledge.send(event.id)


def export_for_ever(path: Path, out: Path, acknowledge: Connection) -> None:
    acknowledge.send("")
    with Project.open(path, read_only=True) as project:
        while True:
            run(export_dataset(project, out))


def save_for_ever(path: Path, acknowledge: Connection) -> None:
    with Project.open(path) as project:
        fit = project.load_fit("clip0")
        acknowledge.send("")
        while True:
            project.set_state("clip1", ClipState.FITTING)
            project.save_landmarks("clip1", [fit.landmarks])
            acknowledge.send(project.save_fit("clip1", fit))


def start(work: Callable[..., None], *arguments: object) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    """A process of its own that has imported everything already, and what it acknowledges."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["neuface_core.export", "neuface_core.pipeline", "neuface_core.cli", "random_fits"])
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(*arguments, theirs))
    process.start()
    theirs.close()
    return process, ours


def finished(work: Callable[..., None], *arguments: object) -> int | None:
    """Exit code of a process that nobody kills."""
    process, pipe = start(work, *arguments)
    process.join()
    pipe.close()
    return process.exitcode


def killed(work: Callable[..., None], *arguments: object, most_seconds: float) -> list[str]:
    """Start `work`, kill it at a random moment (it may have ended by then), and return what it acknowledged."""
    process, ours = start(work, *arguments)
    assert ours.recv() == ""
    time.sleep(random.uniform(0, most_seconds))
    process.kill()
    process.join()
    assert process.exitcode in (-signal.SIGKILL, 0)
    acknowledged = []
    try:
        while True:
            acknowledged.append(ours.recv())
    except (EOFError, OSError):  # the last message may be cut in two
        ours.close()
    return acknowledged


def test_no_acknowledged_decision_is_lost(make_project):
    with make_project() as project:
        path = project.path
    acknowledged: list[str] = []
    for _ in range(KILLS):
        acknowledged += killed(decide_for_ever, path, most_seconds=0.5)
        with Project.open(path, read_only=True) as project:
            seen = {event.id for event in project.history()}
            assert seen.issuperset(acknowledged)
        with Project.open(path) as project:
            events = project.history()
            ids = [event.id for event in events]
            assert set(ids).issuperset(acknowledged)
            assert len(set(ids)) == len(ids)
            replayed = DecisionLog(events)
            for record in project.clips():
                held = replayed.decision(record.name)
                verdicts = {"accept": ClipState.ACCEPTED, "reject": ClipState.REJECTED}
                assert record.state is (verdicts[held.verdict] if held else ClipState.TO_REVIEW)
                assert record.note == replayed.note(record.name)
        assert {event.id for event in Journal(path / "decisions.jsonl").read()} == set(ids)
    assert len(acknowledged) > KILLS


def test_an_export_is_absent_or_whole(make_project, tmp_path):
    with make_project() as project:
        for record in project.clips():
            project.decide(record.name, "accept")
        path = project.path
    out = tmp_path / "out" / "dataset.h5"
    out.parent.mkdir()
    whole = 0
    for _ in range(KILLS):
        killed(export_for_ever, path, out, most_seconds=1.0)
        for file in out.parent.iterdir():
            assert file == out or is_partial(file)
        if out.exists():
            assert verify_dataset(out).problems == ()
            whole += 1
    assert whole
    with Project.open(path) as project:
        run(export_dataset(project, out))
        assert len(project.history()) == 3
    assert list(out.parent.iterdir()) == [out]


def test_a_saved_fit_is_whole(make_project):
    with make_project(clips=2, fitted=1) as project:
        path = project.path
    for _ in range(KILLS):
        acknowledged = killed(save_for_ever, path, most_seconds=0.3)
        with Project.open(path) as project:
            record = project.clip("clip1")
            assert record.state is (ClipState.TO_REVIEW if record.run else ClipState.WAITING)
            if acknowledged:
                assert record.run >= acknowledged[-1]
            if record.run:
                assert project.load_fit("clip1").n_frames == 5
                project.load_landmarks("clip1")
    with Project.open(path) as project:
        project.save_fit("clip1", project.load_fit("clip0"))
    assert not [file for file in path.rglob("*") if is_partial(file)]


def fit_from_the_terminal(video: Path, project: Path, acknowledge: Connection) -> None:
    """What `neuface fit VIDEO -p PROJECT --force` does, without the seconds that Python needs to start."""
    acknowledge.send("")
    sys.argv = ["neuface", "fit", str(video), "-p", str(project), "--force", "--device", "cpu", "--iterations", "20"]
    sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    sys.exit(cli.main())


@pytest.mark.clips
def test_a_killed_fit_goes_on_with_the_same_command(clips_folder, tmp_path):
    video = tmp_path / "face.mp4"
    with open_source(clips_folder / "pyfeat_single_face.mp4") as source:
        write_video(video, source.frames(0, 6), fps=source.info.fps)
    seconds = 0.0
    for number in range(2):  # the second is fast: files are in the cache of the system
        started = time.monotonic()
        assert finished(fit_from_the_terminal, video, tmp_path / f"measure{number}.neuface") == 0
        seconds = time.monotonic() - started
    for number in range(KILLS):
        path = tmp_path / f"killed{number // 5}.neuface"  # some in a project that has a fit already, some in a new one
        killed(fit_from_the_terminal, video, path, most_seconds=seconds)
        if (path / "project.toml").exists():
            with Project.open(path) as project:
                for record in project.clips():
                    assert record.state is (ClipState.TO_REVIEW if record.run else ClipState.WAITING)
                    if record.run:
                        assert project.load_fit(record.name).n_frames == 6
                    project.load_landmarks(record.name)
        if number % 5 == 4:
            assert finished(fit_from_the_terminal, video, path) == 0
            with Project.open(path) as project:
                assert [record.state for record in project.clips()] == [ClipState.TO_REVIEW]
                assert project.load_fit("face").n_frames == 6
            assert not [file for file in path.rglob("*") if is_partial(file)]

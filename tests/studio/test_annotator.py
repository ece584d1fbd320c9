"""Fifty clips judged by the keyboard alone, also at a machine that dies five times: no decision is lost."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from neuface_core.clips import search
from neuface_core.export.verify import verify_dataset
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.project import ClipState, Project
from neuface_core.video_write import write_video

from .annotator import CLIPS, KILLED_EVERY, NOTES, NUDGE, REPAIRED, SIZE, UNDONE, Annotator, Notebook
from .conftest import FPS, Driver, frame_picture, make_fit

pytestmark = [pytest.mark.gl, pytest.mark.slow, pytest.mark.timeout(900)]
FRAMES = 12
REPOSITORY = Path(__file__).resolve().parents[2]


def mark_of(name: str) -> float:
    """A shape parameter that is another one in the fit of every clip."""
    return int(name.removeprefix("clip")) / 100


@pytest.fixture(scope="module")
def unjudged(tmp_path_factory: pytest.TempPathFactory, head: HeadModel) -> Path:
    """Fifty clips to review, with landmarks and a fit each; the fits differ in one number."""
    folder = tmp_path_factory.mktemp("annotator")
    path, videos = folder / "fifty.neuface", folder / "videos"
    fit = make_fit(head, 0, FRAMES)
    videos.mkdir()
    for number in range(CLIPS):
        write_video(videos / f"clip{number:02}.mp4", (frame_picture(k, 60 + 3 * number) for k in range(FRAMES)), FPS)
    with Project.create(path) as project:
        project.add_clips(search(sorted(videos.iterdir())).clips)
        for name in project.clip_list().names:
            shape = torch.full_like(fit.params.shape, mark_of(name))
            marked = HeadParams(**{**vars(fit.params), "shape": shape})
            project.save_landmarks(name, [fit.landmarks])
            project.save_fit(name, dataclasses.replace(fit, params=marked))
    return path


@pytest.fixture
def fifty(tmp_path: Path, unjudged: Path) -> Path:
    return Path(shutil.copytree(unjudged, tmp_path / unjudged.name))


@pytest.fixture
def notebook(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path / "pressed.jsonl")


def assert_nothing_is_lost(path: Path, notebook: Notebook) -> None:
    """What another program reads from the disk is what was pressed, all of it and in this order."""
    pressed, decisions = notebook.read(), notebook.decisions()
    with Project.open(path, read_only=True) as project:
        history = [(e.kind, e.clip) for e in project.history()]
        assert history == [(p.kind, p.clip) for p in pressed]
        said = [(e.verdict, e.reason) for e in project.history() if e.kind == "decide"]
        assert said == [(p.verdict, p.words) for p in pressed if p.kind == "decide"]
        notes = {p.clip: p.words for p in pressed if p.kind == "note"}
        repaired = {p.clip: p.point for p in pressed if p.kind == "edit"}
        for record in project.clips():
            decision = decisions.get(record.name)
            states = {"": ClipState.TO_REVIEW, "accept": ClipState.ACCEPTED, "reject": ClipState.REJECTED}
            assert record.state is states[decision.verdict if decision else ""], record.name
            assert record.reason == (decision.words if decision else "")
            assert record.note == notes.get(record.name, "")
            edits = project.landmark_edits(record.name)
            assert len(edits) == (record.name in repaired)
            for edit in edits:
                found = project.load_landmarks(record.name)
                assert found is not None
                point = repaired[record.name]
                moved = edit.positions[0, 0] - found[0][0].points[0, point]
                assert (edit.frames[0], edit.points[0]) == (0, point)
                assert moved == pytest.approx(NUDGE, abs=0.01)


def assert_export_equals_decisions(out: Path, notebook: Notebook) -> None:
    """The accepted clips and no others, each with its own numbers."""
    accepted = sorted(name for name, p in notebook.decisions().items() if p.verdict == "accept")
    assert verify_dataset(out).ok
    with h5py.File(out) as file:
        assert list(file["index/clip"].asstr()) == accepted
        assert sorted(file["clips"]) == accepted
        assert set(file["index/verdict"].asstr()) == {"accept"}
        for name in accepted:
            assert np.allclose(file[f"clips/{name}/params/shape"], mark_of(name))


def assert_all_was_done(notebook: Notebook) -> None:
    kinds = [p.kind for p in notebook.read()]
    assert len(notebook.decisions()) == CLIPS
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "decide": CLIPS + len(UNDONE), "undo": len(UNDONE), "note": len(NOTES), "edit": len(REPAIRED),
    }  # fmt: skip


def test_fifty_clips_by_the_keyboard_alone(empty_studio: Driver, fifty: Path, notebook: Notebook) -> None:
    empty_studio.window.resize(*SIZE)
    assert empty_studio.window.files.open_project(fifty)
    annotator = Annotator(empty_studio.window, notebook)
    annotator.judge(CLIPS)
    assert_all_was_done(notebook)
    assert_nothing_is_lost(fifty, notebook)
    annotator.export()
    assert_export_equals_decisions(fifty.with_name("fifty.h5"), notebook)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_fifty_clips_at_a_machine_that_dies_five_times(empty_studio: Driver, fifty: Path, notebook: Notebook) -> None:
    command = [sys.executable, "-m", "tests.studio.annotator", str(fifty), str(fifty.with_name("pressed.jsonl"))]
    own_settings = {**os.environ, "XDG_CONFIG_HOME": str(fifty.parent / "config")}
    for judged in range(KILLED_EVERY, CLIPS + 1, KILLED_EVERY):
        done = subprocess.run(command, cwd=REPOSITORY, env=own_settings, capture_output=True, text=True, timeout=300)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert len(notebook.decisions()) == judged
        assert_nothing_is_lost(fifty, notebook)
    assert_all_was_done(notebook)
    assert empty_studio.window.files.open_project(fifty)
    Annotator(empty_studio.window, notebook).export()
    assert_export_equals_decisions(fifty.with_name("fifty.h5"), notebook)

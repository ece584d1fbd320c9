"""The order of review as the catalogue keeps it: who is suspicious and why, without opening a fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from good_fits import FRAMES, good_fit

from neuface_core.clips import Clip
from neuface_core.evaluation.suspicion import LEAST_CLIPS, judge_clip
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.signals import signals
from neuface_core.project import ClipState, Project
from neuface_core.video_write import write_video


def fit_with_error(percent: float) -> Fit:
    return replace(good_fit(), error=np.full(FRAMES, percent, np.float32))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One clip more than a project needs to be its own measure, none of them fitted."""
    clips = []
    for number in range(LEAST_CLIPS + 1):
        path = tmp_path / f"clip{number}.mp4"
        write_video(path, np.full((3, 32, 32, 3), 10 * number, np.uint8), fps=25)
        clips.append(Clip(path.stem, (path,)))
    made = Project.create(tmp_path / "test.neuface")
    made.add_clips(clips)
    return made


def test_clips_are_judged_by_each_other_as_soon_as_there_are_enough(project: Project) -> None:
    names = [record.name for record in project.clips()]
    for number, name in enumerate(names[:-1]):
        project.save_fit(name, fit_with_error(1.0 + 0.02 * number))
    assert all(record.suspicion is not None for record in project.clips()[:-1])
    project.save_fit(names[-1], fit_with_error(9.0))
    records = project.clips()
    worst = max(records, key=lambda record: record.suspicion or 0.0)
    assert worst.name == names[-1]
    assert "× the project's median" in worst.suspect
    assert all(record.suspect == "" for record in records[:-1])
    project.close()


def test_a_lone_clip_is_judged_too_and_its_frames_agree_with_the_list(project: Project) -> None:
    name = project.clips()[0].name
    project.save_fit(name, fit_with_error(30.0))
    record = project.clip(name)
    assert "× the usual" in record.suspect
    again = judge_clip(signals(project.load_fit(name)), project.usual())
    assert again.words == record.suspect
    assert again.score == pytest.approx(record.suspicion, abs=1e-3)
    assert len(again.frames) == FRAMES
    project.close()


def test_a_clip_that_the_filter_set_aside_can_be_accepted_all_the_same(project: Project) -> None:
    name = project.clips()[0].name
    project.save_fit(name, good_fit())
    project.set_state(name, ClipState.SET_ASIDE, "The identity is beyond what the head model allows: ‖β‖ is 16.2")
    assert project.clip(name).state == ClipState.SET_ASIDE
    project.decide(name, "accept", reviewer="me")
    assert project.clip(name).state == ClipState.ACCEPTED
    assert project.load_fit(name).n_frames == FRAMES
    project.close()

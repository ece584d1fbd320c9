"""Three verdicts, two stages, clips for later, comments: read back from disk."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.landmarks.corrections import Origin
from neuface_core.project import ClipState, Project
from neuface_studio.pace import clips_an_hour, worked_without_rest

from .conftest import WAITING, Driver


@pytest.mark.gl
def test_a_fit_that_follows_corrections_is_accepted_after_repair(studio: Driver, project_path: Path) -> None:
    project = studio.window.session.project
    fit = project.load_fit("ada")
    origin = np.zeros((fit.n_frames, 68), np.uint8)
    origin[3, 30] = Origin.DRAG
    project.save_fit("ada", dataclasses.replace(fit, origin=origin, detections=fit.landmarks))
    studio.window.session.refresh("ada")
    studio.press(Qt.Key.Key_A)
    assert "accepted after repair" in studio.window.work.banner.text
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_A)
    with Project.open(project_path, read_only=True) as stored:
        assert [e.verdict for e in stored.history() if e.kind == "decide"] == ["accept-repaired", "accept"]
        assert stored.clip("ada").repaired


@pytest.mark.gl
def test_a_clip_for_later_comes_after_all_others(studio: Driver, project_path: Path) -> None:
    studio.press(Qt.Key.Key_L, shift=True)
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("cleo")
    studio.press(Qt.Key.Key_A)
    studio.wait_for_clip("ada")
    with Project.open(project_path, read_only=True) as project:
        assert project.clip("ada").skipped
    studio.press(Qt.Key.Key_A)
    with Project.open(project_path, read_only=True) as project:
        assert (project.clip("ada").skipped, project.clip("ada").state) == (False, ClipState.ACCEPTED)


@pytest.mark.gl
def test_a_comment_is_asked_for_and_enter_skips_it(studio: Driver, project_path: Path) -> None:
    window = studio.window
    studio.press(Qt.Key.Key_C, shift=True)
    studio.press(Qt.Key.Key_A)
    line = window.work.note.line
    studio.wait(line.hasFocus)
    assert studio.clip == "ada"
    with Project.open(project_path, read_only=True) as project:
        assert project.clip("ada").state is ClipState.ACCEPTED, "the decision is on disk before anybody comments"
    QTest.keyClicks(line, "left ear")
    QTest.keyClick(line, Qt.Key.Key_Return)
    studio.wait_for_clip("bob")
    studio.press(Qt.Key.Key_R, Qt.Key.Key_3)
    studio.wait(line.hasFocus)
    QTest.keyClick(line, Qt.Key.Key_Return)
    studio.wait_for_clip("cleo")
    with Project.open(project_path, read_only=True) as project:
        assert (project.clip("ada").note, project.clip("bob").note) == ("left ear", "")
    studio.press(Qt.Key.Key_C, shift=True)


@pytest.mark.gl
def test_landmarks_are_verified_before_the_fit(studio: Driver, project_path: Path) -> None:
    window, project = studio.window, studio.window.session.project
    project.save_landmarks(WAITING, [project.load_fit("ada").landmarks])
    project.set_state(WAITING, ClipState.DETECTED)
    window.session.records_changed.emit()
    window.review.show_clip(WAITING)
    studio.wait_for_clip(WAITING)
    studio.press(Qt.Key.Key_D, shift=True)
    assert project.settings["verify_landmarks"]
    assert window.work.video._tracks[0] is not None, "the landmarks are drawn without a fit"
    studio.press(Qt.Key.Key_A)
    assert "landmarks accepted" in window.work.banner.text
    with Project.open(project_path, read_only=True) as stored:
        record = stored.clip(WAITING)
        assert (record.state, record.landmarks_accepted) == (ClipState.WAITING, True)
        assert [e.stage for e in stored.history(WAITING)] == ["landmarks"]


def test_the_pace_leaves_rests_out_and_breaks_are_counted_from_the_last_one() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    steady = [now - timedelta(minutes=k) for k in range(30, -1, -1)]
    assert clips_an_hour(steady, now) == pytest.approx(60)
    assert clips_an_hour(steady[:2], now) is None
    rested = [now - timedelta(minutes=50), *steady[-11:]]
    assert clips_an_hour(rested, now) > 40
    assert worked_without_rest(steady, now) == timedelta(minutes=30)
    assert worked_without_rest(rested, now) == timedelta(minutes=10)
    assert worked_without_rest([], now) == timedelta(0)

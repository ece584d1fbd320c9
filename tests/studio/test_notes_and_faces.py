"""A note on a clip, and another face of a clip."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.errors import FitError
from neuface_core.jobs import Progress
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import ClipRecord, Project
from neuface_studio import tasks

from .conftest import Driver

pytestmark = pytest.mark.gl


def _note(studio: Driver) -> str:
    project = studio.window.session.project
    assert project is not None
    return project.clip("ada").note


def test_a_note_is_written_kept_changed_and_taken_back(studio: Driver) -> None:
    window = studio.window
    studio.press(Qt.Key.Key_N, ctrl=True)
    line = window.work.note.line
    studio.wait(line.hasFocus)
    QTest.keyClicks(line, "glasses are")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert _note(studio) == "glasses are"
    assert window.work.note.isHidden()
    assert window.work.queue.table.hasFocus(), "keys would go nowhere"
    studio.press(Qt.Key.Key_N, ctrl=True)
    assert line.text() == "glasses are"
    QTest.keyClicks(line, " gone")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert _note(studio) == "glasses are"
    studio.press(Qt.Key.Key_U)
    assert _note(studio) == ""
    assert "note" in window.work.banner.text


def test_keys_work_again_after_a_rejection_was_left(studio: Driver) -> None:
    window = studio.window
    studio.press(Qt.Key.Key_R, Qt.Key.Key_8)
    studio.wait(lambda: window.work.reject.isAncestorOf(window.focusWidget() or window))
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert window.work.queue.table.hasFocus()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Right)
    studio.wait_for_frame(1)


def _second_face(track: LandmarkTrack, share: float) -> LandmarkTrack:
    detected = np.arange(track.n_frames) < share * track.n_frames
    return dataclasses.replace(track, points=track.points + 40, boxes=track.boxes + 40, detected=detected)


def _with_faces(studio: Driver, share: float) -> Project:
    project = studio.window.session.project
    assert project is not None
    first = project.load_fit("ada").landmarks
    project.save_landmarks("ada", (first, _second_face(first, share)))
    return project


def _fit_selected(project: Project, name: str, *_: Any) -> Generator[Progress, None, ClipRecord]:
    yield Progress("fit", 1, 1)
    found = project.load_landmarks(name)
    assert found is not None
    project.save_fit(name, dataclasses.replace(project.load_fit(name), landmarks=found[0][found[1]]))
    return project.clip(name)


def test_the_next_face_is_fitted_and_shown(studio: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    project = _with_faces(studio, 1.0)
    monkeypatch.setattr(tasks, "fit_clip", _fit_selected)
    monkeypatch.setattr(tasks.FitModels, "load", lambda *_: None)
    before = project.load_fit("ada").landmarks.points[0]
    studio.press(Qt.Key.Key_N, shift=True)
    studio.wait_for_jobs()
    stage = studio.window.stage
    studio.wait(lambda: stage.view is not None and stage.view.faces == (2, 2))
    assert stage.clip is not None
    assert stage.clip.fit is not None
    assert np.allclose(stage.clip.fit.landmarks.points[0], before + 40)
    studio.press(Qt.Key.Key_N, shift=True)
    studio.wait_for_jobs()
    studio.wait(lambda: stage.view is not None and stage.view.faces == (1, 2))


def test_a_face_whose_fit_fails_does_not_stay_selected(studio: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    project = _with_faces(studio, 1.0)

    def fail(*_: Any) -> Generator[Progress, None, ClipRecord]:
        yield Progress("fit", 0, 1)
        raise FitError("It went wrong.", remedy="Try again.")

    monkeypatch.setattr(tasks, "fit_clip", fail)
    monkeypatch.setattr(tasks.FitModels, "load", lambda *_: None)
    studio.press(Qt.Key.Key_N, shift=True)
    studio.wait_for_jobs()
    found = project.load_landmarks("ada")
    assert found is not None
    assert found[1] == 0


def test_a_face_that_is_hardly_seen_is_not_offered(studio: Driver) -> None:
    _with_faces(studio, 0.03)
    studio.press(Qt.Key.Key_N, shift=True)
    assert studio.window.background.queue.current is None
    assert "fewer than" in studio.window.work.banner.text

"""Corrections of landmarks and the two stages of verification: kept beside the detections, undone across restarts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.errors import ProjectError
from neuface_core.landmarks.corrections import LandmarkEdit, Origin
from neuface_core.project import ClipState, Project


def drag(frame: int, point: int, where: tuple[float, float], **more: object) -> LandmarkEdit:
    return LandmarkEdit.of("drag", [frame], [point], [[where]], **more)


@pytest.fixture
def detected(make_project):
    """One clip of five frames with two tracks, no fit."""
    with make_project(clips=1, fitted=0) as project:
        project.save_landmarks("clip0", [random_fit(5, seed).landmarks for seed in range(2)])
        yield project


def test_the_detections_stay_and_the_edits_come_back_after_a_restart(detected):
    before = detected.load_landmarks("clip0")[0][0].points.copy()
    detected.edit_landmarks("clip0", drag(2, 30, (12.5, 7.25)), reviewer="kim")
    detected.edit_landmarks("clip0", drag(2, 31, (1, 2)), reviewer="kim")
    detected.close()
    with Project.open(detected.path) as project:
        found = project.corrected_landmarks("clip0")
        assert tuple(found.track.points[2, 30]) == (12.5, 7.25)
        assert found.origin[2, 30] == Origin.DRAG
        assert np.array_equal(project.load_landmarks("clip0")[0][0].points, before, equal_nan=True)
        assert (event := project.history("clip0")[0]).reviewer == "kim"
        assert event.kind == "edit"
        project.undo()
        project.undo()
        assert not project.corrected_landmarks("clip0").edited
    with Project.open(detected.path) as project:
        project.redo()
        assert tuple(project.corrected_landmarks("clip0").track.points[2, 30]) == (12.5, 7.25)


def test_an_edit_is_of_one_person_of_one_view(detected):
    detected.edit_landmarks("clip0", drag(2, 30, (12, 7), track=1))
    assert not detected.corrected_landmarks("clip0").edited
    detected.select_track("clip0", 1)
    assert detected.corrected_landmarks("clip0").edited
    with pytest.raises(ProjectError, match="5 frames and 1 views"):
        detected.edit_landmarks("clip0", drag(2, 30, (12, 7), view=1))
    with pytest.raises(ProjectError, match="5 frames"):
        detected.edit_landmarks("clip0", drag(5, 30, (12, 7)))


def test_landmarks_are_verified_first_and_the_mesh_after(detected):
    detected.set_state("clip0", "detected")
    record = detected.clip("clip0")
    assert (record.stage, record.to_judge) == ("landmarks", True)
    event = detected.decide("clip0", "accept", reviewer="kim")
    assert (event.stage, event.verdict) == ("landmarks", "accept")
    record = detected.clip("clip0")
    assert (record.state, record.landmarks_accepted, record.decided) == (ClipState.WAITING, True, False)
    detected.undo()
    assert detected.clip("clip0").state is ClipState.DETECTED
    detected.redo()
    detected.save_fit("clip0", random_fit(5, 0))
    assert detected.clip("clip0").state is ClipState.TO_REVIEW, "the mesh is judged as well"
    event = detected.decide("clip0", "accept")
    assert (event.stage, detected.clip("clip0").state) == ("mesh", ClipState.ACCEPTED)


def test_landmarks_can_be_rejected_before_any_fit(detected):
    detected.set_state("clip0", "detected")
    detected.decide("clip0", "reject", reason="landmarks-wrong")
    record = detected.clip("clip0")
    assert (record.state, record.stage, record.reason) == (ClipState.REJECTED, "landmarks", "landmarks-wrong")


def test_landmarks_that_were_corrected_are_accepted_after_a_repair(detected):
    detected.set_state("clip0", "detected")
    detected.edit_landmarks("clip0", drag(2, 30, (12, 7)))
    assert detected.decide("clip0", "accept").verdict == "accept-repaired"


def test_a_fit_that_follows_corrections_is_accepted_after_a_repair(make_project):
    with make_project(clips=2, fitted=2) as project:
        origin = np.zeros((5, 68), np.uint8)
        origin[1:3, 30] = Origin.DRAG
        fit = random_fit(5, 1)
        project.save_fit("clip1", dataclasses.replace(fit, origin=origin, detections=fit.landmarks))
        assert [project.decide(f"clip{k}", "accept").verdict for k in range(2)] == ["accept", "accept-repaired"]
        assert [r.repaired for r in project.clips()] == [False, True]
        assert {r.state for r in project.clips()} == {ClipState.ACCEPTED}
        again = project.load_fit("clip1")
        assert np.array_equal(again.origin, origin)
        assert np.array_equal(again.detections.points, fit.landmarks.points, equal_nan=True)
        assert project.clip("clip1").metrics["repaired_frames"] == 2


def test_a_clip_is_left_for_later_until_somebody_judges_it(make_project):
    with make_project(clips=1, fitted=1) as project:
        project.skip("clip0")
        assert project.clip("clip0").skipped
        project.undo()
        assert not project.clip("clip0").skipped
        project.redo()
        project.decide("clip0", "reject", reason="jitter")
        assert not project.clip("clip0").skipped


def test_a_clip_without_anything_to_judge_is_not_accepted(make_project):
    with make_project(clips=1, fitted=0) as project, pytest.raises(ProjectError, match="no fit"):
        project.decide("clip0", "accept")


def test_the_long_list_says_the_same_as_the_records(make_project):
    with make_project(clips=4, fitted=3) as project:
        origin = np.zeros((5, 68), np.uint8)
        origin[1, 30] = Origin.NUDGE
        fit = random_fit(5, 1)
        project.save_fit("clip1", dataclasses.replace(fit, origin=origin, detections=fit.landmarks))
        project.save_landmarks("clip3", [fit.landmarks])
        project.set_state("clip3", "detected")
        project.decide("clip1", "accept")
        project.skip("clip2")
        for _ in range(2):
            clips = project.clip_list()
            assert [clips.names_in(r.state).count(r.name) for r in project.clips()] == [1, 1, 1, 1]
            assert clips.skipped.tolist() == [False, False, True, False]
            if project.clip("clip3").to_judge:
                project.decide("clip3", "accept")

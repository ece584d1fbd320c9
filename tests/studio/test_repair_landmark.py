"""Landmarks are put right with mouse and keyboard, the touched frames are fitted anew, and all of it can be undone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from neuface_core.landmarks.corrections import LandmarkEdit, Origin
from neuface_core.project import Project
from neuface_studio.main_window import MainWindow

from .conftest import FITTED, Driver

pytestmark = pytest.mark.gl
FRAME = 5


@pytest.fixture
def editing(project_path: Path, empty_studio: Driver) -> Driver:
    """The window on a clip with stored landmarks, at frame 5, its points with handles."""
    with Project.open(project_path) as project:
        for name in FITTED:
            project.save_landmarks(name, [project.load_fit(name).landmarks])
    studio = empty_studio
    assert studio.window.files.open_project(project_path)
    studio.wait_for_clip("ada")
    studio.window.playhead.seek(FRAME)
    studio.wait_for_frame(FRAME)
    studio.press(Qt.Key.Key_E)
    assert studio.window.editing.active
    return studio


def points(path: Path, frame: int = FRAME, name: str = "ada") -> np.ndarray:
    """As another program would read them."""
    with Project.open(path, read_only=True) as project:
        return project.corrected_landmarks(name).track.points[frame]


def origin(path: Path, frame: int = FRAME, name: str = "ada") -> np.ndarray:
    with Project.open(path, read_only=True) as project:
        return project.corrected_landmarks(name).origin[frame]


def place_of(window: MainWindow, point: int) -> QPoint:
    """Where a point lies in the video widget."""
    video, handles = window.work.video, window.editing.handles
    rect, scale = video.frame_rect(), video.scale
    x, y = handles.points[point]
    return QPointF(rect.x() + (x + 0.5) * scale, rect.y() + (y + 0.5) * scale).toPoint()


def drag(window: MainWindow, point: int, by: QPoint) -> None:
    video, start = window.work.video, place_of(window, point)
    QTest.mousePress(video, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(video, start + by / 2)
    QTest.mouseMove(video, start + by)
    QTest.mouseRelease(video, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + by)


def test_a_point_is_dragged_and_is_on_disk_when_it_is_let_go(editing: Driver, project_path: Path) -> None:
    window, before = editing.window, points(project_path)
    drag(window, 30, QPoint(24, -12))
    now, scale = points(project_path), window.work.video.scale
    assert now[30] - before[30] == pytest.approx([24 / scale, -12 / scale], abs=0.6)
    assert np.array_equal(np.delete(now, 30, 0), np.delete(before, 30, 0))
    assert origin(project_path)[30] == Origin.DRAG
    editing.wait(lambda: window.work.timeline._key_frames == (FRAME,))
    with Project.open(project_path, read_only=True) as project:
        assert np.array_equal(project.load_landmarks("ada")[0][0].points[FRAME], before), "the detections stay"


def test_the_keyboard_alone_chooses_nudges_mirrors_and_confirms(editing: Driver, project_path: Path) -> None:
    window, before = editing.window, points(project_path)
    editing.press(Qt.Key.Key_Tab, Qt.Key.Key_Tab)
    assert window.editing.handles.chosen == {1}
    editing.press(Qt.Key.Key_Right, Qt.Key.Key_Right)
    editing.press(Qt.Key.Key_Down, shift=True)
    editing.press(Qt.Key.Key_Left, ctrl=True)
    editing.wait(lambda: points(project_path)[1, 0] != before[1, 0], 3000)
    assert points(project_path)[1] - before[1] == pytest.approx([1.9, 10.0], abs=0.02)
    assert window.playhead.frame == FRAME, "arrows move the point and not the play head"
    with Project.open(project_path, read_only=True) as project:
        assert len(project.landmark_edits("ada")) == 1, "nudges in quick succession are one"
    editing.press(Qt.Key.Key_G)
    assert window.editing.handles.chosen == set(range(17))
    editing.press(Qt.Key.Key_G)
    assert len(window.editing.handles.chosen) == 68
    editing.press(Qt.Key.Key_Escape, Qt.Key.Key_Tab)
    editing.press(Qt.Key.Key_M)
    assert origin(project_path)[0] == Origin.MIRROR
    editing.press(Qt.Key.Key_Period, Qt.Key.Key_Escape)
    assert window.playhead.frame == FRAME + 1
    editing.press(Qt.Key.Key_K)
    assert (origin(project_path, FRAME + 1) == Origin.KEY).all()
    editing.press(Qt.Key.Key_PageUp)
    assert window.playhead.frame == FRAME
    editing.press(Qt.Key.Key_Delete, shift=True)
    assert not (origin(project_path)[:2] == Origin.MIRROR).any()
    editing.press(Qt.Key.Key_Escape)
    assert not window.editing.active
    editing.press(Qt.Key.Key_Right)
    assert window.playhead.frame == FRAME + 1, "outside of editing arrows step again"


def test_a_nudge_is_kept_in_its_frame_when_the_frame_changes_at_once(editing: Driver, project_path: Path) -> None:
    before = points(project_path)
    editing.press(Qt.Key.Key_Tab, Qt.Key.Key_Up, Qt.Key.Key_Period)
    assert editing.window.playhead.frame == FRAME + 1
    assert points(project_path)[0] - before[0] == pytest.approx([0, -1], abs=0.02)


def test_corrections_are_undone_and_redone_also_after_a_restart(editing: Driver, project_path: Path) -> None:
    window, before = editing.window, points(project_path)
    drag(window, 30, QPoint(24, -12))
    drag(window, 31, QPoint(10, 10))
    moved = points(project_path)
    editing.press(Qt.Key.Key_U)
    assert np.array_equal(points(project_path)[31], before[31])
    assert "correction" in window.work.banner.text
    window.session.close()
    window.session.show(None)
    window.files.open_project(project_path)
    editing.wait_for_clip("ada")
    assert not window.editing.active
    editing.press(Qt.Key.Key_U)
    assert np.array_equal(points(project_path), before)
    editing.press(Qt.Key.Key_Z, ctrl=True, shift=True)
    editing.press(Qt.Key.Key_Z, ctrl=True, shift=True)
    assert np.array_equal(points(project_path), moved)


def test_a_correction_holds_to_the_ends_where_a_person_says_so(editing: Driver, project_path: Path) -> None:
    drag(editing.window, 30, QPoint(24, 0))
    assert origin(project_path, FRAME + 4)[30] == Origin.INTERPOLATED
    assert origin(project_path, 29)[30] == Origin.DETECTOR
    editing.press(Qt.Key.Key_H)
    assert "holds" in editing.window.work.banner.text
    assert origin(project_path, 0)[30] == Origin.INTERPOLATED
    editing.press(Qt.Key.Key_H)
    assert origin(project_path, 29)[30] == Origin.DETECTOR


def test_the_other_face_is_taken_between_the_marks(editing: Driver, project_path: Path) -> None:
    project = editing.window.session.project
    track = project.load_fit("ada").landmarks
    import dataclasses

    other = dataclasses.replace(track, points=track.points + 40, boxes=track.boxes + 40)
    project.save_landmarks("ada", [track, other])
    editing.press(Qt.Key.Key_I)
    editing.window.playhead.seek(8)
    editing.press(Qt.Key.Key_O)
    editing.window.editing.show_clip()
    editing.press(Qt.Key.Key_N, shift=True)
    assert (origin(project_path, 6) == Origin.FACE).all()
    assert not origin(project_path, 9).any()
    assert np.allclose(points(project_path, 6), track.points[6] + 40, atol=0.01)


def test_the_mesh_is_away_while_landmarks_are_edited_and_comes_back(editing: Driver) -> None:
    window = editing.window
    shown = lambda: window.work.video.overlay_frame is not None  # noqa: E731
    editing.wait(lambda: not shown())
    assert window.layers.value.stored()["mesh"], "a kill while editing does not cost the layer"
    editing.press(Qt.Key.Key_Escape)
    editing.wait(shown)
    editing.press(Qt.Key.Key_E)
    editing.wait(lambda: not shown())
    window.actions_["look.mesh"].trigger()
    editing.wait(shown)
    editing.press(Qt.Key.Key_Escape)
    assert window.layers.value.mesh
    editing.press(Qt.Key.Key_M, Qt.Key.Key_E, Qt.Key.Key_Escape)
    assert not window.layers.value.mesh, "what was off before stays off"


def test_the_history_says_which_frames_were_repaired(editing: Driver) -> None:
    window = editing.window

    def said() -> list[str]:
        labels = window.work.inspector.findChildren(QLabel)
        return [label.text() for label in labels if not label.isHidden()]

    drag(window, 30, QPoint(24, -12))
    editing.wait(lambda: f"landmarks repaired, frame {FRAME}" in said())
    editing.press(Qt.Key.Key_Period)
    editing.wait_for_frame(FRAME + 1)
    drag(window, 30, QPoint(10, 4))
    editing.wait(lambda: f"landmarks repaired, frames {FRAME}–{FRAME + 1}" in said())
    editing.press(Qt.Key.Key_U)
    editing.wait(lambda: f"undo: landmarks repaired, frame {FRAME + 1}" in said())
    editing.press(Qt.Key.Key_A)
    editing.wait_for_clip("bob")
    window.review.show_clip("ada")
    editing.wait_for_clip("ada")
    editing.wait(lambda: "accepted" in said())
    assert not {"edit", "decide"} & set(said())


def test_verdicts_are_given_while_editing_and_end_it(editing: Driver, project_path: Path) -> None:
    drag(editing.window, 30, QPoint(24, 0))
    editing.press(Qt.Key.Key_R, Qt.Key.Key_1)
    editing.wait_for_clip("bob")
    assert not editing.window.editing.active
    assert not editing.window.work.review.isHidden()
    with Project.open(project_path, read_only=True) as project:
        assert project.clip("ada").reason == "landmarks-wrong"


def test_a_project_that_cannot_be_written_is_not_edited(empty_studio: Driver, project_path: Path) -> None:
    with Project.open(project_path) as project:
        project.save_landmarks("ada", [project.load_fit("ada").landmarks])
        empty_studio.window.files.open_project(project_path)
        empty_studio.wait_for_clip("ada")
        empty_studio.press(Qt.Key.Key_E)
        assert not empty_studio.window.editing.active


EDIT_FOR_EVER = """
import sys
from neuface_core.landmarks.corrections import LandmarkEdit
from neuface_core.project import Project
with Project.open(sys.argv[1]) as project:
    number = 0
    while True:
        number += 1
        edit = LandmarkEdit.of("drag", [number % 30], [number % 68], [[(number, 1.5)]])
        project.edit_landmarks("ada", edit)
        print(number, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_no_kept_correction_is_lost_when_the_program_is_killed(project_path: Path) -> None:
    with Project.open(project_path) as project:
        project.save_landmarks("ada", [project.load_fit("ada").landmarks])
    said = 0
    for _ in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", EDIT_FOR_EVER, str(project_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        for line in child.stdout:
            said = int(line)
            if said >= 12:
                break
        child.send_signal(signal.SIGKILL)
        rest = [int(line) for line in child.stdout if line.strip().isdigit()]
        child.wait()
        said = max([said, *rest])
        with Project.open(project_path) as project:
            numbers = [float(edit.positions[0, 0, 0]) for edit in project.landmark_edits("ada")]
            assert set(range(1, said + 1)) <= set(numbers)
            assert project.corrected_landmarks("ada").edited


def test_handles_are_of_the_frame_on_show_and_what_is_chosen_is_said(editing: Driver) -> None:
    window = editing.window
    edit = LandmarkEdit.of("drag", [FRAME], [36], [[(150, 100)]])
    window.session.edit_landmarks(edit)
    editing.press(*[Qt.Key.Key_Tab] * 37)
    assert window.editing.handles.words() == "point 36, right eye · dragged"
    assert "1" in window.work.edit_bar._state.text() or "frames to fit anew" in window.work.edit_bar._state.text()
    editing.press(Qt.Key.Key_Period)
    assert window.editing.handles.frame == FRAME + 1
    assert window.editing.handles.words() == "point 36, right eye · interpolated between key frames"

"""A landmark is moved, `F` fits anew what was touched: it is seen while it comes, and all else keeps every bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from neuface_core.clips import search
from neuface_core.fitting.fit import Fit
from neuface_core.jobs import run
from neuface_core.models import sample_clips
from neuface_core.pipeline import fit_clip
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.video import open_source
from neuface_core.video_write import write_video

from .conftest import Driver

pytestmark = [pytest.mark.gl, pytest.mark.slow]

FRAMES = 40
FRAME = 6
UNTOUCHED = slice(26, None)  # a correction fades within 8 frames, a stretch goes a little further
POINT = 8  # the chin


@pytest.fixture
def repairing(empty_studio: Driver, tmp_path: Path) -> Driver:
    """A clip with a real fit of the window's own models, at the frame that is to be repaired."""
    with open_source(next(path for path in sample_clips() if path.stem == "single_face")) as source:
        write_video(tmp_path / "face.mp4", list(source.frames(0, FRAMES)), source.info.fps)
    with Project.create(tmp_path / "real.neuface", {"neuface": {"iterations": 8}}) as project:
        project.add_clips(search([tmp_path / "face.mp4"]).clips)
        settings = PipelineSettings.of_project(project.settings, project.path)
        run(fit_clip(project, "face", settings, torch.device("cpu")))
    assert empty_studio.window.files.open_project(tmp_path / "real.neuface")
    empty_studio.wait_for_clip("face")
    empty_studio.window.playhead.seek(FRAME)
    empty_studio.wait_for_frame(FRAME)
    return empty_studio


def _arrays(fit: Fit) -> dict[str, np.ndarray]:
    """Everything of a fit that has a row a frame."""
    params = {f"params.{name}": value.numpy() for name, value in vars(fit.params).items()}
    return {**params, "projected": fit.projected, "error": fit.error}


def test_only_what_was_touched_is_fitted_anew_and_a_person_watches(repairing: Driver) -> None:
    window = repairing.window
    project = window.session.project
    assert project is not None
    before = project.load_fit("face")
    repairing.press(Qt.Key.Key_E, *[Qt.Key.Key_Tab] * (POINT + 1))
    repairing.press(Qt.Key.Key_Down, shift=True)
    repairing.press(Qt.Key.Key_Escape)
    wanted = project.corrected_landmarks("face").track.points[FRAME, POINT]
    assert wanted[1] - before.landmarks.points[FRAME, POINT, 1] == pytest.approx(10, abs=0.05)

    seen: list[np.ndarray] = []
    runs_when_seen: list[int] = []

    def watch(name: str, _previews: object) -> None:
        clip = window.stage.clip
        assert clip is not None
        assert clip.fit is not None
        seen.append(clip.fit.projected.copy())
        runs_when_seen.append(len(project.runs("face")))

    window.background.previewed.connect(watch)
    repairing.press(Qt.Key.Key_F)
    assert window.background.queue.current is not None
    repairing.wait_for_jobs(240_000)
    repairing.wait(
        lambda: window.stage.clip is not None and window.stage.clip.fit.landmarks.points[FRAME, POINT, 1] > 0
    )
    assert seen, "nothing was seen of it while it came"
    assert runs_when_seen[0] == 1, "it is seen before it is kept"  # the last may reach the window after the keeping
    assert any(not np.array_equal(shown[FRAME], before.projected[FRAME]) for shown in seen)
    assert all(np.array_equal(shown[UNTOUCHED], before.projected[UNTOUCHED]) for shown in seen)

    after = project.load_fit("face")
    assert len(project.runs("face")) == 2, "the fit before is kept"
    assert np.array_equal(after.landmarks.points[FRAME, POINT], wanted)
    distances = [np.linalg.norm(fit.projected[FRAME, POINT] - wanted) for fit in (before, after)]
    assert distances[1] < distances[0], "the mesh went where the person put the point"
    was = _arrays(before)
    for name, now in _arrays(after).items():
        assert now[UNTOUCHED].tobytes() == was[name][UNTOUCHED].tobytes(), f"{name} of an untouched frame changed"
    repairing.wait(lambda: np.array_equal(window.stage.clip.fit.projected, after.projected))
    assert window.editing.active, "whoever repairs goes on repairing"
    assert window.editing.touched == 0
    rows = [label.text() for label in window.work.inspector.findChildren(QLabel)]
    assert any(row.endswith("fitted anew") for row in rows)
    assert f"landmarks repaired, frame {FRAME}" in rows

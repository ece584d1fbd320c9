"""What a fit is compared with, on a clip that was really fitted: previous run, FLAME fitting, gradient map, colours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from neuface_core.clips import search
from neuface_core.jobs import run
from neuface_core.models import sample_clips
from neuface_core.pipeline import fit_clip
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.study.comparison import read_flame
from neuface_core.study.gradient_maps import read_gradients
from neuface_core.video import open_source
from neuface_core.video_write import write_video
from neuface_studio.state import Result
from neuface_studio.views.video import VideoView

from .conftest import Driver

pytestmark = [pytest.mark.gl, pytest.mark.slow]

FRAMES = 10
PASSES = 6


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with ten frames of a real clip, fitted twice: with two passes, then with a few more."""
    folder = tmp_path_factory.mktemp("real")
    with open_source(next(path for path in sample_clips() if path.stem == "single_face")) as source:
        write_video(folder / "face.mp4", list(source.frames(0, FRAMES)), source.info.fps)
    with Project.create(folder / "real.neuface") as project:
        project.add_clips(search([folder / "face.mp4"]).clips)
        for passes in (2, PASSES):
            project.set_settings({"neuface": {"iterations": passes}})
            settings = PipelineSettings.of_project(project.settings, project.path)
            assert run(fit_clip(project, "face", settings, torch.device("cpu"))).state == "to_review"
    return folder / "real.neuface"


@pytest.fixture
def real(empty_studio: Driver, fitted: Path, tmp_path: Path) -> Iterator[Driver]:
    path = tmp_path / "real.neuface"
    shutil.copytree(fitted, path)
    assert empty_studio.window.files.open_project(path)
    empty_studio.wait_for_clip("face")
    return empty_studio


def _shown(driver: Driver) -> Result:
    picture = driver.window.work.video._picture
    assert picture is not None
    return picture.wish.result


def _landmarks(driver: Driver) -> np.ndarray:
    picture = driver.window.work.video._picture
    assert picture is not None
    assert picture.fit is not None
    return picture.fit.projected[picture.frame]


def test_the_previous_run_and_flame_fitting_are_shown_while_their_key_is_held(real: Driver) -> None:
    window = real.window
    project = window.session.project
    assert project is not None
    frame = window.playhead.frame
    latest, earlier = (project.load_views("face", which) for which in project.runs("face")[::-1])
    assert np.array_equal(_landmarks(real), latest.projected[frame])
    mesh = window.work.mesh.scene.points.copy()  # type: ignore[union-attr]
    assert not window.actions_["look.hold_flame"].isEnabled(), "it is not offered before there is one"
    QTest.keyPress(window, Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    real.wait(lambda: _shown(real) is Result.PREVIOUS)
    assert np.array_equal(_landmarks(real), earlier.projected[frame])
    assert "previous run" in window.work.video.hud_words
    real.wait(lambda: not np.allclose(window.work.mesh.scene.points, mesh, atol=1e-7))
    QTest.keyRelease(window, Qt.Key.Key_P)
    real.wait(lambda: _shown(real) is Result.FIT)

    real.press(Qt.Key.Key_B, ctrl=True)
    real.wait_for_jobs()
    real.wait(lambda: window.actions_["look.hold_flame"].isEnabled())
    stored = read_flame(project, "face")
    assert stored.settings["method"] == "flame_fit"
    QTest.keyPress(window, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    real.wait(lambda: _shown(real) is Result.FLAME)
    assert np.array_equal(_landmarks(real), stored.projected[window.playhead.frame])
    assert "FLAME fitting" in window.work.video.hud_words
    QTest.keyRelease(window, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    real.wait(lambda: _shown(real) is Result.FIT)


def _pixels(view: VideoView) -> np.ndarray:
    image = view.grab().toImage()
    return np.array([[image.pixelColor(x, y).getRgb()[:3] for x in range(0, image.width(), 4)]
                     for y in range(0, image.height() - 90, 4)], float)  # fmt: skip


def test_the_gradient_map_is_made_on_demand_kept_and_drawn_over_the_face(real: Driver) -> None:
    window = real.window
    project = window.session.project
    assert project is not None
    for key in (Qt.Key.Key_M, Qt.Key.Key_D, Qt.Key.Key_S, Qt.Key.Key_T):
        real.press(key)
    real.qtbot.wait(200)  # type: ignore[attr-defined]
    plain = _pixels(window.work.video)
    real.press(Qt.Key.Key_G)
    real.wait_for_jobs()
    film = read_gradients(project, "face")
    assert film is not None
    assert film.maps.shape == (FRAMES, 112, 112)
    assert film.full > 0
    middle = film.maps[:, 28:84, 28:84].mean()
    assert middle > 1.2 * film.maps.mean(), "what moves the mesh is not in the face"
    video = window.work.video
    real.wait(lambda: video._picture is not None and video._picture.gradient is not None)
    changed = np.abs(_pixels(video) - plain).sum(-1) > 12
    picture = video._picture
    assert picture is not None
    assert picture.gradient is not None
    rect, scale = video.frame_rect(), video.scale
    rows, columns = (4 * index for index in np.nonzero(changed))
    (x, y), half = picture.gradient.centre, picture.gradient.size / 2 + 2
    assert len(rows) > 50
    assert (np.abs((columns - rect.x()) / scale - x) < half).all(), "it is drawn beside its square"
    assert (np.abs((rows - rect.y()) / scale - y) < half).all()
    real.press(Qt.Key.Key_BraceLeft)
    assert window.layers.value.gradient_opacity == pytest.approx(0.7)
    real.press(Qt.Key.Key_G)
    real.wait(lambda: video._picture is not None and video._picture.gradient is None)


def test_one_key_colours_the_mesh_by_everything_there_is_with_a_legend(real: Driver) -> None:
    window = real.window
    legend, video = window.work.mesh.legend, window.work.video
    assert legend.words == ""
    seen = []
    for colour in ("error", "detector", "hidden"):
        real.press(Qt.Key.Key_H)
        assert window.layers.value.colour == colour
        real.wait(
            lambda c=colour: video._picture.mesh.values is not None and str(video._picture.wish.colour) == c  # type: ignore[misc, union-attr]
        )
        seen.append(legend.words)
        assert legend.isVisible()
        values = video._picture.mesh.values  # type: ignore[union-attr]
        assert np.isfinite(values).all()
    assert seen == ["Landmark error, 0 to 4 %", "Detector unsure, 0 to 30 %", "Hidden from the view, 0 to 100 %"]
    front = window.stage.clip.heads.frame(window.playhead.frame).normals[:, 2] > 0.95  # type: ignore[union-attr]
    assert values[front].max() < 10, "what faces the camera is not hidden"
    assert (values > 99).any(), "the back of the head is"
    real.press(Qt.Key.Key_H)
    assert window.layers.value.colour == "none", "one view has no other to be apart from"
    real.wait(lambda: legend.words == "")


def test_the_mesh_can_be_shown_as_its_edges_over_the_video_and_in_the_3d_view(real: Driver) -> None:
    window = real.window
    video = window.work.video

    def covered() -> float:
        """Share of the face's middle that the mesh changes."""
        picture = video._picture
        assert picture is not None
        assert picture.image is not None
        assert picture.overlay is not None
        under, over = (_rgb(image) for image in (picture.image, picture.overlay))
        x, y = _landmarks(real)[27:48].mean(axis=0).astype(int)
        changed = (np.abs(under.astype(int) - over).max(axis=2) > 12)[y - 30 : y + 30, x - 30 : x + 30]
        return float(changed.mean())

    assert covered() > 0.95
    real.press(Qt.Key.Key_M, shift=True)
    real.wait(lambda: video._picture.wish.wire)  # type: ignore[union-attr]
    assert 0.05 < covered() < 0.9, "the face is seen between the edges"
    assert window.work.mesh.scene._actor.prop.show_edges
    real.press(Qt.Key.Key_M, shift=True)
    real.wait(lambda: not video._picture.wish.wire)  # type: ignore[union-attr]
    assert not window.work.mesh.scene._actor.prop.show_edges


def _rgb(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()

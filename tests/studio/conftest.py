"""A project with fits made by hand over generated videos, and a real window on it."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QSettings, Qt, QThread
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from neuface_core.clips import search
from neuface_core.encoders.crops import crop_track
from neuface_core.fitting.fit import Fit
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import ClipState, Project
from neuface_core.video_write import write_video
from neuface_studio import qt_setup, theme
from neuface_studio.main_window import MainWindow
from neuface_studio.worker import THREAD_NAME

# Before pytest-qt makes the application.
if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
qt_setup.prepare()

FRAMES = 30
WIDTH, HEIGHT = 320, 240
FPS = 25.0
FITTED = ("ada", "bob", "cleo")
WAITING = "dora"


@pytest.fixture(autouse=True)
def _collect_here() -> Iterator[None]:
    """As in the program: no background thread may destroy the widgets of an earlier test."""
    gc.disable()
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test chooses is not what the person at this machine has chosen."""
    path = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, path)


@pytest.fixture(autouse=True)
def _needs_a_window(request: pytest.FixtureRequest) -> None:
    """A test marked `gl` needs a real window: without one it is skipped, or fails where windows are required."""
    if request.node.get_closest_marker("gl") is None:
        return
    request.getfixturevalue("qapp")
    if not qt_setup.has_opengl():
        words = f"no window with OpenGL on the platform {QGuiApplication.platformName()!r}"
        if os.environ.get("NEUFACE_REQUIRE_GL") == "1":
            pytest.fail(words)
        pytest.skip(words)


def frame_picture(index: int, shade: int) -> np.ndarray:
    """A picture whose columns of blocks spell `index` in binary: a wrong frame is seen as a wrong number."""
    picture = np.full((HEIGHT, WIDTH, 3), shade, np.uint8)
    picture[40:200, 90:230] = (150, 120, 100)
    for bit in range(8):
        picture[8:24, 8 + 20 * bit : 24 + 20 * bit] = 230 if index >> bit & 1 else 20
    return picture


def read_number(picture: np.ndarray) -> int:
    """Inverse of `frame_picture`, of an (H, W, 3) array."""
    return sum(1 << bit for bit in range(8) if picture[16, 16 + 20 * bit].mean() > 120)


@pytest.fixture(scope="session")
def head() -> HeadModel:
    return load_head(None)


def make_fit(head: HeadModel, seed: int, frames: int = FRAMES) -> Fit:
    """A head that nods and turns; frames 10 and 11 have no detection, frame 20, if there is one, is the worst."""
    generator = np.random.default_rng(seed)
    phase = np.linspace(0, 2 * np.pi, frames, dtype=np.float32)
    params = head.neutral(frames)
    turning = torch.tensor(np.column_stack([0.1 * np.sin(phase), 0.4 * np.cos(phase), 0 * phase]))
    after = HeadParams(**{**vars(params), "global_orient": turning})
    before = HeadParams(**{**vars(params), "global_orient": turning + 0.08})
    boxes = np.tile(np.float32([110, 70, 210, 180]), (frames, 1))
    blank = np.zeros((frames, 68, 2), np.float32)
    detected = np.ones(frames, bool)
    track = LandmarkTrack(blank, np.ones((frames, 68), np.float32), boxes, detected, "open-v1", "static")
    crops = crop_track(track)

    def projected(of: HeadParams) -> np.ndarray:
        return crops.to_frame(head.project(head.landmarks(of, "static"), of.camera).numpy())

    found = projected(after) + generator.normal(0, 0.6, blank.shape).astype(np.float32)
    found[20:21] += 6
    boxes = np.concatenate([found.min(1), found.max(1)], axis=1)
    detected[10:12] = False
    found[10:12], boxes[10:12] = np.nan, np.nan
    confidence = np.where(detected[:, None], np.float32(0.9), np.float32(0)).repeat(68, axis=1)
    track = LandmarkTrack(found, confidence, boxes, detected, "open-v1", "static")

    def error(points: np.ndarray) -> np.ndarray:
        size = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
        return (100 * np.linalg.norm(points - found, axis=-1).mean(1) / size).astype(np.float32)

    good, first = projected(after), projected(before)
    metrics = {
        "nme_bbox": float(np.nanmean(error(good))),
        "nme_bbox_encoder": float(np.nanmean(error(first))),
        "jitter_mm": 0.3,
        "jitter_mm_encoder": 0.6,
        "motion_retained": 0.95,
        "seconds": 1.5,
        "iterations": 100.0,
    }
    valid = np.ones(frames, bool)
    history = np.linspace(1, 0.1, 100, dtype=np.float32)
    return Fit(
        after, before, crops, track, good, first, valid, error(good), error(first), metrics, history,
        head.head_id, "open-encoder-1", {"preset": "default"},
    )  # fmt: skip


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One video a clip, each of another shade."""
    folder = tmp_path_factory.mktemp("videos")
    for i, name in enumerate((*FITTED, WAITING, "extra")):
        write_video(folder / f"{name}.mp4", (frame_picture(k, 60 + 20 * i) for k in range(FRAMES)), FPS)
    return folder


@pytest.fixture
def project_path(tmp_path: Path, videos: Path, head: HeadModel) -> Path:
    """Three clips to review and one that waits."""
    path = tmp_path / "faces.neuface"
    with Project.create(path) as project:
        project.add_clips(search([videos / f"{name}.mp4" for name in (*FITTED, WAITING)]).clips)
        for seed, name in enumerate(FITTED):
            project.save_fit(name, make_fit(head, seed))
    return path


@dataclass
class Driver:
    """A person at the window: presses keys and waits until something is seen."""

    window: MainWindow
    qtbot: object

    def press(self, *keys: Qt.Key, shift: bool = False, ctrl: bool = False) -> None:
        modifiers = Qt.KeyboardModifier.NoModifier
        modifiers |= Qt.KeyboardModifier.ShiftModifier if shift else modifiers
        modifiers |= Qt.KeyboardModifier.ControlModifier if ctrl else modifiers
        for key in keys:
            QTest.keyClick(self.window, key, modifiers)

    def wait(self, condition: Callable[[], bool], timeout: int = 30_000) -> None:
        self.qtbot.waitUntil(condition, timeout=timeout)  # type: ignore[attr-defined]

    def wait_for_clip(self, name: str) -> None:
        stage = self.window.stage
        self.wait(lambda: stage.clip is not None and stage.clip.name == name and stage.shown_frames[0] is not None)

    def wait_for_frame(self, frame: int) -> None:
        self.wait(lambda: self.window.stage.shown_frames[0] == frame)

    def wait_for_jobs(self, timeout: int = 120_000) -> None:
        self.wait(lambda: self.window.background.queue.current is None, timeout)

    @property
    def clip(self) -> str:
        assert self.window.session.current is not None
        return self.window.session.current.name

    def state(self, name: str) -> ClipState:
        assert self.window.session.project is not None
        return self.window.session.project.clip(name).state


def threads_of(window: MainWindow) -> list[object]:
    """Background threads of the window that still run."""
    drawing = [thread for thread in window.findChildren(QThread) if thread.isRunning()]
    return [*drawing, *(thread for thread in threading.enumerate() if thread.name == THREAD_NAME)]


@pytest.fixture
def empty_studio(qtbot: object, tmp_path: Path) -> Iterator[Driver]:
    """A window without a project; no thread may be left when it is closed."""
    window = MainWindow(torch.device("cpu"), opengl=qt_setup.has_opengl(), projects_folder=tmp_path / "home")
    window.set_theme(theme.DARK)
    window.resize(1400, 880)
    window.show()
    window.activateWindow()
    driver = Driver(window, qtbot)
    driver.wait(window.isActiveWindow)
    yield driver
    window.close_at_once()
    assert not threads_of(window)
    window.deleteLater()


@pytest.fixture
def studio(empty_studio: Driver, project_path: Path) -> Driver:
    """The window on the project, its first clip on show."""
    assert empty_studio.window.files.open_project(project_path)
    empty_studio.wait_for_clip("ada")
    empty_studio.wait_for_frame(0)
    return empty_studio

"""Video, overlay and mesh always show the same frame, and it is the right one."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage

from neuface_core.clips import search
from neuface_core.video_write import write_video
from neuface_studio.picture import Wish

from .conftest import FPS, FRAMES, Driver, frame_picture, read_number

pytestmark = pytest.mark.gl


def _pixels(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3)


def test_every_step_shows_one_frame_everywhere(studio: Driver) -> None:
    window = studio.window
    seen: list[tuple[int | None, ...]] = []
    window.stage.shown.connect(lambda _: seen.append(window.stage.shown_frames))
    keys = [Qt.Key.Key_Right] * 14 + [Qt.Key.Key_Left] * 5 + [Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home]
    for key in keys:
        studio.press(key)
        studio.wait_for_frame(window.playhead.frame)
        assert set(window.stage.shown_frames) == {window.playhead.frame}
        picture = window.work.video._picture
        assert picture is not None
        assert picture.image is not None
        assert read_number(_pixels(picture.image)) == window.playhead.frame
    assert all(len(set(frames)) == 1 for frames in seen)
    assert window.playhead.frame == 0


def test_the_mesh_is_that_of_the_frame(studio: Driver) -> None:
    window = studio.window
    for frame in (3, 25):
        window.playhead.seek(frame)
        studio.wait_for_frame(frame)
        fit = window.stage.clip.fit  # type: ignore[union-attr]
        from neuface_core.heads.bundle import load_head

        wanted = load_head(None)(fit.params[slice(frame, frame + 1)])[0].numpy()  # type: ignore[union-attr]
        assert np.allclose(window.work.mesh.scene.points, wanted, atol=1e-5)


def test_ten_steps_and_the_worst_frame(studio: Driver) -> None:
    studio.press(Qt.Key.Key_Right, shift=True)
    studio.wait_for_frame(10)
    studio.press(Qt.Key.Key_W)
    studio.wait_for_frame(20)


def test_scrubbing_ends_on_the_last_frame_and_queues_nothing(studio: Driver) -> None:
    window = studio.window
    shown: list[int] = []
    window.stage.shown.connect(shown.append)
    for frame in [*range(FRAMES), *reversed(range(FRAMES))] * 4:
        window.work.timeline.scrubbed.emit(frame)
    window.work.timeline.scrubbed.emit(17)
    studio.wait_for_frame(17)
    studio.qtbot.wait(200)  # type: ignore[attr-defined]
    assert shown[-1] == 17
    assert len(shown) < 8 * FRAMES / 4, "wishes were queued instead of dropped"


def test_playing_keeps_the_clock(studio: Driver) -> None:
    window = studio.window
    window.playhead.loop = False
    studio.press(Qt.Key.Key_Space)
    assert window.playhead.playing
    studio.wait(lambda: not window.playhead.playing, timeout=20_000)
    assert window.playhead.frame == FRAMES - 1
    studio.wait_for_frame(FRAMES - 1)
    assert len(set(window.stage.shown_frames)) == 1


def test_before_is_shown_while_its_key_is_held(studio: Driver) -> None:
    from PySide6.QtTest import QTest

    window = studio.window
    after = window.work.mesh.scene.points.copy()  # type: ignore[union-attr]
    QTest.keyPress(window, Qt.Key.Key_B)
    studio.wait(lambda: not np.allclose(window.work.mesh.scene.points, after))
    assert window.layers.value.before
    QTest.keyRelease(window, Qt.Key.Key_B)
    studio.wait(lambda: np.allclose(window.work.mesh.scene.points, after))
    assert not window.layers.value.before


def test_the_mesh_over_the_video_has_the_colour_of_its_result(studio: Driver) -> None:
    from PySide6.QtTest import QTest

    window = studio.window

    def tint() -> float:
        """Red over blue of the mesh that is drawn over the video."""
        picture = window.work.video.picture
        assert picture is not None
        assert picture.image is not None
        assert picture.overlay is not None
        drawn, bare = _pixels(picture.overlay).astype(float), _pixels(picture.image)
        covered = (drawn != bare).any(axis=-1)
        red, _, blue = drawn[covered].mean(axis=0)
        return float(red / blue)

    assert tint() < 0.9, "the fit is blue"
    QTest.keyPress(window, Qt.Key.Key_B)
    studio.wait(lambda: window.work.video.picture.wish.before)  # type: ignore[union-attr]
    assert tint() > 1.05, "what was before the fit is purple, as its words and its mesh"
    QTest.keyRelease(window, Qt.Key.Key_B)


def test_the_picture_of_the_window_holds_the_mesh(studio: Driver) -> None:
    studio.qtbot.wait(300)  # type: ignore[attr-defined]
    window = studio.window
    mesh = window.work.mesh
    corner = mesh.mapTo(window, mesh.rect().center())
    pixels = _pixels(window.grab().toImage())
    ratio = window.devicePixelRatioF()
    middle = pixels[round(corner.y() * ratio), round(corner.x() * ratio)].astype(int)
    edge = mesh.mapTo(window, mesh.rect().topLeft())
    background = pixels[round((edge.y() + 8) * ratio), round((edge.x() + 8) * ratio)].astype(int)
    assert np.abs(middle - background).sum() > 60, "there is no head in the middle of the 3D view"


def test_the_three_agree_after_playing_and_wild_scrubbing(studio: Driver) -> None:
    window = studio.window
    disagreed: list[tuple[int | None, ...]] = []
    window.stage.shown.connect(
        lambda _: disagreed.append(window.stage.shown_frames) if len(set(window.stage.shown_frames)) != 1 else None
    )
    generator = np.random.default_rng(1)
    for key in (Qt.Key.Key_L, Qt.Key.Key_J, Qt.Key.Key_L):
        studio.press(key)
        studio.qtbot.wait(250)  # type: ignore[attr-defined]
        window.work.timeline.scrub_began.emit()
        for frame in generator.integers(0, FRAMES, 60):
            window.work.timeline.scrubbed.emit(int(frame))
        window.work.timeline.scrub_ended.emit()
        assert window.playhead.playing, "scrubbing lets the playing go on"
        studio.press(Qt.Key.Key_Space)
        assert not window.playhead.playing
        frame = window.playhead.frame
        studio.wait(lambda f=frame: window.stage.shown_frames == (f, f, f))  # type: ignore[misc]
    assert not disagreed


def test_a_frame_without_a_face_says_so_in_both_views(studio: Driver) -> None:
    window = studio.window
    project = window.session.project
    assert project is not None
    fit = project.load_fit("bob")
    fit.valid[:5] = False
    project.save_fit("bob", fit)
    window.session.refresh("bob")
    window.review.show_clip("bob")
    studio.wait_for_clip("bob")
    studio.wait_for_frame(5)  # a clip starts where there is something to judge
    assert window.work.mesh.message == ""
    studio.press(Qt.Key.Key_Left)
    studio.wait_for_frame(4)
    assert window.work.mesh.message == "No face in this frame."
    assert "no face" in window.work.video.hud_words
    assert window.work.mesh.scene.points is None


def test_scrubbing_at_120_events_a_second_never_queues_a_frame(studio: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: whenever a picture is begun, every one before it was received by the window."""
    window = studio.window
    received: list[int] = []
    begun: list[tuple[int, int]] = []  # frame, and how many pictures are on their way then
    compositor = window.stage._compositor
    serve = compositor._serve

    def counted(wish: Wish) -> None:
        begun.append((wish.frame, len(begun) - len(received)))
        serve(wish)

    monkeypatch.setattr(compositor, "_serve", counted)
    taken = compositor.taken

    def count_and_take() -> None:
        received.append(len(received))
        taken()

    monkeypatch.setattr(compositor, "taken", count_and_take)
    frames = iter([*range(FRAMES), *reversed(range(FRAMES)), *range(0, FRAMES, 2), 17])
    timer = QTimer()
    timer.setInterval(1000 // 120)
    left: list[bool] = []

    def scrub() -> None:
        frame = next(frames, None)
        if frame is None:
            timer.stop()
            left.append(True)
            return
        window.work.timeline.scrubbed.emit(frame)

    timer.timeout.connect(scrub)
    timer.start()
    studio.wait(lambda: bool(left))
    studio.wait(lambda: window.stage.shown_frames == (17, 17, 17))
    assert max(waiting for _, waiting in begun) == 0, "a picture was begun while another was on its way"
    assert begun[-1][0] == 17


def test_the_fastest_shuttle_keeps_the_clock_and_drops_pictures(studio: Driver, tmp_path: Path) -> None:
    """Twelve seconds of video at eight times their speed: the play head is where the clock is."""
    window, frames = studio.window, 300
    write_video(tmp_path / "long.mp4", (frame_picture(k % 256, 90) for k in range(frames)), FPS)
    assert window.session.project is not None
    window.session.project.add_clips(search([tmp_path / "long.mp4"]).clips)
    window.session.records_changed.emit()
    window.review.show_clip("long")
    studio.wait_for_clip("long")
    window.playhead.loop = False
    off: list[float] = []
    shown: list[int] = []
    window.stage.shown.connect(shown.append)
    studio.press(*[Qt.Key.Key_L] * 4)
    began, first = time.perf_counter(), window.playhead.frame
    assert window.playhead.rate == 8.0
    window.playhead.frame_changed.connect(
        lambda frame: off.append(frame - first - 8 * FPS * (time.perf_counter() - began))
    )
    studio.wait(lambda: not window.playhead.playing, timeout=20_000)
    took = time.perf_counter() - began
    assert window.playhead.frame == frames - 1
    assert (frames - first) / FPS / 8 - 0.1 < took
    assert np.median(np.abs(off)) < 2, "frames beside the clock"
    studio.wait_for_frame(frames - 1)
    assert shown == sorted(shown)
    assert len(shown) <= len(off) + 1, "no picture was made of a frame that the clock had left"

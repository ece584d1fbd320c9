"""Clips of several views: one large, all at the same moment, and what they say about each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from neuface_core.clips import Clip
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.model import HeadModel
from neuface_core.project import Project
from neuface_core.video_write import write_video
from neuface_studio import theme
from neuface_studio.agreement import Agreement
from neuface_studio.state import Meshes

from .conftest import FPS, FRAMES, Driver, frame_picture, make_fit, read_number

NAMES = ("front", "left_30", "right_30", "top")
OFFSETS = (0, 3, 0, 2)
OUTVOTED, LEFT_OUT = 1, 3


def fit_of_views(head: HeadModel) -> MultiViewFit:
    """Three views of which the second has no vote from moment 10 to 19; the fourth saw no face."""
    fits = [make_fit(head, seed) for seed in range(3)]
    tilted = fits[1].params.shape.clone()
    tilted[:, 0] += 2.0
    fits[1] = replace(fits[1], params=replace(fits[1].params, shape=tilted))
    weight = np.ones((FRAMES, 3), np.float32)
    weight[10:20, 1] = 0
    cvd = np.array([[np.nan, 1.5, 0.2], [1.5, np.nan, 1.4], [0.2, 1.4, np.nan]])
    metrics = {**fits[0].metrics, "cvd_mm": 1.03, "cvd_mm_encoder": 5.25}
    return MultiViewFit(tuple(fits), NAMES[:3], weight, cvd, 5 * cvd, metrics)


@pytest.fixture(scope="session")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Four videos whose moments spell their number; each begins by its own offset early, with frames that spell 255."""
    folder = tmp_path_factory.mktemp("rig")
    for view, (name, offset) in enumerate(zip(NAMES, OFFSETS, strict=True)):
        numbers = [255] * offset + list(range(FRAMES))
        write_video(folder / f"{name}.mp4", (frame_picture(k, 50 + 30 * view) for k in numbers), FPS)
    return Clip("rig", tuple(folder / f"{name}.mp4" for name in NAMES), NAMES, OFFSETS)


@pytest.fixture
def several(empty_studio: Driver, tmp_path: Path, rig: Clip, head: HeadModel, videos: Path) -> Driver:
    """The window on a clip of four views, and one of one view behind it."""
    path = tmp_path / "rig.neuface"
    with Project.create(path) as project:
        project.add_clips([rig, Clip("solo", (videos / "ada.mp4",))])
        project.save_fit("rig", fit_of_views(head))
        project.save_fit("solo", make_fit(head, 1))
    assert empty_studio.window.files.open_project(path)
    empty_studio.wait_for_clip("rig")
    wait_for_all(empty_studio, 0)
    return empty_studio


def wait_for_all(studio: Driver, frame: int) -> None:
    """Large and small pictures of moment `frame` are there."""
    stage = studio.window.stage
    studio.wait(lambda: stage.shown_frames[0] == frame and set(stage.strip.shown_frames) == {frame})


def pixels(image: QImage | None) -> np.ndarray:
    assert image is not None
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3)


def small_number(studio: Driver, view: int) -> int:
    """What the small picture of a view spells."""
    picture = studio.window.stage.strip._pictures[view]
    found, scale = pixels(picture.image), picture.scale
    return sum(1 << bit for bit in range(8) if found[round(16 * scale), round((16 + 20 * bit) * scale)].mean() > 120)


@pytest.mark.gl
def test_every_view_shows_the_same_moment_whatever_its_offset(several: Driver) -> None:
    window = several.window
    for frame in (7, 21):
        window.playhead.seek(frame)
        wait_for_all(several, frame)
        assert [small_number(several, view) for view in range(4)] == [frame] * 4
        for view in (1, 3, 0):
            several.press(Qt.Key(Qt.Key.Key_1 + view))
            several.wait(lambda v=view: window.work.video.shown_view == v)  # type: ignore[misc]
            assert read_number(pixels(window.work.video._picture.image)) == frame  # type: ignore[union-attr]
            assert window.stage.shown_frames[0] == window.stage.shown_frames[2] == frame
    assert window.work.video.hud_words.startswith("front  ·  Frame 21")


@pytest.mark.gl
def test_a_view_is_chosen_by_key_click_and_lane(several: Driver) -> None:
    window, strip, timeline = several.window, several.window.work.strip, several.window.work.timeline
    several.press(Qt.Key.Key_3)
    assert window.views.name == "right_30"
    several.press(Qt.Key.Key_8)
    assert window.views.name == "right_30", "there is no eighth view"
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.tile(1).center().toPoint())
    assert window.views.name == "left_30"
    frame = window.playhead.frame
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(30, round(timeline.lane(2).center().y())))
    assert window.views.name == "right_30"
    assert window.playhead.frame == frame, "a click on a name does not scrub"
    turned: list[int] = []
    window.views.changed.connect(lambda: turned.append(window.views.view))
    several.press(Qt.Key.Key_R, Qt.Key.Key_2)
    assert not turned, "while a reason is asked for digits are reasons"
    assert several.state("rig") == "rejected"


@pytest.mark.gl
def test_landmarks_mesh_and_numbers_are_those_of_the_large_view(several: Driver) -> None:
    window = several.window
    several.press(Qt.Key.Key_2)
    several.wait(lambda: window.work.video.shown_view == OUTVOTED)
    assert window.work.video._fit is window.stage.clip.views[OUTVOTED].fit  # type: ignore[union-attr]
    heads = window.stage.clip.views[OUTVOTED].heads  # type: ignore[union-attr]
    assert heads is not None
    several.wait(lambda: np.allclose(window.work.mesh.scene.points, heads.frame(0).vertices))  # type: ignore[union-attr]
    several.press(Qt.Key.Key_4)
    several.wait(lambda: "left out" in window.work.mesh.message)
    assert "left out of the fit" in window.work.video.hud_words
    assert "top" in window.work.mesh.message


@pytest.mark.gl
def test_the_3d_view_shows_one_head_all_or_what_they_make_together(several: Driver) -> None:
    window, scene = several.window, several.window.work.mesh.scene
    window.playhead.seek(15)
    wait_for_all(several, 15)
    assert scene.views_shown == ()
    several.press(Qt.Key.Key_Y)
    several.wait(lambda: scene.views_shown == (0, 1, 2))
    assert "apart" in window.work.mesh.caption
    several.press(Qt.Key.Key_Y)
    several.wait(lambda: scene.views_shown == () and scene.points is not None)
    clip = window.stage.clip
    assert clip is not None
    good = clip.views[0].heads.canonical(15)  # type: ignore[union-attr]
    wrong = clip.views[OUTVOTED].heads.canonical(15)  # type: ignore[union-attr]
    assert np.abs(scene.points - good).max() < 0.05 * np.abs(wrong - good).max(), "a view without a vote moves nothing"
    window.playhead.seek(5)
    wait_for_all(several, 5)
    assert np.abs(scene.points - clip.views[0].heads.canonical(5)).max() > 0.1 * np.abs(wrong - good).max()  # type: ignore[union-attr]
    several.press(Qt.Key.Key_Y)
    assert window.views.meshes is Meshes.OWN


@pytest.mark.gl
def test_heads_that_are_the_same_are_one_and_it_is_said(several: Driver, head: HeadModel) -> None:
    window, project = several.window, several.window.session.project
    assert project is not None
    fit = fit_of_views(head)
    same = tuple(replace(view, params=fit.views[0].params) for view in fit.views)
    project.save_fit("rig", replace(fit, views=same))
    window.session.refresh("rig")
    window.review.show_clip("solo")
    several.wait_for_clip("solo")
    window.review.show_clip("rig")
    several.wait_for_clip("rig")
    several.press(Qt.Key.Key_Y)
    several.wait(lambda: "one and the same" in window.work.mesh.caption)
    assert window.work.mesh.scene.views_shown == ()
    assert window.work.mesh.scene.points is not None


@pytest.mark.gl
def test_lost_votes_are_said_and_hatched(several: Driver) -> None:
    window = several.window
    window.playhead.seek(12)
    wait_for_all(several, 12)
    said = " ".join(
        label.text() for label in window.work.inspector._views.findChildren(type(window.work.inspector._title))
    )
    assert "left_30 lost its vote at 10 of 30 moments" in said
    assert "top was left out" in said
    assert "1.03 mm" in said
    assert "front and left_30" in said
    assert window.work.strip.words(OUTVOTED) == "lost its vote"
    assert window.work.strip.words(LEFT_OUT) == "left out of the fit"
    assert window.work.strip.words(0) == ""
    timeline = window.work.timeline
    picture = pixels(timeline.grab().toImage()).astype(int)
    ratio = timeline.devicePixelRatioF()
    row = round((timeline.lane(OUTVOTED).top() + 2) * ratio)

    def roughness(first: int, last: int) -> float:
        columns = slice(round(timeline.x_of(first) * ratio), round(timeline.x_of(last) * ratio))
        return float(np.abs(np.diff(picture[row : row + 6, columns], axis=1)).sum(-1).mean())

    assert roughness(13, 18) > 4 * roughness(22, 28), "where the vote was lost the lane is hatched"


@pytest.mark.gl
def test_scrubbing_a_rig_ends_where_the_hand_is_and_no_view_stands_still(several: Driver) -> None:
    window = several.window
    large: list[int] = []
    window.stage.shown.connect(large.append)
    for frame in [*range(FRAMES), *reversed(range(FRAMES))] * 4:
        window.work.timeline.scrubbed.emit(frame)
    window.work.timeline.scrubbed.emit(17)
    wait_for_all(several, 17)
    assert len(large) < 8 * FRAMES / 4, "wishes were queued instead of dropped"
    assert large[-1] == 17


@pytest.mark.gl
def test_a_clip_of_one_view_looks_as_ever(several: Driver) -> None:
    window = several.window
    assert window.work.strip.isVisible()
    several.press(Qt.Key.Key_Y)
    window.review.show_clip("solo")
    several.wait_for_clip("solo")
    assert not window.work.strip.isVisible()
    assert window.views.meshes is Meshes.OWN
    assert window.work.mesh.caption == ""
    assert window.work.video.hud_words == "Frame 0"
    several.wait(lambda: window.work.mesh.scene.points is not None)
    window.review.show_clip("rig")
    several.wait_for_clip("rig")
    several.wait(lambda: len(window.work.mesh.scene.views_shown) == 3)


@pytest.mark.gl
def test_a_lost_video_takes_only_its_view_along(several: Driver, rig: Clip, tmp_path: Path) -> None:
    window = several.window
    window.review.show_clip("solo")
    several.wait_for_clip("solo")
    moved = rig.views[0].rename(rig.views[0].with_suffix(".gone"))
    try:
        window.review.show_clip("rig")
        several.wait(lambda: window.stage.clip is not None and window.stage.clip.name == "rig")
        several.wait(lambda: window.work.video.shown_view == 1)
        assert "gone" in window.work.banner.text
        assert window.work.strip.words(0) == "no video"
    finally:
        moved.rename(rig.views[0])


def test_words_about_the_votes(head: HeadModel) -> None:
    fit = fit_of_views(head)
    agreement = Agreement.of(fit, NAMES)
    assert agreement.left_out == ("top",)
    assert agreement.worst == ("front", "left_30", 1.5)
    assert agreement.words_at(12, OUTVOTED) == "lost its vote"
    assert agreement.words_at(9, OUTVOTED) == ""
    everything = replace(fit, view_weight=np.tile(np.float32([1, 0, 1]), (FRAMES, 1)))
    assert "left_30 lost its vote at every moment" in " ".join(Agreement.of(everything, NAMES).sentences())
    silent = replace(fit, view_weight=np.ones((FRAMES, 3), np.float32))
    assert Agreement.of(silent, NAMES[:3]).sentences() == []


def test_a_frame_without_a_mesh_has_no_vote_to_lose(head: HeadModel) -> None:
    fit = fit_of_views(head)
    valid = np.ones(FRAMES, bool)
    valid[:4] = False
    hidden: Callable[[Fit], Fit] = lambda view: replace(view, valid=valid)  # noqa: E731
    weight = fit.view_weight.copy()
    weight[:4, 0] = 0
    some = replace(fit, views=(hidden(fit.views[0]), *fit.views[1:]), view_weight=weight)
    assert not Agreement.of(some, NAMES).lost(0).any()


def test_view_colours_are_told_apart_and_begin_anew() -> None:
    seven = [theme.view_colour(k).name() for k in range(7)]
    assert len(set(seven)) == 7
    assert theme.view_colour(7).name() == seven[0]


@pytest.mark.gl
def test_the_distance_of_the_views_is_a_strip_of_every_moment(several: Driver) -> None:
    timeline = several.window.work.timeline
    several.wait(lambda: [strip.words for strip in timeline.strips][-2:] == ["Apart before", "Apart after"])
    before, after = timeline.strips[-2:]
    assert np.allclose(before.values, 0, atol=1e-3), "all views have the same face before the fit"
    assert (after.values > 0.3).all()
    assert after.value(3).endswith("mm apart")
    project = several.window.session.project
    assert project is not None
    stored = np.load(project.derived_file("rig", "distances.npy"))
    assert np.array_equal(stored[1], after.values)
    several.press(Qt.Key.Key_2)
    several.wait(lambda: timeline.has_slits(1))


@pytest.mark.gl
def test_all_views_are_shown_equally_large(several: Driver) -> None:
    window, grid = several.window, several.window.work.grid
    several.press(Qt.Key.Key_Y, shift=True)
    several.wait(lambda: grid.isVisible() and not window.work.video.isVisible())
    assert not window.work.strip.isVisible()
    window.playhead.seek(9)
    several.wait(lambda: set(grid.shown_frames) == {9})
    sizes = {(round(grid.tile(k).width()), round(grid.tile(k).height())) for k in range(4)}
    assert len(sizes) == 1
    assert not any(grid.tile(a).intersects(grid.tile(b)) for a in range(4) for b in range(a))
    assert all(grid.rect().contains(grid.tile(k).toRect()) for k in range(4))
    for view in range(4):
        picture = grid._pictures[view]
        assert picture.scale == 1, "a picture in the grid is not reduced to a thumbnail"
        assert read_number(pixels(picture.image)) == 9
    QTest.mouseClick(grid, Qt.MouseButton.LeftButton, pos=grid.tile(2).center().toPoint())
    assert window.views.view == 2
    several.press(Qt.Key.Key_Y, shift=True)
    several.wait(lambda: window.work.video.isVisible() and window.work.strip.isVisible())
    window.review.show_clip("solo")
    several.wait_for_clip("solo")
    assert window.work.video.isVisible()

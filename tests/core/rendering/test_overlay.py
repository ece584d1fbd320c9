"""Meshes and landmarks land where the fit says they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.encoders.crops import CropTrack
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import run
from neuface_core.rendering.overlay import (
    DETECTED,
    PROJECTED,
    OverlayStyle,
    draw_errors,
    draw_landmarks,
    draw_overlay,
    mesh_image,
    screen_points,
)
from neuface_core.rendering.overlay_video import OverlayVideo, face_opacity, write_overlay
from neuface_core.rendering.shading import draw_mesh, soft_region
from neuface_core.video import open_source
from neuface_core.video_write import write_video

# A square of two triangles, counter-clockwise as seen (y down), at depth 0.
SQUARE = np.array([[20, 20, 0], [20, 60, 0], [60, 60, 0], [60, 20, 0]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]])


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def grey() -> np.ndarray:
    return np.full((80, 100, 3), 90, np.uint8)


def test_a_mesh_covers_its_pixels_and_no_others() -> None:
    picture = grey()
    draw_mesh(picture, SQUARE, FACES)
    changed = (picture != 90).any(axis=2)
    assert changed[22:59, 22:59].all()
    changed[19:62, 19:62] = False
    assert not changed.any()


def test_half_opacity_lies_half_way() -> None:
    full, half = grey(), grey()
    draw_mesh(full, SQUARE, FACES)
    draw_mesh(half, SQUARE, FACES, opacity=0.5)
    np.testing.assert_allclose(half[40, 40], (full[40, 40].astype(float) + 90) / 2, atol=1.5)


def test_what_looks_away_is_not_drawn() -> None:
    picture = grey()
    draw_mesh(picture, SQUARE, FACES[:, ::-1])
    assert (picture == 90).all()


def test_a_mesh_outside_of_the_frame_or_without_numbers_is_no_error() -> None:
    for points in (SQUARE + np.float32(500), SQUARE - np.float32(45), SQUARE * np.nan, SQUARE * 0):
        picture = grey()
        draw_mesh(picture, points, FACES)


def test_a_wireframe_leaves_the_middle_of_large_triangles_free() -> None:
    picture = grey()
    draw_mesh(picture, SQUARE, FACES, style="wireframe")
    assert (picture[50, 30] == 90).all()
    assert (picture[40, 40] != 90).any()  # the diagonal
    assert (picture[20:22, 40] != 90).any()


def test_light_comes_from_the_upper_left_and_the_side_turned_to_it_is_brighter(head: HeadModel) -> None:
    picture = mesh_image(head(head.neutral(1)).numpy()[0], head.faces, 200, 200)
    brightness = picture[:, 60:140].mean(axis=2)
    assert brightness[60:120, :40].mean() > brightness[60:120, 40:].mean() + 2


def test_screen_points_agree_with_the_projection_of_the_head(head: HeadModel) -> None:
    params = head.neutral(2)
    params.camera[:, 1] = 0.01
    crops = CropTrack(np.array([[50, 60], [70, 80]], np.float32), np.array([40, 90], np.float32))
    vertices = head(params)
    wanted = crops.to_frame(head.project(vertices, params.camera).numpy())
    points = screen_points(vertices.numpy(), params.camera.numpy(), crops, np.arange(2))
    np.testing.assert_allclose(points[..., :2], wanted, atol=1e-3)
    nose, back = int(vertices[0, :, 2].argmax()), int(vertices[0, :, 2].argmin())
    assert points[0, nose, 2] < points[0, back, 2]


def test_a_landmark_is_a_round_dot_at_its_place() -> None:
    picture = grey()
    landmarks = np.full((68, 2), np.nan)
    landmarks[3] = (40.0, 30.0)
    draw_landmarks(picture, landmarks, DETECTED, face_size=300)
    np.testing.assert_allclose(picture[30, 40], DETECTED, atol=1)
    dot = (picture != 90).any(axis=2)[20:41, 30:51]
    np.testing.assert_array_equal(dot, dot[::-1])
    np.testing.assert_array_equal(dot, dot.T)


def test_a_large_error_is_redder_than_a_small_one() -> None:
    detected = np.full((68, 2), np.nan)
    projected = detected.copy()
    detected[:2] = [(10, 20), (10, 60)]
    projected[:2] = [(90, 20), (14, 60)]
    picture = grey()
    draw_errors(picture, detected, projected, face_size=800)
    large, small = picture[20, 50].astype(int), picture[60, 12].astype(int)
    assert large[0] - large[2] > 100
    assert abs(small[0] - small[2]) < 60


def test_layers_can_be_left_out_and_the_picture_itself_stays() -> None:
    picture = grey()
    landmarks = np.random.default_rng(0).uniform(20, 60, (68, 2))
    style = OverlayStyle(mesh=None, detected=False, projected=False, errors=False)
    drawn = draw_overlay(picture, points=SQUARE, faces=FACES, detected=landmarks, projected=landmarks, style=style)
    assert (drawn == 90).all()
    drawn = draw_overlay(picture, points=SQUARE, faces=FACES, detected=landmarks, projected=landmarks + 1)
    assert (picture == 90).all()
    assert (drawn != 90).any()


def test_the_face_region_fades_out_and_leaves_neck_and_scalp_free(head: HeadModel) -> None:
    opacity = face_opacity(head)
    assert opacity is not None
    assert (opacity[head.vertex_masks["nose"]] > 0.9).all()
    assert not opacity[head.vertex_masks["neck"] & ~head.vertex_masks["face"]].any()
    assert ((opacity > 0.1) & (opacity < 0.9)).any()
    assert (soft_region(np.ones(4, bool), FACES) == 1).all()


def test_the_overlay_video_shows_the_original_beside_the_overlay(tmp_path: Path, head: HeadModel) -> None:
    fit = random_fit(frames=5, seed=1)
    frames = [np.full((180, 240, 3), 60 + 20 * i, np.uint8) for i in range(5)]
    write_video(tmp_path / "in.mp4", frames, fps=25)
    with open_source(tmp_path / "in.mp4") as source:
        run(write_overlay(source, fit, head, tmp_path / "out.mp4", OverlayVideo()))
    with open_source(tmp_path / "out.mp4") as video:
        assert video.info.n_frames == 5
        height, width = video.info.height, video.info.width
        assert width / height == pytest.approx((240 * 2 + 180) / 180, rel=0.02)
        for i in range(5):
            left = video.frame(i)[: height // 2, : width // 5]
            assert abs(float(left.mean()) - (60 + 20 * i)) < 4


def test_the_two_kinds_of_landmark_have_colours_that_differ_in_brightness() -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    assert abs(weights @ np.array(DETECTED) - weights @ np.array(PROJECTED)) > 40

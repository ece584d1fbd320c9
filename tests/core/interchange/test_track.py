"""The value that all readers make and all writers take: shapes that belong together, padding, cameras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuface_core.geometry import weak_perspective
from neuface_core.interchange.cameras import Pinhole, WeakPerspective
from neuface_core.interchange.track import ForeignTrack

RNG = np.random.default_rng(3)


def small_track(rows: int = 4) -> ForeignTrack:
    def draw(*shape: int) -> np.ndarray:
        return RNG.normal(size=shape).astype(np.float32)

    return ForeignTrack(
        system="DECA",
        head="flame-2020:100,50",
        frames=np.arange(rows),
        shape=draw(rows, 100),
        expression=draw(rows, 50),
        global_orient=draw(rows, 3),
        neck_pose=draw(rows, 3),
        jaw_pose=draw(rows, 3),
        eye_pose=draw(rows, 6),
    )


def test_arrays_of_another_length_are_named_with_both_shapes() -> None:
    track = small_track()
    with pytest.raises(ValueError, match=r"jaw_pose has shape \(3, 3\), wanted \(4, 3\)"):
        replace(track, jaw_pose=track.jaw_pose[:3])
    with pytest.raises(ValueError, match="frame numbers"):
        replace(track, frames=np.array([0, 2, 1, 3]))


def test_padding_keeps_the_first_coefficients_and_cutting_refuses_to_lose_any() -> None:
    track = small_track()
    wide = track.params(300, 100)
    assert wide["shape"].shape == (4, 300)
    assert np.array_equal(wide["shape"][:, :100], track.shape)
    assert not wide["shape"][:, 100:].any()
    back = replace(track, shape=wide["shape"], expression=wide["expression"]).params(100, 50)
    assert np.array_equal(back["expression"], track.expression)
    with pytest.raises(ValueError, match="100 coefficients of shape do not fit into 80"):
        track.params(80)


def test_a_crop_camera_in_the_frame_puts_points_where_the_crop_had_them() -> None:
    camera = np.column_stack([RNG.uniform(5, 9, 4), RNG.normal(size=(4, 2)) * 0.02])
    centre, size = RNG.uniform(100, 300, (4, 2)), RNG.uniform(80, 400, 4)
    points = RNG.normal(size=(4, 7, 3)) * 0.1
    pixels = centre[:, None] + size[:, None, None] / 2 * weak_perspective(points, camera)
    weak = WeakPerspective.of_crop(camera, centre, size)
    assert np.abs(weak.project(points) - pixels).max() < 1e-9
    other = RNG.uniform(100, 300, (4, 2)), RNG.uniform(80, 400, 4)
    again = WeakPerspective.of_crop(weak.in_crop(*other), *other)
    assert np.abs(again.project(points) - pixels).max() < 1e-9


def test_a_pinhole_divides_by_depth() -> None:
    k = np.array([[500.0, 0, 320], [0, 500, 240], [0, 0, 1]])
    camera = Pinhole(k[None], np.diag([1.0, -1, -1])[None], np.array([[0.0, 0, 2]]))
    assert np.allclose(camera.project(np.array([[[0.1, 0.2, 1.0]]])), [[[370.0, 140.0]]])

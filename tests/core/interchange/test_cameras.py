"""From the cameras of other tools to ours and back: least squares, and a turned camera as a turned head."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from neuface_core.interchange.cameras import (
    LOOKING,
    Pinhole,
    WeakPerspective,
    nearest_weak,
    pinhole_like,
    upright,
)

RNG = np.random.default_rng(11)
FACE = RNG.normal(size=(5, 68, 3)) * [0.05, 0.06, 0.03]


def pinhole(rotation: np.ndarray | None = None, focal: float = 900.0) -> Pinhole:
    k = np.array([[focal, 0, 320.0], [0, focal, 180], [0, 0, 1]])
    r = np.broadcast_to(LOOKING, (5, 3, 3)) if rotation is None else rotation
    t = np.column_stack([RNG.uniform(-0.1, 0.1, (5, 2)), RNG.uniform(0.8, 1.4, 5)])
    return Pinhole(np.broadcast_to(k, (5, 3, 3)), r, t)


def test_least_squares_cannot_be_bettered_and_is_exact_for_weak_perspective() -> None:
    weak = WeakPerspective(RNG.uniform(800, 1500, 5), RNG.uniform(100, 300, (5, 2)))
    found, left = nearest_weak(weak.project(FACE), FACE)
    assert np.abs(found.project(FACE) - weak.project(FACE)).max() < 1e-9
    assert left.max() < 1e-9

    pixels = pinhole().project(FACE)
    best, left = nearest_weak(pixels, FACE)

    def rms(camera: WeakPerspective) -> np.ndarray:
        return np.sqrt(((camera.project(FACE) - pixels) ** 2).sum(-1).mean(1))

    assert np.allclose(rms(best), left)
    for _ in range(20):
        other = WeakPerspective(best.scale * RNG.normal(1, 0.01, 5), best.centre + RNG.normal(size=(5, 2)))
        assert (rms(other) >= left).all()


def test_unknown_points_do_not_count() -> None:
    weak = WeakPerspective(np.full(5, 1000.0), np.full((5, 2), 200.0))
    pixels = weak.project(FACE)
    pixels[:, :17] = np.nan
    pixels[4] = np.nan
    found, left = nearest_weak(pixels, FACE)
    assert np.allclose(found.scale[:4], 1000)
    assert np.isnan(found.scale[4])
    assert left[:4].max() < 1e-9


def test_there_and_back_between_weak_perspective_and_a_pinhole() -> None:
    weak = WeakPerspective(RNG.uniform(800, 1500, 5), RNG.uniform(100, 300, (5, 2)))
    camera = pinhole_like(weak, FACE, pinhole().intrinsics)
    again, _ = nearest_weak(camera.project(FACE), FACE)
    assert np.abs(again.scale / weak.scale - 1).max() < 1e-10
    assert np.abs(again.centre - weak.centre).max() < 1e-8


def test_a_turned_camera_becomes_a_turned_head_with_the_same_pixels() -> None:
    rotation = Rotation.random(5, random_state=4).as_matrix()
    camera = pinhole(rotation)
    orient, root, rest = RNG.normal(size=(5, 3)) * 0.4, RNG.normal(size=(5, 3)) * 0.1, FACE

    def posed(turn: np.ndarray) -> np.ndarray:
        matrix = Rotation.from_rotvec(turn).as_matrix()
        return np.einsum("fij,fpj->fpi", matrix, rest - root[:, None]) + root[:, None]

    turned, straight = upright(camera, orient, root)
    assert straight.upright
    assert np.abs(straight.project(posed(turned)) - camera.project(posed(orient))).max() < 1e-6

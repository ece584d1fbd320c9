"""Jitter, MSI3D and motion retained: hand-computed, and independent of how a clip is cut into chunks."""

import numpy as np
import pytest

from neuface_core.evaluation.stability import AccelerationSpread, motion_retained, rotation_range_deg


def spread_of(positions: np.ndarray) -> AccelerationSpread:
    spread = AccelerationSpread(positions.shape[1])
    spread.add(positions)
    return spread


def test_constant_acceleration_has_no_jitter() -> None:
    t = np.arange(20.0)
    positions = np.stack([t**2, t, 0 * t], -1)[:, None] * 1e-3
    assert spread_of(positions).jitter_mm() == pytest.approx(0, abs=1e-9)


def test_a_point_that_jumps_every_fourth_frame_by_a_millimetre() -> None:
    # x = 0 0 0 1 0 0 0 1 ... mm: |second difference| repeats 1 2 1 0, whose standard deviation is sqrt(0.5).
    x = np.tile([0.0, 0.0, 0.0, 1.0], 10)[: 4 * 9 + 2]
    positions = np.stack([x, 0 * x, 0 * x], -1)[:, None] * 1e-3
    spread = spread_of(positions)
    assert spread.jitter_mm() == pytest.approx(np.sqrt(0.5))
    assert spread.msi(fps=10) == pytest.approx(1 / (np.sqrt(0.5) * 1e-3 * 100))


def test_chunks_give_what_the_whole_gives_and_runs_are_not_joined() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(23, 5, 3)), rng.normal(size=(9, 5, 3)) + 100
    chunked = AccelerationSpread(5)
    for run in (first, second):
        chunked.start_run()
        for i in range(0, len(run), 4):
            chunked.add(run[i : i + 4])
    norms = [np.linalg.norm(np.diff(run, n=2, axis=0), axis=-1) for run in (first, second)]
    np.testing.assert_allclose(chunked.sigma, np.concatenate(norms).std(axis=0), rtol=1e-9)


def test_two_frames_have_no_jitter_number() -> None:
    spread = spread_of(np.zeros((2, 3, 3)))
    assert np.isnan(spread.jitter_mm())
    assert np.isnan(spread.msi(25))


def test_half_the_swing_is_half_the_motion() -> None:
    yaw = np.sin(np.linspace(0, 2 * np.pi, 101)) * 0.4
    full = np.stack([0 * yaw, yaw, 0 * yaw], -1)
    assert rotation_range_deg(full) == pytest.approx(np.degrees(0.8), rel=1e-3)
    assert motion_retained(0.5 * full, full) == pytest.approx(0.5, rel=1e-3)


def test_range_does_not_depend_on_where_the_head_looks() -> None:
    from scipy.spatial.transform import Rotation

    yaw = np.linspace(-0.3, 0.3, 50)
    swing = Rotation.from_rotvec(np.stack([0 * yaw, yaw, 0 * yaw], -1))
    turned = (Rotation.from_rotvec([0, 1.2, 0]) * swing).as_rotvec()
    assert rotation_range_deg(turned) == pytest.approx(rotation_range_deg(swing.as_rotvec()), rel=1e-6)


def test_a_loop_over_points_and_frames_gives_the_same_jitter_and_msi() -> None:
    positions = np.random.default_rng(7).normal(size=(30, 6, 3)) * 0.01
    fps = 25.0
    sigmas = []
    for p in range(6):
        track = positions[:, p].tolist()
        norms = []
        for before, now, after in zip(track, track[1:], track[2:], strict=False):
            norms.append(sum((c - 2 * b + a) ** 2 for a, b, c in zip(before, now, after, strict=True)) ** 0.5)
        mean = sum(norms) / len(norms)
        sigmas.append((sum((n - mean) ** 2 for n in norms) / len(norms)) ** 0.5)
    spread = spread_of(positions)
    assert spread.jitter_mm() == pytest.approx(1000 * sum(sigmas) / 6)
    assert spread.msi(fps) == pytest.approx(sum(1 / (s * fps * fps) for s in sigmas) / 6)


def test_the_range_by_matrices_and_their_logarithm_is_the_same() -> None:
    from scipy.linalg import expm, logm

    def cross(v: np.ndarray) -> np.ndarray:
        return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])

    rotvecs = np.random.default_rng(11).normal(size=(25, 3)) * [0.3, 0.5, 0.2]
    matrices = np.stack([expm(cross(v)) for v in rotvecs])
    u, _, vt = np.linalg.svd(matrices.mean(axis=0))
    middle = u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt
    logs = np.stack([np.real(logm(middle.T @ m)) for m in matrices])
    turned = np.stack([logs[:, 2, 1], logs[:, 0, 2], logs[:, 1, 0]], axis=-1)
    expected = np.degrees(np.linalg.norm(np.ptp(turned, axis=0)))
    assert rotation_range_deg(rotvecs) == pytest.approx(expected, rel=1e-6)

"""The E-step keeps motion, mixes nothing across cuts, and treats q and -q as one rotation."""

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import savgol_filter

from neuface_core.fitting.targets import (
    Smoother,
    continuous_runs,
    continuous_signs,
    orientation_target,
    valid_frames,
)
from neuface_core.landmarks.track import LandmarkTrack

CPU = torch.device("cpu")


def nodding(frames: int, amplitude: float = 0.4, period: float = 50.0) -> torch.Tensor:
    pitch = amplitude * torch.sin(torch.arange(frames) * 2 * torch.pi / period)
    return roma.rotvec_to_unitquat(torch.stack([pitch, 0 * pitch, 0 * pitch], -1))


@given(st.integers(1, 60), st.sampled_from([3, 5, 9]))
@settings(max_examples=60, deadline=None)
def test_savgol_equals_scipy_and_keeps_a_parabola(length: int, window: int) -> None:
    smooth = Smoother([(0, length)], window, "savgol", CPU)
    parabola = torch.linspace(-1, 1, length)[:, None] ** 2
    torch.testing.assert_close(smooth(parabola), parabola, atol=1e-5, rtol=0)
    if length >= window:
        noise = torch.as_tensor(np.random.default_rng(length).normal(size=(length, 3)), dtype=torch.float32)
        expected = savgol_filter(noise.numpy(), window, 2, axis=0, mode="interp")
        torch.testing.assert_close(smooth(noise), torch.as_tensor(expected), atol=1e-5, rtol=0)


def test_mean_is_the_average_of_the_frames_that_exist() -> None:
    smooth = Smoother([(0, 4)], 3, "mean", CPU)
    values = torch.tensor([[0.0], [3.0], [6.0], [12.0]])
    torch.testing.assert_close(smooth(values)[:, 0], torch.tensor([1.5, 3.0, 7.0, 9.0]))


def test_median_ignores_one_outlier() -> None:
    values = torch.ones(9, 1)
    values[4] = 100
    assert Smoother([(0, 9)], 3, "median", CPU)(values).max() == 1


@pytest.mark.parametrize("average", ["savgol", "mean", "median"])
def test_nothing_leaks_across_a_cut(average: str) -> None:
    values = torch.cat([torch.zeros(12, 2), torch.ones(12, 2)])
    smooth = Smoother([(0, 12), (12, 24)], 9, average, CPU)
    torch.testing.assert_close(smooth(values), values)


def test_reestimated_mean_erases_a_nod_and_savgol_does_not() -> None:
    quaternions = nodding(200)
    swing = {}
    for average in ("savgol", "mean"):
        smooth, q = Smoother([(0, 200)], 9, average, CPU), quaternions
        for _ in range(60):
            q = orientation_target(q, [(0, 200)], smooth)
        swing[average] = float(q[50:150, 0].max() / quaternions[:, 0].max())
    assert swing["savgol"] > 0.97
    assert swing["mean"] < 0.2


def test_flipped_signs_change_nothing() -> None:
    quaternions = nodding(30)
    flipped = quaternions * torch.where(torch.arange(30) % 3 == 1, -1.0, 1.0)[:, None]
    runs = [(0, 30)]
    torch.testing.assert_close(continuous_signs(flipped, runs), quaternions)
    smooth = Smoother(runs, 5, "mean", CPU)
    torch.testing.assert_close(orientation_target(flipped, runs, smooth), orientation_target(quaternions, runs, smooth))


def test_short_gaps_are_bridged_long_ones_are_not() -> None:
    detected = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0], bool)
    assert valid_frames(detected, 2).astype(int).tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 1, 0]


def track_of(centres: np.ndarray, detected: np.ndarray) -> LandmarkTrack:
    boxes = np.concatenate([centres - 50, centres + 50], axis=1).astype(np.float32)
    boxes[~detected] = np.nan
    frames = len(centres)
    return LandmarkTrack(
        points=np.zeros((frames, 68, 2), np.float32),
        confidence=np.ones((frames, 68), np.float32),
        boxes=boxes,
        detected=detected,
        detector="test",
        contour="static",
    )


def test_a_cut_and_a_gap_end_a_run_but_a_moving_head_does_not() -> None:
    centres = np.cumsum(np.full((10, 2), 8.0), axis=0)  # a moving head
    centres[6:] += 300  # a cut
    detected = np.ones(10, bool)
    assert continuous_runs(track_of(centres, detected), detected) == [(0, 6), (6, 10)]
    valid = np.array([1, 1, 0, 0, 1, 1, 1, 1, 1, 1], bool)
    assert continuous_runs(track_of(centres, valid), valid) == [(0, 2), (2, 4), (4, 8)]
    assert continuous_runs(track_of(centres, ~detected), ~detected) == []


def test_landmarks_are_compared_where_their_own_detector_puts_them() -> None:
    track = track_of(np.zeros((2, 2)), np.ones(2, bool))
    assert track.convention({"test": None, "fan-2d": None}) == "test"
    assert track.convention({"open-v2": None}) == "static"  # a head that does not know this detector

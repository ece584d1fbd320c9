"""NME against hand-computed cases and a second formulation."""

import numpy as np
import pytest

from neuface_core.evaluation.landmark_error import frame_nme, mean_finite


def face(width: float, height: float) -> np.ndarray:
    points = np.full((68, 2), [width / 2, height / 2])
    points[0], points[8] = [0, 0], [width, height]
    points[36], points[45] = [10, 20], [40, 60]  # 50 px apart
    return points[None]


def test_an_error_of_three_pixels_on_a_100_by_64_box_is_3_75_percent() -> None:
    truth = face(100, 64)
    assert frame_nme(truth + np.array([3, 0]), truth, "bbox")[0] == pytest.approx(100 * 3 / 80)


def test_the_eye_normaliser_is_the_distance_of_the_outer_corners() -> None:
    truth = face(100, 64)
    assert frame_nme(truth + np.array([0, 5]), truth, "iod")[0] == pytest.approx(10.0)


def test_a_loop_over_points_gives_the_same_number() -> None:
    rng = np.random.default_rng(3)
    truth = rng.uniform(0, 200, (4, 68, 2))
    guess = truth + rng.normal(0, 4, truth.shape)
    for frame in range(4):
        xs, ys = truth[frame, :, 0], truth[frame, :, 1]
        scale = ((xs.max() - xs.min()) * (ys.max() - ys.min())) ** 0.5
        total = sum(np.hypot(*(guess[frame, k] - truth[frame, k])) for k in range(68))
        assert frame_nme(guess, truth)[frame] == pytest.approx(100 * total / 68 / scale)


def test_frames_without_a_detection_do_not_count() -> None:
    truth = np.concatenate([face(100, 64), np.full((1, 68, 2), np.nan)])
    errors = frame_nme(truth + 1, truth)
    assert np.isnan(errors[1])
    assert mean_finite(errors) == pytest.approx(errors[0])
    assert np.isnan(mean_finite(np.array([np.nan])))


def test_a_loop_over_points_gives_the_same_number_by_the_eyes() -> None:
    rng = np.random.default_rng(9)
    truth = rng.uniform(0, 200, (3, 68, 2))
    guess = truth + rng.normal(0, 4, truth.shape)
    for frame in range(3):
        (ax, ay), (bx, by) = truth[frame, 37 - 1], truth[frame, 46 - 1]  # points 37 and 46 of the 1-based order
        eyes = ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5
        total = sum(sum((guess[frame, k] - truth[frame, k]) ** 2) ** 0.5 for k in range(68))
        assert frame_nme(guess, truth, "iod")[frame] == pytest.approx(100 * total / 68 / eyes)

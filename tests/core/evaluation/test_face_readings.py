"""Readings of a head against cases that can be checked by hand."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from neuface_core.evaluation.face_readings import (
    angle_between_deg,
    direction_angle_deg,
    eye_openness,
    lid_aperture,
    mouth_opening,
    yaw_pitch_deg,
)
from neuface_core.evaluation.landmark_pose import landmark_rotation
from neuface_core.geometry import matrix_from_rotvec, yaw_of_matrix
from neuface_core.heads.bundle import load_head


def turn(*degrees: float) -> np.ndarray:
    return Rotation.from_euler("YXZ", degrees, degrees=True).as_matrix()


def test_the_angle_between_two_turns_is_the_turn_that_lies_between() -> None:
    start = turn(20, -10, 5)
    for degrees in (0.0, 0.01, 3.0, 90.0, 179.0):
        further = start @ Rotation.from_rotvec(np.radians(degrees) * np.array([0.6, 0, 0.8])).as_matrix()
        assert angle_between_deg(start[None], further[None])[0] == pytest.approx(degrees, abs=1e-9)


def test_noise_of_single_precision_is_no_angle() -> None:
    rotation = turn(40, 20, 10)
    assert angle_between_deg(rotation[None], rotation.astype(np.float32)[None])[0] < 1e-5


def test_directions_ten_degrees_apart() -> None:
    a = np.array([[0, 0, 2.0]])
    b = np.array([[np.sin(np.radians(10)), 0, np.cos(np.radians(10))]])
    assert direction_angle_deg(a, b)[0] == pytest.approx(10)


def test_yaw_is_to_the_right_of_the_picture_and_pitch_is_down() -> None:
    yaw, pitch = yaw_pitch_deg(np.stack([turn(30, 0, 0), turn(0, 20, 0), turn(30, 20, 15)]))
    np.testing.assert_allclose(yaw, [30, 0, 30], atol=1e-9)
    np.testing.assert_allclose(pitch, [0, 20, 20], atol=1e-9)
    same = yaw_of_matrix(torch.as_tensor(turn(30, 20, 15))).rad2deg()
    assert yaw[2] == pytest.approx(float(same))


def test_lids_and_lips_are_read_where_they_are() -> None:
    points = np.zeros((1, 68, 3))
    points[0, [37, 38], 1] = 4.0  # right eye: 4 open; left eye: shut
    points[0, 39, 0] = 20.0
    points[0, 42:46, 0] = [0, 0, 0, 20]
    points[0, [43, 47], 0] = points[0, [44, 46], 0] = 7
    points[0, [61, 62, 63], 1] = [3, 6, 9]
    np.testing.assert_allclose(lid_aperture(points), [[4, 0]])
    assert eye_openness(points)[0] == pytest.approx((4 / 20 + 0) / 2)
    assert mouth_opening(points)[0] == pytest.approx(6)


@pytest.mark.parametrize("yaw", [-70, -41, -39, 0, 25, 60])
def test_the_pose_of_a_turned_mean_head_is_found_from_its_landmarks_alone(yaw: float) -> None:
    head = load_head()
    params = head.neutral(1)
    rotvec = Rotation.from_matrix(turn(yaw, 8, -5)).as_rotvec()
    params.global_orient[:] = torch.as_tensor(rotvec)
    seen = head.project(head.landmarks(params, "static"), params.camera).numpy()
    neutral = head.landmarks(head.neutral(1), "static")[0].numpy()
    found = landmark_rotation(100 * seen + [300, 200], neutral)
    wanted = matrix_from_rotvec(torch.as_tensor(rotvec)).numpy()
    assert angle_between_deg(found, wanted[None])[0] < 0.1


def test_a_frame_without_landmarks_has_no_pose() -> None:
    neutral = load_head().landmarks(load_head().neutral(1), "static")[0].numpy()
    assert np.isnan(landmark_rotation(np.full((2, 68, 2), np.nan), neutral)).all()

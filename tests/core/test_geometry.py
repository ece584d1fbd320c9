"""Alignment, rotations and projection against known answers."""

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from neuface_core.geometry import (
    matrix_from_rotvec,
    procrustes,
    quaternion_from_rotvec,
    rotvec_from_matrix,
    rotvec_from_quaternion,
    vertex_normals_np,
    weak_perspective,
    yaw_of_matrix,
)


def test_procrustes_finds_the_move_that_was_made() -> None:
    random = np.random.default_rng(0)
    source = random.normal(size=(4, 30, 3))
    turn = Rotation.random(4, random_state=1).as_matrix()
    target = 1.7 * source @ np.swapaxes(turn, 1, 2) + random.normal(size=(4, 1, 3))
    found = procrustes(source, target, with_scale=True)
    np.testing.assert_allclose(found.rotation, turn, atol=1e-9)
    np.testing.assert_allclose(found.scale, 1.7)
    np.testing.assert_allclose(found.apply(source), target, atol=1e-9)


def test_procrustes_never_mirrors_and_ignores_weightless_points() -> None:
    random = np.random.default_rng(1)
    source = random.normal(size=(20, 3))
    assert np.linalg.det(procrustes(source, source * [-1, 1, 1]).rotation) > 0.99
    spoiled = source.copy()
    spoiled[:5] += 100
    weights = np.r_[np.zeros(5), np.ones(15)]
    np.testing.assert_allclose(procrustes(spoiled, source, weights=weights).rotation, np.eye(3), atol=1e-9)


def test_rotations_round_trip_and_agree_with_scipy() -> None:
    rotvec = torch.tensor(Rotation.random(20, random_state=2).as_rotvec())
    matrix = matrix_from_rotvec(rotvec)
    np.testing.assert_allclose(matrix.numpy(), Rotation.from_rotvec(rotvec.numpy()).as_matrix(), atol=1e-12)
    torch.testing.assert_close(rotvec_from_matrix(matrix), rotvec)
    torch.testing.assert_close(rotvec_from_quaternion(quaternion_from_rotvec(rotvec)), rotvec)


def test_yaw_is_not_moved_by_pitch_or_roll() -> None:
    turns = Rotation.from_euler("YXZ", [[0.6, 0.4, 0.3], [-1.0, -0.5, 0.2]]).as_matrix()
    np.testing.assert_allclose(yaw_of_matrix(torch.tensor(turns)).numpy(), [0.6, -1.0], atol=1e-12)


def test_weak_perspective_is_the_same_in_numpy_and_torch() -> None:
    points, camera = np.array([[[1.0, 2, 3]]]), np.array([[2.0, 0.5, -1]])
    np.testing.assert_allclose(weak_perspective(points, camera), [[[3.0, -2.0]]])
    np.testing.assert_allclose(weak_perspective(torch.tensor(points), torch.tensor(camera)).numpy(), [[[3.0, -2.0]]])


def test_normals_of_a_tetrahedron_point_outwards() -> None:
    points = np.array([[1.0, 1, 1], [-1, -1, 1], [-1, 1, -1], [1, -1, -1]])
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    np.testing.assert_allclose(vertex_normals_np(points, faces), points / np.sqrt(3), atol=1e-6)

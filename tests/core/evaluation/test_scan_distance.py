"""Scan to mesh against hand-computed cases, a brute search over densely sampled surfaces, and a known move."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from neuface_core.evaluation.scan_distance import (
    NOW_LANDMARKS,
    Surface,
    face_ball,
    scan_to_mesh,
    summary,
)
from neuface_core.evaluation.scan_landmarks import landmarks_beside
from neuface_core.heads.bundle import load_head


@pytest.fixture(scope="module")
def face() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices and triangles of the open head, and its seven landmarks."""
    head = load_head()
    neutral = head.neutral(1)
    landmarks = head.landmarks(neutral, "static")[0].numpy().astype(np.float64)[list(NOW_LANDMARKS)]
    return head(neutral)[0].numpy().astype(np.float64), head.faces, landmarks


def test_above_a_triangle_beside_its_edge_and_beyond_its_corner() -> None:
    surface = Surface(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))
    points = np.array([[0.2, 0.2, 0.7], [0.5, -2.0, 0.0], [-3.0, -4.0, 0.0], [1.0, 1.0, 0.0]])
    on, distance = surface.nearest(points)
    np.testing.assert_allclose(distance, [0.7, 2.0, 5.0, np.sqrt(0.5)])
    np.testing.assert_allclose(on, [[0.2, 0.2, 0], [0.5, 0, 0], [0, 0, 0], [0.5, 0.5, 0]], atol=1e-12)


def test_a_huge_triangle_among_small_ones_is_found() -> None:
    ball = trimesh.creation.icosphere(3, radius=0.1)
    wall = np.array([[-50.0, -50, -1], [50, -50, -1], [0, 80, -1]])
    vertices = np.concatenate([ball.vertices, wall])
    surface = Surface(
        vertices, np.concatenate([ball.faces, [[len(vertices) - 3, len(vertices) - 2, len(vertices) - 1]]])
    )
    _, distance = surface.nearest(np.array([[0, 0, 0.3], [0, 0, -0.8], [20.0, -40, -1.5]]))
    np.testing.assert_allclose(distance, [0.2, 0.2, 0.5], atol=1e-3)


def test_distances_agree_with_the_nearest_of_very_many_samples(face: tuple) -> None:
    vertices, faces, _ = face
    points = vertices[::97] + np.random.default_rng(0).normal(size=vertices[::97].shape) * 0.01
    _, distance = Surface(vertices, faces).nearest(points)
    corners = vertices[faces]
    weights = np.random.default_rng(1).dirichlet(np.ones(3), (len(faces), 60))
    samples = np.einsum("tsk,tkc->tsc", weights, corners).reshape(-1, 3)
    brute, _ = cKDTree(np.concatenate([samples, vertices])).query(points)
    assert (distance <= brute + 1e-9).all()
    np.testing.assert_allclose(distance, brute, atol=1.2e-3)  # the samples lie a millimetre apart


def test_a_moved_and_scaled_copy_lies_on_its_own_scan_again(face: tuple) -> None:
    vertices, faces, landmarks = face
    turn = Rotation.from_rotvec([0.3, -1.0, 0.4]).as_matrix()
    scan = 1.15 * vertices @ turn.T + [0.4, -0.2, 1.0]
    noise = np.random.default_rng(2).normal(size=landmarks.shape) * 0.003  # people click some millimetres off
    clicked = 1.15 * (landmarks + noise) @ turn.T + [0.4, -0.2, 1.0]
    before = scan_to_mesh(scan, 1.15 * landmarks @ turn.T + [0.4, -0.2, 1.0], vertices, faces, landmarks)
    assert before.summary()["mean_mm"] == pytest.approx(0, abs=1e-6)
    found = scan_to_mesh(scan, clicked, vertices, faces, landmarks)
    assert found.summary()["median_mm"] < 0.15
    assert float(found.move.scale) == pytest.approx(1.15, rel=0.01)


def test_a_layer_of_two_millimetres_is_two_millimetres_and_its_size_is_kept_when_metric(face: tuple) -> None:
    ball = trimesh.creation.icosphere(4, radius=0.1)
    outer = ball.vertices * 1.02
    points = ball.vertices[:7]
    rigid = scan_to_mesh(outer, points, ball.vertices, ball.faces, points, with_scale=False, cut=False)
    assert rigid.summary()["mean_mm"] == pytest.approx(2.0, abs=0.05)
    assert rigid.summary()["within_1mm"] == 0
    assert rigid.summary()["within_3mm"] == 100
    scaled = scan_to_mesh(outer, points, ball.vertices, ball.faces, points, cut=False)
    assert scaled.summary()["mean_mm"] < 0.2


def test_hair_and_shoulders_are_cut_off(face: tuple) -> None:
    vertices, faces, landmarks = face
    far = vertices + np.array([0, 0.5, 0])
    whole = scan_to_mesh(np.concatenate([vertices, far]), landmarks, vertices, faces, landmarks)
    assert whole.summary()["mean_mm"] < 1e-6
    centre, radius = face_ball(landmarks)
    assert len(whole.distances_mm) == (np.linalg.norm(vertices - centre, axis=1) < radius).sum()
    assert 0.07 < radius < 0.12
    with pytest.raises(ValueError, match="no point"):
        scan_to_mesh(far, landmarks, vertices, faces, landmarks)


def test_summary_of_four_distances() -> None:
    found = summary(np.array([0.5, 1.0, 2.5, 4.0]))
    assert found["median_mm"] == 1.75
    assert found["mean_mm"] == 2.0
    assert found["std_mm"] == pytest.approx(np.sqrt((1.5**2 + 1 + 0.5**2 + 4) / 4))
    assert [found[f"within_{k}mm"] for k in (1, 2, 3)] == [50, 50, 75]


def test_picked_points_of_meshlab_are_read(tmp_path) -> None:
    points = np.arange(21).reshape(7, 3) / 10
    rows = "".join(f'<point x="{x}" name="{k}" y="{y}" z="{z}" active="1"/>' for k, (x, y, z) in enumerate(points))
    (tmp_path / "scan.pp").write_text(f"<!DOCTYPE PickedPoints><PickedPoints>{rows}</PickedPoints>")
    np.testing.assert_allclose(landmarks_beside(tmp_path / "scan.ply"), points)
    assert landmarks_beside(tmp_path / "other.ply") is None

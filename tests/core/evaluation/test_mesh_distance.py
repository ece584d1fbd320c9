"""MPVE and CVD against hand-computed cases and trimesh's Procrustes."""

import numpy as np
import pytest
import trimesh
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.transform import Rotation

from neuface_core.evaluation.mesh_distance import cvd_mm, cvd_pairs_mm, mpve_mm, vertex_error_mm, worst_pair


@pytest.fixture
def mesh() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(40, 3)) * 0.1


def test_a_moved_and_turned_mesh_has_no_error(mesh: np.ndarray) -> None:
    moved = mesh @ Rotation.from_rotvec([0.2, -0.5, 0.9]).as_matrix().T + [1, 2, 3]
    assert mpve_mm(moved[None], mesh[None]) == pytest.approx(0, abs=1e-9)


def test_a_scaled_mesh_has_no_error_only_under_similarity(mesh: np.ndarray) -> None:
    assert mpve_mm(1.1 * mesh[None], mesh[None], "similarity") == pytest.approx(0, abs=1e-9)
    centred = mesh - mesh.mean(axis=0)
    expected = 1000 * 0.1 * np.linalg.norm(centred, axis=1).mean()
    assert mpve_mm(1.1 * mesh[None], mesh[None], "rigid") == pytest.approx(expected)


def test_rigid_error_agrees_with_trimesh(mesh: np.ndarray) -> None:
    target = mesh + np.random.default_rng(2).normal(size=mesh.shape) * 0.02
    _, theirs, _ = trimesh.registration.procrustes(mesh, target, reflection=False, scale=False)
    assert mpve_mm(mesh[None], target[None]) == pytest.approx(1000 * np.linalg.norm(theirs - target, axis=1).mean())


def test_a_mirrored_mesh_is_never_reflected_onto_the_truth(mesh: np.ndarray) -> None:
    assert mpve_mm((mesh * [-1, 1, 1])[None], mesh[None]) > 10


def test_cross_view_distance_is_the_mean_l1_over_pairs() -> None:
    views = np.zeros((1, 3, 2, 3))
    views[0, 1] += 0.001  # 3 mm in L1 from view 0
    views[0, 2] += [0.002, 0, 0]
    # pairs: 0-1: 3, 0-2: 2, 1-2: 1 + 1 + 1 = 3
    assert cvd_mm(views) == pytest.approx((3 + 2 + 3) / 3)


def test_without_alignment_a_shift_is_the_error(mesh: np.ndarray) -> None:
    assert mpve_mm(mesh[None] + [0.003, 0, 0.004], mesh[None], "none") == pytest.approx(5.0)


def test_rigid_error_agrees_with_scipys_rotation_frame_by_frame() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(3, 30, 3)) * 0.1
    found = truth + rng.normal(size=truth.shape) * 0.02
    expected = []
    for a, b in zip(found, truth, strict=True):
        a0, b0 = a - a.mean(axis=0), b - b.mean(axis=0)
        turn, _ = Rotation.align_vectors(b0, a0)
        expected.append(1000 * sum(np.linalg.norm(turn.apply(p) - q) for p, q in zip(a0, b0, strict=True)) / 30)
    np.testing.assert_allclose(vertex_error_mm(found, truth, "rigid"), expected, rtol=1e-6)


def test_similarity_error_agrees_with_scipys_procrustes() -> None:
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(30, 3)) * 0.1
    found = 1.3 * truth + rng.normal(size=truth.shape) * 0.01
    wanted, laid, _ = scipy_procrustes(truth, found)  # both in units of the spread of the truth
    spread = np.linalg.norm(truth - truth.mean(axis=0))
    expected = 1000 * spread * np.linalg.norm(laid - wanted, axis=1).mean()
    assert mpve_mm(found[None], truth[None], "similarity") == pytest.approx(expected, rel=1e-9)


def test_each_pair_of_views_by_a_loop_over_frames_and_vertices() -> None:
    views = np.random.default_rng(6).normal(size=(5, 3, 7, 3)) * 0.01
    pairs = cvd_pairs_mm(views)
    for a in range(3):
        for b in range(3):
            if a != b:
                total = sum(abs(views[f, a, p] - views[f, b, p]).sum() for f in range(5) for p in range(7))
                assert pairs[a, b] == pytest.approx(1000 * total / 35)
    assert cvd_mm(views) == pytest.approx((pairs[0, 1] + pairs[0, 2] + pairs[1, 2]) / 3)
    names = ["front", "left_30", "top"]
    worst = worst_pair(pairs, names)
    assert worst is not None
    assert worst[2] == np.nanmax(pairs)
    assert pairs[names.index(worst[0]), names.index(worst[1])] == worst[2]


def test_a_moment_without_a_mesh_in_one_view_leaves_the_other_moments() -> None:
    views = np.zeros((3, 2, 4, 3))
    views[:, 1] += [0.001, 0, 0]
    views[1, 1] = np.nan
    assert cvd_mm(views) == pytest.approx(1.0)
    assert np.isnan(cvd_mm(views[:, :1]))
    assert worst_pair(cvd_pairs_mm(views[1:2]), ["a", "b"]) is None

"""MPVE and CVD against hand-computed cases and trimesh's Procrustes."""

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from neuface_core.evaluation.mesh_distance import cvd_mm, mpve_mm


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

"""A head in FLAME's file format that nobody's face went into: an egg with made-up bases, for tests and benchmarks."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial import ConvexHull, KDTree

from neuface_core.heads.data import HeadData, SurfacePoints
from neuface_core.heads.flame_arrays import FlameArrays, flame_contour, flame_head

N_VERTICES, N_FACES = 5023, 9976
# Metres: root and neck on the axis, jaw before the ear, eyes in front.
_JOINTS = np.array([[0, -0.15, -0.02], [0, -0.07, -0.02], [0, 0.0, 0.0], [0.031, 0.03, 0.06], [-0.031, 0.03, 0.06]])


def flame_entries(seed: int = 0) -> dict[str, Any]:
    """The dictionary of a FLAME file, in its shapes, types and units (FORMATS section 1.2)."""
    rng = np.random.default_rng(seed)
    vertices = _egg()
    faces = _faces(vertices)
    # A joint counts where it is nearest, and fades smoothly.
    distance = np.linalg.norm(vertices[:, None] - _JOINTS, axis=-1) + np.array([0.0, 0.02, 0.02, 0.03, 0.03])
    weights = np.exp(-distance / 0.012)
    nearest = np.argsort(distance, axis=0)[:40]
    regressor = np.zeros((5, N_VERTICES))
    for joint in range(5):
        regressor[joint, nearest[:, joint]] = rng.dirichlet(np.ones(40))
    shapedirs = np.concatenate(
        [_waves(rng, vertices, 300) * 4e-3 / np.sqrt(1 + np.arange(300)), _waves(rng, vertices, 100) * 1.5e-3], axis=-1
    )
    return {
        "v_template": vertices,
        "f": faces.astype(np.uint32),
        "shapedirs": shapedirs,
        "posedirs": _waves(rng, vertices, 36) * 3e-3,
        "J_regressor": sparse.csc_matrix(regressor),
        "J": regressor @ vertices,
        "weights": weights / weights.sum(1, keepdims=True),
        "kintree_table": np.array([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]], np.uint32),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


def embeddings(entries: dict[str, Any], seed: int = 1) -> dict[str, NDArray[Any]]:
    """Where 68 points lie: `full_*` (68), and `dynamic_*` (79, 17), a contour that slides with the yaw."""
    rng = np.random.default_rng(seed)
    centres = entries["v_template"][entries["f"]].mean(1)
    tree = KDTree(centres)
    angle = np.linspace(np.pi, 2 * np.pi, 17)
    signed = np.where(np.arange(79) < 40, np.arange(79), 39 - np.arange(79))
    turned = angle[None] + 0.004 * signed[:, None]
    jaw = np.stack([0.075 * np.cos(turned), 0.1 * np.sin(turned), np.full(turned.shape, 0.02)], axis=-1)
    inner = np.stack([rng.uniform(-0.05, 0.05, 51), rng.uniform(-0.06, 0.06, 51), np.full(51, 0.09)], axis=-1)
    full = np.concatenate([jaw[0], inner])
    return {
        "full_faces": tree.query(full)[1],
        "full_weights": rng.dirichlet(np.ones(3), 68),
        "dynamic_faces": tree.query(jaw)[1],
        "dynamic_weights": rng.dirichlet(np.ones(3), jaw.shape[:2]),
    }


def flame_data(
    entries: dict[str, Any],
    points: dict[str, NDArray[Any]],
    *,
    n_shape: int = 300,
    n_expression: int = 100,
    turns: int = 1,
) -> HeadData:
    """What the product makes of them."""
    return flame_head(
        FlameArrays.of(entries),
        head_id="made-up-flame",
        licence="CC0-1.0",
        n_shape=n_shape,
        n_expression=n_expression,
        static=SurfacePoints(points["full_faces"], points["full_weights"].astype(np.float32)),
        contour=flame_contour(points["dynamic_faces"], points["dynamic_weights"], turns=turns),
    )


def write_for_smplx(folder: Path, entries: dict[str, Any], points: dict[str, NDArray[Any]]) -> None:
    """The three files that the `smplx` package reads from a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    inner = {"lmk_face_idx": points["full_faces"][17:], "lmk_b_coords": points["full_weights"][17:]}
    dynamic = {"lmk_face_idx": points["dynamic_faces"], "lmk_b_coords": points["dynamic_weights"]}
    (folder / "FLAME_NEUTRAL.pkl").write_bytes(pickle.dumps(entries))
    (folder / "flame_static_embedding.pkl").write_bytes(pickle.dumps(inner))
    np.save(folder / "flame_dynamic_embedding.npy", np.array(dynamic, dtype=object), allow_pickle=True)


def _egg() -> NDArray[np.float64]:
    """Points spread evenly over an egg of a head's size, z out of the face."""
    i = np.arange(N_VERTICES) + 0.5
    up = 1 - 2 * i / N_VERTICES
    around = np.pi * (1 + np.sqrt(5)) * i
    ring = np.sqrt(1 - up**2)
    return np.stack([0.085 * ring * np.cos(around), 0.15 * up, 0.11 * ring * np.sin(around)], axis=1)


def _faces(vertices: NDArray[np.float64]) -> NDArray[np.int64]:
    """Triangles of the hull, outside counter-clockwise, open below like a neck."""
    faces = ConvexHull(vertices).simplices.astype(np.int64)
    a, b, c = vertices[faces].transpose(1, 0, 2)
    inside_out = (np.cross(b - a, c - a) * (a + b + c)).sum(1) < 0
    faces[inside_out] = faces[inside_out][:, ::-1]
    lowest = np.argsort(vertices[faces].mean(1)[:, 1], kind="stable")
    return faces[np.sort(lowest[len(faces) - N_FACES :])]


def _waves(rng: np.random.Generator, vertices: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """(V, 3, n): smooth fields of size one over the surface."""
    phase = vertices @ rng.normal(0, 18, (3, 3 * n)) + rng.uniform(0, 2 * np.pi, 3 * n)
    return np.sin(phase).reshape(len(vertices), 3, n)

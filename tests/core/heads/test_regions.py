"""The named parts of the open head, and its texture coordinates."""

import numpy as np
import pytest
import torch
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.raster import rasterise


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def parts(mask: np.ndarray, faces: np.ndarray) -> int:
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = edges[mask[edges].all(1)]
    graph = coo_matrix((np.ones(len(edges)), edges.T), shape=(len(mask), len(mask)))
    return len(np.unique(connected_components(graph, directed=False)[1][mask]))


@pytest.mark.parametrize(
    ("name", "pieces"),
    [
        ("face", 1),
        ("nose", 1),
        ("lips", 1),
        ("neck", 1),
        ("scalp", 1),
        ("inner_mouth", 1),
        ("tongue", 1),
        ("ears", 2),
        ("eyes", 2),
        ("eye_sockets", 2),
        ("teeth", 4),  # two rows, each with a front and an inner side
        ("mouth", 6),  # lips with the inner mouth, tongue, teeth
    ],
)
def test_regions_are_connected_and_symmetric(head: HeadModel, name: str, pieces: int) -> None:
    mask = head.vertex_masks[name]
    assert parts(mask, head.faces) == pieces
    assert head.data.mirror is not None
    np.testing.assert_array_equal(mask, mask[head.data.mirror])


def test_regions_do_not_overlap_where_they_must_not(head: HeadModel) -> None:
    names = ("face", "ears", "neck", "scalp", "eyes", "inner_mouth", "tongue", "teeth", "eye_sockets")
    together = np.sum([head.vertex_masks[name] for name in names], axis=0)
    assert together.max() == 1
    np.testing.assert_array_equal(
        head.vertex_masks["eyes"], head.vertex_masks["left_eye"] | head.vertex_masks["right_eye"]
    )


def test_hair_begins_well_above_the_brows_and_the_face_has_none(head: HeadModel) -> None:
    hairline = head.data.hairline
    assert hairline is not None
    assert hairline[head.vertex_masks["scalp"]].min() > 0
    points = head.landmarks(head.neutral(1), "static")[0].numpy()
    eyes, brows = points[36:48, 1].mean(), points[17:27]
    assert ((brows[:, 1] - eyes) > 0.012).all()
    assert ((brows[:, 1] - eyes) < 0.028).all()
    vertices = head.data.mean
    front = head.vertex_masks["scalp"] & (np.abs(vertices[:, 0]) < 0.02) & (vertices[:, 2] > 0)
    assert vertices[front, 1].min() - brows[:, 1].max() > 0.03
    near_brows = np.linalg.norm(vertices[:, None] - brows, axis=2).min(1) < 0.02
    assert hairline[near_brows].max() < -0.005


def test_teeth_show_in_an_open_mouth_and_not_in_a_closed_one(head: HeadModel) -> None:
    params = head.neutral(2)
    params.jaw_pose[1, 0] = 0.25
    params.expression[1, head.expression_names.index("mouthUpperUpLeft")] = 0.6
    params.expression[1, head.expression_names.index("mouthUpperUpRight")] = 0.6
    shown = []
    for vertices in head(params).double().numpy():
        screen = vertices * [3000.0, -3000.0, -1.0] + [300.0, 240.0, 0.0]
        raster = rasterise(screen, head.faces, 600, 600)
        shown.append(int(head.vertex_masks["teeth"][head.faces[raster.triangle[raster.hit]]].all(1).sum()))
    assert shown[1] > 1000
    assert shown[0] < 0.05 * shown[1]


def test_lower_teeth_follow_the_jaw_and_upper_ones_do_not(head: HeadModel) -> None:
    params = head.neutral(3)
    params.jaw_pose[1, 0] = 0.3
    params.expression[2, head.expression_names.index("mouthClose")] = 1.0
    teeth = head.vertex_masks["teeth"]
    lower = teeth & (head.data.skin_weights[:, 2] > 0.5)
    moved = (head(params) - head(params)[:1]).numpy()
    assert np.abs(moved[:, teeth & ~lower]).max() < 1e-4
    front = lower & (head.data.mean[:, 2] > head.data.mean[lower, 2].max() - 0.008)
    assert moved[1, front, 1].max() < -0.012
    assert moved[2, front, 1].max() < -0.012


def test_texture_coordinates_of_the_face_are_neither_flipped_nor_laid_over_each_other(head: HeadModel) -> None:
    uv = head.data.uv
    assert uv is not None
    assert uv.min() >= 0
    assert uv.max() <= 1
    face = head.vertex_masks["face"][head.faces].all(1)
    corners = uv[face].astype(np.float64)
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    assert (area > 0).all()
    low, high = corners.min((0, 1)), corners.max((0, 1))
    size = 1500
    screen = (corners - low) / (high - low) * (size - 1)
    flat = np.concatenate([screen, np.zeros((*screen.shape[:2], 1))], axis=2).reshape(-1, 3)
    covered = rasterise(flat, np.arange(len(flat)).reshape(-1, 3), size, size).hit.sum()
    expected = area.sum() / 2 / np.prod(high - low) * (size - 1) ** 2
    assert abs(covered / expected - 1) < 0.01  # laid over each other they would cover less than the sum of their areas


def test_masks_serve_as_torch_indices(head: HeadModel) -> None:
    vertices = head(head.neutral(1))[0]
    assert vertices[torch.as_tensor(head.vertex_masks["face"])].shape[1] == 3

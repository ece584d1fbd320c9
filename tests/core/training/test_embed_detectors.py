"""The embedding of a detector finds the places that the detector means."""

import numpy as np
import pytest
import torch

from neuface_core.heads.bundle import load_head
from neuface_core.heads.data import SurfacePoints
from neuface_core.heads.model import HeadModel
from neuface_core.training.embed_detectors import YAW_DEG, Sight, doubled, fit_places, places_of


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def test_places_that_differ_from_anatomy_and_with_yaw_are_found(head: HeadModel) -> None:
    """A made-up detector sees a cheek point that walks with the yaw, its mirror image, and a point of the chin."""
    assert head.data.mirror is not None
    mean, mirror = head.data.mean, head.data.mirror
    face = np.flatnonzero(head.vertex_masks["face"])

    def nearest(*place: float) -> int:
        return int(face[np.linalg.norm(mean[face] - np.array(place), axis=1).argmin()])

    cheek = nearest(0.055, -0.02, 0.0)
    chin = nearest(0.0, mean[face, 1].min() + 0.015, 0.03)
    forward = nearest(*(mean[cheek] + [-0.006, 0.0, 0.008]))
    start = np.array([cheek, mirror[cheek], chin])
    triangles = np.array([int(np.flatnonzero((head.faces == v).any(1))[0]) for v in start])
    weights = (head.faces[triangles] == start[:, None]).astype(np.float32)
    anatomical = SurfacePoints(triangles, weights)

    random = np.random.default_rng(0)
    params = head.neutral(300)
    params.shape[:] = torch.tensor(random.normal(0, 0.7, (300, head.n_shape)))
    yaw = random.uniform(-75, 75, 300)
    params.global_orient[:, 1] = torch.tensor(np.deg2rad(yaw))
    vertices = head(params).numpy()[..., :2] * [1000, -1000]
    share = np.clip(np.stack([-yaw, yaw, np.zeros(300)], axis=1) / 75, 0, 1)[..., None]
    other = np.array([forward, mirror[forward], chin])
    points = (1 - share) * vertices[:, start] + share * vertices[:, other] + random.normal(0, 1.5, (300, 3, 2))
    view = Sight(vertices.astype(np.float32), points.astype(np.float32), np.deg2rad(yaw).astype(np.float32))

    partner = np.array([1, 0, 2])
    table = fit_places(doubled(view, partner, mirror), head, anatomical, partner, places_of(head))
    found = (mean[head.faces[table.points.faces[:, 0]]] * table.points.weights[:, 0, :, :, None]).sum(2)
    for row, degrees in enumerate(YAW_DEG):
        part = np.clip(-degrees / 75, 0, 1)
        assert np.linalg.norm(found[row, 0] - (1 - part) * mean[cheek] - part * mean[forward]) < 0.003
        np.testing.assert_allclose(found[row, 1], found[-1 - row, 0] * [-1, 1, 1], atol=1e-6)
        assert np.linalg.norm(found[row, 2] - mean[chin]) < 0.003
    assert abs(found[len(YAW_DEG) // 2, 2, 0]) < 1e-6

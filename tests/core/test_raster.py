"""The z-buffer sees what geometry says it must."""

import numpy as np
import pytest

from neuface_core.raster import rasterise

SQUARE = np.array([[0.0, 0, 2], [10, 0, 2], [10, 10, 2], [0, 10, 2]])
FRONT = np.array([[0, 3, 2], [0, 2, 1]])  # counter-clockwise on a screen whose y points down


def test_every_pixel_of_a_square_is_hit_once_and_barycentrics_give_its_place() -> None:
    raster = rasterise(SQUARE, FRONT, 14, 14)
    assert np.array_equal(raster.hit, np.pad(np.ones((11, 11), bool), (0, 3)))
    place = raster.interpolate(SQUARE, FRONT)
    row, column = np.nonzero(raster.hit)
    np.testing.assert_allclose(place[row, column, :2], np.stack([column, row], 1), atol=1e-5)
    assert np.isinf(raster.depth[~raster.hit]).all()


def test_the_nearer_triangle_wins_in_any_order() -> None:
    near = SQUARE * [0.5, 0.5, 0.5]
    points = np.concatenate([SQUARE, near])
    for faces in (np.concatenate([FRONT, FRONT + 4]), np.concatenate([FRONT + 4, FRONT])):
        raster = rasterise(points, faces, 11, 11)
        assert (raster.depth[:6, :6] == 1).all()
        assert (raster.depth[6:, :] == 2).all()


def test_culling_drops_backs_only() -> None:
    assert rasterise(SQUARE, FRONT, 11, 11, cull_back=True).hit.all()
    assert not rasterise(SQUARE, FRONT[:, ::-1], 11, 11, cull_back=True).hit.any()
    assert rasterise(SQUARE, FRONT[:, ::-1], 11, 11).hit.all()


def test_perspective_places_agree_with_the_ray_through_the_pixel() -> None:
    corners = np.array([[-1.0, -1, 2], [1, -1, 6], [0, 2, 3]])  # pinhole coordinates
    focal, middle = 40.0, 20.0
    screen = np.concatenate([focal * corners[:, :2] / corners[:, 2:] + middle, corners[:, 2:]], axis=1)
    raster = rasterise(screen, np.array([[0, 1, 2]]), 60, 60, perspective=True)
    place = raster.interpolate(corners, np.array([[0, 1, 2]]))
    row, column = np.nonzero(raster.hit)
    assert len(row) > 50
    seen = place[row, column]
    np.testing.assert_allclose(focal * seen[:, :2] / seen[:, 2:] + middle, np.stack([column, row], 1), atol=1e-3)
    np.testing.assert_allclose(raster.depth[row, column], seen[:, 2], rtol=1e-5)


def test_corners_behind_the_pinhole_and_wrong_faces() -> None:
    behind = SQUARE * [1, 1, -1]
    assert not rasterise(behind, FRONT, 11, 11, perspective=True).hit.any()
    with pytest.raises(ValueError, match="outside"):
        rasterise(SQUARE, np.array([[0, 1, 4]]), 5, 5)

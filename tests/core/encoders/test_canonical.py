import torch

from neuface_core.encoders.canonical import (
    CanonicalPoints,
    Placement,
    placed_params,
    placement_corrections,
    viewer_points,
)
from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.params import HeadParams


def some_heads(count: int) -> HeadParams:
    generator = torch.Generator().manual_seed(0)

    def draw(width: int, size: float) -> torch.Tensor:
        return torch.randn(count, width, generator=generator) * size

    camera = torch.cat([draw(1, 0.5) + 7, draw(2, 0.01)], dim=1)
    return HeadParams(draw(5, 1), draw(4, 0.1), draw(3, 0.4), draw(3, 0), draw(3, 0.1), draw(6, 0.1), camera)


def seen_points(shape: torch.Tensor, heads: HeadParams) -> torch.Tensor:
    turned = shape @ matrix_from_rotvec(heads.global_orient).mT
    turned[..., :2] += heads.camera[:, None, 1:]
    return turned * heads.camera[:, :1, None]


def test_turn_size_and_place_of_a_known_face_are_found():
    heads, shape = some_heads(40), torch.randn(60, 3, generator=torch.Generator().manual_seed(1)) * 0.04
    points = seen_points(shape, heads)
    canonical = CanonicalPoints(60)
    canonical.learn(points, heads)
    laid, place = canonical(points)
    assert (place.rotation - matrix_from_rotvec(heads.global_orient)).abs().max() < 0.01
    assert (place.scale / heads.camera[:, :1] - 1).abs().max() < 0.01
    assert (place.shift / place.scale - heads.camera[:, 1:]).abs().max() < 0.001
    assert (laid[..., :2] - shape[:, :2]).abs().max() < 0.001


def test_lips_that_move_hardly_turn_the_head():
    heads, shape = some_heads(200), torch.randn(60, 3, generator=torch.Generator().manual_seed(1)) * 0.04
    points = seen_points(shape, heads)
    generator = torch.Generator().manual_seed(2)
    points[:, :10] += torch.randn(200, 10, 3, generator=generator) * 0.05
    points[:, 10:] += torch.randn(200, 50, 3, generator=generator) * 0.002
    canonical = CanonicalPoints(60)
    canonical.learn(points, heads)
    assert canonical.weight[:10].max() < 0.2 * canonical.weight[10:].min()
    _, place = canonical(points)
    turn = place.rotation.mT @ matrix_from_rotvec(heads.global_orient)
    degrees = ((turn.diagonal(dim1=1, dim2=2).sum(dim=1) - 1) / 2).clamp(-1, 1).acos().rad2deg()
    assert degrees.median() < 1.0


def test_a_face_that_moves_and_grows_in_the_crop_moves_the_answer_by_as_much():
    generator = torch.Generator().manual_seed(0)
    parts = {name: torch.randn(4, 3, generator=generator) * 0.1 for name in ("global_orient", "camera")}
    rotation = matrix_from_rotvec(torch.randn(4, 3, generator=generator))
    place = Placement(rotation, torch.rand(4, 1) + 6, torch.randn(4, 2, generator=generator) * 0.1)
    moved = Placement(rotation, place.scale * 1.3, place.shift * 1.3 + 0.2)
    points = torch.randn(4, 9, 2, generator=generator) * 0.1

    def project(where: Placement) -> torch.Tensor:
        _, camera = placed_params(parts, where)
        return camera[:, None, :1] * (points + camera[:, None, 1:])

    assert torch.allclose(project(moved), 1.3 * project(place) + 0.2, atol=1e-4)


def test_corrections_are_the_inverse_of_placing():
    heads = some_heads(6)
    rotation = matrix_from_rotvec(heads.global_orient + 0.1)
    place = Placement(rotation, heads.camera[:, :1] * 1.1, torch.full((6, 2), 0.05))
    orient, camera = placement_corrections(heads, place)
    turned, seen = placed_params({"global_orient": orient, "camera": camera}, place)
    assert torch.allclose(turned, heads.global_orient, atol=1e-4)
    assert torch.allclose(seen, heads.camera, atol=1e-4)


def test_the_middle_of_a_picture_is_the_origin_and_up_is_up():
    points = viewer_points(torch.tensor([[[128.0, 128.0, 0.0], [256.0, 0.0, -64.0]]]), 256)
    assert torch.allclose(points, torch.tensor([[[0.0, 0.0, 0.0], [1.0, 1.0, 0.5]]]))

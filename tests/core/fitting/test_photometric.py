"""The photometric term on pictures whose truth is known."""

import pytest
import torch

from neuface_core.fitting.observed import Batch
from neuface_core.fitting.photometric import PhotometricTerm, harmonics, lights, read_colours
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

FRAMES, SIDE = 6, 64


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def batch() -> Batch:
    moments = torch.arange(FRAMES)[:, None]
    return Batch(
        rows=slice(0, FRAMES),
        n_rows=FRAMES,
        moments=moments,
        frames=moments[:, 0],
        moment_of_row=moments[:, 0],
        joined=torch.arange(FRAMES - 1),
    )


def shifted(params: HeadParams, metres: float) -> HeadParams:
    camera = params.camera.clone()
    camera[:, 1] += metres
    return HeadParams(**{**vars(params), "camera": camera})


def pattern(shift_x: torch.Tensor) -> torch.Tensor:
    """Pictures (n, 3, SIDE, SIDE) of smooth colours that move with the face."""
    grid = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    x = x[None] - shift_x[:, None, None]
    waves = [torch.sin(5 * x + 2 * y), torch.cos(4 * x - y), torch.sin(3 * x - 4 * y)]
    return 0.5 + 0.25 * torch.stack(waves, dim=1)


def test_reading_is_where_crop_coordinates_say() -> None:
    grid = (torch.arange(SIDE) + 0.5) / SIDE * 2 - 1
    picture = torch.stack([grid.expand(SIDE, SIDE), grid[:, None].expand(SIDE, SIDE), torch.zeros(SIDE, SIDE)])[None]
    points = torch.tensor([[[0.25, -0.5], [0.0, 0.0], [3.0, 0.0]]])
    read, inside = read_colours(picture, points)
    torch.testing.assert_close(read[0, :2, :2], points[0, :2], atol=1e-5, rtol=0)
    assert inside[0].tolist() == [1.0, 1.0, 0.0]


def test_light_is_found_again() -> None:
    random = torch.Generator().manual_seed(0)
    normals = torch.nn.functional.normalize(torch.randn(2, 400, 3, generator=random), dim=-1)
    colour = torch.rand(400, 3, generator=random) * 0.5 + 0.3
    wanted = torch.tensor([1.0, 0.2, -0.1, 0.3])[:, None] * torch.tensor([1.0, 0.9, 1.1])
    read = colour * (harmonics(normals) @ wanted)
    found = lights(read, colour, normals, torch.ones(2, 400))
    torch.testing.assert_close(found, wanted.expand(2, 4, 3), atol=0.08, rtol=0)


def test_a_face_that_moves_with_its_colours_costs_less_than_one_that_slides(head: HeadModel, batch: Batch) -> None:
    """The pictures move to and fro; parameters that follow them see the same colours, those that stay do not."""
    way = 0.15 * torch.tensor([0.0, 1.0, 0.0, -1.0, 0.0, 1.0])
    still = head.neutral(FRAMES)
    follow = shifted(still, 0.0)
    follow.camera[:, 1] = way / still.camera[:, 0]

    def loss(params: HeadParams) -> float:
        term = PhotometricTerm(lambda _: pattern(way), [batch], head, params)
        return float(term.loss(params, batch))

    assert loss(follow) < 0.3 * loss(still)


def test_the_gradient_leads_back_to_where_the_colours_are(head: HeadModel, batch: Batch) -> None:
    first = head.neutral(FRAMES)
    term = PhotometricTerm(lambda _: pattern(torch.zeros(FRAMES)), [batch], head, first)
    off = shifted(first, 0.004)
    off.camera.requires_grad_()
    term.loss(off, batch).backward()
    assert off.camera.grad is not None
    assert float(off.camera.grad[:, 1].min()) > 0


def test_exposure_of_a_picture_is_no_error(head: HeadModel, batch: Batch) -> None:
    gain = torch.tensor([1.0, 0.8, 1.1, 0.9, 1.0, 0.7])[:, None, None, None]
    first = head.neutral(FRAMES)
    term = PhotometricTerm(lambda _: gain * pattern(torch.zeros(FRAMES)), [batch], head, first)
    assert float(term.loss(first, batch)) < 0.01

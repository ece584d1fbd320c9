"""The photometric term Lphoto (NeuFace Table S2 (a)): a face has the same colours in every frame and view.

NeuFace compares rendered with seen pixels. No differentiable renderer that is kept up installs as a wheel and runs
without a GPU (tried on 2026-11-23: nvdiffrast and pytorch3d have no wheels on PyPI), so that this is a term a vertex,
not a pixel: the picture is read at every projected vertex that faces the camera, and what is read is compared with the
colour that the vertex has over the whole clip, under light that each picture has for itself. A vertex behind the nose
that faces the camera is read all the same: nothing here knows what hides what, beyond the angle.

E-step, no gradient: colours of the vertices (one a clip) and light of every picture (first-order spherical harmonics, a
colour channel each), in turns, by least squares. M-step: L1 between what is read and colour times light; the gradient
moves where the vertices are projected to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from neuface_core.errors import FitError
from neuface_core.fitting.observed import Batch
from neuface_core.geometry import vertex_normals
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

Pictures = Callable[[Batch], Tensor]
"""The crops (n, 3, S, S) of a batch's rows, RGB in [0, 1]."""

REGION = "face"
COMPARED_VERTICES = 500
LEAST_COSINE = 0.31
"""Of the angle between normal and camera ray: 72°, as in the bootstrapped mesh."""
READ_PX = 64
"""Side of the crop that is read: coarser than the encoder's, so that a gradient reaches further than a pixel."""
_ROUNDS = 2
_LEAST_LIGHT = 0.05


class PhotometricTerm:
    """Colours of one clip's face, and the loss against them.

    Parameters
    ----------
    pictures
        Reads the crops of a batch; called at every step, so that no more than a batch of them is in memory.
    batches
        All batches of the clip; each row in one of them.
    first
        The answer of N rows that the fit starts from: the first E-step is made of it.

    Raises
    ------
    FitError
        When the head does not name its regions.
    """

    def __init__(self, pictures: Pictures, batches: Sequence[Batch], head: HeadModel, first: HeadParams) -> None:
        self._pictures, self._head = pictures, head
        if REGION not in head.vertex_masks:
            raise FitError(
                f"The photometric term needs to know where the face of the head {head.head_id!r} is.",
                remedy="Give the head its masks (FLAME: FLAME_masks.pkl), or set photometric_weight to 0.",
            )
        inside = torch.as_tensor(head.vertex_masks[REGION].nonzero()[0], device=head.device)
        self._vertices = inside[:: max(1, len(inside) // COMPARED_VERTICES)]
        self._sums: dict[int, tuple[Tensor, Tensor]] = {}
        self._colour = torch.full((len(self._vertices), 3), 0.5, device=head.device)
        # Colours and light depend on each other: one more round lets the first batches see all of the clip.
        for _ in range(_ROUNDS):
            for batch in batches:
                self.loss(first[batch.rows].map(Tensor.detach), batch)

    @property
    def colour(self) -> Tensor:
        """Colour (P, 3) of every compared vertex, RGB, with the light of the pictures taken out."""
        return self._colour

    def loss(self, params: HeadParams, batch: Batch) -> Tensor:
        """Mean absolute difference between what is read and what should be, in [0, 1]; keeps it for the next E-step."""
        vertices = self._head(params)
        with torch.no_grad():
            normals = vertex_normals(vertices, self._head.faces_tensor)[:, self._vertices]
            seen = torch.where(normals[..., 2] > LEAST_COSINE, normals[..., 2], 0.0)
        read, inside = read_colours(
            self._pictures(batch), self._head.project(vertices[:, self._vertices], params.camera)
        )
        seen = seen * inside
        expected = self._expected(read.detach(), normals, seen, batch)
        return (seen[..., None] * (read - expected).abs()).sum() / (3.0 * seen.sum()).clamp_min(1e-6)

    @torch.no_grad()
    def _expected(self, read: Tensor, normals: Tensor, seen: Tensor, batch: Batch) -> Tensor:
        """Colour times light (n, P, 3); the clip's colours are then estimated anew from all batches."""
        light = lights(read, self._colour, normals, seen)
        shading = (harmonics(normals) @ light).clamp_min(_LEAST_LIGHT)
        # colour = argmin Σ seen (read - colour · shading)², over all rows of all batches
        weighted = seen[..., None] * shading
        self._sums[id(batch)] = ((weighted * read).sum(dim=0), (weighted * shading).sum(dim=0))
        above = torch.stack([sums[0] for sums in self._sums.values()]).sum(dim=0)
        below = torch.stack([sums[1] for sums in self._sums.values()]).sum(dim=0)
        expected = self._colour * shading
        self._colour = torch.where(below > 0, above / below.clamp_min(1e-6), self._colour).clamp(0.0, 1.0)
        return expected


def harmonics(normals: Tensor) -> Tensor:
    """Spherical harmonics to the first order (..., 4) of unit normals (..., 3), without their constants."""
    return torch.cat([torch.ones_like(normals[..., :1]), normals], dim=-1)


def lights(read: Tensor, colour: Tensor, normals: Tensor, seen: Tensor) -> Tensor:
    """Light (n, 4, 3) of every picture that explains it best: least squares over vertices, a little held to white.

    Parameters
    ----------
    read, normals : (n, P, 3)
    colour : (P, 3)
    seen : (n, P)
    """
    basis = harmonics(normals)[..., None, :] * colour[..., None]  # (n, P, 3, 4)
    weight = seen[..., None, None]
    left = torch.einsum("npci,npcj->ncij", weight * basis, basis)
    right = torch.einsum("npci,npc->nci", weight * basis, read)
    hold = 1e-2 * seen.sum(dim=1).clamp_min(1e-3)[:, None, None, None] * torch.eye(4, device=read.device)
    white = torch.tensor([1.0, 0.0, 0.0, 0.0], device=read.device)
    solved: Tensor = torch.linalg.solve(left + hold, right + hold @ white)
    return solved.mT


def read_colours(pictures: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Colours (n, P, 3) of pictures (n, 3, S, S) at points (n, P, 2) in crop coordinates, and 1 where these are inside.

    The pictures are made smaller first (`READ_PX`): bilinear reading has a gradient as wide as a pixel.
    """
    small = torch.nn.functional.adaptive_avg_pool2d(pictures, READ_PX) if pictures.shape[-1] > READ_PX else pictures
    read = torch.nn.functional.grid_sample(
        small, points[:, None], mode="bilinear", padding_mode="border", align_corners=False
    )
    inside = (points.detach().abs() < 1).all(dim=-1).to(points.dtype)
    return read[:, :, 0].mT, inside

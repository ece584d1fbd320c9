"""What the open encoder's trunk says of faces: raw readings, which are worth keeping, and the vector made from them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuface_core.encoders.canonical import CanonicalPoints, Placement, viewer_points
from neuface_core.landmarks.blendshapes import BLENDSHAPE_NAMES, Blendshapes
from neuface_core.landmarks.face_mesh import FaceMesh, MeshFeatures

PARTS = ("maps", "points", "blendshapes")
_LEAST = 1e-3
"""Of probabilities, before their logit is taken."""


@dataclass(frozen=True)
class FaceReading:
    """What the trunk says of N crops.

    Attributes
    ----------
    maps : (N, D)
        Its two late maps, the larger one halved, in one row.
    points : (N, P, 3)
        Of `canonical.viewer_points`.
    score : (N,)
        That there is a face, in [0, 1].
    """

    maps: Tensor
    points: Tensor
    score: Tensor

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, index: Tensor | slice) -> FaceReading:
        return FaceReading(self.maps[index], self.points[index], self.score[index])

    @classmethod
    def cat(cls, parts: list[FaceReading]) -> FaceReading:
        """All faces of `parts`."""
        return cls(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @classmethod
    def of(cls, mesh: MeshFeatures, input_size: int) -> FaceReading:
        """The reading of what the trunk gave."""
        return cls(map_row(*mesh.maps), viewer_points(mesh.points, input_size), mesh.score)


def map_row(large: Tensor, small: Tensor) -> Tensor:
    """The two late maps in one row a face, the larger one halved."""
    return torch.cat([functional.avg_pool2d(large, 2).flatten(1), small.flatten(1)], dim=1)


class FaceReader(nn.Module):
    """Readings to one vector a face, and its placement in the crop.

    Parameters
    ----------
    trunk
        The face mesh network that gives the readings.
    parts
        Which of `PARTS` go into the vector; "blendshapes" needs version 2 of the trunk.
    """

    def __init__(self, trunk: FaceMesh, parts: tuple[str, ...] = PARTS) -> None:
        super().__init__()
        self.parts = parts
        self.canonical = CanonicalPoints(trunk.n_points)
        cells = trunk.input_size // 64
        self.n_maps = 2 * 128 * cells * cells if "maps" in parts else 0
        self.n_features = self.n_maps + 14
        if "points" in parts:
            self.n_features += 3 * trunk.n_points
        if "blendshapes" in parts:
            self.n_features += len(BLENDSHAPE_NAMES)
        # A list hides the network from `parameters` and `state_dict`: it is never trained and never saved.
        self._blendshapes = [Blendshapes.load()] if "blendshapes" in parts else []

    def forward(self, reading: FaceReading) -> tuple[Tensor, Placement]:
        """Vector (N, n_features) and placement of N faces."""
        points = reading.points.float()
        canonical, placement = self.canonical(points)
        # How badly the points fit the template together tells a face from what is none.
        misfit = (canonical - self.canonical.template).square().sum(dim=2) @ self.canonical.weight
        rows = [
            placement.rotation.flatten(1),
            placement.shift,
            placement.scale,
            torch.log(misfit + 1e-8)[:, None],
            torch.logit(reading.score.clamp(_LEAST, 1 - _LEAST))[:, None],
        ]
        if "points" in self.parts:
            rows.insert(0, canonical.flatten(1))
        if "maps" in self.parts:
            rows.insert(0, reading.maps.float())
        for network in self._blendshapes:
            network.to(points.device)
            seen = points[..., :2] * points.new_tensor([1.0, -1.0])  # the network reads pictures: y down
            rows.append(torch.logit(network(seen).clamp(_LEAST, 1 - _LEAST)))
        return torch.cat(rows, dim=1), placement

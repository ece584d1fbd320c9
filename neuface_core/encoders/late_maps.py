"""A copy of the trunk's late layers that is trained with the head of the encoder, and gives the maps that it reads.

The trunk's own layers stay as they are and give the points: these hold on real faces because real faces taught them.
What the copy learns from renders only corrects the answer, as everything does that the head reads from maps.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neuface_core.encoders.face_reading import map_row
from neuface_core.landmarks.face_mesh import FaceMesh


class LateMaps(nn.Module):
    """The late maps of faces from an activation of the trunk.

    Parameters
    ----------
    trunk
        Where the copy starts from; it is not changed.
    stage
        Name of the stage of the trunk behind which the copy begins.
    """

    def __init__(self, trunk: FaceMesh, stage: str) -> None:
        super().__init__()
        self._stage = stage
        self.graph, self._start, self._wanted = trunk.late_part(stage)

    def forward(self, activation: Tensor) -> Tensor:
        """Activations (N, C, H, W) of the stage to rows (N, D), as `FaceReading.maps`."""
        large, small = self.graph(activation, self._start, self._wanted)
        return map_row(large, small)

    @torch.no_grad()
    def moved_from(self, trunk: FaceMesh) -> dict[str, Tensor]:
        """By name: how far each weight has moved from that of the trunk."""
        origin, _, _ = trunk.late_part(self._stage)
        start = {f"graph.{name}": value for name, value in origin.state_dict().items()}
        return {name: value - start[name].to(value.device) for name, value in self.state_dict().items()}

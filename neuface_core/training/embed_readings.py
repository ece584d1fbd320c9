"""What the face-mesh detectors say of synthetic faces, and where every vertex of those faces truly is.

The faces are the renderer's (`neuface_core.training.synth`), as a camera would see them, with every yaw equally
frequent. Each is read as in a video: in a square that follows from the points of a first look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.geometry import matrix_from_rotvec, yaw_of_matrix
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Progress
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.landmarks.mesh_reader import MeshReader
from neuface_core.landmarks.region import REGION_SCALE, Region, region_of_mesh
from neuface_core.training.synth.faces import FaceSynthesiser
from neuface_core.training.synth.pinhole import Pinhole

Floats = NDArray[np.float32]

PICTURE_PX = 320
_BATCH = 8


@dataclass(frozen=True)
class Readings:
    """N synthetic faces and what a detector saw in them.

    Attributes
    ----------
    params : HeadParams
        The truth.
    views : (N, 4) float32
        As in `SyntheticFaces`.
    points : (N, P, 2) float32
        The detector's points, crop coordinates (y down).
    scores : (N,) float32
        That there is a face, as the detector says.
    """

    params: HeadParams
    views: Floats
    points: Floats
    scores: Floats

    @property
    def yaw(self) -> Floats:
        """(N,) radians."""
        turn = matrix_from_rotvec(self.params.global_orient) @ matrix_from_rotvec(self.params.neck_pose)
        return np.asarray(yaw_of_matrix(turn).numpy(), np.float32)

    def pinholes(self) -> list[Pinhole]:
        """The cameras."""
        return [Pinhole(float(d), np.array([x, y], np.float64), float(half)) for d, x, y, half in self.views]

    def __getitem__(self, index: NDArray[np.integer] | NDArray[np.bool_]) -> Readings:
        rows = np.arange(len(self.views))[index]
        return Readings(self.params[rows], self.views[rows], self.points[rows], self.scores[rows])


def read_faces(
    head: HeadModel, meshes: Sequence[FaceMesh], seeds: Sequence[int]
) -> Iterator[Progress | tuple[Readings, ...]]:
    """Render `seeds` and let every mesh look at them; yields progress, and last the readings of each mesh."""
    faces = FaceSynthesiser(head, PICTURE_PX)
    readers = [MeshReader(mesh, "cpu") for mesh in meshes]
    parts: list[list[Readings]] = [[] for _ in meshes]
    for start in range(0, len(seeds), _BATCH):
        drawn = faces.faces(seeds[start : start + _BATCH], balanced=True)
        pictures = [np.ascontiguousarray(image.transpose(1, 2, 0)) for image in drawn.images]
        first = [_first_region(points) for points in drawn.landmarks]
        for reader, part in zip(readers, parts, strict=True):
            look = reader.read(pictures, first)
            seen = reader.read(pictures, [region_of_mesh(points) for points in look.points])
            crop = 2 * (seen.points[..., :2] + 0.5) / PICTURE_PX - 1
            part.append(Readings(drawn.params, drawn.views, crop.astype(np.float32), seen.scores))
        yield Progress("faces read", min(start + _BATCH, len(seeds)), len(seeds))
    yield tuple(
        replace(
            part[0],
            params=HeadParams.cat([p.params for p in part]),
            **{name: np.concatenate([getattr(p, name) for p in part]) for name in ("views", "points", "scores")},
        )
        for part in parts
    )


def _first_region(landmarks: Floats) -> Region:
    """The square around the true landmarks (68, 2), in pixels."""
    pixels = (landmarks + 1) / 2 * PICTURE_PX - 0.5
    across = pixels[45] - pixels[36]
    low, high = pixels.min(0), pixels.max(0)
    x, y = (low + high) / 2
    down = pixels[[48, 54]].mean(0) - pixels[[36, 45]].mean(0)
    right = across + np.array([down[1], -down[0]])
    return Region(float(x), float(y), float(REGION_SCALE * (high - low).max()), float(np.arctan2(right[1], right[0])))


@torch.no_grad()
def shown(readings: Readings, head: HeadModel) -> Iterator[tuple[NDArray[np.float64], float]]:
    """For every face its vertices in the picture (V, 2), crop coordinates, and how many metres one unit is there."""
    for index, camera in enumerate(readings.pinholes()):
        vertices = head(readings.params[[index]])[0].double().numpy()
        yield camera.crop(vertices)[:, :2], camera.half

"""The face mesh on regions of frames: crops in, points in pixels of the frame out, many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.landmarks.ibug import MESH_TO_IBUG, MIRROR
from neuface_core.landmarks.region import Region

_THUMB = 24


@dataclass(frozen=True, slots=True)
class Reading:
    """What the mesh says of N regions.

    Attributes
    ----------
    points : (N, P, 3) float32
        x, y in pixels of the picture that was cut; z in the same unit, smaller is nearer.
    scores : (N,) float32
        That there is a face, in [0, 1].
    thumbs : (N, 576) float32
        The crop, very small, grey, mean 0 and length 1: the dot product of two says how alike they look.
    """

    points: NDArray[np.float32]
    scores: NDArray[np.float32]
    thumbs: NDArray[np.float32]


class MeshReader:
    """Runs `mesh` on `device` without gradients."""

    def __init__(self, mesh: FaceMesh, device: torch.device | str) -> None:
        self.mesh = mesh
        self.device = torch.device(device)

    def read(self, pictures: Sequence[NDArray[np.uint8]], regions: Sequence[Region]) -> Reading:
        """All mesh points of each region of its picture (H, W, 3)."""
        if not regions:
            empty = np.zeros((0, self.mesh.n_points, 3), np.float32)
            return Reading(empty, np.zeros(0, np.float32), np.zeros((0, _THUMB**2), np.float32))
        crops = self._cut(pictures, regions)
        points, scores = self._run(crops)
        return Reading(self._to_pictures(points, regions), scores, _thumbs(crops))

    def read_ibug(
        self, pictures: Sequence[NDArray[np.uint8]], regions: Sequence[Region]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The 68 landmarks of each region, as the mean of the crop and its mirror image.

        The mean takes away the network's preference for one side (0.5 px of 192) and a part of its noise.

        Returns
        -------
        points : (N, 68, 3) float32
            As in `Reading`.
        scores : (N,) float32
        """
        crops = self._cut(pictures, regions)
        points, scores = self._run(np.concatenate([crops, crops[:, :, ::-1]]))
        points = points[:, MESH_TO_IBUG]
        straight, mirrored = points[: len(regions)], points[len(regions) :][:, MIRROR]
        mirrored[..., 0] = self.mesh.input_size - mirrored[..., 0]
        mean = 0.5 * (straight + mirrored)
        return self._to_pictures(mean, regions), 0.5 * (scores[: len(regions)] + scores[len(regions) :])

    def _cut(self, pictures: Sequence[NDArray[np.uint8]], regions: Sequence[Region]) -> NDArray[np.uint8]:
        side = self.mesh.input_size
        return np.stack([region.crop(picture, side) for picture, region in zip(pictures, regions, strict=True)])

    def _run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        images = torch.from_numpy(np.ascontiguousarray(crops)).to(self.device).permute(0, 3, 1, 2).float() / 255.0
        with torch.inference_mode():
            points, scores = self.mesh(images)
        return points.cpu().numpy(), scores.cpu().numpy()

    def _to_pictures(self, points: NDArray[np.float32], regions: Sequence[Region]) -> NDArray[np.float32]:
        side = self.mesh.input_size
        flat = [region.to_frame(p[:, :2], side) for p, region in zip(points, regions, strict=True)]
        depth = [p[:, 2:] * (region.size / side) for p, region in zip(points, regions, strict=True)]
        return np.concatenate([np.stack(flat), np.stack(depth)], axis=2).astype(np.float32)


def _thumbs(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    n, side = crops.shape[:2]
    block = side // _THUMB
    grey = crops[:, : block * _THUMB, : block * _THUMB, 1].astype(np.float32)
    small = grey.reshape(n, _THUMB, block, _THUMB, block).mean(axis=(2, 4)).reshape(n, -1)
    small -= small.mean(axis=1, keepdims=True)
    thumbs: NDArray[np.float32] = small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)
    return thumbs

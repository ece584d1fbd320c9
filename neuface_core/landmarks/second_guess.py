"""What a detector says of one face in one frame when it looks again, without what it knows from the frames before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.landmarks.mesh_reader import MeshReader
from neuface_core.landmarks.region import Region, region_of_box, region_of_mesh
from neuface_core.landmarks.yunet import YuNet

_LOOKS = 5  # the face detector's square is rough: the mesh settles in its own
_NEWS = 0.015  # of the face: a mean distance under which a second look says the same


@dataclass(frozen=True)
class SecondGuess:
    """Points (68, 2) float32 in pixels of the frame, and who says so, in words."""

    points: NDArray[np.float32]
    words: str


class Guesser:
    """Looks again; its networks are read at the first question.

    Parameters
    ----------
    device
        Where the mesh runs.

    Raises
    ------
    ModelError
        From `guess`, when the model files are not installed.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self._device = device
        self._readers: dict[Version, MeshReader] = {}
        self._yunet: YuNet | None = None

    def guess(self, frame: NDArray[np.uint8], points: NDArray[np.float32], detector: str) -> SecondGuess | None:
        """Another answer for the face at `points`; None where no face is seen there.

        First a crop of its own for the detector that was used; where that says the same again, its other variant.

        Parameters
        ----------
        frame : (H, W, 3) uint8
            RGB.
        points : (68, 2)
            Where the landmarks are now, pixels of the frame.
        detector
            Who found them, for example "open-v2".
        """
        region = self._region(frame, points)
        used: Version = "v1" if detector == "open-v1" else "v2"
        other: Version = "v2" if used == "v1" else "v1"
        extent = points.max(axis=0) - points.min(axis=0)
        size = float(np.sqrt(max(float(extent[0] * extent[1]), 1.0)))
        for version, words in ((used, "a fresh crop"), (other, f"mesh version {other[1]}")):
            found = self._read(frame, region, version)
            if found is not None and np.linalg.norm(found - points, axis=1).mean() > _NEWS * size:
                return SecondGuess(found, words)
        return SecondGuess(found, f"mesh version {other[1]}, nearly the same") if found is not None else None

    def _region(self, frame: NDArray[np.uint8], points: NDArray[np.float32]) -> Region:
        if self._yunet is None:
            self._yunet = YuNet(threshold=0.3)
        middle, extent = points.mean(axis=0), np.ptp(points, axis=0).max()
        faces = self._yunet(frame)
        if len(faces):
            centres = 0.5 * (faces.boxes[:, :2] + faces.boxes[:, 2:])
            nearest = int(np.argmin(np.linalg.norm(centres - middle, axis=1)))
            if np.linalg.norm(centres[nearest] - middle) < 0.6 * extent:
                return region_of_box(faces.boxes[nearest], faces.points[nearest])
        return Region(float(middle[0]), float(middle[1]), float(1.6 * extent), 0.0)

    def _read(self, frame: NDArray[np.uint8], region: Region, version: Version) -> NDArray[np.float32] | None:
        if version not in self._readers:
            self._readers[version] = MeshReader(FaceMesh.load(version, self._device), self._device)
        reader = self._readers[version]
        for _ in range(_LOOKS):
            region = region_of_mesh(reader.read([frame], [region]).points[0])
        points, scores = reader.read_ibug([frame], [region])
        return points[0, :, :2].astype(np.float32) if scores[0] >= 0.1 else None

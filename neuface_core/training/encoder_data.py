"""What the encoder's head is trained with: features of the frozen trunk on synthetic faces, and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuface_core.encoders.open_encoder import face_features
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.training.synth.faces import FaceSynthesiser

_BATCH = 50


@dataclass(frozen=True)
class TrainingSet:
    """N pictures as the trunk sees them.

    Attributes
    ----------
    vector : (N, D) float16, place : (N, 3) float32
        Of `open_encoder.face_features`.
    truth : HeadParams of N rows
    landmarks : (N, 68, 2) float32
        Crop coordinates.
    """

    vector: Tensor
    place: Tensor
    truth: HeadParams
    landmarks: Tensor

    def __len__(self) -> int:
        return len(self.vector)

    def rows(self, index: Tensor | slice) -> TrainingSet:
        """Some of the pictures."""
        return TrainingSet(self.vector[index], self.place[index], self.truth[index], self.landmarks[index])

    @classmethod
    def cat(cls, parts: list[TrainingSet]) -> TrainingSet:
        """All pictures of `parts`."""
        return cls(
            torch.cat([p.vector for p in parts]),
            torch.cat([p.place for p in parts]),
            HeadParams.cat([p.truth for p in parts]),
            torch.cat([p.landmarks for p in parts]),
        )


def make_training_set(head: HeadModel, trunk: FaceMesh, seeds: range, *, mirrored: bool = True) -> Job[TrainingSet]:
    """Render the faces of `seeds`, run the trunk on them, and forget the pictures.

    Parameters
    ----------
    mirrored
        Every picture turned left to right as well, behind the others: the trunk is not symmetric, so this is news to
        the head of the network, and costs no rendering.
    """
    synthesiser = FaceSynthesiser(head, trunk.input_size)
    plain: list[TrainingSet] = []
    turned: list[TrainingSet] = []
    for start in range(seeds.start, seeds.stop, _BATCH):
        faces = synthesiser.faces(range(start, min(start + _BATCH, seeds.stop)))
        images = torch.from_numpy(faces.images.copy()).float() / 255.0
        landmarks = torch.from_numpy(faces.landmarks)
        plain.append(_see(trunk, images, faces.params, landmarks))
        if mirrored:
            other = landmarks[:, list(MIRROR)] * torch.tensor([-1.0, 1.0])
            turned.append(_see(trunk, images.flip(3), head.mirrored(faces.params), other))
        yield Progress("render", min(start + _BATCH, seeds.stop) - seeds.start, len(seeds))
    return TrainingSet.cat([*plain, *turned])


@torch.no_grad()
def _see(trunk: FaceMesh, images: Tensor, truth: HeadParams, landmarks: Tensor) -> TrainingSet:
    vector, place = face_features(trunk.features(images), trunk.input_size)
    return TrainingSet(vector.half(), place, truth, landmarks)

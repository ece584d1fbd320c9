"""What the encoder's head is trained with: readings of the frozen trunk on synthetic faces, and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuface_core.encoders.face_reading import FaceReading
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.training.synth.faces import FaceSynthesiser

PEOPLE = 2
"""Consecutive pictures that show one person: what makes a pair for the constancy of identity."""

_BATCH = 50


@dataclass(frozen=True)
class TrainingSet:
    """N pictures as the trunk sees them. Rows 2i and 2i + 1 show the same person.

    Attributes
    ----------
    reading : FaceReading of N faces
        The maps in half precision.
    truth : HeadParams of N rows
    views : (N, 4) float32
        The pinhole and the crop of each picture (`synth.faces.SyntheticFaces.views`); a mirrored picture has a
        mirrored crop.
    """

    reading: FaceReading
    truth: HeadParams
    views: Tensor

    def __len__(self) -> int:
        return len(self.views)

    def rows(self, index: Tensor | slice) -> TrainingSet:
        """Some of the pictures."""
        return TrainingSet(self.reading[index], self.truth[index], self.views[index])

    @classmethod
    def cat(cls, parts: list[TrainingSet]) -> TrainingSet:
        """All pictures of `parts`."""
        return cls(
            FaceReading.cat([p.reading for p in parts]),
            HeadParams.cat([p.truth for p in parts]),
            torch.cat([p.views for p in parts]),
        )


def see_faces(
    synthesiser: FaceSynthesiser, trunk: FaceMesh, seeds: range, *, people: int = PEOPLE, mirrored: bool = True
) -> TrainingSet:
    """Render the faces of `seeds`, run the trunk on them, and forget the pictures.

    Parameters
    ----------
    people
        Consecutive pictures that show one person.
    mirrored
        Every picture turned left to right as well, behind the others: the trunk is not symmetric, so this is news to
        the head of the network, and costs no rendering.
    """
    plain: list[TrainingSet] = []
    turned: list[TrainingSet] = []
    for start in range(seeds.start, seeds.stop, _BATCH):
        faces = synthesiser.faces(range(start, min(start + _BATCH, seeds.stop)), people=people)
        images = torch.from_numpy(faces.images.copy()).float() / 255.0
        views = torch.from_numpy(faces.views)
        plain.append(TrainingSet(_read(trunk, images), faces.params, views))
        if mirrored:
            other = views * torch.tensor([1.0, -1.0, 1.0, 1.0])
            turned.append(TrainingSet(_read(trunk, images.flip(3)), synthesiser.head.mirrored(faces.params), other))
    return TrainingSet.cat([*plain, *turned])


def make_training_set(head: HeadModel, trunk: FaceMesh, seeds: range, *, mirrored: bool = True) -> Job[TrainingSet]:
    """`see_faces` for many seeds, with progress; nothing is kept on disk."""
    synthesiser = FaceSynthesiser(head, trunk.input_size)
    parts: list[TrainingSet] = []
    for start in range(seeds.start, seeds.stop, _BATCH):
        part = range(start, min(start + _BATCH, seeds.stop))
        parts.append(see_faces(synthesiser, trunk, part, mirrored=mirrored))
        yield Progress("render", part.stop - seeds.start, len(seeds))
    return TrainingSet.cat(parts)


def pinhole_crop(points: Tensor, views: Tensor) -> Tensor:
    """Where the pinholes `views` (N, 4) see model points (N, P, 3): crop coordinates (N, P, 2), y down."""
    distance, shift, half = views[:, None, :1], views[:, None, 1:3], views[:, None, 3:]
    plane = points[..., :2] * points.new_tensor([1.0, -1.0]) * distance / (distance - points[..., 2:])
    return (plane - shift) / half


@torch.no_grad()
def _read(trunk: FaceMesh, images: Tensor) -> FaceReading:
    reading = FaceReading.of(trunk.features(images), trunk.input_size)
    return FaceReading(reading.maps.half(), reading.points, reading.score)

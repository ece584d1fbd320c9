"""What the encoder's head is trained with: readings of the frozen trunk on synthetic faces, and the truth."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuface_core.encoders.face_reading import FaceReading
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import IMAGE, FaceMesh
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
    late : (N, C, H, W) float16, or None
        What crosses the stage of the trunk behind which a copy of it is trained.
    """

    reading: FaceReading
    truth: HeadParams
    views: Tensor
    late: Tensor | None = None

    def __len__(self) -> int:
        return len(self.views)

    def rows(self, index: Tensor | slice) -> TrainingSet:
        """Some of the pictures."""
        late = None if self.late is None else self.late[index]
        return TrainingSet(self.reading[index], self.truth[index], self.views[index], late)

    @classmethod
    def cat(cls, parts: list[TrainingSet]) -> TrainingSet:
        """All pictures of `parts`."""
        return cls(
            FaceReading.cat([p.reading for p in parts]),
            HeadParams.cat([p.truth for p in parts]),
            torch.cat([p.views for p in parts]),
            None if parts[0].late is None else torch.cat([p.late for p in parts if p.late is not None]),
        )


def see_faces(
    synthesiser: FaceSynthesiser,
    trunk: FaceMesh,
    seeds: range,
    *,
    people: int = PEOPLE,
    mirrored: bool = True,
    balanced: bool = False,
    stage: str = "",
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
        part = range(start, min(start + _BATCH, seeds.stop))
        faces = synthesiser.faces(part, people=people, balanced=balanced)
        images = torch.from_numpy(faces.images.copy()).float() / 255.0
        views = torch.from_numpy(faces.views)
        reading, late = _read(trunk, images, stage)
        plain.append(TrainingSet(reading, faces.params, views, late))
        if mirrored:
            other = views * torch.tensor([1.0, -1.0, 1.0, 1.0])
            reading, late = _read(trunk, images.flip(3), stage)
            turned.append(TrainingSet(reading, synthesiser.head.mirrored(faces.params), other, late))
    return TrainingSet.cat([*plain, *turned])


def make_training_set(
    head: HeadModel, trunk: FaceMesh, seeds: range, *, mirrored: bool = True, stage: str = ""
) -> Job[TrainingSet]:
    """`see_faces` for many seeds, with progress; nothing is kept on disk."""
    synthesiser = FaceSynthesiser(head, trunk.input_size)
    parts: list[TrainingSet] = []
    for start in range(seeds.start, seeds.stop, _BATCH):
        part = range(start, min(start + _BATCH, seeds.stop))
        parts.append(see_faces(synthesiser, trunk, part, mirrored=mirrored, stage=stage))
        yield Progress("render", part.stop - seeds.start, len(seeds))
    return TrainingSet.cat(parts)


def pinhole_crop(points: Tensor, views: Tensor) -> Tensor:
    """Where the pinholes `views` (N, 4) see model points (N, P, 3): crop coordinates (N, P, 2), y down."""
    distance, shift, half = views[:, None, :1], views[:, None, 1:3], views[:, None, 3:]
    plane = points[..., :2] * points.new_tensor([1.0, -1.0]) * distance / (distance - points[..., 2:])
    return (plane - shift) / half


@torch.no_grad()
def _read(trunk: FaceMesh, images: Tensor, stage: str) -> tuple[FaceReading, Tensor | None]:
    activation = trunk.activation(images, stage or IMAGE)
    reading = FaceReading.of(trunk.features_from(activation, stage or IMAGE), trunk.input_size)
    kept = FaceReading(reading.maps.half(), reading.points, reading.score)
    return kept, activation.half().contiguous() if stage else None

"""What the encoder's head is trained with: readings of the frozen trunk on synthetic faces, and the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.face_reading import FaceReading
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import IMAGE, FaceMesh
from neuface_core.training.synth.damaged import damaged_copy
from neuface_core.training.synth.faces import FaceSynthesiser, SyntheticFaces
from neuface_core.training.synth.parameters import person_of

PEOPLE = 2
"""Consecutive pictures that show one person: what makes a pair for the constancy of identity."""

_BATCH = 50
_TRUNK_BATCH = 8  # a third less time a picture than 50: the activations stay in the processor's cache
_DAMAGE_STREAM = 8


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
    damaged: bool = False,
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
    damaged
        Of every picture a copy too that is small, blurred and badly compressed (`synth.damaged`), behind the others;
        every other person's copies are mirrored.
    """
    plain: list[TrainingSet] = []
    turned: list[TrainingSet] = []
    worse: list[TrainingSet] = []
    for start in range(seeds.start, seeds.stop, _BATCH):
        part = range(start, min(start + _BATCH, seeds.stop))
        faces = synthesiser.faces(part, people=people, balanced=balanced)
        images, views = _tensors(faces.images), torch.from_numpy(faces.views)
        plain.append(_seen(trunk, images, faces.params, views, stage))
        if mirrored:
            turned.append(_seen(trunk, images.flip(3), *_mirrored(synthesiser.head, faces.params, views), stage))
        if damaged:
            worse.append(_seen(trunk, *_damaged(synthesiser.head, faces, part, people), stage))
    return TrainingSet.cat([*plain, *turned, *worse])


def make_training_set(
    head: HeadModel, trunk: FaceMesh, seeds: range, *, mirrored: bool = True, damaged: bool = False, stage: str = ""
) -> Job[TrainingSet]:
    """`see_faces` for many seeds, with progress; nothing is kept on disk."""
    synthesiser = FaceSynthesiser(head, trunk.input_size)
    parts: list[TrainingSet] = []
    for start in range(seeds.start, seeds.stop, _BATCH):
        part = range(start, min(start + _BATCH, seeds.stop))
        parts.append(see_faces(synthesiser, trunk, part, mirrored=mirrored, damaged=damaged, stage=stage))
        yield Progress("render", part.stop - seeds.start, len(seeds))
    return TrainingSet.cat(parts)


def pinhole_crop(points: Tensor, views: Tensor) -> Tensor:
    """Where the pinholes `views` (N, 4) see model points (N, P, 3): crop coordinates (N, P, 2), y down."""
    distance, shift, half = views[:, None, :1], views[:, None, 1:3], views[:, None, 3:]
    plane = points[..., :2] * points.new_tensor([1.0, -1.0]) * distance / (distance - points[..., 2:])
    return (plane - shift) / half


@torch.no_grad()
def _seen(trunk: FaceMesh, images: Tensor, truth: HeadParams, views: Tensor, stage: str) -> TrainingSet:
    readings, kept = [], []
    for some in torch.split(images, _TRUNK_BATCH):
        activation = trunk.activation(some, stage or IMAGE)
        reading = FaceReading.of(trunk.features_from(activation, stage or IMAGE), trunk.input_size)
        readings.append(FaceReading(reading.maps.half(), reading.points, reading.score))
        kept.append(activation.half().contiguous())
    return TrainingSet(FaceReading.cat(readings), truth, views, torch.cat(kept) if stage else None)


def _tensors(images: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(images.copy()).float() / 255.0


def _mirrored(head: HeadModel, truth: HeadParams, views: Tensor) -> tuple[HeadParams, Tensor]:
    return head.mirrored(truth), views * torch.tensor([1.0, -1.0, 1.0, 1.0])


def _damaged(head: HeadModel, faces: SyntheticFaces, seeds: range, people: int) -> tuple[Tensor, HeadParams, Tensor]:
    """Pictures, truth and views of a damaged copy of each face; a person is mirrored in all pictures or in none."""
    copies, crops = [], []
    for image, seed in zip(faces.images.transpose(0, 2, 3, 1), seeds, strict=True):
        copy, crop = damaged_copy(np.random.default_rng([seed, _DAMAGE_STREAM]), np.ascontiguousarray(image))
        copies.append(copy)
        crops.append(crop)
    images, (shift_x, shift_y, half) = _tensors(np.stack(copies).transpose(0, 3, 1, 2)), torch.tensor(np.stack(crops)).T
    views = torch.from_numpy(faces.views.copy())
    views[:, 1:3] += views[:, 3:] * torch.stack([shift_x, shift_y], dim=1)
    views[:, 3] *= half
    scale, tx, ty = faces.params.camera.T
    camera = torch.stack([scale / half, tx - shift_x / scale, ty + shift_y / scale], dim=1)
    truth = replace(faces.params, camera=camera)
    flipped = torch.tensor([person_of(seed, people) % 2 == 1 for seed in seeds])
    other, other_views = _mirrored(head, truth, views)
    parts = [truth.to_arrays(), other.to_arrays()]
    mixed = {name: np.where(flipped[:, None], parts[1][name], parts[0][name]) for name in parts[0]}
    images = torch.where(flipped[:, None, None, None], images.flip(3), images)
    return images, HeadParams.from_arrays(mixed), torch.where(flipped[:, None], other_views, views)

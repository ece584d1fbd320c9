"""Training of the open encoder's own weights on readings of synthetic faces; the trunk stays as it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from neuface_core.encoders.canonical import Placement, placement_corrections
from neuface_core.encoders.face_reading import PARTS
from neuface_core.encoders.open_encoder import TRUSTED_NME_PERCENT, EncoderConfig, OpenEncoder, file_sha256
from neuface_core.encoders.regression_head import unrectify
from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.bundle import OPEN_HEAD
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.models import model_path
from neuface_core.resource_files import resource_path
from neuface_core.training.checkpoint import LossLog, load_checkpoint, save_checkpoint
from neuface_core.training.encoder_data import TrainingSet, pinhole_crop
from neuface_core.training.encoder_loss import EncoderLoss
from neuface_core.training.encoder_resource import TrainingPlan, parameter_hash

_ROWS = 500
_LOG_EVERY = 50


@dataclass(frozen=True)
class Prepared:
    """A training set as the head of the network reads it.

    Attributes
    ----------
    vector : (N, D) float16
    placement : Placement of N faces
    truth, views
        Of the `TrainingSet`.
    """

    vector: Tensor
    placement: Placement
    truth: HeadParams
    views: Tensor

    def __len__(self) -> int:
        return len(self.vector)

    def rows(self, index: Tensor | slice) -> Prepared:
        """Some of the faces."""
        place = self.placement
        return Prepared(
            self.vector[index],
            Placement(place.rotation[index], place.scale[index], place.shift[index]),
            self.truth[index],
            self.views[index],
        )


@dataclass(frozen=True)
class Records:
    """Where a training that can be stopped keeps its state.

    Attributes
    ----------
    folder
        Of checkpoint and log; must be there.
    key
        Of all that the training depends on.
    every
        Steps from one checkpoint to the next.
    """

    folder: Path
    key: str
    every: int = 250


def new_encoder(
    head: HeadModel, version: Version = "v2", width: int = 512, parts: tuple[str, ...] = PARTS
) -> OpenEncoder:
    """An untrained encoder for `head`."""
    if version == "v1":
        parts = tuple(part for part in parts if part != "blendshapes")
    config = EncoderConfig(
        encoder_id="open-encoder-2",
        head_id=head.head_id,
        trunk=version,
        trunk_sha256=file_sha256(model_path(f"face_mesh_{version}")),
        n_shape=head.n_shape,
        n_expression=head.n_expression,
        width=width,
        head_sha256=parameter_hash(resource_path(OPEN_HEAD)),
        parts=parts,
    )
    encoder = OpenEncoder(FaceMesh.load(version), config).eval()
    canonical = encoder.reader.canonical
    with torch.no_grad():  # until it is learnt, the mean head stands for the trunk's points
        canonical.template.copy_(head.dense_landmarks(head.neutral(1))[0, : len(canonical.template)])
    if head.data.shape_mirror is not None and head.data.expression_mirror is not None:
        encoder.mirror.shape_sign.copy_(torch.from_numpy(head.data.shape_mirror))
        encoder.mirror.expression_partner.copy_(torch.from_numpy(head.data.expression_mirror))
    return encoder


@torch.no_grad()
def prepare(encoder: OpenEncoder, data: TrainingSet) -> Prepared:
    """The vectors that the encoder's head will read, with the template as it is."""
    parts = [encoder.reader(data.reading[i : i + _ROWS]) for i in range(0, len(data), _ROWS)]
    places = [place for _, place in parts]
    placement = Placement(
        torch.cat([place.rotation for place in places]),
        torch.cat([place.scale for place in places]),
        torch.cat([place.shift for place in places]),
    )
    return Prepared(torch.cat([vector.half() for vector, _ in parts]), placement, data.truth, data.views)


@torch.no_grad()
def set_scales(encoder: OpenEncoder, data: TrainingSet) -> Prepared:
    """Fix the template, and what one unit of features and answers is, from the training set."""
    encoder.reader.canonical.learn(data.reading.points, data.truth)
    prepared = prepare(encoder, data)
    truth = data.truth
    orient, camera = placement_corrections(truth, prepared.placement)
    jaw, eyes = truth.jaw_pose, truth.eye_pose
    wanted = {
        "shape": truth.shape,
        "expression": unrectify(truth.expression),
        "global_orient": orient,
        "jaw_pose": torch.cat([unrectify(jaw[:, :1]), jaw[:, 1:]], dim=1),
        "eye_pose": torch.cat([eyes[:, :2], eyes[:, 3:5]], dim=1),
        "camera": camera,
    }
    encoder.head.set_scales(prepared.vector.float(), wanted)
    return prepared


def train(
    encoder: OpenEncoder, loss: EncoderLoss, data: Prepared, plan: TrainingPlan, records: Records | None = None
) -> Job[list[float]]:
    """Train the head of the network in place; returns the loss of every step that was made.

    Parameters
    ----------
    records
        Where to keep the state every few hundred steps and to find it again; None keeps nothing.
    """
    torch.manual_seed(plan.seed)
    weights = list(encoder.trainable_parameters("head"))
    optimiser = torch.optim.AdamW(weights, lr=plan.learning_rate, weight_decay=plan.weight_decay)
    first = 0
    if records is not None:
        first = load_checkpoint(records.folder / "training.safetensors", records.key, encoder.head, optimiser)
    log = None if records is None else LossLog(records.folder / "loss.jsonl", first)
    noise = _noise(encoder, plan)
    history: list[float] = []
    for step in range(first, plan.steps):
        rise = min(1.0, (step + 1) / 100)
        fall = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
        for group in optimiser.param_groups:
            group["lr"] = plan.learning_rate * rise * fall
        batch = data.rows(_pairs(len(data), plan.batch))
        vector = batch.vector.float()
        vector = vector + noise * torch.randn_like(vector)
        total, terms = loss(encoder.head(vector, batch.placement), batch.truth, batch.views)
        optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        history.append(float(total.detach()))
        if log is not None and (step + 1) % _LOG_EVERY == 0:
            log.note(step, {"loss": history[-1], **terms})
        if records is not None and (step + 1) % records.every == 0:
            save_checkpoint(records.folder / "training.safetensors", records.key, step + 1, encoder.head, optimiser)
        yield Progress("train", step + 1, plan.steps, metrics={"loss": history[-1], **terms})
    return history


def train_trust(encoder: OpenEncoder, loss: EncoderLoss, data: Prepared, steps: int = 400) -> Job[None]:
    """Teach the encoder, as it is, how probable a good answer is.

    Parameters
    ----------
    data
        Faces that it was not trained on, or it would trust itself too much.
    """
    good = answer_errors(encoder, loss, data) < TRUSTED_NME_PERCENT
    optimiser = torch.optim.AdamW(encoder.head.trust.parameters(), lr=3e-3, weight_decay=0.01)
    torch.manual_seed(0)
    with torch.no_grad():
        encoder.head.trust.weight.zero_()
        encoder.head.trust.bias.fill_(float(torch.logit(good.float().mean().clamp(0.01, 0.99))))
    for step in range(steps):
        pick = torch.randint(len(data), (min(256, len(data)),))
        logit = encoder.head.trust_logit(data.vector[pick].float())
        error = functional.binary_cross_entropy_with_logits(logit, good[pick].float())
        optimiser.zero_grad(set_to_none=True)
        error.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        yield Progress("trust", step + 1, steps, metrics={"loss": float(error.detach())})


@torch.no_grad()
def answers(encoder: OpenEncoder, data: Prepared) -> HeadParams:
    """The encoder's answers to all faces."""
    parts = [data.rows(slice(i, i + _ROWS)) for i in range(0, len(data), _ROWS)]
    return HeadParams.cat([encoder.head(part.vector.float(), part.placement) for part in parts])


@torch.no_grad()
def answer_errors(encoder: OpenEncoder, loss: EncoderLoss, data: Prepared) -> Tensor:
    """Landmark error (N,) of the answers, percent of the root of the box's area."""
    return _nme(answers(encoder, data), loss, data)


@torch.no_grad()
def score(encoder: OpenEncoder, loss: EncoderLoss, data: Prepared) -> dict[str, float]:
    """How well the encoder answers on pictures that it was not trained on; `neuface evaluate encoder` says far more."""
    head, answer, truth = loss.head, answers(encoder, data), data.truth
    turn = matrix_from_rotvec(answer.global_orient).mT @ matrix_from_rotvec(truth.global_orient)
    angle = ((turn.diagonal(dim1=1, dim2=2).sum(dim=1) - 1) / 2).clamp(-1, 1).acos().rad2deg()
    nme = _nme(answer, loss, data)
    neutral = head.neutral(len(data))
    return {
        "nme_bbox_percent": float(nme.mean()),
        "nme_bbox_percent_p95": float(nme.quantile(0.95)),
        "rotation_deg": float(angle.mean()),
        "rotation_deg_median": float(angle.median()),
        "shape_mm": _face_distance(head, answer, truth, "shape"),
        "shape_mm_of_mean_head": _face_distance(head, neutral, truth, "shape"),
        "expression_mm": _face_distance(head, answer, truth, "expression"),
        "expression_mm_of_neutral": _face_distance(head, neutral, truth, "expression"),
        "gaze_deg": float((answer.eye_pose - truth.eye_pose)[:, :3].norm(dim=1).rad2deg().mean()),
    }


def _nme(answer: HeadParams, loss: EncoderLoss, data: Prepared) -> Tensor:
    seen = pinhole_crop(loss.landmarks(data.truth), data.views)
    found = loss.head.project(loss.landmarks(answer), answer.camera)
    box = seen.amax(dim=1) - seen.amin(dim=1)
    error: Tensor = (found - seen).norm(dim=2).mean(dim=1) / box.prod(dim=1).sqrt() * 100
    return error


@torch.no_grad()
def _face_distance(head: HeadModel, a: HeadParams, b: HeadParams, name: str, rows: int = 256) -> float:
    """Mean distance in mm of the face's vertices that identity alone, or expression with the jaw, makes."""
    face = torch.from_numpy(head.vertex_masks["face"])
    kept = ("shape",) if name == "shape" else ("expression", "jaw_pose")
    neutral = head.neutral(min(rows, len(a)))
    one, other = (replace(neutral, **{key: getattr(p, key)[:rows] for key in kept}) for p in (a, b))
    apart = head.vertices_local(one)[:, face] - head.vertices_local(other)[:, face]
    return float(apart.norm(dim=2).mean() * 1000)


def _pairs(count: int, batch: int) -> Tensor:
    """Rows (batch,) of random pairs: 2i and 2i + 1 stand side by side."""
    first = 2 * torch.randint(count // 2, (min(batch, count) // 2,))
    return torch.stack([first, first + 1], dim=1).flatten()


def _noise(encoder: OpenEncoder, plan: TrainingPlan) -> Tensor:
    """(D,): standard deviation of the noise on every feature; the maps get more, as they carry over less well."""
    noise = torch.full_like(encoder.head.feature_scale, plan.feature_noise)
    noise[: encoder.reader.n_maps] = plan.map_noise
    return noise / encoder.head.feature_scale

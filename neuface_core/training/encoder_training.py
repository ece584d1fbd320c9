"""Training of the open encoder's own weights on readings of synthetic faces; the trunk stays as it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
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

FAR_YAW_DEG = 55.0
_ROWS = 500
_SAMPLE = 2000
_LOG_EVERY = 50


@dataclass(frozen=True)
class Prepared:
    """A training set as the head of the network reads it.

    Attributes
    ----------
    vector : (N, D) float16
    placement : Placement of N faces
    truth, views, late
        Of the `TrainingSet`.
    """

    vector: Tensor
    placement: Placement
    truth: HeadParams
    views: Tensor
    late: Tensor | None = None

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
            None if self.late is None else self.late[index],
        )

    def seen_by(self, encoder: OpenEncoder, late_noise: Tensor | None = None) -> Tensor:
        """The vectors (N, D) with the maps as the encoder's trained copy of the trunk makes them, where it has one."""
        vector = self.vector.float()
        if encoder.late is None or self.late is None:
            return vector
        late = self.late.float()
        if late_noise is not None:
            late = late + late_noise * torch.randn_like(late)
        return torch.cat([encoder.late(late), vector[:, encoder.reader.n_maps :]], dim=1)


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
    head: HeadModel, version: Version = "v2", width: int = 512, parts: tuple[str, ...] = PARTS, tuned: str = ""
) -> OpenEncoder:
    """An untrained encoder for `head`; `tuned` is the stage of the trunk behind which a copy of it will be trained."""
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
        tuned=tuned,
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
    vector = torch.cat([vector.half() for vector, _ in parts])
    return Prepared(vector, placement, data.truth, data.views, data.late)


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
    groups = [{"params": list(encoder.trainable_parameters("head")), "rate": plan.learning_rate}]
    if encoder.late is not None:  # its weights mean something already: they are only moved, and not drawn to zero
        groups.append({"params": list(encoder.late.parameters()), "rate": plan.late_rate, "weight_decay": 0.0})
    optimiser = torch.optim.AdamW(groups, lr=plan.learning_rate, weight_decay=plan.weight_decay)
    trained = nn.ModuleList([encoder.head] if encoder.late is None else [encoder.head, encoder.late])
    first = 0
    if records is not None:
        first = load_checkpoint(records.folder / "training.safetensors", records.key, trained, optimiser)
    log = None if records is None else LossLog(records.folder / "loss.jsonl", first)
    noise, late_noise = _noise(encoder, plan), _late_noise(data, plan)
    share = _pair_weights(data.truth, plan)
    history: list[float] = []
    for step in range(first, plan.steps):
        rise = min(1.0, (step + 1) / 100)
        fall = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
        for group in optimiser.param_groups:
            group["lr"] = group["rate"] * rise * fall
        batch = data.rows(_pairs(share, plan.batch))
        vector = batch.seen_by(encoder, late_noise)
        vector = vector + noise * torch.randn_like(vector)
        total, terms = loss(encoder.head(vector, batch.placement), batch.truth, batch.views)
        optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        history.append(float(total.detach()))
        if log is not None and (step + 1) % _LOG_EVERY == 0:
            log.note(step, {"loss": history[-1], **terms})
        if records is not None and (step + 1) % records.every == 0:
            save_checkpoint(records.folder / "training.safetensors", records.key, step + 1, trained, optimiser)
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
        with torch.no_grad():
            vector = data.rows(pick).seen_by(encoder)
        logit = encoder.head.trust_logit(vector)
        error = functional.binary_cross_entropy_with_logits(logit, good[pick].float())
        optimiser.zero_grad(set_to_none=True)
        error.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        yield Progress("trust", step + 1, steps, metrics={"loss": float(error.detach())})


@torch.no_grad()
def answers(encoder: OpenEncoder, data: Prepared) -> HeadParams:
    """The encoder's answers to all faces."""
    parts = [data.rows(slice(i, i + _ROWS)) for i in range(0, len(data), _ROWS)]
    return HeadParams.cat([encoder.head(part.seen_by(encoder), part.placement) for part in parts])


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


def _pair_weights(truth: HeadParams, plan: TrainingPlan) -> Tensor:
    """(N / 2,): how often each pair is drawn; renders are mostly frontal, as faces are, and the sides are hard."""
    nose = matrix_from_rotvec(truth.global_orient)[:, :, 2]
    yaw = torch.atan2(nose[:, 0], nose[:, 2]).abs().rad2deg()
    far = yaw[: len(yaw) // 2 * 2].reshape(-1, 2).amax(dim=1) > FAR_YAW_DEG
    return torch.where(far, plan.far_weight, 1.0)


def _pairs(share: Tensor, batch: int) -> Tensor:
    """Rows (batch,) of random pairs: 2i and 2i + 1 stand side by side."""
    first = 2 * torch.multinomial(share, min(batch // 2, len(share)), replacement=True)
    return torch.stack([first, first + 1], dim=1).flatten()


def _noise(encoder: OpenEncoder, plan: TrainingPlan) -> Tensor:
    """(D,): standard deviation of the noise on every feature; the maps get more, as they carry over less well."""
    noise = torch.full_like(encoder.head.feature_scale, plan.feature_noise)
    noise[: encoder.reader.n_maps] = plan.map_noise
    return noise / encoder.head.feature_scale


def _late_noise(data: Prepared, plan: TrainingPlan) -> Tensor | None:
    """(1, C, 1, 1): standard deviation of the noise on the activations that a trained copy of the trunk reads."""
    if data.late is None:
        return None
    return plan.late_noise * data.late[:_SAMPLE].float().std(dim=(0, 2, 3))[None, :, None, None]

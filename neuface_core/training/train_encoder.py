"""Train the head of the open encoder: ``python -m neuface_core.training.train_encoder --out resources/open_encoder``.

Everything it learns from is rendered here from seeds. Three numbers are then set on the sample clip that the program
installs (`calibrate_encoder`). The same arguments on the same machine give the same weights.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
from torch import Tensor

from neuface_core import jobs
from neuface_core.encoders.open_encoder import (
    EncoderConfig,
    OpenEncoder,
    file_sha256,
    place_correction,
    unrectify,
)
from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.models import model_path
from neuface_core.resource_files import resource_path
from neuface_core.training.calibrate_encoder import calibrate
from neuface_core.training.encoder_data import TrainingSet, make_training_set
from neuface_core.training.encoder_loss import EncoderLoss
from neuface_core.training.encoder_resource import TrainingPlan, parameter_hash, write_resource

VALIDATION_SEED = 10_000_000
"""Seeds from here on are never trained on."""


def new_encoder(head: HeadModel, version: Version = "v1", width: int = 512) -> OpenEncoder:
    """An untrained encoder for `head`."""
    trunk = FaceMesh.load(version)
    config = EncoderConfig(
        encoder_id="open-encoder-1",
        head_id=head.head_id,
        trunk=version,
        trunk_sha256=file_sha256(model_path(f"face_mesh_{version}")),
        n_shape=head.n_shape,
        n_expression=head.n_expression,
        width=width,
        head_sha256=parameter_hash(resource_path(OPEN_HEAD)),
    )
    return OpenEncoder(trunk, config).eval()


def set_scales(encoder: OpenEncoder, data: TrainingSet) -> None:
    """Fix what one unit of features and answers is, from the training set."""
    part = encoder.head
    vector = data.vector.float()
    part.feature_mean.copy_(vector.mean(dim=0))
    part.feature_scale.copy_(1.0 / vector.std(dim=0).clamp(min=1e-3))
    truth = data.truth
    jaw, eyes = truth.jaw_pose, truth.eye_pose
    answers = [
        truth.shape,
        unrectify(truth.expression),
        truth.global_orient,
        torch.cat([unrectify(jaw[:, :1]), jaw[:, 1:]], dim=1),
        torch.cat([eyes[:, :2], eyes[:, 3:5]], dim=1),
        place_correction(truth.camera, data.place),
    ]
    wanted = torch.cat(answers, dim=1)
    part.answer_mean.copy_(wanted.mean(dim=0))
    part.answer_scale.copy_(wanted.std(dim=0).clamp(min=1e-3))
    with torch.no_grad():
        part.last.weight.mul_(0.1)
        part.last.bias.zero_()


def train(encoder: OpenEncoder, loss: EncoderLoss, data: TrainingSet, plan: TrainingPlan) -> Job[list[float]]:
    """Train the head of the network in place; returns the loss of every step."""
    torch.manual_seed(plan.seed)
    weights = list(encoder.trainable_parameters("head"))
    optimiser = torch.optim.AdamW(weights, lr=plan.learning_rate, weight_decay=plan.weight_decay)
    noise = plan.feature_noise / encoder.head.feature_scale
    history: list[float] = []
    for step in range(plan.steps):
        rise = min(1.0, (step + 1) / 100)
        fall = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
        for group in optimiser.param_groups:
            group["lr"] = plan.learning_rate * rise * fall
        batch = data.rows(torch.randint(len(data), (min(plan.batch, len(data)),)))
        vector = batch.vector.float()
        vector = vector + noise * torch.randn_like(vector)
        total, terms = loss(encoder.head(vector, batch.place), batch.truth, batch.landmarks)
        optimiser.zero_grad(set_to_none=True)
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        history.append(float(total.detach()))
        yield Progress("train", step + 1, plan.steps, metrics={"loss": history[-1], **terms})
    return history


@torch.no_grad()
def score(encoder: OpenEncoder, head: HeadModel, data: TrainingSet) -> dict[str, float]:
    """How well the encoder answers on pictures that it was not trained on."""
    parts = [encoder.head(data.vector[i : i + 256].float(), data.place[i : i + 256]) for i in range(0, len(data), 256)]
    answer, truth = HeadParams.cat(parts), data.truth
    found = head.project(head.landmarks(answer, "static"), answer.camera)
    box = data.landmarks.amax(dim=1) - data.landmarks.amin(dim=1)
    nme = (found - data.landmarks).norm(dim=2).mean(dim=1) / box.prod(dim=1).sqrt() * 100
    turn = matrix_from_rotvec(answer.global_orient).mT @ matrix_from_rotvec(truth.global_orient)
    angle = ((turn.diagonal(dim1=1, dim2=2).sum(dim=1) - 1) / 2).clamp(-1, 1).acos().rad2deg()
    return {
        "nme_bbox_percent": float(nme.mean()),
        "nme_bbox_percent_p95": float(nme.quantile(0.95)),
        "rotation_deg": float(angle.mean()),
        "rotation_deg_p95": float(angle.quantile(0.95)),
        "shape_mm": _face_distance(head, answer, truth, "shape"),
        "shape_mm_of_mean_head": _face_distance(head, head.neutral(len(data)), truth, "shape"),
        "expression_mm": _face_distance(head, answer, truth, "expression"),
        "expression_mm_of_neutral": _face_distance(head, head.neutral(len(data)), truth, "expression"),
        "jaw_deg": float((answer.jaw_pose - truth.jaw_pose).norm(dim=1).rad2deg().mean()),
        "gaze_deg": float((answer.eye_pose - truth.eye_pose)[:, :3].norm(dim=1).rad2deg().mean()),
    }


def _face_distance(head: HeadModel, a: HeadParams, b: HeadParams, name: str) -> float:
    """Mean distance in mm of the face's vertices that the difference of one parameter makes."""
    basis = head.data.shape if name == "shape" else head.data.expression
    face = torch.from_numpy(basis[head.vertex_masks["face"]])
    difference: Tensor = getattr(a, name) - getattr(b, name)
    return float((torch.einsum("vck,nk->nvc", face, difference[:256]).norm(dim=2).mean() * 1000).item())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("resources/open_encoder"))
    parser.add_argument("--images", type=int, default=20_000, help="faces to render; each is also seen mirrored")
    parser.add_argument("--steps", type=int, default=TrainingPlan.steps)
    parser.add_argument("--batch", type=int, default=TrainingPlan.batch)
    parser.add_argument("--noise", type=float, default=TrainingPlan.feature_noise, help="of standardised features")
    parser.add_argument("--validation", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.use_deterministic_algorithms(True)
    started = time.monotonic()
    head = load_head()
    torch.manual_seed(arguments.seed)
    encoder = new_encoder(head)
    data = jobs.run(make_training_set(head, encoder.trunk, range(arguments.images)), on_progress=_say)
    unseen = range(VALIDATION_SEED, VALIDATION_SEED + arguments.validation)
    validation = jobs.run(make_training_set(head, encoder.trunk, unseen, mirrored=False), on_progress=_say)
    set_scales(encoder, data)
    plan = TrainingPlan(arguments.steps, arguments.batch, feature_noise=arguments.noise, seed=arguments.seed)
    jobs.run(train(encoder, EncoderLoss(head), data, plan), on_progress=_say)
    scores = score(encoder, head, validation)  # before the calibration, which leaves the world of the renders
    scores["calibrated_nod_deg"] = math.degrees(calibrate(encoder, head, model_path("clip_single_face"))[0])
    write_resource(arguments.out, encoder, scores, plan, arguments.images, arguments.validation)
    print(json.dumps(scores, indent=2))
    print(f"done in {(time.monotonic() - started) / 60:.1f} min")


def _say(progress: Progress) -> None:
    every = 500 if progress.stage == "train" else 1000
    if progress.done % every == 0 or progress.done == progress.total:
        numbers = " ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
        print(f"{progress.stage} {progress.done}/{progress.total} {numbers}", flush=True)


if __name__ == "__main__":
    main()

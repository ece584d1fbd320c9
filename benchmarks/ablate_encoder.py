"""What the parts of the open encoder are worth: the same small training with one thing changed at a time.

    python benchmarks/ablate_encoder.py --work DIR --clips CLIP... [--images 3000 --steps 800]

Prints a table in Markdown (docs/encoder_ablation.md holds one). Rendered faces are kept in the work folder. Every
variant sees the same faces and the same number of steps; columns of clips are landmark errors of the encoder alone, in
percent of the box, against the open detector. Every figure is of one look, without the mean with the mirror image.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from neuface_core import jobs
from neuface_core.encoders.crops import crop_track, cut_crops
from neuface_core.encoders.face_reading import PARTS, FaceReading
from neuface_core.encoders.open_encoder import OpenEncoder
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks import detector
from neuface_core.landmarks.face_mesh import Version
from neuface_core.training import encoder_loss
from neuface_core.training.encoder_data import TrainingSet
from neuface_core.training.encoder_loss import EncoderLoss
from neuface_core.training.encoder_resource import TrainingPlan
from neuface_core.training.encoder_training import new_encoder, prepare, score, set_scales, train
from neuface_core.training.train_encoder import VALIDATION_SEED, TrainingOrder, landmarks_of, rendered
from neuface_core.video import open_source


@dataclass(frozen=True)
class Variant:
    """One change.

    Attributes
    ----------
    weights
        Terms of the loss that get another weight.
    """

    name: str
    version: Version = "v2"
    parts: tuple[str, ...] = PARTS
    width: int = 512
    noise: float = TrainingPlan.feature_noise
    map_noise: float = TrainingPlan.map_noise
    weights: tuple[tuple[str, float], ...] = ()


_SURFACE = ("landmarks_2d", "points_2d", "points_3d", "shape", "expression", "apertures", "constancy")
VARIANTS = (
    Variant("as shipped"),
    Variant("trunk: face mesh V1 (no blendshapes)", version="v1"),
    Variant("without blendshape outputs", parts=("maps", "points")),
    Variant("without late maps", parts=("points", "blendshapes")),
    Variant("late maps only", parts=("maps",)),
    Variant("no pairs: identity may change", weights=(("constancy", 0.0),)),
    Variant(
        "loss on parameters, not on the surface",
        weights=(*((name, 0.0) for name in _SURFACE), ("shape_parameters", 0.1), ("camera", 0.5), ("strengths", 0.5)),
    ),
    Variant("much noise on features", noise=0.4, map_noise=1.5),
    Variant("half the width", width=256),
)


@dataclass(frozen=True)
class Clip:
    """A real clip as one version of the trunk reads it."""

    reading: FaceReading
    landmarks: Tensor
    frames: np.ndarray


class AblationLoss(EncoderLoss):
    """The loss of the training, with terms on bare parameters that only an ablation wants."""

    def __call__(self, answer: HeadParams, truth: HeadParams, views: Tensor) -> tuple[Tensor, dict[str, float]]:
        """As `EncoderLoss`."""
        total, terms = super().__call__(answer, truth, views)
        bare = {
            "shape_parameters": (answer.shape - truth.shape).abs().mean(),
            "camera": (answer.camera / truth.camera[:, :1] - truth.camera / truth.camera[:, :1]).abs().mean(),
        }
        for name, term in bare.items():
            total = total + encoder_loss.WEIGHTS.get(name, 0.0) * term
        return total, terms


def read_clip(path: Path, encoder: OpenEncoder) -> Clip:
    """Detect, crop and read one clip."""
    with open_source(path) as source:
        track = jobs.run(detector("open").detect(source))[0]
        crops = crop_track(track, encoder.crop_rule)
        images = jobs.run(cut_crops(source, crops, encoder.input_size, path.name))
    frames = np.flatnonzero(track.detected)
    parts = []
    with torch.no_grad():
        for start in range(0, len(frames), 64):
            batch = torch.from_numpy(images[frames[start : start + 64]]).float() / 255.0
            parts.append(FaceReading.of(encoder.trunk.features(batch), encoder.input_size))
    return Clip(FaceReading.cat(parts), torch.from_numpy(crops.to_crop(track.points)[frames]), frames)


@torch.no_grad()
def clip_figures(encoder: OpenEncoder, head: HeadModel, clip: Clip, contour: str) -> tuple[float, float]:
    """Landmark error in percent, and the spread of the identity over the clip in mm."""
    answer = encoder.head(*encoder.reader(clip.reading))
    found = head.project(head.landmarks(answer, contour), answer.camera)
    neutral = replace(head.neutral(len(answer)), shape=answer.shape)
    face = head.vertices_local(neutral)[:, torch.from_numpy(head.vertex_masks["face"])]
    spread = (face - face.mean(dim=0)).norm(dim=2).mean() * 1000
    return float(frame_nme(found.numpy(), clip.landmarks.numpy()).mean()), float(spread)


def run_variant(
    variant: Variant, head: HeadModel, faces: Callable[[Version], tuple[TrainingSet, TrainingSet]], steps: int
) -> tuple[OpenEncoder, dict[str, float]]:
    """Train one variant; its figures on unseen renders."""
    torch.manual_seed(0)
    encoder = new_encoder(head, variant.version, variant.width, variant.parts)
    data, unseen = faces(variant.version)
    usual = dict(encoder_loss.WEIGHTS)
    encoder_loss.WEIGHTS.update(variant.weights)
    try:
        loss = AblationLoss(head, landmarks_of(head, variant.version))
        plan = TrainingPlan(steps, feature_noise=variant.noise, map_noise=variant.map_noise)
        jobs.run(train(encoder, loss, set_scales(encoder, data), plan))
        return encoder, score(encoder, loss, prepare(encoder, unseen))
    finally:
        encoder_loss.WEIGHTS.clear()
        encoder_loss.WEIGHTS.update(usual)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--clips", type=Path, nargs="*", default=[])
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first face")
    parser.add_argument("--validation", type=int, default=500)
    parser.add_argument("--steps", type=int, default=800)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    head = load_head()
    sets: dict[str, tuple[TrainingSet, TrainingSet]] = {}
    clips: dict[str, list[Clip]] = {}

    def faces(version: Version) -> tuple[TrainingSet, TrainingSet]:
        if version not in sets:
            order = TrainingOrder(images=arguments.images, version=version)
            seeds = range(arguments.first, arguments.first + arguments.images)
            unseen = range(VALIDATION_SEED, VALIDATION_SEED + arguments.validation)
            sets[version] = (
                jobs.run(rendered(head, order, arguments.work, seeds, taught=True)),
                jobs.run(rendered(head, order, arguments.work, unseen, taught=False)),
            )
        return sets[version]

    names = [path.stem.split("_")[-1] for path in arguments.clips]
    head_line = ["variant", "rotation °", "shape mm", "expression mm", "NME %", *names, "mean", "β spread mm"]
    print("| " + " | ".join(head_line) + " |\n|" + "---|" * len(head_line), flush=True)
    for variant in VARIANTS:
        encoder, figures = run_variant(variant, head, faces, arguments.steps)
        contour = landmarks_of(head, "v2")  # the detector that is measured against, whatever the trunk
        if variant.version not in clips:
            clips[variant.version] = [read_clip(path, encoder) for path in arguments.clips]
        seen = [clip_figures(encoder, head, clip, contour) for clip in clips[variant.version]]
        row = [
            variant.name,
            f"{figures['rotation_deg_median']:.2f}",
            f"{figures['shape_mm']:.2f}",
            f"{figures['expression_mm']:.2f}",
            f"{figures['nme_bbox_percent']:.2f}",
            *(f"{nme:.2f}" for nme, _ in seen),
            f"{np.mean([nme for nme, _ in seen]):.2f}" if seen else "",
            f"{np.mean([spread for _, spread in seen]):.2f}" if seen else "",
        ]
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()

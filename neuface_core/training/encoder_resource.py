"""The folder of a trained encoder: weights, how good they are, where they come from, and the licence."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from neuface_core.encoders.open_encoder import FILE_NAME, OpenEncoder, file_sha256, save_encoder
from neuface_core.heads.bundle_file import content_hash, read_bundle

_MEANING = ("mean", "shape_mm", "expression_mm", "joints", "joints_shape", "skin_weights")


def parameter_hash(bundle: Path) -> str:
    """SHA-256 of what gives the parameters of a head bundle their meaning; landmarks and regions leave it as it is."""
    _, arrays = read_bundle(bundle)
    return content_hash({name: arrays[name] for name in _MEANING})


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast to train."""

    steps: int = 9000
    batch: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    feature_noise: float = 0.1
    map_noise: float = 0.4
    late_rate: float = 2e-4
    late_noise: float = 0.1
    far_weight: float = 3.0
    seed: int = 0


_PROVENANCE = """# The open encoder `{encoder_id}`

`{file}` holds the weights of the regression head: features of a face to parameters of the
head model `{head_id}` (content `{head}`). Its SHA-256:
`{sha256}`

| what | where from |
|---|---|
| images | {images} faces of `neuface_core/training/synth`, seeds 0 to {last}, \
and {balanced} turned by every yaw alike, seeds 5,000,000 on; each also mirrored, \
and as a copy that is small, blurred and badly compressed; no photograph |
| truth | the parameters that were rendered |
| features | MediaPipe's face mesh {trunk} (SHA-256 `{trunk_sha256}`) and blendshape network, frozen, not in here |
| training | {steps} steps of AdamW, batches of {batch}, learning rate {rate}, cosine; pairs \
beyond 55° of yaw are drawn {far} times as often |
| noise | {noise} standard deviations on points, {map_noise} on maps |
| confidence | a logistic read-out, taught on {validation} further faces |

Made by

    neuface train encoder --images {images} --balanced {balanced} --steps {steps} --out resources/open_encoder

Figures on {validation} unseen rendered faces are in `metrics.json`; `docs/model_card.md` has what
`neuface evaluate encoder` says of them and of real clips.
"""

_LICENCE = """The weights in this folder were made by the NeuFace Studio project from its own rendered pictures.
They are dedicated to the public domain under CC0 1.0 Universal:
https://creativecommons.org/publicdomain/zero/1.0/

They work on features of MediaPipe's face mesh network, which is installed separately under Apache-2.0.
"""


def write_resource(
    folder: Path,
    encoder: OpenEncoder,
    scores: dict[str, float],
    plan: TrainingPlan,
    images: int,
    validation: int,
    balanced: int = 0,
) -> None:
    """Write the four files.

    Parameters
    ----------
    folder
        Made when it is not there; files of the same names are replaced.
    scores
        Of `train_encoder.score`.
    images, validation, balanced
        How many faces were rendered for training, for the scores, and for training turned by every yaw alike.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_encoder(encoder, folder / FILE_NAME)
    sha256 = file_sha256(folder / FILE_NAME)
    report = {
        "encoder_id": encoder.encoder_id,
        "head_id": encoder.head_id,
        "sha256": sha256,
        "images": images,
        "balanced": balanced,
        "plan": asdict(plan),
        "validation_images": validation,
        "synthetic_validation": {name: round(value, 3) for name, value in scores.items()},
    }
    (folder / "metrics.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    provenance = _PROVENANCE.format(
        encoder_id=encoder.encoder_id,
        file=FILE_NAME,
        sha256=sha256,
        head_id=encoder.head_id,
        head=encoder.config.head_sha256[:16],
        images=images,
        balanced=balanced,
        last=images - 1,
        trunk=encoder.config.trunk,
        trunk_sha256=encoder.config.trunk_sha256[:16],
        steps=plan.steps,
        batch=plan.batch,
        rate=plan.learning_rate,
        far=plan.far_weight,
        noise=plan.feature_noise,
        map_noise=plan.map_noise,
        validation=validation,
    )
    (folder / "PROVENANCE.md").write_text(provenance, encoding="utf-8")
    (folder / "LICENCE").write_text(_LICENCE, encoding="utf-8")

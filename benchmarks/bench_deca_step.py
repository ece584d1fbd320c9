"""deca_step_over_bare: one NeuFace step of all of DECA over forward, backward and Adam of a bare ResNet-50.

The bare network is DECA's: a ResNet-50 with its two layers, and the mean square of its outputs for a loss; no head
model, no landmarks, no targets. Both train every weight on the same 8 pictures, by turns, so that other work on the
machine slows both alike; the figure is the ratio of the medians of CPU time. Weights and FLAME are made up (those of
the tests), which changes no time. `deca_step_over_bare_released` is the published schedule's step, and
`deca_step_over_bare_default` that with our own terms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from by_turns import middle_cpu_seconds, step_of_loop
from measure import hand_over
from torch import Tensor

from neuface_core.encoders.coarse import CoarseNetwork, with_weights
from neuface_core.encoders.crops import CropTrack
from neuface_core.encoders.deca import N_OUT, DecaEncoder
from neuface_core.fitting.clip_encoder import ClipEncoder
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import observe
from neuface_core.fitting.released import Schedule
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import run
from neuface_core.landmarks.track import LandmarkTrack

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "core"))
from made_up_deca import coarse_tensors
from made_up_flame import embeddings, flame_data, flame_entries

ROWS = 8
ROUNDS = 9
_CPU = torch.device("cpu")


def main() -> None:
    torch.set_num_threads(1)
    network = with_weights(coarse_tensors(), (N_OUT,), "made-up weights", Path())
    entries = flame_entries()
    head = HeadModel(flame_data(entries, embeddings(entries), n_shape=100, n_expression=50))
    view = _view(head, DecaEncoder(network))
    observed = observe([view], (), 5, _CPU)

    def loop_of(preset: str) -> tuple[ClipEncoder, Objective]:
        settings = NeuFaceSettings.of_preset(preset)
        settings = settings.model_copy(update={"batch_frames": ROWS, "trainable": "all"})
        loop = ClipEncoder([view], observed, DecaEncoder(network), settings, _CPU)
        first = run(loop.encode(""))
        return loop, Objective(observed, head, settings, first)

    paper, default, released = loop_of("paper"), loop_of("default"), loop_of("released")[0]
    schedule = Schedule(observed, head, released.settings)
    optimiser = torch.optim.Adam(released.weights, lr=released.learning_rate)

    def released_step() -> None:
        released.step(schedule.loss(released.answer(0), released.batches[0]), optimiser)

    steps: dict[str, Callable[[], None]] = {
        "bare": _bare(network, torch.from_numpy(np.asarray(view.images[:ROWS])).float() / 255),
        "paper": step_of_loop(*paper),
        "default": step_of_loop(*default),
        "released": released_step,
    }
    middle = middle_cpu_seconds(steps, ROUNDS)
    hand_over(
        {
            "deca_step_over_bare": middle["paper"] / middle["bare"],
            "deca_step_over_bare_default": middle["default"] / middle["bare"],
            "deca_step_over_bare_released": middle["released"] / middle["bare"],
        },
        {"cpu_ms": {name: round(1e3 * value, 1) for name, value in middle.items()}, "rows": ROWS, "rounds": ROUNDS},
    )


def _view(head: HeadModel, encoder: DecaEncoder) -> ViewInput:
    """Noise for pictures, and landmarks near what the network says of it: what they show changes no time."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (ROWS, 3, 224, 224), np.uint8)
    crops = CropTrack(np.full((ROWS, 2), 300, np.float32), np.full(ROWS, 300, np.float32))
    with torch.no_grad():
        params = encoder.answer(encoder.features(torch.from_numpy(images).float() / 255, "all"), "all")
        seen = head.project(head.landmarks(params, "dynamic"), params.camera).numpy()
    points = crops.to_frame((seen + rng.normal(0, 0.02, seen.shape)).astype(np.float32))
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    confidence = np.ones((ROWS, 68), np.float32)
    return ViewInput(images, LandmarkTrack(points, confidence, boxes, np.ones(ROWS, bool), "made up", "dynamic"), crops)


def _bare(network: CoarseNetwork, images: Tensor) -> Callable[[], None]:
    weights = list(network.stage_parameters("all"))
    optimiser = torch.optim.Adam(weights, lr=1e-6, fused=True)

    def step() -> None:
        gradients = torch.autograd.grad(network.above(images, "all").square().mean(), weights)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient
        optimiser.step()

    return step


if __name__ == "__main__":
    main()

"""step_over_bare: one optimisation step of the fit over a bare step of the same network and batch.

A bare step is forward, backward and Adam of Φ's trainable part as the encoder has it, with the mean square of its
answers for a loss: no head model, no landmarks, no targets. Both run 120 rows of the sample clip, by turns, so that
other work on the machine slows both alike; the figure is the ratio of the medians of CPU time. The fit trains a
narrower form of the first layer (encoders/narrowed.py); the ratio to a bare step of that form is
`step_over_narrow_bare`, and `step_over_bare_whole_layer` is that of the fit without it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from by_turns import middle_cpu_seconds, step_of_loop
from measure import hand_over
from repeated_clip import repeated_clip

from neuface_core.encoders.base import Encoder, Features
from neuface_core.fitting.clip_encoder import ClipEncoder
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import observe
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import run

ROWS = 120
ROUNDS = 15


def main() -> None:
    torch.set_num_threads(1)
    head, cpu = load_head(), torch.device("cpu")
    with tempfile.TemporaryDirectory() as folder:
        view, encoder = repeated_clip(ROWS, Path(folder))
    observed = observe([view], tuple(head.data.detectors), 5, cpu)

    def loop_of(settings: NeuFaceSettings) -> tuple[ClipEncoder, Objective]:
        loop = ClipEncoder([view], observed, encoder, settings, cpu)
        first = run(loop.encode(""))
        loop.narrow()
        return loop, Objective(observed, head, settings, first)

    whole, narrow = loop_of(NeuFaceSettings(feature_axes=0)), loop_of(NeuFaceSettings())
    steps: dict[str, Callable[[], None]] = {
        "bare": _bare(whole[0].encoder, whole[0]._cached[0]),
        "narrow_bare": _bare(narrow[0].encoder, narrow[0]._cached[0]),
        "fit": step_of_loop(*narrow),
        "fit_whole_layer": step_of_loop(*whole),
    }
    middle = middle_cpu_seconds(steps, ROUNDS)
    hand_over(
        {
            "step_over_bare": middle["fit"] / middle["bare"],
            "step_over_narrow_bare": middle["fit"] / middle["narrow_bare"],
            "step_over_bare_whole_layer": middle["fit_whole_layer"] / middle["bare"],
        },
        {"cpu_ms": {name: round(1e3 * value, 2) for name, value in middle.items()}, "rows": ROWS, "rounds": ROUNDS},
    )


def _bare(encoder: Encoder, features: Features) -> Callable[[], None]:
    weights = list(encoder.trainable_parameters("head"))
    optimiser = torch.optim.Adam(weights, lr=1e-6)

    def step() -> None:
        answer = encoder.answer(features, "head")
        loss = torch.stack([value.square().mean() for value in vars(answer).values()]).sum()
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient
        optimiser.step()

    return step


if __name__ == "__main__":
    main()

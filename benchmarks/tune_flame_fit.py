"""Tune the regularisers of FLAME fitting (NeuFace Eq. (5)): a random search over their weights on tuning clips.

    python benchmarks/tune_flame_fit.py PROJECT --clips one,two --frames 36 --trials 24 --out tuned.jsonl

A trial's score is the geometric mean, over clips and over what is measured on each (NME, jitter, and MPVE where the
truth is known), of the value over that of the encoder alone: lower is better. Every line of the file is one trial;
trials that stand there already are not run again.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from method_inputs import RememberingEncoder, StudyClip, measure, study_clips

from neuface_core.encoders.open_encoder import load_encoder
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.methods import Method, encoder_only, flame_fit, neuface
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel

MEASURES = ("nme_bbox", "jitter_mm", "mpve_rigid_mm")
WEIGHTS = ("shape_weight", "expression_weight", "pose_weight")


def drawn(number: int, multiview: bool) -> dict[str, object]:
    """The settings of one trial."""
    random = np.random.default_rng([number, 5])
    settings: dict[str, object] = {name: float(10 ** random.uniform(-4, -0.5)) for name in WEIGHTS}
    settings["toward"] = "first" if number % 3 else "mean"
    settings["temporal_weight"] = 10.0
    if multiview:
        settings["multiview_weight"] = float(10 ** random.uniform(-2, 1))
    return settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--clips", required=True)
    parser.add_argument("--frames", type=int, default=36)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--base", default="{}", help="settings of all trials as JSON")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    head = load_head()
    encoder = RememberingEncoder(load_encoder())
    clips = study_clips(options.project, options.clips.split(","), options.frames, head, encoder)
    done = {line["trial"] for line in map(json.loads, options.out.open())} if options.out.exists() else set()
    start = {clip.name: measure(encoder_only(), clip, encoder, head) for clip in clips}
    multiview = any(len(clip.views) > 1 for clip in clips)
    base = json.loads(options.base)
    trials: list[tuple[str, Method]] = [("encoder_only", encoder_only()), ("neuface", neuface())]
    trials += [
        (f"{number}", flame_fit(FlameFitSettings(**(drawn(number, multiview) | base))))
        for number in range(options.trials)
    ]
    for name, method in trials:
        if name not in done:
            with options.out.open("a") as file:
                file.write(json.dumps({"trial": name, **_trial(method, clips, start, encoder, head)}) + "\n")


def _trial(
    method: Method,
    clips: list[StudyClip],
    start: dict[str, dict[str, float]],
    encoder: RememberingEncoder,
    head: HeadModel,
) -> dict[str, object]:
    values = {clip.name: measure(method, clip, encoder, head) for clip in clips}
    ratios = {
        clip: {m: found[m] / start[clip][m] for m in (*MEASURES, "mpve_similarity_mm") if m in found}
        for clip, found in values.items()
    }
    logs = [np.log(ratio) for found in ratios.values() for m, ratio in found.items() if m in MEASURES]
    flame = getattr(method, "flame", None)
    return {
        "score": float(np.exp(np.mean(logs))),
        "settings": flame.model_dump(mode="json") if flame is not None else {},
        "over_encoder": ratios,
        "values": values,
    }


if __name__ == "__main__":
    main()

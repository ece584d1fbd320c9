"""NME over jitter: NeuFace and FLAME fitting, each over the weight that makes it smooth.

    python benchmarks/sweep_smoothness.py PROJECT --clips one,two --frames 36 --out DIR

Writes DIR/points.jsonl (a line a method, weight and clip; lines that stand there already are not measured again),
DIR/points.json (means over clips) and DIR/nme_over_jitter.png.

Three curves. "NeuFace": the loop over `steady_motion_weight`, times the default. "FLAME, all terms": the same terms and
the same weights on parameters instead of on the network: what the network alone is worth. "FLAME fitting": NeuFace
Eq. (5) over λtemp, which smooths the head's orientation and nothing else.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from method_inputs import RememberingEncoder, measure, study_clips

from neuface_core.encoders.open_encoder import load_encoder
from neuface_core.evaluation.method_table import MethodTable, Row
from neuface_core.evaluation.plots import nme_over_jitter
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.methods import Method, encoder_only, flame_fit, neuface
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.heads.bundle import load_head

STEADY = (0.0, 0.0625, 0.25, 1.0, 4.0)  # at 16 the loop lost the face of the one clip that was tried
TEMPORAL = (0.01, 0.1, 1.0, 10.0)
LABEL = "{} ×{:g}"


def contenders() -> list[tuple[str, Method]]:
    """Labels and methods of all points."""
    default, flame = NeuFaceSettings(), FlameFitSettings()
    points: list[tuple[str, Method]] = [("encoder only", encoder_only())]
    for factor in STEADY:
        loop = default.model_copy(update={"steady_motion_weight": factor * default.steady_motion_weight})
        all_terms = flame.model_copy(update={"additions": True})
        points.append((LABEL.format("NeuFace", factor), neuface(loop)))
        points.append((LABEL.format("FLAME, all terms", factor), flame_fit(all_terms, loop)))
    for factor in TEMPORAL:
        eq5 = flame.model_copy(update={"temporal_weight": factor * flame.temporal_weight})
        # Settling would give every weight the same orientations.
        points.append(
            (LABEL.format("FLAME fitting", factor), flame_fit(eq5, default.model_copy(update={"settle": False})))
        )
    return points


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("project", type=Path)
    parser.add_argument("--clips", required=True)
    parser.add_argument("--frames", type=int, default=36)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    lines = options.out / "points.jsonl"
    found = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
    done = {(point["clip"], point["method"]) for point in found}
    head, encoder = load_head(), RememberingEncoder(load_encoder())
    clips = study_clips(options.project, options.clips.split(","), options.frames, head, encoder)
    for label, method in contenders():
        for clip in clips:
            if (clip.name, label) not in done:
                point = {"clip": clip.name, "method": label, "values": measure(method, clip, encoder, head)}
                found.append(point)
                with lines.open("a") as file:
                    file.write(json.dumps(point) + "\n")
    table = MethodTable("NME over jitter", tuple(Row(p["clip"], p["method"], p["values"]) for p in found))
    names = ("nme_bbox", "jitter_mm", "motion_retained", "mpve_rigid_mm")
    means = {method: {name: table.mean(method, name).mean for name in names} for method in table.methods}
    about = {"clips": [clip.name for clip in clips], "frames": options.frames, "means": means}
    (options.out / "points.json").write_text(json.dumps(about, indent=1) + "\n")
    nme_over_jitter(table).savefig(options.out / "nme_over_jitter.png", dpi=120)


if __name__ == "__main__":
    main()

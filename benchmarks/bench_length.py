"""cost_per_frame_10000_over_500 and memory_10000_over_1000: what length costs, on a real clip that is repeated.

Every length is fitted in a process of its own, by the loop as it is, with few passes. The cost of a frame is the CPU
time of `TYPICAL_PASSES` passes, of preparing them and of scoring the result, over the number of frames; that of the
networks (detector, encoder) is the same for every frame and left out: it would hide a growth of the rest. Memory is the
peak of the whole process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from measure import hand_over, peak_mib, stages
from repeated_clip import REAL, repeated_clip

from neuface_core.devices import share_one_heap
from neuface_core.fitting.neuface import fit_views
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.heads.bundle import load_head

LENGTHS = (500, 1000, 10_000)
PASSES = 6
TYPICAL_PASSES = 200


def one_length(n_frames: int) -> dict[str, float]:
    """CPU seconds a frame and peak MiB of this process."""
    torch.set_num_threads(1)
    share_one_heap()
    with tempfile.TemporaryDirectory() as folder:
        view, encoder = repeated_clip(n_frames, Path(folder))
    settings = NeuFaceSettings(iterations=PASSES, min_iterations=PASSES)
    fit, spent = stages(fit_views([view], encoder, load_head(), settings, fps=25.0))
    assert fit.views[0].valid.sum() == n_frames
    a_pass = spent["fit"] / PASSES
    total = a_pass * TYPICAL_PASSES + sum(seconds for stage, seconds in spent.items() if stage != "fit")
    return {
        "ms_a_frame": 1e3 * total / n_frames,
        "ms_a_frame_and_pass": 1e3 * a_pass / n_frames,
        "peak_mib": peak_mib(),
    }


def main() -> None:
    found: dict[int, dict[str, float]] = {}
    for length in LENGTHS:
        done = subprocess.run([sys.executable, __file__, str(length)], stdout=subprocess.PIPE, text=True, check=True)
        found[length] = json.loads(done.stdout.splitlines()[-1])
        print(length, found[length], flush=True)
    details: dict[str, Any] = {
        "lengths": {str(length): {key: round(value, 3) for key, value in row.items()} for length, row in found.items()},
        "passes_measured": PASSES,
        "passes_counted": TYPICAL_PASSES,
        "real_frames": REAL,
        "left_out": "detector and encoder: their cost a frame does not depend on the length",
    }
    hand_over(
        {
            "cost_per_frame_10000_over_500": found[10_000]["ms_a_frame"] / found[500]["ms_a_frame"],
            "memory_10000_over_1000": found[10_000]["peak_mib"] / found[1000]["peak_mib"],
        },
        details,
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one_length(int(sys.argv[1]))))
    else:
        main()

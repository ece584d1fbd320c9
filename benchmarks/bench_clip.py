"""seconds_120x1: 120 frames of the sample clip, from the video file to the kept fit, as `neuface fit` does it.

Starting Python and importing torch are not counted; reading the model files is. Seconds are those on the wall where
the machine has nothing else to do; `details` has the CPU seconds as well, which hold on a busy machine too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from measure import Clock, face_video, hand_over, peak_mib, stages

from neuface_core.clips import search
from neuface_core.devices import leave_a_core_free
from neuface_core.pipeline import fit_clips
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project

FRAMES = 120


def main() -> None:
    leave_a_core_free()
    with tempfile.TemporaryDirectory() as folder:
        video = face_video(Path(folder) / "face.mp4", FRAMES)
        with Project.create(Path(folder) / "bench.neuface") as project:
            names = [record.name for record in project.add_clips(search([video]).clips)]
            clock = Clock()
            records, spent = stages(fit_clips(project, names, PipelineSettings()))
            wall, cpu = clock.wall, clock.cpu
            fit = project.load_fit(records[0].name)
    hand_over(
        {"seconds_120x1": wall, "seconds_120x1_fit": fit.metrics["seconds_fit"]},
        {
            "cpu_seconds": round(cpu, 2),
            "cpu_seconds_by_stage": {stage: round(seconds, 2) for stage, seconds in spent.items()},
            "passes": len(fit.loss_history),
            "nme_bbox": round(fit.metrics["nme_bbox"], 3),
            "nme_bbox_encoder": round(fit.metrics["nme_bbox_encoder"], 3),
            "peak_mib": round(peak_mib()),
            "cores": os.cpu_count(),
        },
    )


if __name__ == "__main__":
    main()

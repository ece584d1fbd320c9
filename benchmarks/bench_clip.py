"""seconds_120x1: 120 frames of the sample clip, from the video file to the kept fit, as `neuface fit` does it.

Starting Python and importing torch are not counted; reading the model files is. Seconds are those on the wall and hold
where the machine has nothing else to do; `cpu_seconds_120x1` are those of all cores and hold on a busy machine too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from measure import Clock, face_video, hand_over, peak_mib, stages

from neuface_core.clips import search
from neuface_core.devices import leave_a_core_free
from neuface_core.pipeline import fit_clips
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project

FRAMES = 120
_APART = 50  # frames of the sample clip between the beginnings of two views


def fit_clip(n_views: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Seconds of a clip of `n_views` views (several: parts of the sample clip that begin at different frames)."""
    leave_a_core_free()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip"
        clip.mkdir()
        videos = [face_video(clip / f"view_{k}.mp4", FRAMES, start=_APART * k) for k in range(n_views)]
        if n_views > 1:
            rows = [f'[[view]]\nname = "{video.stem}"\nfile = "{video.name}"\noffset = 0\n' for video in videos]
            (clip / "views.toml").write_text("\n".join(rows))
        with Project.create(Path(folder) / "bench.neuface") as project:
            names = [record.name for record in project.add_clips(search([clip]).clips)]
            clock = Clock()
            records, spent = stages(fit_clips(project, names, PipelineSettings()))
            wall, cpu = clock.wall, clock.cpu
            metrics = project.clip(names[0]).metrics
            assert len(records) == 1, records
            assert records[0].run, records[0]
    key = f"seconds_{FRAMES}x{n_views}"
    return {key: wall, f"{key}_fit": metrics["seconds_fit"], f"cpu_{key}": cpu}, {
        "cpu_seconds_by_stage": {stage: round(seconds, 2) for stage, seconds in spent.items()},
        "passes": metrics["iterations"],
        "nme_bbox": round(metrics["nme_bbox"], 3),
        "nme_bbox_encoder": round(metrics["nme_bbox_encoder"], 3),
        "peak_mib": round(peak_mib()),
        "cores": os.cpu_count(),
    }


if __name__ == "__main__":
    hand_over(*fit_clip(1))

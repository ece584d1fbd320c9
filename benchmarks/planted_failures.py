"""Are spoilt clips among the most suspicious? Renders clips of people who do not exist, plants failures, fits, ranks.

    python benchmarks/planted_failures.py --work DIR --seed 9000 [--clips 120 --planted 20]

Videos, fits and what was planted stay in the work folder, and a second run goes on where the first one stopped. Every
clip goes through the real detector, the real encoder and `pipeline.fit_clip` with its default settings, but for the cap
on passes that makes 120 clips affordable; wrong landmarks are planted between detector and fit. Names and order of the
clips say nothing about what was planted. Prints the ranks as Markdown and, last, one line of JSON.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core import jobs
from neuface_core.atomic_file import atomic_write
from neuface_core.clips import find_clips
from neuface_core.evaluation.suspicion import measure, summarise, usual_to_json
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.signals import judge, signals
from neuface_core.heads.model import HeadModel
from neuface_core.pipeline import FitModels, fit_clip
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project
from neuface_core.training.clips.performance import perform
from neuface_core.training.clips.render import ViewSynthesiser, view_truth
from neuface_core.training.clips.rig import rig
from neuface_core.training.clips.spoil import Failure, WrongDetector, draw_failures, plan, spoil_pictures
from neuface_core.training.face_folder import drawable_head
from neuface_core.video_write import VideoWriter

FPS, SIZE = 25.0, 240
SHORT_LIST = 30
"""Of 120 clips: so many a reviewer looks at."""
REFERENCE_SPREAD = 2.0


def pictures_of(
    head: HeadModel, synthesiser: ViewSynthesiser, seed: int, frames: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A clip (F, H, W, 3) of the front camera and its true landmarks (F, 68, 2), pixels."""
    yaw = float(np.random.default_rng([seed, 43]).uniform(10, 35))
    performance = perform(head, seed, frames, FPS, yaw)
    views = rig(seed, 1, SIZE, SIZE)
    truth = view_truth(head, performance, views[0]).landmarks["open-v2"]
    seen = [picture for _, _, picture in synthesiser.frames(seed, performance, views, (0,))]
    return np.stack(seen), truth


def render(work: Path, seed: int, failures: dict[int, Failure], clips: int, frames: int) -> None:
    """Write the videos that are not there yet."""
    head = drawable_head(None)
    synthesiser = ViewSynthesiser(head, SIZE)
    for number in range(clips):
        path = work / "videos" / f"clip_{number:03d}.mp4"
        if path.exists():
            continue
        own = seed + number
        pictures, landmarks = pictures_of(head, synthesiser, own, frames)
        if (failure := failures.get(number)) is not None and failure != "landmarks":
            other = pictures_of(head, synthesiser, own + 50_000, frames) if failure == "other-face" else None
            planted = plan(np.random.default_rng([own, 44]), failure, frames)
            pictures = spoil_pictures(np.random.default_rng([own, 45]), planted, pictures, landmarks, other)
        path.parent.mkdir(parents=True, exist_ok=True)
        with VideoWriter(path, FPS) as writer:
            for picture in pictures:
                writer.add(picture)
        print(f"rendered {path.name}", flush=True)


def fit(work: Path, seed: int, failures: dict[int, Failure], frames: int, passes: int) -> None:
    """Fit the clips that have no fit yet."""
    settings = PipelineSettings(neuface=NeuFaceSettings(iterations=passes))
    right = FitModels.load(settings, "cpu")
    with Project.open_or_create(work / "clips.neuface") as project:
        for record in project.add_clips(find_clips([work / "videos"])):
            if record.run or record.state == "set_aside":
                continue
            number, models = int(record.name[-3:]), right
            if failures.get(number) == "landmarks":
                planted = plan(np.random.default_rng([seed + number, 44]), "landmarks", frames)
                models = FitModels(WrongDetector(right.detector, planted, seed + number), right.encoder, right.head)
            done = jobs.run(fit_clip(project, record.name, settings, "cpu", models))
            print(
                f"{done.name} {done.state} {done.reason} {done.metrics.get('nme_bbox', float('nan')):.2f}", flush=True
            )


def ranks(work: Path, seed: int, failures: dict[int, Failure], frames: int) -> dict[str, object]:
    """Print the order of review; returns how many planted clips stand in the short list."""
    with Project.open(work / "clips.neuface", read_only=True) as project:
        records = project.clips()
        # What the automatic filter set aside has no fit: a person sees it first of all.
        aside = [r for r in records if r.state == "set_aside"]
        judged = judge({r.name: project.load_fit(r.name) for r in records if r.run and r.state != "set_aside"})
    order = [(r.name, float("inf"), r.reason) for r in aside]
    order += [(name, s.score, s.words) for name, s in sorted(judged.items(), key=lambda item: -item[1].score)]
    print("| rank | clip | planted | frames | score | said |\n|---|---|---|---|---|---|")
    found = 0
    for rank, (name, score, words) in enumerate(order, 1):
        failure = failures.get(number := int(name[-3:]))
        where = plan(np.random.default_rng([seed + number, 44]), failure, frames) if failure else None
        found += failure is not None and rank <= SHORT_LIST
        if failure is not None or rank <= SHORT_LIST:
            said = f"{where.failure} {where.detail} | {where.first}-{where.last}" if where else "– | –"
            print(f"| {rank} | {name} | {said} | {score:.1f} | {words} |")
    return {"planted_in_short_list": found, "planted": len(failures), "clips": len(order), "short_list": SHORT_LIST}


def write_reference(work: Path, seed: int, failures: dict[int, Failure], passes: int, out: Path) -> None:
    """Figures for projects of a few clips, from the clips in which nothing was planted."""
    with Project.open(work / "clips.neuface", read_only=True) as project:
        fitted = [r.name for r in project.clips() if r.run and int(r.name[-3:]) not in failures]
        fits = [project.load_fit(name) for name in fitted]
    figures = measure([summarise(signals(fit)) for fit in fits])
    # Other material differs from these clips by more than they do from each other.
    spread = {name: REFERENCE_SPREAD * value for name, value in figures.spread.items()}
    source = (
        f"{len(fits)} rendered clips of {fits[0].n_frames} frames (seeds from {seed}, benchmarks/planted_failures.py), "
        f"{fits[0].head_id}, {fits[0].encoder_id}, {fits[0].landmarks.detector}, at most {passes} passes; "
        f"spreads times {REFERENCE_SPREAD:g}"
    )
    document = usual_to_json(replace(figures, spread=spread, source=source))
    with atomic_write(out) as file:
        file.write((json.dumps(document, indent=1) + "\n").encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True, help="of the first clip; 7000 was for tuning")
    parser.add_argument("--clips", type=int, default=120)
    parser.add_argument("--planted", type=int, default=20)
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--passes", type=int, default=40, help="of the loop; the program's own cap is 320")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="instead of ranks: write reference figures")
    parser.add_argument("--only", choices=("render", "fit", "rank"), help="one step, for the impatient")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    failures = draw_failures(asked.seed, asked.clips, asked.planted)
    if asked.only in (None, "render"):
        render(asked.work, asked.seed, failures, asked.clips, asked.frames)
    if asked.only in (None, "fit"):
        fit(asked.work, asked.seed, failures, asked.frames, asked.passes)
    if asked.reference is not None:
        write_reference(asked.work, asked.seed, failures, asked.passes, asked.reference)
    elif asked.only in (None, "rank"):
        print(json.dumps(ranks(asked.work, asked.seed, failures, asked.frames)))


if __name__ == "__main__":
    main()

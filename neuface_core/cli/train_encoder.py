"""`neuface train encoder`: the open encoder again, from nothing, as one command that can be stopped at any time."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from neuface_core.cli import terminal

SHORT_IMAGES, SHORT_BALANCED, SHORT_VALIDATION, SHORT_STEPS, SHORT_BATCH = 200, 50, 80, 150, 64


def train_encoder(
    out: Annotated[Path, typer.Option(help="Folder for the encoder, its figures, provenance and licence.")],
    images: Annotated[int | None, typer.Option(min=20, help="Faces to render; each is also seen mirrored.")] = None,
    balanced: Annotated[
        int | None,
        typer.Option(min=0, help="More faces, turned by every yaw alike; half of the others if not named."),
    ] = None,
    validation: Annotated[
        int | None, typer.Option(min=2, help="Faces for the scores; as many again teach it when to trust itself.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=0, help="Steps of the optimiser.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights and of the order of the faces.")] = 0,
    work: Annotated[
        Path | None, typer.Option(help="Folder for rendered faces and the state; in the user's cache if not named.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that render; they change nothing of the result.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume/--restart", help="Go on where it was stopped, or begin with the first step again.")
    ] = True,
    short: Annotated[bool, typer.Option("--short", help="Two minutes, to see that it works; of little use.")] = False,
    json: Annotated[bool, typer.Option("--json", help="No bars; the scores as JSON at the end.")] = False,
) -> None:
    """Render faces, train the encoder on them, and write its folder.

    Faces are rendered from seeds: the same command always learns from the same pictures, in the same order. What was
    done is kept in the work folder: the same command goes on after a stop or a kill.
    """
    from neuface_core.devices import leave_a_core_free
    from neuface_core.training.encoder_resource import TrainingPlan
    from neuface_core.training.train_encoder import TrainingOrder, train_open_encoder

    order = TrainingOrder(plan=replace(TrainingPlan(), seed=seed), workers=workers)
    if short:
        plan = replace(order.plan, steps=SHORT_STEPS, batch=SHORT_BATCH)
        order = replace(order, images=SHORT_IMAGES, balanced=SHORT_BALANCED, validation=SHORT_VALIDATION, plan=plan)
    balanced = images // 2 if images is not None and balanced is None else balanced
    sizes: dict[str, Any] = {"images": images, "balanced": balanced, "validation": validation}
    order = replace(order, **{name: size for name, size in sizes.items() if size is not None})
    if steps is not None:
        order = replace(order, plan=replace(order.plan, steps=steps))
    work = _work_folder() if work is None else work
    if not resume:
        for state in work.glob("training-*"):
            shutil.rmtree(state, ignore_errors=True)
    leave_a_core_free()
    console = terminal.errors()
    try:
        scores = terminal.run(train_open_encoder(order, work, out), quiet=json)
    except KeyboardInterrupt:
        console.print("Stopped. What was rendered and trained is kept; the same command goes on.", style="yellow")
        raise
    if json:
        terminal.print_json(scores)
        return
    for name, value in scores.items():
        terminal.output().print(f"{name} {value:.3f}", highlight=False)
    written = f"Written: {out}\nJudge it: neuface evaluate encoder --encoder {out}/open_encoder.safetensors"
    terminal.output().print(written, markup=False, highlight=False, soft_wrap=True)


def _work_folder() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("neuface", appauthor=False) / "training"

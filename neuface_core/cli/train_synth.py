"""`neuface train synth`: synthetic faces with their truth, as a folder of pictures."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal


class PictureChoice(StrEnum):
    """How pictures are stored."""

    PNG = "png"
    JPG = "jpg"


def train_synth(
    out: Annotated[Path, typer.Argument(help="Folder for pictures, truth and manifest; new, or of the same order.")],
    images: Annotated[int, typer.Option(min=1, help="How many faces.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="The first seed; every face is one seed.")] = 0,
    size: Annotated[int, typer.Option(min=32, max=1024, help="Side of the pictures in pixels.")] = 256,
    people: Annotated[int, typer.Option(min=1, help="Consecutive seeds that show the same person.")] = 1,
    balanced: Annotated[
        bool, typer.Option("--balanced", help="Every yaw within ±75° alike frequent, as a test wants it.")
    ] = False,
    picture: Annotated[PictureChoice, typer.Option(help="png is exact, jpg a fifth of it.")] = PictureChoice.PNG,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that render; 0 for all cores but one. The result is the same.")
    ] = 1,
    head: Annotated[Path | None, typer.Option(help="File of another baked head.")] = None,
    json: Annotated[bool, typer.Option("--json", help="No bars; what was written as JSON at the end.")] = False,
) -> None:
    """Render faces of people who do not exist, with everything that is known of them.

    A seed always gives the same face. What was finished is kept: the same command goes on after a stop or a kill.
    """
    import torch

    from neuface_core.training.face_folder import PICTURES, SHEET, FaceOrder, write_faces

    order = FaceOrder(images, seed, size, people, balanced, picture.value, head)
    torch.set_num_threads(1)  # a product split over threads rounds differently: the result would depend on the machine
    processes = workers or max(1, (os.cpu_count() or 2) - 1)
    try:
        truth = terminal.run(write_faces(order, out, processes), quiet=json)
    except KeyboardInterrupt:
        terminal.errors().print("Stopped. The finished faces are kept; the same command goes on.", style="yellow")
        raise
    if json:
        terminal.print_json({"truth": str(truth), "images": order.images, "sheet": str(out / SHEET)})
        return
    said = f"Written: {terminal.count(order.images, 'face')} in {out / PICTURES}\nTruth: {truth}\nA look: {out / SHEET}"
    terminal.output().print(said, markup=False, highlight=False, soft_wrap=True)

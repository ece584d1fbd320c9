"""`neuface synth`: things to try the program on that show nobody, with everything that is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuface_core.cli import terminal
from neuface_core.cli.synth_spoil import synth_spoil

app = typer.Typer(help="Render clips of people who do not exist, with their truth.", no_args_is_help=True)


app.command("spoil")(synth_spoil)


@app.callback()
def _synth() -> None:
    """Render clips of people who do not exist, with their truth."""


@app.command("clip")
def synth_clip(
    out: Annotated[Path, typer.Argument(help="Folder for the videos, views.toml and the truth; new or empty.")],
    seed: Annotated[int, typer.Option(min=0, help="Person, light, rooms, cameras and what happens.")] = 0,
    seconds: Annotated[float, typer.Option(min=0.04, max=3600, help="How long all views see.")] = 5.0,
    fps: Annotated[float, typer.Option(min=1, max=240, help="Frames a second.")] = 25.0,
    size: Annotated[str, typer.Option(help="Width and height of the videos, pixels.")] = "640x480",
    views: Annotated[int, typer.Option(help="1: from the front; 3: and 30° left and right; 7: MEAD's rig.")] = 1,
    yaw: Annotated[
        float | None, typer.Option(min=0, max=60, help="Degrees that the head turns; 25, and 12 for several views.")
    ] = None,
    stagger: Annotated[int, typer.Option(min=0, help="Views begin up to this many frames early; see views.toml.")] = 0,
    noise: Annotated[bool, typer.Option("--noise", help="Also landmarks as a detector would find them.")] = False,
    noise_only: Annotated[
        bool, typer.Option("--noise-only", help="Truth and such landmarks, no videos: a second a minute of clip.")
    ] = False,
    head: Annotated[Path | None, typer.Option(help="File of another baked head.")] = None,
    json: Annotated[bool, typer.Option("--json", help="No bars; what was written as JSON at the end.")] = False,
) -> None:
    """Render a clip of one person who turns the head, talks, looks about and blinks, seen by one or several cameras.

    The same options always give the same clip. Parameters, cameras and landmarks of every frame lie in the folder
    `truth`, one file a view.
    """
    import torch

    from neuface_core.training.clips.clip_folder import SHEET, TRUTH, ClipOrder, write_clip

    torch.set_num_threads(1)  # the result must not depend on the machine
    width, height = _size(size)
    turns = yaw if yaw is not None else 25.0 if views == 1 else 12.0
    order = ClipOrder(
        seed, seconds, fps, width, height, views, turns, stagger, noise=noise or noise_only, videos=not noise_only
    )
    terminal.run(write_clip(order, out, head), quiet=json)
    if json:
        terminal.print_json({"clip": str(out), "views": views, "frames": order.n_frames, "truth": str(out / TRUTH)})
        return
    said = f"Written: {terminal.count(views, 'view')} of {terminal.count(order.n_frames, 'frame')} in {out}"
    said += f"\nTruth: {out / TRUTH}" + ("" if noise_only else f"\nA look: {out / SHEET}")
    terminal.output().print(said, markup=False, highlight=False, soft_wrap=True)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 64 <= int(width) <= 4096 and 64 <= int(height) <= 4096):
        raise typer.BadParameter(f"{text!r} is no size; give width and height as in 640x480, 64 to 4096 each.")
    if int(width) % 2 or int(height) % 2:
        raise typer.BadParameter(f"{text!r} has an odd side; videos need even ones.")
    return int(width), int(height)

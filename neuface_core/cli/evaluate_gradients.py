"""`neuface evaluate gradients P CLIP`: what of the picture moves the mesh (NeuFace Fig. 3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuface_core.cli import terminal

if TYPE_CHECKING:
    from neuface_core.fitting.image_gradients import GradientMaps
    from neuface_core.fitting.view_input import ViewInput

_SHOWN = 4


def evaluate_gradients(
    project: Annotated[Path, typer.Argument(help="Folder of a project.")],
    clip: Annotated[str, typer.Argument(help="A clip that has a fit: its landmarks and squares are used.")],
    out: Annotated[Path, typer.Option(help="Folder for pictures and arrays; made if need be.")],
    frames: Annotated[int, typer.Option(min=0, help="Only the first so many frames; 0: all.")] = 0,
    full: Annotated[
        bool, typer.Option("--full", help="Also the maps in the frames of the video, (F, H, W): large files.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
) -> None:
    """Map, for every frame, which pixels move the mesh: |dL/dI| of NeuFace beside the landmarks of FLAME fitting.

    FLAME fitting does not see the picture, only the landmarks that were found in it: its map is |dL/dj| where they are
    projected to. NeuFace's goes through the whole encoder. Both are of the first step of a fit, of one loss.

    Writes VIEW.png (like Fig. 3), and VIEW.npz with the maps `neuface`, `flame` and `flame_pixels` (F, S, S) in the
    crop (the last is zero without a photometric term), `valid` (F,) and the crop's `centre` (F, 2) and `size` (F,)
    in pixels; with --full also VIEW_neuface.npy and VIEW_flame.npy.
    """
    from neuface_core.devices import leave_a_core_free, pick_device
    from neuface_core.encoders.loading import head_of, load_encoder
    from neuface_core.fitting.image_gradients import image_gradients
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project
    from neuface_core.study.inputs import cut_views, plan_clip

    leave_a_core_free()
    chosen = pick_device(device)
    with Project.open(project, read_only=True) as opened:
        settings = PipelineSettings.of_project(opened.settings, opened.path)
        encoder = load_encoder(settings.encoder, chosen, settings.emoca_trains)
        head = head_of(encoder, settings.head).to(chosen)
        plan = plan_clip(opened, clip, frames)
        views = terminal.run(cut_views(opened, plan, encoder))
        found = terminal.run(image_gradients(views, encoder, head, settings.neuface, chosen, clip))
        sizes = []
        for view in plan.views if full else ():
            with opened.open_view(clip, view.number) as source:
                sizes.append((source.info.width, source.info.height))
    out.mkdir(parents=True, exist_ok=True)
    for k, (seen, maps) in enumerate(zip(views, found, strict=True)):
        name = seen.name or clip
        _write(out / name, seen, maps)
        if full:
            _write_full(out / name, seen, maps, sizes[k])
        ours, theirs = maps.covered()
        typer.echo(
            f"{name}: NeuFace's gradient is spread over {ours:.1%} of the crop and {maps.on_face():.2f} times as dense "
            f"on the face as beside it; FLAME fitting's is spread over {theirs:.2%}"
        )
    typer.echo(f"written to {out}")


def _write(base: Path, view: ViewInput, maps: GradientMaps) -> None:
    import cv2
    import numpy as np

    from neuface_core.atomic_file import atomic_write
    from neuface_core.fitting.image_gradients import gradient_sheet

    meshed = np.flatnonzero(maps.valid)
    moments = meshed[np.unique(np.linspace(0, len(meshed) - 1, _SHOWN).round().astype(int))]
    sheet = gradient_sheet(np.stack([view.images[np.array([m])][0] for m in moments]), maps, moments)
    with atomic_write(base.with_name(base.name + ".png")) as file:
        file.write(cv2.imencode(".png", sheet[..., ::-1])[1].tobytes())
    with atomic_write(base.with_name(base.name + ".npz")) as file:
        np.savez_compressed(
            file,
            neuface=maps.neuface,
            flame=maps.flame,
            flame_pixels=maps.flame_pixels,
            valid=maps.valid,
            centre=view.crops.centre,
            size=view.crops.size,
        )


def _write_full(base: Path, view: ViewInput, maps: GradientMaps, size: tuple[int, int]) -> None:
    import numpy as np

    from neuface_core.fitting.image_gradients import in_frames

    for kind, crops in (("neuface", maps.neuface), ("flame", maps.flame)):
        path = base.with_name(f"{base.name}_{kind}.npy")
        shape = (len(crops), size[1], size[0])
        # A frame at a time: a minute of video has more numbers here than memory.
        laid = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
        for frame in np.flatnonzero(maps.valid):
            laid[frame] = in_frames(crops[frame : frame + 1], view.crops, np.array([frame]), size)[0]
        laid.flush()

"""The formats that a clip can be written in: their names, endings, and who writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from neuface_core.errors import ExportError
from neuface_core.export.clip_files import ViewToExport
from neuface_core.export.coco import write_coco
from neuface_core.export.flame_files import write_params, write_vhap
from neuface_core.export.gltf.scene import glb_of
from neuface_core.export.mesh_files import write_pc2, write_sequence
from neuface_core.export.page.write import page_of
from neuface_core.export.tables import write_tables
from neuface_core.jobs import Job
from neuface_core.rendering.overlay_video import OverlayVideo, write_overlay

Notes = tuple[str, ...]
Writer = Callable[[Sequence[ViewToExport], Path], Job[Notes]]
HDF5 = "hdf5"


@dataclass(frozen=True)
class ExportFormat:
    """One way to write a clip.

    Attributes
    ----------
    name
        As on the command line.
    suffix
        What comes behind the name of the clip.
    ending
        Of a file that the user may name; "" where a folder is written.
    words
        What it is, for people.
    unit
        "view": a file for each view of a clip; "clip": one for all of them.
    write
        Views and where to; returns sentences for the user. A folder is made by the writer.
    """

    name: str
    suffix: str
    ending: str
    words: str
    unit: Literal["view", "clip"]
    write: Writer


def _write_glb(views: Sequence[ViewToExport], path: Path) -> Job[Notes]:
    data, notes = yield from glb_of(views[0])
    path.write_bytes(data)
    return notes


def _write_html(views: Sequence[ViewToExport], path: Path) -> Job[Notes]:
    text, notes = yield from page_of(views[0])
    path.write_text(text, encoding="utf-8")
    return notes


def _write_obj(views: Sequence[ViewToExport], path: Path) -> Job[Notes]:
    return (yield from write_sequence(views[0], path, "obj"))


def _write_ply(views: Sequence[ViewToExport], path: Path) -> Job[Notes]:
    return (yield from write_sequence(views[0], path, "ply"))


def _write_pc2(views: Sequence[ViewToExport], path: Path) -> Job[Notes]:
    return (yield from write_pc2(views[0], path))


def _write_mp4(views: Sequence[ViewToExport], path: Path) -> Job[Notes]:
    (view,) = views
    with view.open() as source:
        yield from write_overlay(source, view.fit, view.head, path, OverlayVideo(), view.title)
    return ()


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("glb", ".glb", ".glb", "animated head for Blender, Unity, Unreal and the web", "view", _write_glb),
    ExportFormat("html", ".html", ".html", "a page that turns the head in a browser", "view", _write_html),
    ExportFormat("mp4", ".mp4", ".mp4", "video: original, overlay and mesh side by side", "view", _write_mp4),
    ExportFormat("obj", "_obj", "", "one OBJ a frame", "view", _write_obj),
    ExportFormat("ply", "_ply", "", "one PLY a frame", "view", _write_ply),
    ExportFormat("pc2", "_pc2", "", "one mesh and a point cache", "view", _write_pc2),
    ExportFormat("csv", "_csv", "", "tables of landmarks, errors and parameters", "clip", write_tables),
    ExportFormat("coco", ".coco.json", ".json", "COCO-WholeBody: face keypoints and boxes", "clip", write_coco),
    ExportFormat("vhap", ".vhap.npz", ".npz", "VHAP's tracked parameters (FLAME only)", "view", write_vhap),
    ExportFormat(
        "params", ".params.npz", ".npz", "NeuFace's params.npz, with the crop (FLAME only)", "clip", write_params
    ),
)
"""In the order in which they are offered; the dataset, which holds all clips at once, comes besides."""

BY_NAME = {of.name: of for of in FORMATS}
NAMES = (HDF5, *BY_NAME)
_ENDINGS = {".h5": HDF5, ".hdf5": HDF5, ".glb": "glb", ".mp4": "mp4", ".html": "html", ".json": "coco"}
_AMBIGUOUS = {".npz": "vhap or params", ".obj": "obj, which writes a folder", ".ply": "ply, which writes a folder"}


def format_name(out: Path, wanted: str = "") -> str:
    """Which format is meant: the one that is named, else the one that `out` ends like.

    Raises
    ------
    ExportError
        When neither tells.
    """
    if wanted:
        if wanted not in NAMES:
            raise ExportError(f"There is no format {wanted!r}.", remedy=f"Choose one of {', '.join(NAMES)}.")
        return wanted
    ending = out.suffix.lower()
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    meant = _AMBIGUOUS.get(ending)
    raise ExportError(
        f"The ending {ending!r} does not tell the format." if ending else "The name does not tell the format.",
        remedy=f"Say --format {meant}." if meant else f"Say --format with one of {', '.join(NAMES)}.",
        path=out,
    )

"""Meshes one file a frame (OBJ, PLY), or one file of points for all frames beside one mesh (PC2)."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Literal

import numpy as np
import trimesh
from numpy.typing import NDArray

from neuface_core.export.clip_files import VERTEX_BATCH, ViewToExport
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress

_PC2_VERSION = 1


def write_sequence(view: ViewToExport, folder: Path, kind: Literal["obj", "ply"]) -> Job[tuple[str, ...]]:
    """`frame_000000.obj`, …, one for every frame with a mesh, numbered as in the video; and `about.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, surface = view.frames_with_mesh, _obj_surface(view.head)
    for start in range(0, len(rows), VERTEX_BATCH):
        part = rows[start : start + VERTEX_BATCH]
        for done, (row, vertices) in enumerate(zip(part, view.vertices(part), strict=True), start + 1):
            path = folder / f"frame_{row + view.offset:06d}.{kind}"
            path.write_bytes(_obj(view.head, vertices, surface) if kind == "obj" else _ply(view.head, vertices))
            yield Progress("export", done, len(rows), view.title)
    view.write_about(folder)
    return ()


def write_pc2(view: ViewToExport, folder: Path) -> Job[tuple[str, ...]]:
    """`base.obj` and `frames.pc2`, which Blender, 3ds Max and Houdini play on it: one sample a frame of the video.

    A frame without a mesh repeats the one before it, since a point cache cannot leave one out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    n_frames, valid, shown = view.fit.n_frames, view.fit.valid, view.shown_rows
    with (folder / "frames.pc2").open("wb") as file:
        file.write(struct.pack("<12siiffi", b"POINTCACHE2\0", _PC2_VERSION, view.head.n_vertices, 0.0, 1.0, n_frames))
        for start in range(0, n_frames, VERTEX_BATCH):
            vertices = view.vertices(shown[start : start + VERTEX_BATCH])
            file.write(vertices.astype("<f4").tobytes())
            yield Progress("export", min(start + VERTEX_BATCH, n_frames), n_frames, view.title)
    (folder / "base.obj").write_bytes(_obj(view.head, view.vertices(shown[:1])[0], _obj_surface(view.head)))
    view.write_about(folder)
    missing = int((~valid).sum())
    return (f"{view.title}: {missing} frames without a mesh repeat the one before.",) if missing else ()


def _obj(head: HeadModel, vertices: NDArray[np.float32], surface: str) -> bytes:
    lines = [f"# {head.head_id}, {head.licence}; metres, y up", "o head"]
    lines += [f"v {x:.7f} {y:.7f} {z:.7f}" for x, y, z in vertices.tolist()]
    return ("\n".join(lines) + surface).encode()


def _obj_surface(head: HeadModel) -> str:
    """What is the same in every frame: triangles; texture coordinates beside them, so that seams cut no vertex."""
    faces = head.faces + 1
    if head.data.uv is None:
        lines = [f"f {a} {b} {c}" for a, b, c in faces.tolist()]
    else:
        places, corner = np.unique(head.data.uv.reshape(-1, 2), axis=0, return_inverse=True)
        lines = [f"vt {u:.6f} {v:.6f}" for u, v in places.tolist()]
        both = np.stack([faces, corner.reshape(faces.shape) + 1], axis=-1).reshape(-1, 6)
        lines += [f"f {a}/{ta} {b}/{tb} {c}/{tc}" for a, ta, b, tb, c, tc in both.tolist()]
    return "\n" + "\n".join(lines) + "\n"


def _ply(head: HeadModel, vertices: NDArray[np.float32]) -> bytes:
    data = trimesh.Trimesh(vertices, head.faces, process=False).export(file_type="ply")
    return data if isinstance(data, bytes) else data.encode()

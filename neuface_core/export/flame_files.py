"""Parameter files of other tools: VHAP's tracked parameters and the released NeuFace's `params.npz`.

Both hold coefficients of FLAME and do not say so: a reader takes whatever comes as FLAME's. Fits of another head are
therefore refused (docs/adr/0020-what-an-export-holds.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ExportError
from neuface_core.export.clip_files import VERTEX_BATCH, ViewToExport
from neuface_core.export.clip_group import pixel_camera
from neuface_core.heads.flame_arrays import N_EXPRESSION, N_SHAPE
from neuface_core.heads.model import HeadModel
from neuface_core.heads.stored_head import EYELIDS
from neuface_core.jobs import Job, Progress

FLAME_VERTICES, FLAME_FACES = 5023, 9976
NEUFACE_CROP_PX = 224
_DECA_SHAPE, _DECA_EXPRESSION = 100, 50

# VHAP's camera looks along -z from here.
_CAMERA_Z_M = 1.0
_PERSPECTIVE_PX = 0.05
"""What the long focal length may move a vertex in the picture, against the weak perspective of the fit."""

Arrays = dict[str, NDArray[Any]]


def is_flame(head: HeadModel) -> bool:
    """Whether parameters of this head are FLAME's: by its mesh and its form, whatever the release is called."""
    same_mesh = (head.n_vertices, len(head.faces)) == (FLAME_VERTICES, FLAME_FACES)
    return same_mesh and head.data.pose_correctives is not None


def demand_flame(view: ViewToExport, words: str) -> None:
    """Refuse a head whose coefficients would be taken for FLAME's.

    Raises
    ------
    ExportError
        Naming the head and what to write instead.
    """
    if not is_flame(view.head):
        raise ExportError(
            f"{view.title!r} was fitted with {view.fit.head_id!r}, and {words} holds coefficients of FLAME: "
            "its readers would show another face.",
            remedy="Export GLB, OBJ, PLY, CSV or HDF5 instead, or fit the clip with a FLAME model.",
        )


def write_vhap(views: Sequence[ViewToExport], path: Path) -> Job[tuple[str, ...]]:
    """`tracked_flame_params.npz` of a view: what VHAP loads, and GaussianAvatars after it.

    Raises
    ------
    ExportError
        When the head is no FLAME.
    """
    (view,) = views
    demand_flame(view, "VHAP's file")
    # VHAP counts rows, so that a frame without a mesh has one as well: that of the frame before.
    rows = view.shown_rows
    arrays = _flame_columns(view, rows)
    focal, translation = yield from _long_pinhole(view, rows)
    mean_shape = arrays["shape"][np.unique(rows, return_index=True)[1]].astype(np.float64).mean(axis=0)
    lights = np.zeros((9, 3), np.float32)
    lights[0] = np.sqrt(4 * np.pi)  # white, from everywhere: VHAP does not load without
    stored: Arrays = {
        "rotation": arrays["global_orient"],
        "translation": translation.astype(np.float32),
        "neck_pose": arrays["neck_pose"],
        "jaw_pose": arrays["jaw_pose"],
        "eyes_pose": arrays["eye_pose"],
        "shape": _padded(mean_shape.astype(np.float32), N_SHAPE),
        "expr": _padded(arrays["expression"], N_EXPRESSION),
        "timestep_id": np.arange(len(rows)) + view.offset,
        "n_processed_frames": np.array(len(rows)),
        "focal_length": np.array([focal], np.float32),
        "image_size": np.array(view.size[::-1]),
        "lights": lights,
        "valid": view.fit.valid,
        **({"eyelids": arrays["eyelids"]} if "eyelids" in arrays else {}),
    }
    notes = [
        f"{view.title}: focal length {focal:.4g} × the longer side, so that no vertex moves by {_PERSPECTIVE_PX} px."
    ]
    if not (arrays["shape"] == arrays["shape"][0]).all():
        stored["shape_per_frame"] = _padded(arrays["shape"], N_SHAPE)
        apart = _identity_moves_mm(view, mean_shape)
        notes.append(
            f"{view.title}: VHAP has one identity a clip, this fit one a frame; the mean is written, at most "
            f"{apart:.2f} mm away. What each frame has is in shape_per_frame."
        )
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **stored, about=_about([view]))
    return tuple(notes)


def _flame_columns(view: ViewToExport, rows: NDArray[np.int64]) -> Arrays:
    """Parameters of these rows; coefficients of the eyelids, which FLAME itself does not have, by themselves."""
    arrays: Arrays = {name: array[rows] for name, array in view.fit.params.to_arrays().items()}
    lids = np.array([name in EYELIDS for name in view.head.expression_names])
    if lids.any():
        arrays["eyelids"] = arrays["expression"][:, lids]
        arrays["expression"] = arrays["expression"][:, ~lids]
    return arrays


def _long_pinhole(view: ViewToExport, rows: NDArray[np.int64]) -> Job[tuple[float, NDArray[np.float64]]]:
    """The focal length in longer sides, and translations (N, 3), that put the vertices where weak perspective does.

    A vertex d metres nearer than the plane that the scale is right for, u pixels off the axis, is moved by u d / D when
    it is seen from D metres. D is chosen for the worst vertex; the plane lies in the middle of the head.
    """
    width, height = view.size
    # Pixels count from the centre of the first one here, from its corner in VHAP.
    axis = np.array([width, height]) / 2 - 0.5
    camera = pixel_camera(view.fit.params.camera.numpy(), view.fit.crops).astype(np.float64)[rows]
    a, u = camera[:, 0], camera[:, 1:]
    plane = np.empty(len(rows))
    wanted = 0.0
    for start in range(0, len(rows), VERTEX_BATCH):
        part = slice(start, start + VERTEX_BATCH)
        points = view.vertices(rows[part]).astype(np.float64)
        plane[part] = (points[..., 2].min(axis=1) + points[..., 2].max(axis=1)) / 2
        depth = np.abs(points[..., 2] - plane[part, None])
        pixels = u[part, None] + a[part, None, None] * points[..., :2] * [1, -1]
        away = np.linalg.norm(pixels - axis, axis=-1) * depth / _PERSPECTIVE_PX
        # One focal length for the clip: distance times pixels a metre.
        wanted = max(wanted, float((away * a[part, None]).max()))
        yield Progress("export", min(start + VERTEX_BATCH, len(rows)), len(rows), view.title)
    focal = float(np.float32(wanted / max(width, height)))
    distance = focal * max(width, height) / a
    across = (u - axis) * [1, -1] / a[:, None]
    return focal, np.column_stack([across, _CAMERA_Z_M - distance - plane])


def write_params(views: Sequence[ViewToExport], path: Path) -> Job[tuple[str, ...]]:
    """`params.npz` as the released NeuFace writes it, views interleaved, with the crop that it leaves out.

    Raises
    ------
    ExportError
        When the head is no FLAME, or uses more coefficients than the file has.
    """
    views = sorted(views, key=lambda view: view.view)
    for view in views:
        demand_flame(view, "params.npz")
    # A moment that a view does not have would shift every later row of the file.
    together = np.logical_and.reduce([view.fit.valid for view in views])
    rows = np.flatnonzero(together)
    if not len(rows):
        raise ExportError(f"No moment of {views[0].name!r} has a mesh in every view.", remedy="Export one view.")
    parts = []
    for done, view in enumerate(views):
        parts.append(_params_of(view, rows))
        yield Progress("export", done + 1, len(views), view.title)
    stored = {
        name: np.stack([part[name] for part in parts], axis=1).reshape(-1, *parts[0][name].shape[1:])
        for name in parts[0]
    }
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **stored, about=_about(views))
    dropped = int((~together).sum())
    return (f"{views[0].name}: {dropped} moments without a mesh in every view are left out.",) if dropped else ()


def _params_of(view: ViewToExport, rows: NDArray[np.int64]) -> Arrays:
    """The columns of one view; those that the released code does not write come after its own."""
    fit = view.fit
    arrays = _flame_columns(view, rows)
    for name, most in (("shape", _DECA_SHAPE), ("expression", _DECA_EXPRESSION)):
        if arrays[name][:, most:].any():
            raise ExportError(
                f"{view.title!r} uses more than the {_DECA_SHAPE} + {_DECA_EXPRESSION} coefficients of params.npz.",
                remedy="Export it as vhap or hdf5, which hold all of them.",
            )
    scale = NEUFACE_CROP_PX / fit.crops.size[rows].astype(np.float64)
    tform = np.tile(np.eye(3), (len(rows), 1, 1))
    tform[:, 0, 0] = tform[:, 1, 1] = scale
    tform[:, :2, 2] = NEUFACE_CROP_PX / 2 - scale[:, None] * fit.crops.centre[rows]
    return {
        "cam": arrays["camera"],
        "pose": np.concatenate([arrays["global_orient"], arrays["jaw_pose"]], axis=1),
        "expr": _padded(arrays["expression"][:, :_DECA_EXPRESSION], _DECA_EXPRESSION),
        "shapes": _padded(arrays["shape"][:, :_DECA_SHAPE], _DECA_SHAPE),
        "landmarks2d": fit.crops.to_crop(fit.landmarks.points)[rows],
        "tform": tform,
        "crop_centre": fit.crops.centre[rows],
        "crop_size": fit.crops.size[rows],
        "neck_pose": arrays["neck_pose"],
        "eye_pose": arrays["eye_pose"],
        "frame_index": rows + view.offset,
        "view": np.array([view.view] * len(rows)),
        **({"eyelids": arrays["eyelids"]} if "eyelids" in arrays else {}),
    }


def _padded(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """Zeros behind the last axis: the first coefficients are the same in every FLAME."""
    return np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, width - values.shape[-1])])


def _identity_moves_mm(view: ViewToExport, mean_shape: NDArray[np.float64]) -> float:
    moves = view.params.to_arrays()["shape"] - mean_shape
    farthest = 0.0
    for start in range(0, len(moves), VERTEX_BATCH):
        offsets = np.einsum("vck,nk->nvc", view.head.data.shape, moves[start : start + VERTEX_BATCH], optimize=True)
        farthest = max(farthest, float(np.linalg.norm(offsets, axis=-1).max()))
    return 1000 * farthest


def _about(views: Sequence[ViewToExport]) -> NDArray[np.str_]:
    """Provenance as JSON, with the sizes that the pictures had."""
    about: list[Mapping[str, Any]] = [dict(view.about) | {"image_size": view.size} for view in views]
    return np.array(json.dumps(about[0] if len(about) == 1 else about, ensure_ascii=False, default=str))

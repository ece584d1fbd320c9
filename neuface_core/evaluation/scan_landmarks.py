"""Landmarks that lie beside a mesh or scan: arrays, plain text, and the picked points of MeshLab (NoW's .pp)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.mesh_sequences import MeshSequenceError
from neuface_core.evaluation.scan_distance import NOW_LANDMARKS

SUFFIXES = (".npy", ".txt", ".pp")
_POINT = re.compile(r"<point\b[^>]*>")


def landmarks_beside(path: Path) -> NDArray[np.float64] | None:
    """NoW's seven landmarks (7, 3) of a mesh, in its own unit; None where no file holds any.

    Looked for as NAME.landmarks.npy, .txt or .pp, and as NAME.pp, for a mesh NAME.ply.

    Raises
    ------
    MeshSequenceError
        When the file holds neither 7 points nor 68.
    """
    names = [f"{path.stem}.landmarks{suffix}" for suffix in SUFFIXES] + [f"{path.stem}.pp"]
    for name in names:
        file = path.with_name(name)
        if file.is_file():
            return _seven(_read(file), file)
    return None


def _read(file: Path) -> NDArray[np.float64]:
    try:
        if file.suffix == ".npy":
            return np.asarray(np.load(file, allow_pickle=False), np.float64)
        if file.suffix == ".txt":
            return np.asarray(np.loadtxt(file, delimiter="," if "," in file.read_text("utf-8") else None), np.float64)
        return _picked(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise MeshSequenceError(f"The landmarks cannot be read ({error}).", path=file) from error


def _picked(text: str) -> NDArray[np.float64]:
    """Points of a MeshLab file, in their order."""
    rows = []
    for tag in _POINT.findall(text):
        values = dict(re.findall(r'\b([xyz])="([^"]+)"', tag))
        rows.append([float(values[axis]) for axis in "xyz" if axis in values])
    return np.array(rows, np.float64)


def _seven(points: NDArray[np.float64], file: Path) -> NDArray[np.float64]:
    if points.shape == (68, 3):
        points = points[list(NOW_LANDMARKS)]
    if points.shape != (len(NOW_LANDMARKS), 3) or not np.isfinite(points).all():
        raise MeshSequenceError(
            f"The landmarks have shape {points.shape}; wanted are 7 or 68 points with x, y and z.", path=file
        )
    return points

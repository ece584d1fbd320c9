"""Sequences of meshes as the field stores them (VOCASET and others): folders of PLY or OBJ files, or arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import trimesh
from numpy.typing import NDArray

from neuface_core.errors import NeuFaceError
from neuface_core.image_folder import natural_key

MESH_SUFFIXES = frozenset({".ply", ".obj"})
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001}
"""Metres of one unit."""

# Diagonal of the box around a face mask, at least, and around a head with neck and shoulders, at most; metres.
_SMALLEST_M, _LARGEST_M = 0.08, 0.9
_ARRAY_NAMES = ("vertices", "verts", "v")


class MeshSequenceError(NeuFaceError):
    """A sequence of meshes cannot be read or does not fit another one."""


@dataclass(frozen=True)
class MeshSequence:
    """Meshes of one topology, frame by frame.

    Attributes
    ----------
    name
        Where they come from.
    vertices : (F, V, 3) float32
        Metres; NaN in frames without a mesh.
    faces : (T, 3) int64 or None
        None where the source does not say.
    frames
        Name of each, for example the stem of its file.
    unit
        What the source was taken to be in.
    """

    name: str
    vertices: NDArray[np.float32]
    faces: NDArray[np.int64] | None
    frames: tuple[str, ...]
    unit: str

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Frames (F,) with a mesh."""
        return np.asarray(np.isfinite(self.vertices).all(axis=(1, 2)))


@dataclass(frozen=True)
class Mesh:
    """One mesh or point cloud: vertices (V, 3) float64 in its own unit; faces (T, 3), none in a cloud."""

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]


def read_mesh(path: Path) -> Mesh:
    """Read a PLY or OBJ file as it is stored: nothing is merged, dropped or put in another order.

    Raises
    ------
    MeshSequenceError
        When it is no mesh.
    """
    try:
        found = trimesh.load(path, process=False, maintain_order=True, skip_materials=True)
        if isinstance(found, trimesh.Scene):
            found = found.to_geometry()
        vertices = np.asarray(found.vertices, np.float64).reshape(-1, 3)
        faces = np.asarray(getattr(found, "faces", np.zeros((0, 3))), np.int64).reshape(-1, 3)
    except MemoryError:
        raise
    except Exception as error:  # trimesh passes on whatever its parsers trip over
        raise MeshSequenceError(
            f"The mesh cannot be read ({error or type(error).__name__}).",
            remedy="Write it again as PLY or OBJ.",
            path=path,
        ) from error
    if not len(vertices) or not np.isfinite(vertices).all():
        raise MeshSequenceError("The mesh has no vertices, or some that are no numbers.", path=path)
    return Mesh(vertices, faces)


def mesh_files(path: Path) -> list[Path]:
    """The file itself, or the PLY and OBJ files of a folder in natural order.

    Raises
    ------
    MeshSequenceError
        When there is none.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise MeshSequenceError("There is no such file or folder.", path=path)
    found = [p for p in path.iterdir() if p.suffix.lower() in MESH_SUFFIXES and not p.name.startswith(".")]
    if not found:
        raise MeshSequenceError(
            "The folder has no PLY or OBJ files.", remedy="Give the folder that holds the meshes themselves.", path=path
        )
    return sorted(found, key=lambda p: natural_key(p.name))


def load_sequence(path: Path, unit: str | None = None) -> MeshSequence:
    """Read a folder of PLY or OBJ files, one such file, or a .npy or .npz of vertices (F, V, 3).

    Parameters
    ----------
    unit
        "m", "cm" or "mm"; told from the size of the meshes where None.

    Raises
    ------
    MeshSequenceError
        When it is none of these, its meshes are not of one topology, or their size is that of no head.
    """
    if path.suffix.lower() in {".npy", ".npz"}:
        vertices = _stored_vertices(path)
        frames = tuple(str(k) for k in range(len(vertices)))
        return in_metres(MeshSequence(path.name, vertices, None, frames, "m"), unit, path)
    files = mesh_files(path)
    first = read_mesh(files[0])
    stack = np.empty((len(files), len(first.vertices), 3), np.float32)
    for k, file in enumerate(files):
        mesh = first if k == 0 else read_mesh(file)
        if len(mesh.vertices) != len(first.vertices) or not np.array_equal(mesh.faces, first.faces):
            raise MeshSequenceError(
                f"The meshes are not of one topology: {files[0].name} has {len(first.vertices)} vertices and "
                f"{len(first.faces)} triangles, {file.name} {len(mesh.vertices)} and {len(mesh.faces)}, or others.",
                remedy="Compare raw scans with neuface evaluate scan.",
                path=path,
            )
        stack[k] = mesh.vertices
    faces = first.faces if len(first.faces) else None
    return in_metres(MeshSequence(path.name, stack, faces, tuple(f.stem for f in files), "m"), unit, path)


def _stored_vertices(path: Path) -> NDArray[np.float32]:
    try:
        stored = np.load(path, allow_pickle=False, mmap_mode="r" if path.suffix.lower() == ".npy" else None)
        if not isinstance(stored, np.ndarray):
            with stored:
                names = [name for name in _ARRAY_NAMES if name in stored.files] or stored.files
                found = {name: stored[name] for name in names}
            fitting = [a for a in found.values() if a.ndim == 3 and a.shape[2] == 3]
            if len(fitting) != 1:
                there = ", ".join(f"{name} {array.shape}" for name, array in found.items())
                raise MeshSequenceError(
                    f"The file has no single array of vertices (frames, vertices, 3); it has {there or 'nothing'}.",
                    remedy="Store the array under the name vertices.",
                    path=path,
                )
            stored = fitting[0]
    except (OSError, ValueError, EOFError) as error:
        raise MeshSequenceError(f"The array cannot be read ({error}).", path=path) from error
    if stored.ndim == 2 and stored.shape[1] == 3:
        stored = stored[None]
    if stored.ndim != 3 or stored.shape[2] != 3 or not stored.size or stored.dtype.kind not in "fiu":
        raise MeshSequenceError(
            f"The array has shape {stored.shape}; wanted are vertices (frames, vertices, 3).", path=path
        )
    return np.asarray(stored, np.float32)


def in_metres(sequence: MeshSequence, unit: str | None, path: Path) -> MeshSequence:
    """The sequence in metres; its vertices are in `unit`, or in what its size says.

    Raises
    ------
    MeshSequenceError
        When no unit makes it a head, or the given one does not.
    """
    valid = np.flatnonzero(sequence.valid)
    if not len(valid):
        raise MeshSequenceError("No frame has a mesh.", path=path)
    few = sequence.vertices[valid[:: max(1, len(valid) // 20)]].astype(np.float64)
    size = float(np.median(np.linalg.norm(np.ptp(few, axis=1), axis=1)))
    found = unit or told_unit(size, path)
    if not _SMALLEST_M <= size * UNITS[found] <= _LARGEST_M:
        raise MeshSequenceError(
            f"The meshes measure {size:.3g} {found} across, which is no head (0.08 m to 0.9 m).",
            remedy="Give another --unit (m, cm, mm).",
            path=path,
        )
    metres = sequence.vertices * np.float32(UNITS[found]) if found != "m" else sequence.vertices
    return replace(sequence, vertices=np.asarray(metres, np.float32), unit=found)


def told_unit(size: float, path: Path) -> str:
    """The unit in which a box with a diagonal of `size` holds a head.

    Raises
    ------
    MeshSequenceError
        When there is none.
    """
    for unit, metres in UNITS.items():
        if _SMALLEST_M <= size * metres <= _LARGEST_M:
            return unit
    raise MeshSequenceError(
        f"The meshes measure {size:.3g} across, which is a head neither in metres (0.08 to 0.9) nor in centimetres "
        "(8 to 90) nor in millimetres (80 to 900).",
        remedy="If they are heads all the same, scale them; else check that the right files were given.",
        path=path,
    )

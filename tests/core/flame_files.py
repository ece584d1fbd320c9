"""Files in the exact formats of FLAME, RingNet, DECA and SMIRK, with made-up content and without their libraries.

FLAME's pickles come from Python 2 with chumpy: texts and bytes are `str`, NumPy's and SciPy's classes have the names of
ten years ago, the bases are a `chumpy.ch.Ch`. `_Python2Pickler` writes just that (FORMATS sections 1.2, 1.3 and 2).
"""

from __future__ import annotations

import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from made_up_flame import embeddings, flame_entries
from numpy.typing import NDArray
from scipy import sparse

MASK_SIZES = {
    "eye_region": 751, "neck": 253, "left_eyeball": 546, "right_eyeball": 546, "right_ear": 588,
    "right_eye_region": 287, "forehead": 133, "lips": 254, "nose": 379, "scalp": 489, "boundary": 114, "face": 1787,
    "left_ear": 588, "left_eye_region": 287,
}  # fmt: skip
"""Names and lengths in FLAME_masks.pkl."""


class Ch:
    """What a chumpy array looks like to a pickler."""

    def __init__(self, x: NDArray[Any]) -> None:
        self.x = x


class Select:
    """What chumpy makes of an array that was indexed."""

    def __init__(self, a: Ch, idxs: NDArray[Any], preferred_shape: tuple[int, ...]) -> None:
        self.a, self.idxs, self.preferred_shape = a, idxs, preferred_shape


class CscMatrix:
    """What SciPy of ten years ago kept of a sparse matrix."""

    def __init__(self, matrix: Any) -> None:
        self.__dict__.update(
            _shape=matrix.shape,
            indices=matrix.indices,
            indptr=matrix.indptr,
            data=matrix.data,
            maxprint=50,
            format="csc",
        )


_NAMES = {
    ("flame_files", "Ch"): ("chumpy.ch", "Ch"),
    ("flame_files", "Select"): ("chumpy.reordering", "Select"),
    ("flame_files", "CscMatrix"): ("scipy.sparse.csc", "csc_matrix"),
    ("numpy._core.multiarray", "_reconstruct"): ("numpy.core.multiarray", "_reconstruct"),
}


class _Python2Pickler(pickle._Pickler):  # type: ignore[name-defined, misc]
    dispatch = pickle._Pickler.dispatch.copy()  # type: ignore[attr-defined]

    def save_text(self, text: str | bytes) -> None:
        raw = text.encode("latin1") if isinstance(text, str) else text
        short = len(raw) < 256
        head = pickle.SHORT_BINSTRING + bytes([len(raw)]) if short else pickle.BINSTRING + struct.pack("<i", len(raw))
        self.write(head + raw)
        self.memoize(text)

    def save_class(self, made: Any, name: str | None = None) -> None:
        found = (made.__module__, name or made.__qualname__)
        module, name = _NAMES.get(found, found)
        self.write(pickle.GLOBAL + f"{module}\n{name}\n".encode())
        self.memoize(made)

    save_global = save_class
    dispatch[str] = dispatch[bytes] = save_text
    dispatch[type] = save_class


def python2_pickle(content: object) -> bytes:
    """As cPickle of Python 2 wrote it with protocol 2."""
    file = io.BytesIO()
    _Python2Pickler(file, 2, fix_imports=False).dump(content)
    return file.getvalue()


def write_flame(
    path: Path, entries: dict[str, Any] | None = None, *, chumpy: bool = True, select: bool = False
) -> Path:
    """A FLAME model file: chumpy's (2020), or of plain arrays (2023)."""
    content = dict(entries if entries is not None else flame_entries())
    content["J_regressor"] = CscMatrix(content["J_regressor"])
    if chumpy:
        content["shapedirs"] = Ch(content["shapedirs"])
    if select:
        whole = content["v_template"]
        content["v_template"] = Select(
            Ch(whole[::-1].copy()), np.arange(whole.size).reshape(whole.shape)[::-1].ravel(), whole.shape
        )
    path.write_bytes(python2_pickle(content))
    return path


def write_landmark_embedding(path: Path, points: dict[str, NDArray[Any]] | None = None, *, eyes: bool = False) -> Path:
    """DECA's `landmark_embedding.npy`, its contour as tensors of torch; VHAP's with two more points."""
    points = points if points is not None else embeddings(flame_entries())
    full = np.concatenate([points["full_faces"], points["full_faces"][-2:]]) if eyes else points["full_faces"]
    weights = np.concatenate([points["full_weights"], points["full_weights"][-2:]]) if eyes else points["full_weights"]
    content = {
        "static_lmk_faces_idx": full[17:].astype(np.int64),
        "static_lmk_bary_coords": weights[17:],
        "dynamic_lmk_faces_idx": torch.tensor(points["dynamic_faces"], dtype=torch.int64),
        "dynamic_lmk_bary_coords": torch.tensor(points["dynamic_weights"], dtype=torch.float32),
        "full_lmk_faces_idx": full[None].astype(np.int64),
        "full_lmk_bary_coords": weights[None].astype(np.float32),
    }
    np.save(path, np.array(content, dtype=object), allow_pickle=True)
    return path


def write_ringnet_embeddings(
    folder: Path, points: dict[str, NDArray[Any]] | None = None, *, inner: bool = True
) -> Path:
    """RingNet's `flame_static_embedding.pkl` (51 points; 68 otherwise) and `flame_dynamic_embedding.npy`."""
    points = points if points is not None else embeddings(flame_entries())
    start = 17 if inner else 0
    static = {
        "lmk_face_idx": points["full_faces"][start:].astype(np.uint32),
        "lmk_b_coords": points["full_weights"][start:],
    }
    dynamic = {"lmk_face_idx": points["dynamic_faces"].astype(np.uint32), "lmk_b_coords": points["dynamic_weights"]}
    name = "flame_static_embedding.pkl" if inner else "flame_static_embedding_68.pkl"
    (folder / name).write_bytes(python2_pickle(static))
    np.save(folder / "flame_dynamic_embedding.npy", np.array(dynamic, dtype=object), allow_pickle=True)
    return folder


def write_mediapipe_embedding(path: Path, seed: int = 0) -> Path:
    """The 105 points of the face mesh network that SMIRK and EMOCA v2 use."""
    rng = np.random.default_rng(seed)
    np.savez(
        path,
        lmk_face_idx=rng.integers(0, 9976, 105).astype(np.uint32),
        lmk_b_coords=rng.dirichlet(np.ones(3), 105),
        landmark_indices=np.sort(rng.permutation(468)[:105]).astype(np.int64),
    )
    return path


def write_masks(path: Path, entries: dict[str, Any] | None = None) -> Path:
    """`FLAME_masks.pkl`: each region the vertices nearest to where it is on a face."""
    vertices = (entries if entries is not None else flame_entries())["v_template"]
    centres = {
        "face": (0, 0, 0.11), "left_ear": (0.085, 0, 0), "right_ear": (-0.085, 0, 0), "neck": (0, -0.15, 0),
        "boundary": (0, -0.15, 0), "scalp": (0, 0.15, -0.03), "forehead": (0, 0.1, 0.08), "nose": (0, 0, 0.11),
        "lips": (0, -0.05, 0.1), "left_eyeball": (0.031, 0.03, 0.1), "right_eyeball": (-0.031, 0.03, 0.1),
        "eye_region": (0, 0.03, 0.1), "left_eye_region": (0.031, 0.03, 0.1), "right_eye_region": (-0.031, 0.03, 0.1),
    }  # fmt: skip
    content = {
        name: np.sort(np.argsort(np.linalg.norm(vertices - centres[name], axis=1))[:count])
        for name, count in MASK_SIZES.items()
    }
    path.write_bytes(python2_pickle(content))
    return path


def write_eyelids(folder: Path, entries: dict[str, Any] | None = None) -> Path:
    """SMIRK's `l_eyelid.npy` and `r_eyelid.npy`: what closing one eye adds to every vertex."""
    vertices = (entries if entries is not None else flame_entries())["v_template"]
    for name, side in (("l_eyelid", 1), ("r_eyelid", -1)):
        near = np.exp(-np.linalg.norm(vertices - [side * 0.031, 0.035, 0.1], axis=1) / 0.01)
        np.save(folder / f"{name}.npy", near[:, None] * [0, -0.01, 0.002])
    return folder


class Harmful:
    """An object whose pickle creates a file when it is read by the wrong reader."""

    def __init__(self, target: Path) -> None:
        self._command = f"touch {target}"

    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return os.system, (self._command,)


def sparse_regressor(entries: dict[str, Any]) -> NDArray[Any]:
    """The joint regressor as a dense array, for references."""
    regressor = entries["J_regressor"]
    return regressor.toarray() if sparse.issparse(regressor) else np.asarray(regressor)

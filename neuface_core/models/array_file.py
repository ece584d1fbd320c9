"""NumPy's own files (.npy, .npz), with objects inside where the field has them, read without executing anything."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from neuface_core.errors import ModelError
from neuface_core.models.pickled_tree import resolved
from neuface_core.models.pickled_values import AbsurdSizeError, checked_count
from neuface_core.models.restricted_pickle import described, read_bytes
from neuface_core.models.torch_file import array_of, embedded_stream

MOST_BYTES = 1 << 30
_MOST_PACKING = 200  # zeros pack a thousandfold, bases and weights hardly


def read_npy(path: Path) -> Any:
    """The array of a .npy file; of a 0-dimensional array of objects, the object (DECA's `landmark_embedding.npy`).

    Tensors of torch that stand in such an object come as arrays.

    Raises
    ------
    ModelError
        When the file is damaged, wants to execute something, or states absurd sizes.
    """
    return _npy(read_bytes(path, MOST_BYTES), path)


def read_npz(path: Path) -> dict[str, Any]:
    """The arrays of a .npz file by name.

    Raises
    ------
    ModelError
        As `read_npy`; also when it unpacks to far more than it has.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            whole = sum(member.file_size for member in members)
            packed = sum(member.compress_size for member in members)
            if whole > MOST_BYTES or whole > _MOST_PACKING * max(packed, 1 << 16):
                raise ModelError(
                    f"The file unpacks to {whole / 1e9:.1f} GB, {whole / max(packed, 1):.0f} times what it has.",
                    remedy="It may be meant to do harm: get it again from its source.",
                    path=path,
                )
            return {m.filename.removesuffix(".npy"): _npy(archive.read(m), path) for m in members}
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise ModelError("The file is damaged, or no .npz file.", remedy="Get it again.", path=path) from error


def _npy(data: bytes, path: Path) -> Any:
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
        count = checked_count(tuple(shape))
        if not dtype.hasobject:
            if dtype.kind not in "biufcSU" or len(data) - file.tell() < count * dtype.itemsize:
                raise AbsurdSizeError(f"an array of shape {shape} in it has not as many bytes as it needs")
            flat = np.frombuffer(data, dtype, count, file.tell())
            made = flat.reshape(shape, order="F" if fortran else "C")
            return made.astype(dtype.newbyteorder("="), order="K")
    except AbsurdSizeError as error:
        raise ModelError(f"The file cannot be used: {error}.", remedy="Get it again from its source.", path=path) from (
            error
        )
    except (ValueError, TypeError, EOFError, SyntaxError) as error:
        raise ModelError("The file is damaged, or no .npy file.", remedy="Get it again.", path=path) from error
    tree = described(file, path, stream=embedded_stream(path))
    objects = resolved(tree, path, tensor=lambda tensor: array_of(tensor, path))
    return objects.item() if isinstance(objects, np.ndarray) and objects.ndim == 0 else objects

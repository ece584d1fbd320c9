"""The truth of synthetic faces as one file of named arrays, and back (docs/synthetic_faces.md)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ExportError
from neuface_core.heads.params import HeadParams
from neuface_core.training.synth.attributes import FaceAttributes
from neuface_core.training.synth.faces import SyntheticFaces

_ATTRIBUTE = "attribute_"


def truth_arrays(faces: SyntheticFaces, seeds: range) -> dict[str, NDArray[np.generic]]:
    """Everything that is known of `faces`, by name, N rows each."""
    attributes = {f"{_ATTRIBUTE}{name}": array for name, array in faces.attributes.to_arrays().items()}
    more: dict[str, NDArray[np.generic]] = {
        "seed": np.array(seeds, np.int64),
        "landmarks": faces.landmarks,
        "views": faces.views,
    }
    return {**more, **faces.params.to_arrays(), **attributes}


def read_truth(path: Path) -> tuple[HeadParams, FaceAttributes, dict[str, NDArray[np.generic]]]:
    """Parameters, attributes, and the other arrays (seed, landmarks, views) of a file of truth.

    Raises
    ------
    ExportError
        When it is not such a file.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        params = HeadParams.from_arrays(arrays)
        named = {name.removeprefix(_ATTRIBUTE): a for name, a in arrays.items() if name.startswith(_ATTRIBUTE)}
        return params, FaceAttributes.from_arrays(named), {n: arrays[n] for n in ("seed", "landmarks", "views")}
    except (OSError, KeyError, ValueError) as error:
        raise ExportError(
            f"This is no truth of synthetic faces ({error}).", remedy="Write the folder again.", path=path
        ) from error


def packed(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """The bytes of a compressed .npz file; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()

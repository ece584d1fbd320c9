"""Render the synthetic test set, and keep it in the user's cache: the second evaluation starts at once.

Its faces are people whom no training has seen, turned by every yaw alike, so that no slice is empty and the frontal
majority of a usual distribution cannot hide what happens at the sides.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write, remove_partials
from neuface_core.evaluation.held_out import HeldOutFaces
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress
from neuface_core.training.fingerprint import head_fingerprint, renderer_fingerprint
from neuface_core.training.synth.faces import FaceSynthesiser, SyntheticFaces

TEST_SEED = 20_000_000
"""Seeds from here on are neither trained on (from 0) nor chosen by (from 10,000,000)."""

_CHUNK = 50
_KEPT = 3  # test sets: a few heads or renderers can be compared without rendering again
_PARAM = "param_"
_ATTRIBUTE = "attribute_"


def cache_folder() -> Path:
    """Where rendered test sets are kept; it may be deleted at any time."""
    return platformdirs.user_cache_path("neuface", appauthor=False) / "held_out"


def held_out_faces(head: HeadModel, size: int, count: int, folder: Path | None = None) -> Job[HeldOutFaces]:
    """The first `count` faces of the test set; what the cache has is not rendered again.

    Parameters
    ----------
    head
        The head model, on the CPU.
    size
        Side of the pictures in pixels: the encoder's `input_size`.
    folder
        Of the cache; `cache_folder()` when not given.
    """
    folder = (cache_folder() if folder is None else folder) / _key(head, size)
    folder.mkdir(parents=True, exist_ok=True)
    remove_partials(folder)
    _forget_old(folder)
    synthesiser: FaceSynthesiser | None = None
    parts: list[HeldOutFaces] = []
    # A chunk is always rendered whole: its first faces are the same whatever `count` is.
    for start in range(0, count, _CHUNK):
        seeds = range(TEST_SEED + start, TEST_SEED + start + _CHUNK)
        path = folder / f"{seeds.start}.npz"
        part = _read(path)
        if part is None:
            synthesiser = synthesiser or FaceSynthesiser(head, size)
            part = _of_faces(synthesiser.faces(seeds, balanced=True))
            _write(path, part)
        parts.append(part)
        yield Progress("render", min(start + _CHUNK, count), count)
    return _join(parts, count)


def _key(head: HeadModel, size: int) -> str:
    """What the pictures depend on: the head, the files of renderer and cache, the size."""
    own = Path(__file__).read_bytes()
    digest = hashlib.sha256(f"{size} {head_fingerprint(head)} {renderer_fingerprint()}".encode() + own)
    return digest.hexdigest()[:20]


def _forget_old(current: Path) -> None:
    others = [path for path in current.parent.iterdir() if path.is_dir() and path != current]
    for path in sorted(others, key=lambda path: path.stat().st_mtime)[: max(0, len(others) - _KEPT + 1)]:
        shutil.rmtree(path, ignore_errors=True)


def _of_faces(faces: SyntheticFaces) -> HeldOutFaces:
    shown = faces.attributes
    attributes: dict[str, NDArray[np.generic]] = {"skin": shown.skin_class, "age": shown.age_class}
    attributes |= {
        name: array for name, array in shown.to_arrays().items() if name not in ("skin_ita_deg", "age", "person")
    }
    return HeldOutFaces(faces.images, faces.params, faces.landmarks, attributes)


def _write(path: Path, faces: HeldOutFaces) -> None:
    arrays: dict[str, Any] = {"images": faces.images, "landmarks": faces.landmarks}
    arrays |= {_PARAM + name: value for name, value in faces.truth.to_arrays().items()}
    arrays |= {_ATTRIBUTE + name: value for name, value in faces.attributes.items()}
    with atomic_write(path) as file:
        np.savez(file, **arrays)


def _read(path: Path) -> HeldOutFaces | None:
    """A chunk of the cache; None where it is not there or cannot be read, and has to be rendered."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        return HeldOutFaces(
            arrays["images"],
            HeadParams.from_arrays({n.removeprefix(_PARAM): a for n, a in arrays.items() if n.startswith(_PARAM)}),
            arrays["landmarks"],
            {n.removeprefix(_ATTRIBUTE): a for n, a in arrays.items() if n.startswith(_ATTRIBUTE)},
        )
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _join(parts: list[HeldOutFaces], count: int) -> HeldOutFaces:
    return HeldOutFaces(
        np.concatenate([part.images for part in parts])[:count],
        HeadParams.cat([part.truth for part in parts])[:count],
        np.concatenate([part.landmarks for part in parts])[:count],
        {name: np.concatenate([part.attributes[name] for part in parts])[:count] for name in parts[0].attributes},
    )

"""A folder of synthetic faces: pictures, one file of truth, and a manifest that says how to make it again.

Made in chunks. A chunk counts when its truth is there, which is written after its pictures, so that a killed job goes
on where it was and ends with the same bytes. What a folder holds is described in docs/synthetic_faces.md.
"""

from __future__ import annotations

import errno
import json
import platform
import shutil
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write, remove_partials
from neuface_core.errors import ExportError, ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.training.face_truth import packed, truth_arrays
from neuface_core.training.fingerprint import head_fingerprint, renderer_fingerprint
from neuface_core.training.synth.faces import FaceSynthesiser

FORMAT = "neuface-synthetic-faces/1"
MANIFEST, TRUTH, SHEET, PICTURES = "manifest.json", "truth.npz", "sheet.jpg", "images"
_CHUNKS = "chunks"
_OTHERWISE = {
    "head_sha256": "drawn with another head model",
    "renderer_sha256": "drawn by another version of the renderer",
}
_SHEET_COLUMNS, _SHEET_ROWS, _SHEET_SIDE = 8, 3, 160
_JPEG_QUALITY = 95
_TEST_ONLY = 10_000_000
"""Seeds from here on are kept for tests (`train_encoder.VALIDATION_SEED`); a set that reaches them is refused."""


@dataclass(frozen=True)
class FaceOrder:
    """Which faces to write.

    Attributes
    ----------
    images
        How many; of the seeds `seed`, `seed` + 1 and so on.
    size
        Side of the pictures in pixels.
    people
        Consecutive seeds that show one person.
    balanced
        Every yaw within ±75° alike frequent.
    picture
        "png" (exact) or "jpg" (a fifth of the space).
    head
        File of a head model; None for the open head.
    chunk
        Pictures that are lost at most when the job is killed.
    """

    images: int
    seed: int = 0
    size: int = 256
    people: int = 1
    balanced: bool = False
    picture: str = "png"
    head: Path | None = None
    chunk: int = 100

    @property
    def seeds(self) -> range:
        return range(self.seed, self.seed + self.images)

    def chunks(self) -> list[range]:
        """The seeds in the parts that they are made in."""
        stop = self.seeds.stop
        return [range(start, min(start + self.chunk, stop)) for start in range(self.seed, stop, self.chunk)]


def write_faces(order: FaceOrder, out: Path, workers: int = 1) -> Job[Path]:
    """Render the faces of `order` into the folder `out`, or go on where an earlier run of the same order was stopped.

    Parameters
    ----------
    workers
        Processes that render. They change nothing of the result.

    Returns
    -------
    The file of the truth.

    Raises
    ------
    ExportError
        When the folder cannot be written, holds something else, or the disk is full; what is finished is kept.
    ModelError
        When the head cannot be drawn.
    """
    if order.seed < 0 or order.seeds.stop > _TEST_ONLY:
        raise ExportError(
            f"Seeds {order.seeds.start} to {order.seeds.stop - 1} cannot be written: those from {_TEST_ONLY} on are "
            "kept for tests, and a seed is never negative.",
            remedy="Choose another --seed or fewer --images.",
        )
    head = drawable_head(order.head)
    manifest = _manifest(order, head)
    try:
        _claim(out, manifest)
        missing = [part for part in order.chunks() if not _chunk(out, part).exists()]
        if (out / TRUTH).exists() and not (out / _CHUNKS).exists():
            missing = []
        done = order.images - sum(len(part) for part in missing)
        yield Progress("render", done, order.images)
        for part in _render(order, out, missing, workers):
            done += len(part)
            yield Progress("render", done, order.images)
        if not (out / TRUTH).exists():
            _finish(order, out, manifest)
        shutil.rmtree(out / _CHUNKS, ignore_errors=True)
    except OSError as error:
        raise _as_said(error, out) from error
    return out / TRUTH


def drawable_head(path: Path | None) -> HeadModel:
    """The head of a file, if the renderer can paint it.

    Raises
    ------
    ModelError
        When it has no landmarks of the detector's mesh, or is no head at all.
    """
    head = load_head(path)
    needed = {"face", "scalp", "ears", "neck", "nose", "lips", "inner_mouth", "left_eye", "right_eye", "eye_sockets"}
    lacks = sorted(needed - set(head.vertex_masks))
    if head.data.static is None or head.data.dense is None or lacks:
        what = f"no region {lacks[0]!r}" if lacks else "no landmarks to paint by"
        raise ModelError(
            f"The head {head.head_id!r} cannot be drawn: it has {what}.",
            remedy="Leave --head away to draw the open head, or bake the head with its landmarks.",
            path=path,
        )
    return head


def _manifest(order: FaceOrder, head: HeadModel) -> dict[str, object]:
    said = {name: value for name, value in asdict(order).items() if name != "head"}
    try:
        own = version("neuface-studio")
    except PackageNotFoundError:
        own = "checkout"
    versions = {name: version(name) for name in ("numpy", "torch", "scipy", "numba")}
    return {
        "format": FORMAT,
        **said,
        "head_id": head.head_id,
        "head_licence": head.licence,
        "head_sha256": head_fingerprint(head),
        "renderer_sha256": renderer_fingerprint(),
        "versions": {"neuface": own, "python": platform.python_version(), "opencv": cv2.__version__, **versions},
    }


def _claim(out: Path, manifest: dict[str, object]) -> None:
    """Make the folder ours, or see that it is: the same order by the same head and renderer."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / MANIFEST
    if path.exists():
        try:
            found = json.loads(path.read_text("utf-8"))
        except ValueError:
            found = {}
        other = [name for name in manifest if name != "versions" and found.get(name) != manifest[name]]
        if other:
            name = other[0]
            what = _OTHERWISE.get(name, f"{name} {found.get(name)!r}, wanted {manifest[name]!r}")
            raise ExportError(
                f"The folder holds other synthetic faces ({what}); they were left as they are.",
                remedy="Choose another folder, or give the options of the manifest.",
                path=out,
            )
    elif any(entry.name != _CHUNKS for entry in out.iterdir()):
        raise ExportError(
            "The folder is not empty and holds no synthetic faces; it was left as it is.",
            remedy="Choose another folder.",
            path=out,
        )
    else:
        with atomic_write(path) as file:
            file.write(json.dumps(manifest, indent=2).encode())
    for folder in (out / PICTURES, out / _CHUNKS):
        if folder.name == PICTURES or not (out / TRUTH).exists():
            folder.mkdir(exist_ok=True)
            remove_partials(folder)


def _chunk(out: Path, part: range) -> Path:
    return out / _CHUNKS / f"{part.start:08d}-{part.stop - 1:08d}.npz"


def _picture(out: Path, order: FaceOrder, seed: int) -> Path:
    return out / PICTURES / f"{seed:08d}.{order.picture}"


def _render(order: FaceOrder, out: Path, missing: list[range], workers: int) -> Iterator[range]:
    """Write the missing chunks; yields each that is done, and often an empty one."""
    if workers <= 1 or len(missing) <= 1:
        synthesiser = FaceSynthesiser(drawable_head(order.head), order.size) if missing else None
        for part in missing:
            assert synthesiser is not None
            yield from _write_chunk(synthesiser, order, out, part)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (order,)) as pool:
        waiting = {pool.submit(_work, order, out, part) for part in missing}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
                yield range(0)
        finally:  # a stop must not wait for what has not begun
            for future in waiting:
                future.cancel()


_workers: list[FaceSynthesiser] = []  # of this process, when it is one of a pool


def _start_worker(order: FaceOrder) -> None:
    torch.set_num_threads(1)  # the processes share the cores
    cv2.setNumThreads(1)
    _workers.append(FaceSynthesiser(load_head(order.head), order.size))


def _work(order: FaceOrder, out: Path, part: range) -> range:
    for _ in _write_chunk(_workers[0], order, out, part):
        pass
    return part


def _write_chunk(synthesiser: FaceSynthesiser, order: FaceOrder, out: Path, part: range) -> Iterator[range]:
    """Pictures first, their truth last; yields a few seeds at a time."""
    parts = []
    for start in range(part.start, part.stop, 10):
        few = range(start, min(start + 10, part.stop))
        faces = synthesiser.faces(few, people=order.people, balanced=order.balanced)
        for seed, image in zip(few, faces.images, strict=True):
            with atomic_write(_picture(out, order, seed)) as file:
                file.write(_encoded(np.ascontiguousarray(image.transpose(1, 2, 0)), order.picture))
        parts.append(truth_arrays(faces, few))
        if few.stop < part.stop:
            yield few
    with atomic_write(_chunk(out, part)) as file:
        file.write(packed({name: np.concatenate([piece[name] for piece in parts]) for name in parts[0]}))
    yield few


def _encoded(image: NDArray[np.uint8], picture: str) -> bytes:
    flags = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if picture == "jpg" else [cv2.IMWRITE_PNG_COMPRESSION, 4]
    ok, packed = cv2.imencode(f".{picture}", image[..., ::-1], flags)
    if not ok:
        raise ValueError(f"a picture of shape {image.shape} cannot be written as {picture}")
    return packed.tobytes()


def _finish(order: FaceOrder, out: Path, manifest: dict[str, object]) -> None:
    """One file of truth from those of the chunks, and a sheet to look at."""
    parts = []
    for part in order.chunks():
        with np.load(_chunk(out, part), allow_pickle=False) as stored:
            parts.append({name: stored[name] for name in stored.files})
    tiles = []
    for seed in order.seeds[: _SHEET_COLUMNS * _SHEET_ROWS]:
        tile = cv2.imread(str(_picture(out, order, seed)))
        tiles.append(cv2.resize(tile, (_SHEET_SIDE, _SHEET_SIDE), interpolation=cv2.INTER_AREA))
    columns = min(_SHEET_COLUMNS, len(tiles))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.concatenate(tiles[i : i + columns], axis=1) for i in range(0, len(tiles), columns)]
    with atomic_write(out / SHEET) as file:
        file.write(_encoded(np.ascontiguousarray(np.concatenate(rows)[..., ::-1]), "jpg"))
    with atomic_write(out / TRUTH) as file:
        file.write(packed({name: np.concatenate([part[name] for part in parts]) for name in parts[0]}))


def _as_said(error: OSError, out: Path) -> ExportError:
    if error.errno == errno.ENOSPC:
        return ExportError(
            "The disk is full; the faces that were finished are kept.",
            remedy="Make room and give the same command again.",
            path=out,
        )
    if error.errno in (errno.ENOENT, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
        return ExportError("The folder cannot be written.", remedy="Choose another one.", path=out)
    return ExportError(
        f"The faces could not be written ({error.strerror or error}); the finished ones are kept.",
        remedy="Give the same command again.",
        path=out,
    )

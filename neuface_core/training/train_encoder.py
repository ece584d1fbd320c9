"""A whole training of the open encoder, from nothing to the files of `resources/open_encoder`, as one job.

Everything it learns from is rendered here from seeds. Rendered faces are kept in chunks and the training's state in
checkpoints, so that a training that was stopped goes on where it was. ``neuface train encoder`` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import cv2
import torch

from neuface_core.encoders.face_reading import PARTS
from neuface_core.encoders.open_encoder import file_sha256
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.models import model_path
from neuface_core.training.encoder_data import PEOPLE, TrainingSet, see_faces
from neuface_core.training.encoder_loss import EncoderLoss
from neuface_core.training.encoder_resource import TrainingPlan, write_resource
from neuface_core.training.encoder_training import Records, new_encoder, prepare, score, set_scales, train, train_trust
from neuface_core.training.feature_store import FeatureStore, from_named_tensors, named_tensors, store_key
from neuface_core.training.fingerprint import head_fingerprint, renderer_fingerprint
from neuface_core.training.synth.faces import FaceSynthesiser

BALANCED_SEED = 5_000_000
"""Seeds from here on show the faces that are turned by every yaw alike."""

VALIDATION_SEED = 10_000_000
"""Seeds from here on are never trained on; the trust in answers is learned on the first half of them."""

CHUNK = 100


@dataclass(frozen=True)
class TrainingOrder:
    """What to train.

    Attributes
    ----------
    images
        Faces to render, most of them nearly frontal, as faces are; each is also seen mirrored.
    balanced
        More faces, turned by every yaw alike.
    validation
        Faces for the scores, and as many again for the trust.
    plan
        Steps and rates.
    version, parts, width
        Trunk, what of it is read, and width of the hidden layers.
    tuned
        Stage of the trunk behind which a copy of it is trained too; empty for none.
    workers
        Processes that render. They change nothing of the result.
    """

    images: int = 20_000
    balanced: int = 10_000
    validation: int = 1000
    plan: TrainingPlan = field(default_factory=TrainingPlan)
    version: Version = "v2"
    parts: tuple[str, ...] = PARTS
    width: int = 512
    tuned: str = ""
    workers: int = 1


def train_open_encoder(order: TrainingOrder, work: Path, out: Path) -> Job[dict[str, float]]:
    """Render, train, and write the encoder's folder.

    Parameters
    ----------
    work
        Folder for rendered faces and checkpoints; what is there already and belongs to the same order is used.
    out
        Folder of the result.

    Returns
    -------
    Scores on unseen faces (`encoder_training.score`).
    """
    head = load_head()
    torch.manual_seed(order.plan.seed)
    encoder = new_encoder(head, order.version, order.width, order.parts, order.tuned)
    loss = EncoderLoss(head, landmarks_of(head, order.version))
    data = yield from rendered(head, order, work, range(order.images), taught=True)
    if order.balanced:
        turned = range(BALANCED_SEED, BALANCED_SEED + order.balanced)
        more = yield from rendered(head, order, work, turned, taught=True, balanced=True)
        data = TrainingSet.cat([data, more])
    unseen = range(VALIDATION_SEED, VALIDATION_SEED + 2 * order.validation)
    held_out = yield from rendered(head, order, work, unseen, taught=False)
    prepared = set_scales(encoder, data)
    faces = _faces_key(head, _Kind(order.version, order.tuned, mirrored=True, balanced=False, damaged=True))
    key = store_key(faces=faces, order=asdict(order) | {"workers": None})
    records = Records(work / f"training-{key[:20]}", key)
    records.folder.mkdir(parents=True, exist_ok=True)
    yield from train(encoder, loss, prepared, order.plan, records)
    yield from train_trust(encoder, loss, prepare(encoder, held_out.rows(slice(0, order.validation))))
    scores = score(encoder, loss, prepare(encoder, held_out.rows(slice(order.validation, None))))
    write_resource(out, encoder, scores, order.plan, order.images, order.validation, order.balanced)
    return scores


def landmarks_of(head: HeadModel, version: Version) -> str:
    """Name of the landmarks that the detector on that trunk gives, as `HeadModel.landmarks` knows them."""
    name = f"open-{version}"
    return name if name in head.data.detectors else "static"


def rendered(
    head: HeadModel, order: TrainingOrder, work: Path, seeds: range, *, taught: bool, balanced: bool = False
) -> Job[TrainingSet]:
    """Readings of all `seeds`, from the store or rendered now.

    Parameters
    ----------
    taught
        To learn from: every picture mirrored as well, and a damaged copy of it.
    """
    kind = _Kind(order.version, order.tuned, taught, balanced, taught)
    key = _faces_key(head, kind)
    store = FeatureStore(work / "faces", key, CHUNK)
    missing = store.missing(seeds)
    done = len(seeds) - sum(len(part) for part in missing)
    yield Progress("render", done, len(seeds))
    for part in _render_chunks(store, missing, kind, order.workers):
        done += len(part)
        yield Progress("render", done, len(seeds))
    data: TrainingSet = from_named_tensors(TrainingSet, store.read(seeds))
    return data


@dataclass(frozen=True)
class _Kind:
    """What is seen of rendered faces, and how they are turned: `encoder_data.see_faces` has the words."""

    version: Version
    stage: str
    mirrored: bool
    balanced: bool
    damaged: bool


def _faces_key(head: HeadModel, kind: _Kind) -> str:
    # Where detectors put their points is not in the pictures: it may change without rendering them again.
    drawn = HeadModel(replace(head.data, detectors={}))
    return store_key(
        head=head_fingerprint(drawn),
        renderer=renderer_fingerprint(),
        trunk=file_sha256(model_path(f"face_mesh_{kind.version}")),
        people=PEOPLE,
        kind=asdict(kind),
    )


def _render_chunks(store: FeatureStore, missing: list[range], kind: _Kind, workers: int) -> Iterator[range]:
    """Fill the store; yields each chunk that is done, at least twice a second an empty one."""
    if workers <= 1:
        worker = _Worker(kind) if missing else None
        for part in missing:
            assert worker is not None
            store.write(part, worker.tensors(part))
            yield part
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start_worker, (kind,)) as pool:
        waiting = {pool.submit(_work, store, part) for part in missing}
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
                yield from (_result(future) for future in done)
                yield range(0)
        finally:  # a stop must not wait for what has not begun
            for future in waiting:
                future.cancel()


def _result(future: Future[range]) -> range:
    return future.result()


class _Worker:
    """Head, renderer and trunk of one process."""

    def __init__(self, kind: _Kind) -> None:
        self.kind = kind
        self.trunk = FaceMesh.load(kind.version)
        self.synthesiser = FaceSynthesiser(load_head(), self.trunk.input_size)

    def tensors(self, seeds: range) -> dict[str, torch.Tensor]:
        kind = self.kind
        return named_tensors(
            see_faces(
                self.synthesiser,
                self.trunk,
                seeds,
                mirrored=kind.mirrored,
                balanced=kind.balanced,
                damaged=kind.damaged,
                stage=kind.stage,
            )
        )


_worker: list[_Worker] = []  # of this process, when it is one of a pool


def _start_worker(kind: _Kind) -> None:
    torch.set_num_threads(1)  # the processes share the cores
    cv2.setNumThreads(1)
    _worker.append(_Worker(kind))


def _work(store: FeatureStore, seeds: range) -> range:
    store.write(seeds, _worker[0].tensors(seeds))
    return seeds

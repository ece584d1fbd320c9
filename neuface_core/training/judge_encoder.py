"""Judge an encoder: render or read the test set, ask the encoder, look at real clips, and put it all in one report."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.atomic_file import atomic_write
from neuface_core.clips import Clip
from neuface_core.encoders.open_encoder import FILE_NAME, OpenEncoder, file_sha256, load_encoder
from neuface_core.errors import LandmarkError, ModelError, VideoError
from neuface_core.evaluation.clip_report import ClipReport, clip_report
from neuface_core.evaluation.encoder_report import EncoderReport
from neuface_core.evaluation.held_out import answers
from neuface_core.evaluation.report_text import markdown
from neuface_core.evaluation.synthetic_report import SyntheticReport, synthetic_report
from neuface_core.evaluation.worst_sheet import worst_sheet
from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress
from neuface_core.landmarks import DetectorName, detector
from neuface_core.resource_files import resource_path
from neuface_core.training.encoder_resource import parameter_hash
from neuface_core.training.held_out_faces import TEST_SEED, held_out_faces


@dataclass(frozen=True)
class Judgement:
    """What was measured, and a picture (H, W, 3) uint8 RGB of the answers that went most wrong."""

    report: EncoderReport
    worst: NDArray[np.uint8]


def judge_encoder(
    path: Path | None,
    images: int,
    clips: Sequence[Clip],
    device: torch.device | str = "cpu",
    yardstick: DetectorName = "open",
) -> Job[Judgement]:
    """Measure an encoder on the synthetic test set and on real clips.

    Parameters
    ----------
    path
        The encoder's file; the one of the installation when not given.
    images
        Faces of the test set.
    clips
        Real ones. What cannot be measured is named in the report and does not stop the others.
    yardstick
        The detector whose landmarks the answers are compared with on real clips.

    Raises
    ------
    ModelError
        When encoder or detector cannot be loaded, or the encoder belongs to another head.
    """
    yield Progress("models", 0, 1)
    head = load_head()
    encoder = load_encoder(path, device)
    if encoder.config.head_sha256 != parameter_hash(resource_path(OPEN_HEAD)):
        raise ModelError(
            "This encoder was trained for another bake of the head: its answers mean nothing here.",
            remedy="Train it again (neuface train encoder), or take the head that it was trained for.",
            path=path or resource_path("open_encoder") / FILE_NAME,
        )
    synthetic, sheet = yield from judge_on_renders(encoder, head, images, device)
    found: list[ClipReport] = []
    failed: dict[str, str] = {}
    faceless: list[str] = []
    finder = detector(yardstick, device) if clips else None
    for clip in clips:
        assert finder is not None
        try:
            found.append((yield from clip_report(clip.name, clip.views[0], encoder, head, finder, device)))
        except LandmarkError:
            faceless.append(clip.name)
        except VideoError as error:
            failed[clip.name] = str(error)
    about = _about(encoder, path, str(device))
    return Judgement(EncoderReport(about, synthetic, tuple(found), tuple(faceless), failed), sheet)


def judge_on_renders(
    encoder: OpenEncoder, head: HeadModel, images: int, device: torch.device | str = "cpu", folder: Path | None = None
) -> Job[tuple[SyntheticReport, NDArray[np.uint8]]]:
    """The synthetic half, for an encoder in memory as well; with the sheet of the worst answers."""
    faces = yield from held_out_faces(head, encoder.input_size, images, folder)
    answered = yield from answers(encoder, faces.images, device)
    yield Progress("score", 0, 1)
    return synthetic_report(head, faces, answered, TEST_SEED), worst_sheet(head, faces, answered.params, TEST_SEED)


def _about(encoder: OpenEncoder, path: Path | None, device: str) -> dict[str, str]:
    config = encoder.config
    return {
        "encoder": config.encoder_id,
        "file SHA-256": file_sha256(path or resource_path("open_encoder") / FILE_NAME),
        "head": config.head_id,
        "head SHA-256": config.head_sha256,
        "trunk": f"face mesh {config.trunk}",
        "device": device,
        "torch": torch.__version__,
    }


def write_report(judged: Judgement, folder: Path) -> tuple[Path, ...]:
    """`report.md`, `report.json`, `slices.csv` and `worst.png` in a folder, which is made; each whole or as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    report = judged.report
    numbers = json.dumps(_plain(report.to_dict()), indent=2, ensure_ascii=False) + "\n"
    texts = {"report.md": markdown(report), "report.json": numbers, "slices.csv": report.slices_csv()}
    contents = {name: text.encode() for name, text in texts.items()}
    contents["worst.png"] = cv2.imencode(".png", judged.worst[..., ::-1])[1].tobytes()
    for name, content in contents.items():
        with atomic_write(folder / name) as file:
            file.write(content)
    return tuple(folder / name for name in contents)


def _plain(value: Any) -> Any:
    """JSON knows no NaN."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

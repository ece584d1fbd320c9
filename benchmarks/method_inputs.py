"""Clips of a project as methods get them, read once and encoded once, for sweeps over settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from neuface_core.encoders.base import Encoder, Features, Stage
from neuface_core.encoders.open_encoder import OpenEncoder
from neuface_core.fitting.methods import Method
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.project import Project
from neuface_core.study.inputs import cut_views, plan_clip
from neuface_core.study.run_methods import score
from neuface_core.study.truth import ClipTruth, clip_truth


class RememberingEncoder(nn.Module):
    """An encoder that does not look at the same pictures twice; copies of it share what it remembers.

    Only for stages whose features no training changes ("head", "last_stage").
    """

    def __init__(self, encoder: OpenEncoder) -> None:
        super().__init__()
        self.inner = encoder
        self.encoder_id, self.head_id, self.licence = encoder.encoder_id, encoder.head_id, encoder.licence
        self.input_size, self.crop_rule = encoder.input_size, encoder.crop_rule
        self._memory = _Memory()

    def features(self, images: Tensor, stage: Stage) -> Features:
        if stage == "all":
            return self.inner.features(images, stage)
        key = stage + hashlib.sha256(images.cpu().numpy().tobytes()).hexdigest()
        if key not in self._memory.kept:
            self._memory.kept[key] = self.inner.features(images, stage)
        return self._memory.kept[key]

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        return self.inner.answer(features, stage)

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        return self.inner.trainable_parameters(stage)


class _Memory:
    def __init__(self) -> None:
        self.kept: dict[str, Features] = {}

    def __deepcopy__(self, memo: object) -> _Memory:
        return self


@dataclass(frozen=True)
class StudyClip:
    """One clip of a sweep: what methods get, and what is known of it."""

    name: str
    fps: float
    views: tuple[ViewInput, ...]
    truth: ClipTruth | None


def study_clips(project: Path, names: Sequence[str], frames: int, head: HeadModel, encoder: Encoder) -> list[StudyClip]:
    """The first `frames` moments (0: all) of clips that have a fit in the project."""
    found = []
    with Project.open(project, read_only=True) as opened:
        for name in names:
            plan = plan_clip(opened, name, frames)
            views = run(cut_views(opened, plan, encoder))
            found.append(StudyClip(name, plan.fps, views, clip_truth(plan, head)))
    return found


def measure(method: Method, clip: StudyClip, encoder: RememberingEncoder, head: HeadModel) -> dict[str, float]:
    """All scores of one method on one clip."""
    torch.manual_seed(0)
    fit = run(method.fit(clip.views, encoder, head, clip.fps, clip=clip.name))
    return dict(score(method.name, clip.name, fit, head, clip.truth).values)

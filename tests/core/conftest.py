"""Projects with small videos and random fits: what the tests of projects, export and killing start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.clips import Clip
from neuface_core.fitting.fit import Fit
from neuface_core.project import Project
from neuface_core.video_write import write_video

FitMaker = Callable[..., Fit]
ProjectMaker = Callable[..., Project]


@pytest.fixture
def make_fit() -> FitMaker:
    return random_fit


@pytest.fixture(scope="session")
def sample_videos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six tiny videos of 5 frames with different content."""
    folder = tmp_path_factory.mktemp("videos")
    paths = []
    for number in range(6):
        frames = np.random.default_rng(number).integers(0, 255, (5, 64, 96, 3), dtype=np.uint8)
        paths.append(folder / f"clip{number}.mp4")
        write_video(paths[-1], frames, fps=25)
    return paths


@pytest.fixture
def make_project(tmp_path: Path, sample_videos: list[Path]) -> ProjectMaker:
    """A new project, open for writing, with the first `clips` videos; the first `fitted` of them have a fit."""

    def make(clips: int = 3, fitted: int = 3, name: str = "test.neuface") -> Project:
        project = Project.create(tmp_path / name)
        added = project.add_clips([Clip(path.stem, (path,)) for path in sample_videos[:clips]])
        for number, record in enumerate(added[:fitted]):
            project.save_fit(record.name, random_fit(seed=number))
        return project

    return make

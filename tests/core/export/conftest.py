"""A project with accepted clips, and an export of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from neuface_core.export import export_dataset
from neuface_core.jobs import run
from neuface_core.project import Project


@pytest.fixture
def reviewed(make_project: Callable[..., Project]) -> Project:
    """Four clips: clip0 and clip1 accepted, clip2 rejected, clip3 not decided; closed at the end of the test."""
    project = make_project(clips=4, fitted=4)
    project.decide("clip1", "accept", note="schön", reviewer="kim")
    project.decide("clip2", "reject", reason="jitter", reviewer="kim")
    project.decide("clip0", "reject", reason="jitter", reviewer="kim")
    project.undo(reviewer="kim")
    project.decide("clip0", "accept", reviewer="lee")
    yield project
    project.close()


@pytest.fixture
def dataset(reviewed: Project, tmp_path: Path) -> Path:
    """The export of `reviewed`, without vertices."""
    run(export_dataset(reviewed, tmp_path / "out.h5"))
    return tmp_path / "out.h5"

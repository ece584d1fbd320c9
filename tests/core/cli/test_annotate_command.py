"""Frames are left out and tags are given from the terminal, as in the window."""

from __future__ import annotations

import pytest

from neuface_core.cli.app import main
from neuface_core.project import Project


def test_frames_and_tags_from_the_terminal(make_project, capsys: pytest.CaptureFixture[str]) -> None:
    with make_project(clips=1, fitted=1) as project:
        path = project.path
    assert main(["exclude", str(path), "clip0", "3, 0-1"]) == 0
    assert main(["tag", str(path), "clip0", "--add", "glasses", "--add", "beard"]) == 0
    assert main(["tag", str(path), "clip0", "--remove", "beard"]) == 0
    with Project.open(path) as project:
        record = project.clip("clip0")
        assert (record.excluded, record.tags) == ("0-1, 3", ("glasses",))
    assert main(["tag", str(path), "clip0"]) == 0
    assert main(["exclude", str(path), "clip0", "two"]) == 1
    said = capsys.readouterr()
    assert "frames 0-1, 3 are left out" in said.out
    assert said.out.strip().endswith("clip0: glasses")
    assert "no range of frames" in said.err
    assert main(["decide", str(path), "--undo"]) == 0
    with Project.open(path) as project:
        assert project.clip("clip0").tags == ("beard", "glasses")

"""`neuface config --set`: what is written is what the next fit uses; what cannot be is refused and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuface_core.cli.app import main
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import Project


def test_entries_are_changed_together_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.neuface"
    Project.create(path).close()
    assert main(["config", str(path), "--set", "encoder=deca", "--set", "neuface.iterations=40"]) == 0
    assert 'encoder = "deca"' in capsys.readouterr().out
    with Project.open(path, read_only=True) as project:
        settings = PipelineSettings.of_project(project.settings, project.path)
    assert (settings.encoder, settings.neuface.iterations) == ("deca", 40)
    for wrong in ("neuface.trainable=none", "nonsense=1", "encoder", "encoder=dcea"):
        assert main(["config", str(path), "--set", "detector=fan", "--set", wrong]) == 1
    assert main(["config", "--set", "encoder=deca"]) == 1
    with Project.open(path, read_only=True) as project:
        assert PipelineSettings.of_project(project.settings, project.path) == settings


def test_a_setting_with_a_typo_is_answered_with_the_setting_that_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.neuface"
    Project.create(path).close()
    assert main(["config", str(path), "--set", "neuface.iteratons=3"]) == 1
    said = capsys.readouterr().err
    assert "There is no setting 'neuface.iteratons'. Nothing was changed. Did you mean 'iterations'?" in said

"""`neuface evaluate P`: stored fits as a table, and the words that are told from a project."""

import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from random_fits import random_fit

from neuface_core.cli import main
from neuface_core.project import Project

BEFORE = {"nme_bbox": 2.0, "nme_iod": 4.0, "jitter_mm": 0.4, "msi_v": 1.0, "msi_l": 2.0}


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Path:
    """Three clips of which two have a fit: NME 2 → 0.4 and 2 → 0.8."""
    with make_project(clips=3, fitted=0) as opened:
        for number, after in enumerate((0.4, 0.8)):
            metrics = {f"{name}_encoder": value for name, value in BEFORE.items()}
            metrics |= {name: value * after / 2 for name, value in BEFORE.items()}
            metrics |= {"motion_retained": 0.95, "seconds": 3.0}
            opened.save_fit(f"clip{number}", dataclasses.replace(random_fit(seed=number), metrics=metrics))
        return opened.path


def told(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main(["evaluate", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_a_project_is_a_table_of_clips_and_methods(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(capsys, project)
    for words in ("clip0", "clip1", "encoder only", "NeuFace", "NME box", "motion retained", "mean"):
        assert words in shown
    assert "clip2" not in shown
    assert told(capsys, "methods", project) == shown


def test_markdown_csv_and_json_hold_rows_means_and_intervals(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"table.{name}" for name in ("markdown", "csv", "json")}
    told(capsys, project, *(word for name, path in files.items() for word in (f"--{name}", path)))
    stored = json.loads(files["json"].read_text())
    assert [(row["clip"], row["method"]) for row in stored["rows"]] == [
        (clip, method) for clip in ("clip0", "clip1") for method in ("encoder only", "NeuFace")
    ]
    mean = stored["means"]["NeuFace"]["nme_bbox"]
    assert mean["mean"] == pytest.approx(0.6)
    assert mean["low"] == pytest.approx(0.4)
    assert mean["high"] == pytest.approx(0.8)
    assert mean["clips"] == 2
    rows = list(csv.DictReader(files["csv"].read_text().splitlines()))
    assert float(rows[3]["nme_bbox"]) == pytest.approx(0.8)
    assert rows[0]["seconds"] == ""
    assert "| NeuFace | 0.600 (0.400–0.800) |" in files["markdown"].read_text()


def test_a_dash_is_standard_output_and_nothing_else(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(told(capsys, project, "--json", "-"))["rows"][1]["motion_retained"] == 0.95
    only = told(capsys, project, "--clip", "clip1", "--csv", "-").splitlines()
    assert [line.split(",")[0] for line in only] == ["clip", "clip1", "clip1"]


def test_options_may_come_first_and_verbs_still_work(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "clip1" in told(capsys, "--clip", "clip1", project)
    assert "PLY" in told(capsys, "mpve", "--help")


def test_what_is_neither_a_project_nor_a_verb_says_so(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "mvpe", "a", "b"]) == 2
    assert "'mpve'" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "none")]) == 1
    assert "no project here" in capsys.readouterr().err
    assert main(["evaluate", str(project), "--clip", "clip2"]) == 1
    assert "has no fit yet" in capsys.readouterr().err

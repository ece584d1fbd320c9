"""`neuface evaluate mpve file.h5:clip`: an export against the meshes that its parameters give, and against files."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.cli import main
from neuface_core.export import export_dataset
from neuface_core.export.reader import read_clip
from neuface_core.heads.bundle import load_head
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.project import Project


@pytest.fixture(scope="module")
def small_fit():
    """Five frames of a head that hardly moves; frame 1 has no mesh."""
    fit = random_fit(seed=3)

    def shrunk(params: HeadParams) -> HeadParams:
        return params.map(lambda tensor: 0.1 * tensor)

    return dataclasses.replace(fit, params=shrunk(fit.params), params_encoder=shrunk(fit.params_encoder))


@pytest.fixture
def dataset(make_project: Callable[..., Project], small_fit, tmp_path: Path) -> Path:
    with make_project(clips=2, fitted=0) as project:
        for name in ("clip0", "clip1"):
            project.save_fit(name, small_fit)
            project.decide(name, "accept")
        run(export_dataset(project, tmp_path / "out.h5", include_vertices=True))
    return tmp_path / "out.h5"


def told(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert main(["evaluate", "mpve", *map(str, words), "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_clip_of_a_dataset_is_compared_with_meshes_in_a_file(
    dataset: Path, small_fit, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = load_head()(small_fit.params).numpy()
    np.save(tmp_path / "truth.npy", truth + np.array([0, 0.003, 0.004], np.float32))
    report = told(capsys, f"{dataset}:clip1", tmp_path / "truth.npy")
    by = {row["alignment"]: row["mpve_mm"] for row in report["results"]}
    assert by["none"] == pytest.approx(5.0, rel=1e-3)
    assert by["rigid"] < 1e-3
    assert report["left_out"] == 1  # the frame without a mesh
    assert report["frames"] == 4
    assert report["predicted"] == "out.h5:clip1"


def test_two_clips_of_one_dataset_are_the_same(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, f"{dataset}:clip0", f"{dataset}:clip1", "--align", "none")
    assert report["results"][0]["mpve_mm"] == 0.0
    assert len(read_clip(dataset, "clip0", keys=("vertices",))["vertices"]) == 5


def test_a_dataset_without_a_clip_or_with_a_wrong_one_says_which_there_are(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "mpve", str(dataset), str(dataset)]) == 1
    assert "out.h5:clip0" in capsys.readouterr().err
    assert main(["evaluate", "mpve", f"{dataset}:clip7", f"{dataset}:clip0"]) == 1
    assert "no clip 'clip7'" in capsys.readouterr().err
    assert main(["evaluate", "mpve", f"{dataset}:clip0/left", f"{dataset}:clip0"]) == 1
    assert "no view 'left'" in capsys.readouterr().err

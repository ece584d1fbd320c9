"""`neuface evaluate gradients P CLIP`: arrays and a picture of what moves the mesh, for a clip of a project."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from neuface_core.cli import main
from neuface_core.project import Project


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Path:
    with make_project(clips=2, fitted=1) as opened:
        return opened.path


def test_arrays_and_a_picture_are_written(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "maps"
    words = ["gradients", str(project), "clip0", "--out", str(out), "--frames", "3", "--full", "--device", "cpu"]
    assert main(["evaluate", *words]) == 0
    shown = capsys.readouterr().out
    assert "times as dense on the face" in shown
    (stored,) = out.glob("*.npz")
    with np.load(stored) as maps:
        neuface, flame, centre, size = (maps[name] for name in ("neuface", "flame", "centre", "size"))
        assert (maps["flame_pixels"] == 0).all()
    assert neuface.shape == flame.shape == (3, 256, 256)
    assert (neuface > 0).mean() > 0.5 > 100 * (flame > 0).mean()
    laid = np.load(stored.with_name(f"{stored.stem}_neuface.npy"))
    assert laid.shape[0] == 3
    far = np.abs(np.arange(laid.shape[2]) - centre[0, 0]) > size[0] / 2 + 2
    assert (laid[0][:, far] == 0).all()
    assert laid[0].max() > 0
    picture = cv2.imread(str(stored.with_suffix(".png")))
    assert picture.shape == (3 * 256, 3 * 256, 3)


def test_a_clip_without_a_fit_is_told_and_nothing_is_written(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "gradients", str(project), "clip1", "--out", str(tmp_path / "maps")]) != 0
    assert "clip1" in capsys.readouterr().err
    assert not (tmp_path / "maps").exists()

"""Clips of several views on the command line: what is found, listed, rendered, exported and verified."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from random_fits import random_views

from neuface_core.cli import main
from neuface_core.clips import Clip
from neuface_core.project import Project
from neuface_core.video import open_source

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(make_project: Callable[..., Project], sample_videos: list[Path]) -> Path:
    """A clip of one view, and one of three, in the second of which was no face; both accepted."""
    with make_project(clips=1, fitted=1) as opened:
        opened.add_clips([Clip("talk", tuple(sample_videos[1:4]), ("front", "left", "right"), (0, 0, 2))])
        opened.save_fit("talk", random_views(("front", "right"), frames=3))
        for name in ("clip0", "talk"):
            opened.decide(name, "accept")
        return opened.path


def test_the_list_says_who_lost_the_vote_and_how_far_views_are_apart(project: Path, capsys: Capture) -> None:
    assert main(["list", str(project), "--json"]) == 0
    one, talk = json.loads(capsys.readouterr().out)
    assert (one["views"], one["views_fitted"], one["cvd_mm"], one["weight_lost"]) == (1, 1, None, {})
    assert (talk["views"], talk["views_fitted"], talk["frames"]) == (3, 2, 3)
    assert (talk["cvd_mm"], talk["cvd_mm_encoder"]) == (2.0, 6.0)
    assert talk["weight_lost"] == {"front": 0.0, "right": 0.5}
    assert main(["list", str(project)]) == 0
    table = capsys.readouterr().out
    assert "6.00 → 2.00" in table
    for words in ("2 of 3", "lost 50%"):
        assert words in " ".join(table.split())


def test_a_dataset_with_views_is_exported_and_whole(project: Path, tmp_path: Path, capsys: Capture) -> None:
    assert main(["export", str(project), str(tmp_path / "out.h5")]) == 0
    assert main(["verify", str(tmp_path / "out.h5"), "--json"]) == 0
    lines = capsys.readouterr().out
    assert '"ok": true' in lines
    assert '"n_clips": 2' in lines


def test_a_view_is_rendered_by_name_or_number(project: Path, tmp_path: Path, capsys: Capture) -> None:
    for view in ("right", "3"):
        assert main(["render", str(project), "talk", str(tmp_path / "out.mp4"), "--view", view]) == 0
        with open_source(tmp_path / "out.mp4") as source:
            assert source.info.n_frames == 3
        (tmp_path / "out.mp4").unlink()
    for view, said in (("left", "no face was found in it"), ("nose", "It has front, left, right")):
        assert main(["render", str(project), "talk", str(tmp_path / "out.mp4"), "--view", view]) != 0
        assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out.mp4").exists()


def test_a_wrong_views_toml_is_told_by_row_and_key(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "views.toml").write_text('[[view]]\nfile = "gone.mp4"\n')
    assert main(["fit", str(tmp_path / "talk"), "-p", str(tmp_path / "p.neuface")]) != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "the file of view 1 (gone) is not there: gone.mp4" in said
    assert not (tmp_path / "p.neuface").exists()

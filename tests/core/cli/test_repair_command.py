"""`neuface repair` and the two stages of `neuface decide`: what the window can do, the command line can do."""

from __future__ import annotations

import json

import numpy as np
import pytest
from random_fits import random_fit

from neuface_core.cli import main
from neuface_core.project import ClipState, Project


@pytest.fixture
def path(make_project):
    """A clip with two faces."""
    with make_project(clips=1, fitted=1) as project:
        project.save_landmarks("clip0", [random_fit(5, seed).landmarks for seed in range(2)])
    return project.path


def track(path):
    with Project.open(path, read_only=True) as project:
        return project.corrected_landmarks("clip0")


def seen_frames(path) -> list[int]:
    return np.flatnonzero(track(path).detections.detected).tolist()


def test_points_are_moved_mirrored_confirmed_and_reset(path, capsys):
    frame = seen_frames(path)[0]
    assert main(["repair", "move", str(path), "clip0", str(frame), "30=10,12.5", "31=1,2", "--reviewer", "kim"]) == 0
    assert "neuface repair refit" in capsys.readouterr().out
    assert tuple(track(path).track.points[frame, 30]) == (10, 12.5)
    assert main(["repair", "mirror", str(path), "clip0", str(frame), "left eye"]) == 0
    assert main(["repair", "key", str(path), "clip0", str(frame), "48-50, jaw"]) == 0
    capsys.readouterr()
    assert main(["repair", "list", str(path), "clip0", "--json"]) == 0
    kinds = [(edit["kind"], len(edit["points"])) for edit in json.loads(capsys.readouterr().out)]
    assert kinds == [("drag", 2), ("mirror", 6), ("key", 20)]
    assert main(["repair", "reset", str(path), "clip0", str(frame)]) == 0
    assert not track(path).edited
    assert main(["decide", str(path), "--undo"]) == 0
    assert track(path).edited


def test_another_face_is_taken_in_a_stretch(path):
    with Project.open(path, read_only=True) as project:
        other = project.load_landmarks("clip0")[0][1]
    assert main(["repair", "face", str(path), "clip0", "0:2", "2"]) == 0
    seen = np.flatnonzero(other.detected[:3])
    assert np.allclose(track(path).track.points[seen], other.points[seen], atol=0.01)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["move", "0", "30"], 2),
        (["move", "99", "30=1,2"], 1),
        (["key", "0", "cheek"], 2),
        (["key", "0", "70"], 2),
        (["face", "0:2", "9"], 1),
        (["face", "2-0", "1"], 2),
    ],
)
def test_nonsense_is_refused_and_nothing_is_kept(path, arguments, code, capsys):
    verb, *rest = arguments
    assert main(["repair", verb, str(path), "clip0", *rest]) == code
    assert not track(path).edited
    assert capsys.readouterr().err


def test_a_fit_by_another_encoder_is_not_repaired(path, capsys):
    frame = seen_frames(path)[0]
    main(["repair", "move", str(path), "clip0", str(frame), "30=10,12.5"])
    assert main(["repair", "refit", str(path), "clip0"]) == 1
    assert "Fit the whole clip again" in capsys.readouterr().err


def test_both_stages_and_later_without_the_window(make_project, capsys):
    with make_project(clips=1, fitted=0, name="two.neuface") as project:
        project.save_landmarks("clip0", [random_fit(5, 0).landmarks])
        project.set_state("clip0", "detected")
    path = str(project.path)
    assert main(["decide", path, "clip0", "skip"]) == 0
    assert main(["decide", path, "clip0", "accept"]) == 0
    assert "landmarks accepted" in capsys.readouterr().out
    with Project.open(path) as opened:
        assert opened.clip("clip0").landmarks_accepted
        opened.save_fit("clip0", random_fit(5, 0))
    assert main(["decide", path, "clip0", "accept"]) == 0
    with Project.open(path, read_only=True) as opened:
        assert opened.clip("clip0").state is ClipState.ACCEPTED
        assert [event.stage for event in opened.history("clip0") if event.kind == "decide"] == ["landmarks", "mesh"]

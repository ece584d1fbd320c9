"""Adding, finding and losing videos."""

from __future__ import annotations

import json
import shutil
import time

import numpy as np
import pytest

from neuface_core.clips import Clip
from neuface_core.errors import ProjectError
from neuface_core.project import ClipState, Project, clip_rows
from neuface_core.project.catalogue import clips, decisions, views


def test_a_video_is_described_when_it_is_added(make_project, sample_videos):
    with make_project(clips=1, fitted=0) as project:
        (record,) = project.clips()
        pts, time_base = project.frame_times("clip0")
    assert (record.name, record.views, record.state) == ("clip0", (sample_videos[0],), ClipState.WAITING)
    assert (record.n_frames, record.n_views, record.width, record.height) == (5, 1, 96, 64)
    assert record.fps == pytest.approx(25)
    np.testing.assert_allclose(pts * float(time_base), np.arange(5) / 25)


def test_the_same_video_is_not_added_twice(make_project, sample_videos, tmp_path):
    copy = tmp_path / "copy.mp4"
    shutil.copy(sample_videos[0], copy)
    with make_project(clips=2, fitted=0) as project:
        again = project.add_clips([Clip("other", (sample_videos[1],)), Clip("copy", (copy,))])
        assert [record.name for record in again] == ["clip1", "clip0"]
        assert len(project.clips()) == 2


def test_two_videos_of_one_name_get_two_names(make_project, sample_videos):
    with make_project(clips=1, fitted=0) as project:
        (record,) = project.add_clips([Clip("clip0", (sample_videos[3],))])
        assert record.name == "clip0-2"


def test_a_bad_video_is_a_failed_clip_until_it_is_repaired(make_project, sample_videos, tmp_path):
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"")
    with make_project(clips=1, fitted=0) as project:
        (record,) = project.add_clips([Clip("bad", (bad,))])
        assert record.state is ClipState.FAILED
        assert "bad.mp4" in record.reason
        shutil.copy(sample_videos[4], bad)
        (record,) = project.add_clips([Clip("bad", (bad,))])
        assert (record.state, record.reason, record.n_frames) == (ClipState.WAITING, "", 5)


def test_a_moved_video_is_missed_and_found_again(make_project, sample_videos, tmp_path):
    here, there = tmp_path / "here.mp4", tmp_path / "there.mp4"
    shutil.copy(sample_videos[0], here)
    with make_project(clips=0, fitted=0) as project:
        project.add_clips([Clip("anna", (here,))])
        here.rename(there)
        with pytest.raises(ProjectError, match="gone") as caught:
            project.source_path("anna")
        assert caught.value.path == here
        with pytest.raises(ProjectError, match="not the video"):
            project.relocate("anna", sample_videos[1])
        assert project.relocate("anna", there).views == (there,)
        assert project.source_path("anna") == there
        there.rename(here)  # found again by adding it
        (record,) = project.add_clips([Clip("new", (here,))])
        assert (record.name, record.views) == ("anna", (here,))


def test_another_video_in_the_same_place_loses_the_old_fit(make_project, make_fit, sample_videos, tmp_path):
    file = tmp_path / "take.mp4"
    shutil.copy(sample_videos[0], file)
    with make_project(clips=0, fitted=0) as project:
        project.add_clips([Clip("take", (file,))])
        project.save_fit("take", make_fit())
        project.decide("take", "accept")
        shutil.copy(sample_videos[1], file)
        (record,) = project.add_clips([Clip("take", (file,))])
        assert (record.state, record.run, dict(record.metrics)) == (ClipState.WAITING, "", {})


def test_another_video_in_the_same_place_is_not_fitted_with_the_old_landmarks(
    make_project, make_fit, sample_videos, tmp_path
):
    file = tmp_path / "take.mp4"
    shutil.copy(sample_videos[0], file)
    with make_project(clips=0, fitted=0) as project:
        project.add_clips([Clip("take", (file,))])
        project.save_landmarks("take", [make_fit().landmarks])
        assert project.load_landmarks("take") is not None
        shutil.copy(sample_videos[1], file)
        project.add_clips([Clip("take", (file,))])
        assert project.load_landmarks("take") is None
        assert project.corrected_landmarks("take") is None
        project.save_landmarks("take", [make_fit(1).landmarks])
        assert project.load_landmarks("take") is not None


def test_videos_inside_the_project_move_with_it(make_project, sample_videos, tmp_path):
    with make_project(clips=0, fitted=0) as project:
        inside = project.path / "videos" / "a.mp4"
        inside.parent.mkdir()
        shutil.copy(sample_videos[0], inside)
        project.add_clips([Clip("a", (inside,))])
        old = project.path
    new = tmp_path / "elsewhere" / "test.neuface"
    new.parent.mkdir()
    old.rename(new)
    with Project.open(new) as project:
        assert project.source_path("a") == new / "videos" / "a.mp4"


def test_a_face_is_chosen_among_several(make_project, make_fit):
    tracks = [make_fit(seed=1).landmarks, make_fit(seed=2).landmarks]
    with make_project() as project:
        assert project.load_landmarks("clip0") is None
        project.save_landmarks("clip0", tracks)
        project.select_track("clip0", 1)
        found, selected = project.load_landmarks("clip0")
        assert (len(found), selected) == (2, 1)
        with pytest.raises(ProjectError, match="no face number 2"):
            project.select_track("clip0", 2)


def test_metrics_are_listed_without_opening_a_fit(make_project):
    with make_project() as project:
        for path in project.path.glob("runs/*/*.npz"):
            path.unlink()
        record = project.clip("clip0")
    assert record.metrics["nme_bbox"] == 1.25
    assert np.isnan(record.metrics["jitter_mm"])
    assert record.seconds == 12.0


def test_an_unknown_name_is_an_error_of_the_project(make_project):
    with make_project() as project:
        for call in (project.clip, project.load_fit, project.load_landmarks, project.source_path):
            with pytest.raises(ProjectError, match="no clip called 'nobody'"):
                call("nobody")
        with pytest.raises(ProjectError, match="no clip called 'nobody'"):
            project.set_state("nobody", "waiting")


@pytest.mark.slow
def test_a_project_of_100000_clips_lists_in_two_seconds(tmp_path):
    metrics = json.dumps({f"metric{i}": 1.5 for i in range(14)})
    common = {"added_utc": "", "run": "r", "metrics": metrics, "n_frames": 100, "fps": 25.0}
    common |= {"width": 640, "height": 480, "state": "to_review", "reason": "", "seconds": 10.0}
    common |= {"verdict": "accept", "verdict_run": "r", "decided_utc": "2026-11-22T18:29:44.902+00:00"}
    names = [f"clip{i:06d}" for i in range(100_000)]
    ids = [clip_rows.clip_id(name) for name in names]
    event = {"time": common["decided_utc"], "kind": "decide", "run": "r", "verdict": "accept", "reason": ""}
    event |= {"note": "", "reviewer": "kim", "target": ""}
    with Project.create(tmp_path / "big.neuface") as project, project._catalogue.writing() as connection:
        rows = enumerate(zip(ids, names, strict=True))
        connection.execute(
            clips.insert(), [{"id": c, "position": i, "name": n, "fingerprint": str(i)} | common for i, (c, n) in rows]
        )
        connection.execute(views.insert(), [{"clip_id": c, "view": 0, "path": f"/data/mead/{c}.mp4"} for c in ids])
        connection.execute(decisions.insert(), [{"id": f"{i:032x}", "clip": n} | event for i, n in enumerate(names)])
    Project.open(tmp_path / "big.neuface").close()  # writes the journal, once
    started = time.process_time()
    with Project.open(tmp_path / "big.neuface") as project:
        listed = project.clip_list()  # what the window shows; records are read for the rows that are looked at
        last = listed[-1]
        seconds = time.process_time() - started
        assert len(listed) == 100_000
        assert last.name == names[-1]
        assert last.state is ClipState.ACCEPTED
    assert seconds < 2

"""A project with clips of several views: what the cameras saw together, and what cannot be views of one clip."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from random_fits import random_fit, random_views

from neuface_core.clips import Clip
from neuface_core.errors import ProjectError
from neuface_core.project import ClipState, Project
from neuface_core.project.catalogue import MIGRATIONS, SCHEMA_VERSION
from neuface_core.video import open_source
from neuface_core.video_write import write_video

NAMES = ("front", "left")


@pytest.fixture
def two_views(make_project, sample_videos):
    """A clip of two views of 5 frames, the first of which began 2 frames before the other."""
    with make_project(clips=0, fitted=0) as project:
        project.add_clips([Clip("talk", tuple(sample_videos[:2]), NAMES, (2, 0))])
        yield project


def video(path, frames, fps=25.0):
    write_video(path, np.random.default_rng(frames).integers(0, 255, (frames, 64, 96, 3), dtype=np.uint8), fps=fps)
    return path


def test_a_clip_is_what_all_its_cameras_saw(two_views, sample_videos):
    record = two_views.clip("talk")
    assert (record.n_views, record.n_frames, record.state) == (2, 3, ClipState.WAITING)
    assert "3 frames that all of them see" in record.reason
    assert two_views.view_names("talk") == NAMES
    assert two_views.offsets("talk") == (2, 0)
    assert [(view.n_frames, view.width, view.height) for view in two_views.views("talk")] == [(5, 96, 64)] * 2
    pts, time_base = two_views.frame_times("talk")
    np.testing.assert_allclose(pts * float(time_base), np.arange(2, 5) / 25)


def test_frame_f_of_every_view_is_the_same_moment(two_views, sample_videos):
    for view, offset in enumerate((2, 0)):
        with two_views.open_view("talk", view) as part, open_source(sample_videos[view]) as whole:
            assert part.info.n_frames == len(part.info.pts) == 3
            for moment, picture in enumerate(part.frames()):
                np.testing.assert_array_equal(picture, whole.frame(moment + offset))
            np.testing.assert_array_equal(part.frame(1), whole.frame(1 + offset))
            with pytest.raises(IndexError):
                part.frame(3)
    with pytest.raises(ProjectError, match="no view number 2"):
        two_views.open_view("talk", 2)


def test_videos_that_cannot_be_views_of_one_clip_say_why(make_project, sample_videos, tmp_path):
    other_rate, long = video(tmp_path / "rate.mp4", 50, 30), video(tmp_path / "long.mp4", 50)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    with make_project(clips=0, fitted=0) as project:
        records = project.add_clips(
            [
                Clip("rate", (long, other_rate)),
                Clip("offset", (long, sample_videos[0]), ("a", "b"), (0, 5)),
                Clip("broken", (long, broken)),
            ]
        )
    assert [record.state for record in records] == [ClipState.FAILED] * 3
    assert (
        "different frame rates: 'long' 25.000 and 'rate' 30.000 frames a second, 10 frames apart" in records[0].reason
    )
    assert "'b' has 5 frames, and its offset is 5: nothing is left" in records[1].reason
    assert records[2].reason.startswith("View 'broken':")
    assert str(broken) in records[2].reason


def test_a_nearly_equal_rate_is_the_same_rate(make_project, tmp_path):
    with make_project(clips=0, fitted=0) as project:
        films = (video(tmp_path / "a.mp4", 10, 30), video(tmp_path / "b.mp4", 11, 29.97))
        (record,) = project.add_clips([Clip("film", films)])
    assert (record.state, record.n_frames) == (ClipState.WAITING, 10)


def test_a_fit_keeps_every_view_and_says_which_was_left_out(make_project, sample_videos):
    names = ("front", "left", "right")
    fit = random_views(("front", "right"))
    with make_project(clips=0, fitted=0) as project:
        project.add_clips([Clip("talk", tuple(sample_videos[:3]), names)])
        project.save_fit("talk", fit)
        assert project.fitted_views("talk") == (0, 2)
        for number, own in zip((0, 2), fit.views, strict=True):
            stored = project.load_fit("talk", number)
            np.testing.assert_array_equal(stored.params.shape, own.params.shape)
            np.testing.assert_array_equal(stored.projected, own.projected)
            assert stored.settings == own.settings
        with pytest.raises(ProjectError, match="'left' of 'talk' is not in the fit"):
            project.load_fit("talk", 1)
        stored = project.load_views("talk")
        assert stored.view_names == ("front", "right")
        for name in ("view_weight", "cvd_mm", "cvd_encoder_mm"):
            np.testing.assert_array_equal(getattr(stored, name), getattr(fit, name))
        record = project.clip("talk")
    assert (record.state, record.metrics["cvd_mm"]) == (ClipState.TO_REVIEW, 2.0)
    assert record.weight_lost == {"front": 0.0, "right": 0.5}


def test_a_damaged_view_is_found(make_project, sample_videos):
    with make_project(clips=0, fitted=0) as project:
        project.add_clips([Clip("talk", tuple(sample_videos[:2]), NAMES)])
        run = project.save_fit("talk", random_views(NAMES))
        (path,) = project.path.glob(f"runs/*/{run}.npz")
        content = bytearray(path.read_bytes())
        position = content.find(b"view_1/projected.npy") + 400
        content[position] ^= 1
        path.write_bytes(content)
        project.load_fit("talk", 0)  # the other view is whole
        with pytest.raises(ProjectError, match="damaged"):
            project.load_fit("talk", 1)


def test_faces_are_chosen_in_each_view(two_views):
    tracks = [random_fit(3, seed).landmarks for seed in range(2)]
    two_views.save_landmarks("talk", tracks, view=1)
    assert two_views.load_landmarks("talk") is None
    two_views.select_track("talk", 1, view=1)
    found, selected = two_views.load_landmarks("talk", view=1)
    assert (len(found), selected) == (2, 1)


def test_other_offsets_make_another_clip_of_the_same_files(two_views, sample_videos):
    two_views.save_fit("talk", random_views(NAMES, frames=3))
    assert two_views.add_clips([Clip("talk", tuple(sample_videos[:2]), NAMES, (2, 0))])[0].run
    (record,) = two_views.add_clips([Clip("talk", tuple(sample_videos[:2]), NAMES, (0, 1))])
    assert (record.name, record.run, record.n_frames) == ("talk", "", 4)
    assert two_views.offsets("talk") == (0, 1)


def test_a_view_that_became_shorter_is_named(two_views, sample_videos, tmp_path):
    short = tmp_path / "film.mp4"
    shutil.copy(sample_videos[0], short)
    two_views.add_clips([Clip("again", (short, sample_videos[2]), NAMES, (1, 0))])
    video(short, 2)
    with pytest.raises(Exception, match=r"has 2 frames; frames 1 to 4 were wanted"):
        two_views.open_view("again", 0)


def test_a_project_of_the_first_version_is_brought_up_to_date(make_project):
    with make_project(clips=2, fitted=1) as project:
        project.save_landmarks("clip0", [random_fit(5, seed).landmarks for seed in range(2)], selected=1)
        path, before = project.path, project.clips()
    database = sqlite3.connect(path / "catalogue.sqlite", isolation_level=None)
    for column in ("name", "offset", "n_frames", "width", "height", "track"):
        database.execute(f"ALTER TABLE views DROP COLUMN {column}")
    database.execute("ALTER TABLE clips ADD COLUMN track INTEGER NOT NULL DEFAULT 0")
    database.execute("UPDATE clips SET track = 1 WHERE name = 'clip0'")
    for column in ("suspect", "signals", "excluded", "marks", "tags", "system", "verdict_stage", "skipped", "licences"):
        database.execute(f"ALTER TABLE clips DROP COLUMN {column}")
    database.execute("ALTER TABLE decisions DROP COLUMN value")
    database.execute("PRAGMA user_version = 1")
    database.close()
    with pytest.raises(ProjectError, match="older version"):
        Project.open(path, read_only=True)
    with Project.open(path) as project:
        for now, old in zip(project.clips(), before, strict=True):
            np.testing.assert_equal(dict(now.metrics), dict(old.metrics))  # with NaN, which equals nothing
            forgotten = {
                "metrics": {},
                "seconds": 0,
                "suspect": "",
                "suspicion": None,
                "licences_json": "",
            }  # since, or at the next fit
            assert replace(now, **forgotten) == replace(old, **forgotten)
        (view,) = project.views("clip0")
        assert (view.name, view.offset, view.n_frames, view.width, view.height) == ("clip0", 0, 5, 96, 64)
        assert project.load_landmarks("clip0")[1] == 1
        assert project.load_fit("clip0").n_frames == 5
    assert (path / "catalogue.sqlite.version-1").exists()


def test_the_copy_of_an_old_catalogue_holds_what_a_killed_program_wrote_last(make_project, monkeypatch):
    with make_project(clips=1, fitted=0) as project:
        database = project.path / "catalogue.sqlite"
    killed = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode = WAL')\n"
        "c.execute(\"INSERT INTO meta VALUES ('last', 'word')\")\n"
        f"c.execute('PRAGMA user_version = {SCHEMA_VERSION - 1}')\n"
        "os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", killed, str(database)], check=False)
    assert database.with_name("catalogue.sqlite-wal").stat().st_size > 0
    monkeypatch.setitem(MIGRATIONS, SCHEMA_VERSION - 1, lambda connection: None)
    Project.open(project.path).close()
    copy = database.with_name(f"catalogue.sqlite.version-{SCHEMA_VERSION - 1}")
    with contextlib.closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT value FROM meta WHERE key = 'last'").fetchall() == [("word",)]
        assert kept.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION - 1,)

"""Frames that are left out, marks and tags are kept like decisions, and can be taken back like them."""

from __future__ import annotations

import json
import shutil

import h5py
import numpy as np
import pytest

from neuface_core.errors import ExportError, NeuFaceError
from neuface_core.export import export_dataset, read_clip, verify_dataset
from neuface_core.frame_ranges import Span
from neuface_core.jobs import run
from neuface_core.project import Project


def test_they_survive_a_restart_and_are_taken_back_in_their_order(make_project):
    with make_project(clips=1, fitted=1) as project:
        path = project.path
        project.exclude("clip0", "1-2")
        project.mark("clip0", Span(1, 3))
        project.tag("clip0", ["glasses", " Beard,  full ", "glasses"])
        project.add_note("clip0", "blinks")
    with Project.open(path) as project:
        record = project.clip("clip0")
        assert (record.excluded, record.marks, record.tags, record.note) == (
            "1-2", "1-3", ("Beard full", "glasses"), "blinks",
        )  # fmt: skip
        project.undo()
        project.undo()
        assert project.clip("clip0").tags == ()
    with Project.open(path) as project:
        assert project.redo().value == "Beard full, glasses"
        assert project.clip("clip0").tags == ("Beard full", "glasses")
        for _ in range(3):
            project.undo()
        record = project.clip("clip0")
        assert (record.excluded, record.marks, record.tags) == ("", "", ())
        assert project.undo() is None
        kinds = [event.kind for event in project.history("clip0")]
        assert kinds == ["exclude", "marks", "tag", "note", "undo", "undo", "redo", "undo", "undo", "undo"]


def test_a_lost_catalogue_gives_them_back(make_project):
    with make_project(clips=1, fitted=1) as project:
        path, views = project.path, project.clip("clip0").views
        project.exclude("clip0", "0, 4")
        project.tag("clip0", ["glasses"])
    for file in path.glob("catalogue.sqlite*"):
        file.unlink()
    from neuface_core.clips import Clip

    with Project.open(path) as project:
        (record,) = project.add_clips([Clip("clip0", views)])
        assert (record.excluded, record.tags) == ("0, 4", ("glasses",))


def test_nonsense_changes_nothing(make_project):
    with make_project(clips=1, fitted=1) as project:
        project.exclude("clip0", "1")
        with pytest.raises(NeuFaceError, match="no range of frames"):
            project.exclude("clip0", "one")
        assert project.clip("clip0").excluded == "1"


def test_frames_that_were_left_out_are_not_in_the_dataset(make_project, tmp_path):
    with make_project(clips=2, fitted=2) as project:
        fit = project.load_fit("clip0")
        for name in ("clip0", "clip1"):
            project.decide(name, "accept")
        project.exclude("clip0", "0-1")
        project.tag("clip0", ["glasses"])
        out = tmp_path / "out.h5"
        run(export_dataset(project, out, include_vertices=True))
        assert verify_dataset(out).ok
        clip = read_clip(out, "clip0")
        assert clip["excluded"].tolist() == [True, True, False, False, False]
        assert not clip["valid"][:2].any()
        assert not clip["detected"][:2].any()
        for name in ("params/global_orient", "vertices", "landmarks2d/detected", "error/nme_bbox", "bbox"):
            assert np.isnan(clip[name][:2]).all(), name
        assert not clip["landmarks2d/confidence"][:2].any()
        kept = np.isfinite(fit.error) & (np.arange(5) > 1)
        with h5py.File(out) as file:
            assert json.loads(file["clips/clip0"].attrs["tags"]) == ["glasses"]
            assert file["index/nme_bbox"][0] == pytest.approx(fit.error[kept].mean())
        assert not read_clip(out, "clip1")["excluded"].any()
        project.exclude("clip1", "0-99")
        with pytest.raises(ExportError, match="Every frame"):
            run(export_dataset(project, out))
        assert verify_dataset(out).ok, "the older file is untouched"


def test_a_file_of_the_schema_before_is_still_a_good_file(make_project, tmp_path):
    with make_project(clips=1, fitted=1) as project:
        project.decide("clip0", "accept")
        run(export_dataset(project, tmp_path / "new.h5"))
    shutil.copy(tmp_path / "new.h5", tmp_path / "old.h5")
    from neuface_core.export.checksum import group_sha256

    with h5py.File(tmp_path / "old.h5", "a") as file:
        del file["clips/clip0/excluded"], file["clips/clip0"].attrs["tags"]
        file["index/sha256"][0] = group_sha256(file["clips/clip0"])
        file.attrs["schema_version"] = "1.1.0"
        file["sha256"][()] = group_sha256(file, skip=("clips", "sha256", "@created_utc"))
    assert verify_dataset(tmp_path / "old.h5").problems == ()

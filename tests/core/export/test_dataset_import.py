"""A dataset that is imported and exported again is the same, clip by clip; what is missing is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from random_fits import random_fit, random_views

from neuface_core.cli import main
from neuface_core.clips import Clip
from neuface_core.errors import ExportError
from neuface_core.export import export_dataset
from neuface_core.export.dataset_import import DatasetImported, import_dataset
from neuface_core.jobs import run
from neuface_core.landmarks.corrections import LandmarkEdit, Origin, corrected
from neuface_core.project import ClipState, Project


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "another.neuface") as project:
        yield project


def hashes(path: Path) -> dict[str, str]:
    with h5py.File(path) as file:
        return dict(zip(file["index/clip"].asstr()[()], file["index/sha256"].asstr()[()], strict=True))


def bring(project: Project, path: Path, videos: Path | None = None) -> DatasetImported:
    return run(import_dataset(project, path, videos))


def test_it_goes_out_comes_in_and_goes_out_the_same(
    reviewed: Project, dataset: Path, another: Project, tmp_path: Path
) -> None:
    reviewed.exclude("clip1", "3", reviewer="lee")
    reviewed.tag("clip1", ["beard"])
    run(export_dataset(reviewed, tmp_path / "first.h5"))
    done = bring(another, tmp_path / "first.h5")
    assert (done.names, done.problems) == (("clip0", "clip1"), ())
    run(export_dataset(another, tmp_path / "second.h5"))
    assert hashes(tmp_path / "second.h5") == hashes(tmp_path / "first.h5")
    record = another.clip("clip1")
    assert (record.state, record.decided_by, record.note) == (ClipState.ACCEPTED, "kim", "schön")
    assert (record.excluded, record.tags) == ("3", ("beard",))
    assert another.history("clip0") == reviewed.history("clip0")
    fit = another.load_fit("clip0")
    np.testing.assert_array_equal(fit.projected, reviewed.load_fit("clip0").projected)


def test_a_repaired_clip_stays_repaired(tmp_path: Path, make_project: Callable[..., Project], another: Project) -> None:
    fit = random_fit(5, 1)
    first = int(np.flatnonzero(fit.landmarks.detected)[0])
    edit = LandmarkEdit.of("drag", [first], [30], [[fit.landmarks.points[first, 30] + 9]])
    seen = corrected(fit.landmarks, [edit], [(0, 5)])
    repaired = replace(fit, landmarks=seen.track, detections=seen.detections, origin=seen.origin)
    with make_project(clips=1, fitted=0) as project:
        project.save_fit("clip0", repaired)
        project.decide("clip0", "accept")
        run(export_dataset(project, tmp_path / "first.h5"))
        before = project.clip("clip0").metrics["repaired_frames"]
    assert bring(another, tmp_path / "first.h5").problems == ()
    back = another.load_fit("clip0")
    np.testing.assert_array_equal(back.landmarks.points, seen.track.points)
    np.testing.assert_array_equal(back.detections.points, fit.landmarks.points)  # type: ignore[union-attr]
    put = (seen.origin != 0) & (seen.origin != Origin.INTERPOLATED)
    assert (back.landmarks.confidence[put] == 1).all()
    assert another.clip("clip0").metrics["repaired_frames"] == before
    run(export_dataset(another, tmp_path / "second.h5"))
    assert hashes(tmp_path / "second.h5") == hashes(tmp_path / "first.h5")
    assert another.decide("clip0", "accept").verdict == "accept-repaired"


def test_several_views_come_back_with_their_weights(
    tmp_path: Path, sample_videos: list[Path], another: Project
) -> None:
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip("pair", tuple(sample_videos[:2]), ("front", "left"))])
        project.save_fit("pair", random_views(("front", "left")))
        project.decide("pair", "accept")
        run(export_dataset(project, tmp_path / "first.h5"))
    assert bring(another, tmp_path / "first.h5").problems == ()
    run(export_dataset(another, tmp_path / "second.h5"))
    assert hashes(tmp_path / "second.h5") == hashes(tmp_path / "first.h5")
    assert another.view_names("pair") == ("front", "left")


def test_a_second_import_adds_nothing_and_a_fit_of_ones_own_is_left_alone(
    reviewed: Project, dataset: Path, another: Project, make_fit: object
) -> None:
    own = another.add_clips([Clip("mine", reviewed.clip("clip1").views)])[0]
    run_of_mine = another.save_fit(own.name, make_fit(5))  # type: ignore[operator]
    done = bring(another, dataset)
    assert done.names == ("clip0",)
    assert "another fit" in done.problems[0]
    assert another.clip("mine").run == run_of_mine
    again = bring(another, dataset)
    assert (again.names, again.already) == ((), ("clip0",))
    assert len(another.history("clip0")) == len(reviewed.history("clip0"))


def test_videos_that_moved_are_found_by_their_content_and_missing_ones_are_named(
    reviewed: Project, sample_videos: list[Path], another: Project, tmp_path: Path
) -> None:
    """The dataset names places where nothing is; one video lies elsewhere, one is another of the same name."""
    with Project.create(tmp_path / "p.neuface") as project:
        for number in (0, 1, 2):
            (tmp_path / "gone").mkdir(exist_ok=True)
            video = tmp_path / "gone" / f"v{number}.mp4"
            shutil.copy(sample_videos[number], video)
            (record,) = project.add_clips([Clip(video.stem, (video,))])
            project.save_fit(record.name, reviewed.load_fit(f"clip{number}"))
            project.decide(record.name, "accept")
        run(export_dataset(project, tmp_path / "d.h5"))
    shutil.rmtree(tmp_path / "gone")
    found = tmp_path / "found" / "deep"
    found.mkdir(parents=True)
    shutil.copy(sample_videos[0], found / "v0.mp4")
    shutil.copy(sample_videos[5], found / "v1.mp4")
    done = bring(another, tmp_path / "d.h5", tmp_path / "found")
    assert done.names == ("v0",)
    assert "content differs" in done.problems[0]
    assert "missing" in done.problems[1]
    assert "--video" in done.problems[1]
    assert [record.name for record in another.clips()] == ["v0"]


def test_what_is_no_dataset_is_refused(another: Project, tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_bytes(b"nothing")
    with pytest.raises(ExportError, match="cannot be opened"):
        bring(another, tmp_path / "a.h5")


def test_the_command_imports_a_dataset(dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(dataset), "-p", str(tmp_path / "new.neuface")]) == 0
    assert "2 clips imported" in capsys.readouterr().out
    assert main(["export", str(tmp_path / "new.neuface"), str(tmp_path / "again.h5")]) == 0
    assert hashes(tmp_path / "again.h5") == hashes(dataset)
    assert main(["export", str(tmp_path / "new.neuface"), str(tmp_path / "again.h5")]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["export", str(tmp_path / "new.neuface"), str(tmp_path / "again.h5"), "--force"]) == 0

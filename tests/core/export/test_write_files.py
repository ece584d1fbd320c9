"""Clips go out as files of other programs: whole or not at all, never over another, and what cannot go says why."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from lively_fit import lively_fit, view_of
from random_fits import random_fit, random_views
from test_full_disk import no_file_larger_than

from neuface_core.clips import Clip
from neuface_core.errors import CancelledError, ExportError
from neuface_core.export.formats import BY_NAME, format_name
from neuface_core.export.mesh_files import write_pc2
from neuface_core.export.write_files import FilesWritten, export_files
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import JobControl, run
from neuface_core.project import Project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, sample_videos: list[Path]) -> Iterator[Project]:
    """ "talk/1" is accepted, "pair" has two views and is not decided, "bare" has no fit."""
    head = load_head()
    with Project.create(tmp_path_factory.mktemp("files") / "p.neuface") as project:
        project.add_clips([Clip("talk/1", (sample_videos[0],))])
        project.add_clips([Clip("pair", tuple(sample_videos[1:3]), ("front", "left"))])
        project.add_clips([Clip("bare", (sample_videos[3],))])
        project.save_fit("talk/1", lively_fit(head, 5))
        views = random_views(("front", "left"))
        both = tuple(lively_fit(head, 5, seed) for seed in (3, 4))
        project.save_fit("pair", replace(views, views=both))
        project.decide("talk/1", "accept", reviewer="kim")
        yield project


def export(project: Project, out: Path, name: str, **wanted: object) -> FilesWritten:
    return run(export_files(project, out, name, **wanted))


def test_only_what_was_accepted_goes_out_unless_more_is_asked_for(project: Project, tmp_path: Path) -> None:
    done = export(project, tmp_path / "a", "obj")
    assert [path.name for path in done.files] == ["talk_1_obj"]
    assert (done.n_clips, done.n_frames) == (1, 5)
    assert "CC0" in done.notes[-1]
    every = export(project, tmp_path / "b", "obj", everything=True)
    assert [path.name for path in every.files] == ["talk_1_obj", "pair.front_obj", "pair.left_obj"]
    one = export(project, tmp_path / "c", "obj", clips=["pair"], view="left")
    assert [path.name for path in one.files] == ["pair.left_obj"]


@pytest.mark.parametrize("kind", ["obj", "ply"])
def test_a_sequence_has_a_file_for_every_frame_with_a_mesh(project: Project, tmp_path: Path, kind: str) -> None:
    folder = export(project, tmp_path, kind).files[0]
    fit, head = project.load_fit("talk/1"), load_head()
    assert sorted(path.name for path in folder.glob(f"*.{kind}")) == [f"frame_00000{n}.{kind}" for n in (0, 2, 3, 4)]
    wanted = head(fit.params[[3]])[0].numpy()
    mesh = trimesh.load(folder / f"frame_000003.{kind}", process=False, maintain_order=True)
    vertices = mesh.vertices if kind == "ply" else _obj_vertices(folder / "frame_000003.obj")
    np.testing.assert_allclose(vertices, wanted, atol=1e-6)
    assert len(mesh.faces) == len(head.faces)
    about = json.loads((folder / "about.json").read_text())
    assert about["frame_index"] == [0, 2, 3, 4]
    assert (about["licence"], about["reviewer"]) == ("CC0-1.0", "kim")


def _obj_vertices(path: Path) -> np.ndarray:
    rows = [line.split()[1:] for line in path.read_text().splitlines() if line.startswith("v ")]
    return np.array(rows, float)


def test_a_point_cache_has_every_frame_on_one_mesh(project: Project, tmp_path: Path) -> None:
    folder = export(project, tmp_path, "pc2").files[0]
    data = (folder / "frames.pc2").read_bytes()
    sign, version, points, start, rate, samples = struct.unpack_from("<12siiffi", data)
    head, fit = load_head(), project.load_fit("talk/1")
    assert (sign, version, points, start, rate, samples) == (b"POINTCACHE2\0", 1, head.n_vertices, 0.0, 1.0, 5)
    frames = np.frombuffer(data, "<f4", offset=32).reshape(5, -1, 3)
    np.testing.assert_allclose(frames[4], head(fit.params[[4]])[0].numpy(), atol=1e-6)
    np.testing.assert_array_equal(frames[1], frames[0])  # no mesh: the one before
    np.testing.assert_allclose(_obj_vertices(folder / "base.obj"), frames[0], atol=1e-6)


def test_a_point_cache_that_begins_without_a_mesh_shows_the_first_one(tmp_path: Path) -> None:
    head = load_head()
    fit = lively_fit(head, 4)
    fit = replace(fit, valid=np.array([False, False, True, True]))
    run(write_pc2(view_of(head, fit), tmp_path))
    frames = np.frombuffer((tmp_path / "frames.pc2").read_bytes(), "<f4", offset=32).reshape(4, -1, 3)
    np.testing.assert_array_equal(frames[0], frames[2])


def test_tables_have_a_row_for_every_landmark_and_frame_and_the_numbers_of_the_fit(
    project: Project, tmp_path: Path
) -> None:
    folder = export(project, tmp_path, "csv").files[0]
    fit, head = project.load_fit("talk/1"), load_head()
    rows = list(csv.DictReader((folder / "landmarks.csv").open()))
    assert len(rows) == 5 * 68
    row = rows[2 * 68 + 30]
    assert (row["frame"], row["landmark"], row["time_s"]) == ("2", "30", "0.080000")
    np.testing.assert_array_equal(np.float32(row["fitted_x"]), fit.projected[2, 30, 0])
    apart = np.linalg.norm(fit.projected[2, 30] - fit.landmarks.points[2, 30])
    assert float(row["error_px"]) == pytest.approx(apart, rel=1e-5)
    assert rows[68]["fitted_x"] == "" and rows[68]["detected_x"] != ""  # noqa: PT018
    frames = list(csv.DictReader((folder / "frames.csv").open()))
    assert [frame["mesh"] for frame in frames] == ["1", "0", "1", "1", "1"]
    assert float(frames[2]["nme_bbox_percent"]) == pytest.approx(float(fit.error[2]))
    params = list(csv.DictReader((folder / "parameters.csv").open()))
    column = head.expression_names[3]
    assert np.float32(params[3][column]) == fit.params.expression[3, 3].item()


def test_coco_has_an_image_a_frame_and_a_face_a_mesh_for_every_view(project: Project, tmp_path: Path) -> None:
    done = export(project, tmp_path / "pair.json", "coco", clips=["pair"])
    document = json.loads(done.files[0].read_text())
    assert len(document["images"]) == 10
    assert [image["frame_index"] for image in document["images"]] == [0, 1, 2, 3, 4] * 2
    assert len(document["annotations"]) == 8
    found = document["annotations"][1]
    image = next(image for image in document["images"] if image["id"] == found["image_id"])
    assert (image["frame_index"], image["width"], image["height"]) == (2, 96, 64)
    fit = project.load_fit("pair", 0)
    points = np.reshape(found["face_kpts"], (68, 3))
    np.testing.assert_allclose(points[:, :2], fit.projected[2], atol=1e-3)
    np.testing.assert_allclose(points[:, 2], fit.landmarks.confidence[2], atol=1e-3)
    x, y, width, height = found["face_box"]
    np.testing.assert_allclose([x + width, y + height], fit.projected[2].max(axis=0), atol=2e-3)
    assert len(found["keypoints"]) == 51 and not any(found["keypoints"])  # noqa: PT018


def test_an_overlay_video_has_every_frame(project: Project, tmp_path: Path) -> None:
    from neuface_core.video import open_source

    done = export(project, tmp_path, "mp4")
    with open_source(done.files[0]) as video:
        assert video.info.n_frames == 5


def test_nothing_is_overwritten_unless_it_is_wanted(project: Project, tmp_path: Path) -> None:
    export(project, tmp_path, "glb")
    old = (tmp_path / "talk_1.glb").read_bytes()
    with pytest.raises(ExportError, match="there already"):
        export(project, tmp_path, "glb")
    (tmp_path / "talk_1.glb").write_bytes(b"old")
    export(project, tmp_path, "glb", force=True)
    assert (tmp_path / "talk_1.glb").read_bytes() == old
    export(project, tmp_path, "csv")
    (tmp_path / "talk_1_csv" / "mine.txt").write_text("gone with the folder that is replaced")
    export(project, tmp_path, "csv", force=True)
    assert sorted(path.name for path in (tmp_path / "talk_1_csv").iterdir()) == [
        "about.json",
        "frames.csv",
        "landmarks.csv",
        "parameters.csv",
    ]
    assert not list(tmp_path.glob("*partial*"))


def test_a_folder_of_somebody_else_is_not_replaced(project: Project, tmp_path: Path) -> None:
    (tmp_path / "talk_1_obj").mkdir()
    (tmp_path / "talk_1_obj" / "holiday.jpg").write_bytes(b"photo")
    with pytest.raises(ExportError, match="no export wrote"):
        export(project, tmp_path, "obj", force=True)
    assert (tmp_path / "talk_1_obj" / "holiday.jpg").read_bytes() == b"photo"


@pytest.mark.parametrize("name", ["glb", "obj", "csv", "coco", "pc2", "mp4"])
def test_a_full_disk_leaves_nothing_and_says_so(project: Project, tmp_path: Path, name: str) -> None:
    with no_file_larger_than(900), pytest.raises(Exception, match=r"File too large|written") as raised:
        export(project, tmp_path / "out", name)
    assert isinstance(raised.value, ExportError) or name == "mp4"
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["glb", "obj", "csv", "coco", "pc2", "mp4"])
def test_an_export_that_is_stopped_leaves_nothing(project: Project, tmp_path: Path, name: str) -> None:
    control, seen = JobControl(), []

    def stop(event: object) -> None:
        seen.append(event)
        if len(seen) == 2:
            control.cancel()

    with pytest.raises(CancelledError):
        run(export_files(project, tmp_path / "out", name), control=control, on_progress=stop)
    assert not list((tmp_path / "out").iterdir())


def test_what_cannot_be_exported_says_why(project: Project, tmp_path: Path) -> None:
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: export(project, tmp_path, "glb", clips=["bare"]), "no fit"),
        (lambda: export(project, tmp_path, "glb", clips=["nobody"]), "no clip called 'nobody'"),
        (lambda: export(project, tmp_path, "glb", clips=["pair"], view="top"), "no view 'top'"),
        (lambda: export(project, tmp_path / "one.glb", "glb", everything=True), "3 files would be written"),
        (lambda: export(project, tmp_path, "vhap"), "coefficients of FLAME"),
        (lambda: export(project, tmp_path, "params"), "coefficients of FLAME"),
        (lambda: format_name(tmp_path / "a.npz"), "vhap or params"),
        (lambda: format_name(tmp_path / "a"), "does not tell the format"),
        (lambda: format_name(tmp_path / "a", "fbx"), "no format 'fbx'"),
    ]
    for job, words in wrong:
        with pytest.raises(ExportError, match=words):
            job()
    assert not list(tmp_path.iterdir())
    assert {format_name(Path(f"a{ending}")) for ending in (".h5", ".glb", ".mp4", ".json")} < {"hdf5", *BY_NAME}


def test_a_clip_whose_head_is_missing_is_named_and_the_others_are_written(
    tmp_path: Path, sample_videos: list[Path]
) -> None:
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip(path.stem, (path,)) for path in sample_videos[:2]])
        project.save_fit("clip0", lively_fit(load_head(), 5))
        project.save_fit("clip1", random_fit(head_id="another-head"))
        done = export(project, tmp_path / "out", "coco", everything=True)
        assert [path.name for path in done.files] == ["clip0.coco.json"]
        assert "'another-head'" in done.problems[0]
        with pytest.raises(ExportError, match="another-head"):
            export(project, tmp_path / "again", "coco", clips=["clip1"])

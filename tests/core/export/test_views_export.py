"""Clips of several views in the dataset file: each view whole, and a clip as readers of 1.0 know it."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from random_fits import random_views

from neuface_core.clips import Clip
from neuface_core.errors import ExportError
from neuface_core.export import NeuFaceDataset, export_dataset, read_clip, schema, verify_dataset, view_names
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import run

NAMES = ("front", "left", "a/b")


@pytest.fixture
def talk(make_project, sample_videos):
    """An accepted clip of three views of 4 moments, the middle of which has no face, beside one of one view."""
    with make_project(clips=1, fitted=1) as project:
        project.add_clips([Clip("talk", tuple(sample_videos[1:4]), NAMES, (1, 0, 1))])
        project.save_fit("talk", random_views(("front", "a/b"), frames=4))
        for name in ("clip0", "talk"):
            project.decide(name, "accept", reviewer="kim")
        yield project


@pytest.fixture
def dataset(talk, tmp_path):
    run(export_dataset(talk, tmp_path / "out.h5", include_vertices=True))
    return tmp_path / "out.h5"


def test_every_view_is_whole_and_a_1_0_reader_finds_the_first(talk, dataset):
    report = verify_dataset(dataset)
    assert report.ok, report.problems
    assert (report.schema_version, report.n_clips, report.n_frames) == ("1.4.0", 2, 9)
    fit = talk.load_views("talk")
    with h5py.File(dataset) as file:
        clip = file["clips/talk"]
        assert clip["params"] == clip["views/front/params"]  # one object: it takes no space twice
        assert file["index/start_frame"][1] == 1
        assert clip.attrs["fps"] == pytest.approx(25)
        assert [clip["views/a_b"].attrs[key] for key in ("name", "offset", "width")] == ["a/b", 1, 96]
    first = read_clip(dataset, "talk")
    assert first["frame_index"].tolist() == [1, 2, 3, 4]
    np.testing.assert_array_equal(first["params/jaw_pose"][0], fit.views[0].params.jaw_pose.numpy()[0])
    np.testing.assert_array_equal(first["view_weight"], fit.view_weight)
    np.testing.assert_array_equal(first["cvd_mm"], fit.cvd_mm)
    assert view_names(dataset, "talk") == ("front", "a_b")
    assert view_names(dataset, "clip0") == ()
    other = read_clip(dataset, "talk", view="a_b", keys=["landmarks2d/projected"])
    np.testing.assert_array_equal(other["landmarks2d/projected"], fit.views[1].projected)
    with pytest.raises(ExportError, match="no view 'left'"):
        read_clip(dataset, "talk", view="left")


def test_windows_of_every_view(dataset):
    first = NeuFaceDataset(dataset, window=2, stride=2)
    each = NeuFaceDataset(dataset, window=2, stride=2, views="each")
    assert (len(first), len(each)) == (2 + 2, 2 + 4)
    assert [each[i]["view"] for i in range(6)] == ["", "", "front", "front", "a_b", "a_b"]
    one = NeuFaceDataset(dataset, window=2, stride=2, views="each", valid_only=True)
    assert all(item["valid"].all() for item in (one[i] for i in range(len(one))))


def test_the_mesh_of_all_views_is_that_of_each_where_they_agree(talk, tmp_path):
    """Same face, other pose: undoing the orientation leaves one mesh, and averaging must not shrink it."""
    fit = random_views(("front", "a/b"), frames=4)
    a, b = fit.views
    shared = {name: getattr(a.params, name) for name in ("shape", "expression", "neck_pose", "jaw_pose", "eye_pose")}
    same = type(b.params)(**{**vars(b.params), **{name: values * 0.1 for name, values in shared.items()}})
    first = type(a.params)(**{**vars(a.params), **{name: values * 0.1 for name, values in shared.items()}})
    views = (_with(a, first), _with(b, same))
    talk.save_fit("talk", type(fit)(views, fit.view_names, fit.view_weight, fit.cvd_mm, fit.cvd_encoder_mm, {}))
    talk.decide("talk", "accept")
    run(export_dataset(talk, tmp_path / "out.h5", include_vertices=True))
    clip = read_clip(tmp_path / "out.h5", "talk", keys=["canonical_vertices", "valid"])
    local = load_head().vertices_local(first).numpy()
    np.testing.assert_allclose(clip["canonical_vertices"][clip["valid"]], local[clip["valid"]], atol=2e-6)
    assert np.isnan(clip["canonical_vertices"][1]).all()


def _with(fit, params):
    return type(fit)(**{**vars(fit), "params": params})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda clip: clip["views"].__delitem__("a_b"), "views/a_b: is in view_names but missing"),
        (lambda clip: clip.copy("views/front", "views/new"), "views/new: is not in view_names"),
        (lambda clip: clip["views/a_b"].__delitem__("bbox"), "views/a_b/bbox: is missing"),
        (lambda clip: clip.__delitem__("view_weight"), "view_weight: is missing"),
        (lambda clip: clip["views/a_b"].attrs.__delitem__("offset"), "the attribute 'offset' is missing"),
        (lambda clip: clip["views/a_b/params/shape"].write_direct(np.zeros((4, 100), "f4")), "checksum mismatch"),
    ],
)
def test_a_damaged_view_is_found(dataset, damage, said):
    with h5py.File(dataset, "r+") as file:
        damage(file["clips/talk"])
    report = verify_dataset(dataset)
    assert any(said in problem for problem in report.problems), report.problems


def test_the_page_has_the_tables_of_the_views(talk, dataset):
    from pathlib import Path

    page = (Path(__file__).resolve().parents[3] / "docs" / "formats" / "dataset.md").read_text(encoding="utf-8")
    assert schema.datasets_table(schema.VIEWS) in page
    assert schema.attributes_table("view") in page
    with h5py.File(dataset) as file:
        clip = file["clips/talk"]
        own = {spec.path for spec in schema.VIEWS}
        assert own <= set(clip)
        found: set[str] = set()
        clip["views/front"].visititems(lambda name, item: found.add(name) if isinstance(item, h5py.Dataset) else None)
        # Nobody corrected a landmark of these views, so that nothing is said of corrections.
        assert {spec.path for spec in schema.VIEW} - found == {"landmarks2d/fitted", "landmarks2d/origin"}
        assert found <= {spec.path for spec in schema.VIEW}
        assert set(clip["views/front"].attrs) == {spec.name for spec in schema.attributes_of("view")}

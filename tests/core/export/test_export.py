"""What a person accepted, and nothing else, is in the file, and plain h5py reads it."""

from __future__ import annotations

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch

from neuface_core.errors import CancelledError, ExportError
from neuface_core.export import export_dataset, verify_dataset
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import JobControl, Progress, run


def test_only_accepted_clips_are_in_the_file_with_their_history(reviewed, dataset):
    with h5py.File(dataset) as file:
        assert list(file["clips"]) == ["clip0", "clip1"]
        assert file["index/clip"].asstr()[()].tolist() == ["clip0", "clip1"]
        assert file["index/reviewer"].asstr()[()].tolist() == ["lee", "kim"]
        clip = file["clips/clip0"]
        history = [json.loads(line) for line in clip["review/history"].asstr()[()].splitlines()]
        assert [event["kind"] for event in history] == ["decide", "undo", "decide"]
        assert file["clips/clip1"].attrs["note"] == "schön"
        assert json.loads(clip["run"].asstr()[()])["settings"] == reviewed.load_fit("clip0").settings
        splits = [set(file[f"splits/{name}"].asstr()[()]) for name in ("train", "val", "test")]
        assert set.union(*splits) == {"clip0", "clip1"}
        assert sum(map(len, splits)) == 2


def test_numbers_are_those_of_the_fit_and_missing_ones_are_nan(reviewed, dataset):
    fit = reviewed.load_fit("clip0")
    with h5py.File(dataset) as file:
        clip = file["clips/clip0"]
        valid = clip["valid"][()]
        np.testing.assert_array_equal(valid, fit.valid)
        for name, array in fit.params.to_arrays().items():
            np.testing.assert_array_equal(clip[f"params/{name}"][()][valid], array[valid])
            assert np.isnan(clip[f"params/{name}"][()][~valid]).all()
        np.testing.assert_array_equal(clip["landmarks2d/detected"][()], fit.landmarks.points)
        np.testing.assert_array_equal(clip["landmarks2d/confidence"][()], fit.landmarks.confidence)
        np.testing.assert_allclose(clip["pts"][()] * eval(clip.attrs["time_base"]), np.arange(5) / 25)


def test_the_pixel_camera_agrees_with_the_crop_camera(reviewed, dataset):
    """A point through the crop and to the frame lands where `camera_px` puts it."""
    fit = reviewed.load_fit("clip0")
    point = np.array([0.03, -0.05], np.float32)
    s, tx, ty = fit.params.camera.numpy()[0]
    through_crop = fit.crops.to_frame(np.tile([[[s * (point[0] + tx), -s * (point[1] + ty)]]], (5, 1, 1)))[0, 0]
    with h5py.File(dataset) as file:
        a, ux, uy = file["clips/clip0/camera_px"][0]
    np.testing.assert_allclose([a * point[0] + ux, -a * point[1] + uy], through_crop, rtol=1e-5)


def test_meshes_are_those_of_the_head_model(reviewed, tmp_path):
    summary = run(export_dataset(reviewed, tmp_path / "v.h5", include_vertices=True))
    assert "CC0" in summary.notes[0]
    assert verify_dataset(tmp_path / "v.h5").ok
    head, fit = load_head(), reviewed.load_fit("clip1")
    with torch.no_grad():
        wanted = head(fit.params).numpy()
    with h5py.File(tmp_path / "v.h5") as file:
        vertices = file["clips/clip1/vertices"][()]
        assert file["model/faces"][()].max() < vertices.shape[1]
    np.testing.assert_allclose(vertices[fit.valid], wanted[fit.valid], atol=1e-6)
    assert np.isnan(vertices[~fit.valid]).all()


def test_the_same_decisions_give_the_same_content(reviewed, dataset, tmp_path):
    again = run(export_dataset(reviewed, tmp_path / "again.h5"))
    assert again.sha256 == verify_dataset(dataset).sha256
    reviewed.decide("clip3", "accept")
    assert run(export_dataset(reviewed, tmp_path / "again.h5")).sha256 != again.sha256
    assert run(export_dataset(reviewed, tmp_path / "one.h5", clips=["clip3"])).n_clips == 1


def test_progress_names_the_clips(reviewed, tmp_path):
    events: list[Progress] = []
    run(export_dataset(reviewed, tmp_path / "out.h5"), on_progress=events.append)
    assert {event.clip for event in events if event.stage == "export"} == {"clip0", "clip1"}


def test_nothing_accepted_is_said_plainly(make_project, tmp_path):
    with make_project() as project, pytest.raises(ExportError, match="No clip is accepted"):
        run(export_dataset(project, tmp_path / "out.h5"))
    assert not (tmp_path / "out.h5").exists()


def test_a_clip_that_is_not_accepted_is_not_exported_by_name(reviewed, tmp_path):
    with pytest.raises(ExportError, match="'clip2' is not accepted but rejected"):
        run(export_dataset(reviewed, tmp_path / "out.h5", clips=["clip0", "clip2"]))


@pytest.mark.parametrize("content", [b"my thesis", b"\x89HDF\r\n\x1a\n and then rubbish"])
def test_a_file_of_another_kind_is_never_overwritten(reviewed, tmp_path, content):
    out = tmp_path / "thesis.h5"
    out.write_bytes(content)
    with pytest.raises(ExportError, match="another kind"):
        run(export_dataset(reviewed, out))
    assert out.read_bytes() == content
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(ExportError, match="another kind"):
        run(export_dataset(reviewed, tmp_path / "mine.h5"))


def test_a_stopped_export_leaves_the_older_file(reviewed, dataset):
    before = dataset.read_bytes()
    control = JobControl()
    with pytest.raises(CancelledError):
        run(export_dataset(reviewed, dataset), control=control, on_progress=lambda _: control.cancel())
    assert dataset.read_bytes() == before
    assert [path.name for path in dataset.parent.iterdir() if "out.h5" in path.name] == ["out.h5"]


def test_a_fit_with_holes_is_not_exported(reviewed, make_fit, tmp_path):
    fit = make_fit()
    broken = fit.params.shape.clone()
    broken[3] = float("nan")
    reviewed.save_fit("clip0", replace(fit, params=replace(fit.params, shape=broken)))
    reviewed.decide("clip0", "accept")
    with pytest.raises(ExportError, match="clip0/params/shape: has no finite value in frame 3"):
        run(export_dataset(reviewed, tmp_path / "out.h5"))
    assert not list(tmp_path.glob("out.h5*"))


def test_fits_of_two_heads_do_not_mix(reviewed, make_fit, tmp_path):
    reviewed.save_fit("clip0", make_fit(head_id="flame-2023"))
    reviewed.decide("clip0", "accept")
    with pytest.raises(ExportError, match="flame-2023"):
        run(export_dataset(reviewed, tmp_path / "out.h5"))


def test_a_clip_of_one_frame_and_odd_names(make_project, make_fit, sample_videos, tmp_path):
    from neuface_core.clips import Clip

    with make_project(clips=0, fitted=0) as project:
        for number, name in enumerate(["a/b", "ä ö.x", "..", "a_b"]):
            project.add_clips([Clip(name, (sample_videos[number],))])
            project.save_fit(name, make_fit(1))
            project.decide(name, "accept")
        summary = run(export_dataset(project, tmp_path / "out.h5"))
    assert (summary.n_clips, summary.n_frames) == (4, 4)
    with h5py.File(tmp_path / "out.h5") as file:
        names = {clip.attrs["name"] for clip in file["clips"].values()}
    assert names == {"a/b", "ä ö.x", "..", "a_b"}

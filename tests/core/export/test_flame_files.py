"""VHAP's file and NeuFace's `params.npz`: they say what the fit says, and come back as they went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from lively_fit import lively_fit, view_of
from made_up_flame import embeddings, flame_data, flame_entries
from numpy.typing import NDArray

from neuface_core.clips import Clip
from neuface_core.encoders.crops import crop_track
from neuface_core.errors import ExportError
from neuface_core.export.clip_files import ViewToExport, view_to_export
from neuface_core.export.clip_group import pixel_camera
from neuface_core.export.flame_files import write_params, write_vhap
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.outcome import project_landmarks
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.interchange.systems import recognise
from neuface_core.jobs import run
from neuface_core.landmarks import detector
from neuface_core.pipeline_import import import_tracks
from neuface_core.project import Project
from neuface_core.video_write import write_video

FRAMES, SIZE = 6, (640, 360)


@cache
def flame_head(spec: str) -> HeadModel:
    """A made-up FLAME of as many coefficients as "NAME:100,50" says, under that name."""
    n_shape, n_expression = (int(number) for number in spec.partition(":")[2].split(","))
    entries = flame_entries()
    data = flame_data(entries, embeddings(entries), n_shape=n_shape, n_expression=n_expression)
    return HeadModel(replace(data, head_id=spec))


@pytest.fixture(scope="module")
def deca_sized() -> HeadModel:
    return flame_head("flame-2020:100,50")


def seen_fit(head: HeadModel, seed: int = 0, *, still: bool = True) -> Fit:
    """A fit whose crops are cut around its landmarks, as every fit of ours is; neck and eyes move, too."""
    fit = lively_fit(head, FRAMES, seed, identity_moves=0.0 if still else 0.1)
    rng = np.random.default_rng(seed)
    points = fit.projected + rng.normal(0, 0.5, fit.projected.shape).astype(np.float32)
    found = fit.landmarks.detected & fit.valid
    points[~found] = np.nan
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    confidence = fit.landmarks.confidence * found[:, None]
    track = replace(fit.landmarks, points=points, boxes=boxes, detected=found, confidence=confidence)
    crops = crop_track(track, frame_size=SIZE)
    params = fit.params.map(torch.nan_to_num)
    projected = project_landmarks(head, params, track, crops, np.ones(FRAMES, bool))
    projected[~fit.valid] = np.nan
    return replace(fit, crops=crops, landmarks=track, projected=projected)


def stored(view: ViewToExport, path: Path, writer: object = write_vhap) -> dict[str, NDArray]:
    run(writer([view], path))  # type: ignore[operator]
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def test_vhap_shows_every_vertex_at_our_pixel(deca_sized: HeadModel, tmp_path: Path) -> None:
    """By VHAP's formulas, in float32 as its renderer computes."""
    view = view_of(deca_sized, seen_fit(deca_sized))
    file = stored(view, tmp_path / "tracked_flame_params.npz")
    rows = view.frames_with_mesh
    vertices = view.vertices(rows) + file["translation"][rows][:, None].astype(np.float32)
    height, width = file["image_size"]
    focal = np.float32(file["focal_length"][0] * max(width, height))
    depth = np.float32(1) - vertices[..., 2]
    theirs = np.stack([width / 2 + focal * vertices[..., 0] / depth, height / 2 - focal * vertices[..., 1] / depth], -1)
    a, *u = pixel_camera(view.fit.params.camera.numpy(), view.fit.crops)[rows].T
    flat = view.vertices(rows)[..., :2] * [1, -1]
    ours = np.stack(u, axis=-1)[:, None] + a[:, None, None] * flat
    assert np.abs(theirs - 0.5 - ours).max() < 0.1  # pixels count from the corner there


def test_vhap_has_its_own_names_and_sizes(deca_sized: HeadModel, tmp_path: Path) -> None:
    view = view_of(deca_sized, seen_fit(deca_sized))
    file = stored(view, tmp_path / "a.npz")
    sizes = {"rotation": (FRAMES, 3), "translation": (FRAMES, 3), "neck_pose": (FRAMES, 3), "jaw_pose": (FRAMES, 3)}
    sizes |= {"eyes_pose": (FRAMES, 6), "shape": (300,), "expr": (FRAMES, 100), "timestep_id": (FRAMES,)}
    sizes |= {"focal_length": (1,), "image_size": (2,), "n_processed_frames": (), "lights": (9, 3)}
    assert {name: file[name].shape for name in sizes} == sizes
    np.testing.assert_array_equal(file["image_size"], [360, 640])
    np.testing.assert_array_equal(file["rotation"][1], file["rotation"][0])  # no mesh: the frame before
    np.testing.assert_array_equal(file["expr"][0, :50], view.fit.params.expression[0])
    assert not file["expr"][:, 50:].any()


def test_an_identity_that_moves_is_told_and_kept(deca_sized: HeadModel, tmp_path: Path) -> None:
    view = view_of(deca_sized, seen_fit(deca_sized, still=False))
    notes = run(write_vhap([view], tmp_path / "a.npz"))
    assert any("one identity a clip" in note for note in notes)
    with np.load(tmp_path / "a.npz") as file:
        np.testing.assert_array_equal(file["shape_per_frame"][2, :100], view.fit.params.shape[2])


def test_params_are_as_the_released_code_writes_them_with_the_crop(deca_sized: HeadModel, tmp_path: Path) -> None:
    view = view_of(deca_sized, seen_fit(deca_sized))
    file = stored(view, tmp_path / "params.npz", write_params)
    rows = view.frames_with_mesh
    sizes = {"cam": (5, 3), "pose": (5, 6), "expr": (5, 50), "shapes": (5, 100), "landmarks2d": (5, 68, 2)}
    assert {name: file[name].shape for name in sizes} == sizes
    np.testing.assert_array_equal(file["frame_index"], [0, 2, 3, 4, 5])
    # DECA's way back: crop pixels of 224, then the inverse of tform.
    crop = (file["landmarks2d"][:4] * 0.5 + 0.5) * 224
    back = np.concatenate([crop, np.ones((4, 68, 1))], axis=-1) @ np.linalg.inv(file["tform"][:4]).transpose(0, 2, 1)
    np.testing.assert_allclose(back[..., :2], view.fit.landmarks.points[rows[:4]], atol=1e-3)


def test_what_is_not_flame_is_refused_with_what_works(tmp_path: Path) -> None:
    head = load_head()
    view = view_of(head, lively_fit(head))
    for writer in (write_vhap, write_params):
        with pytest.raises(ExportError, match=r"coefficients of FLAME.*Export GLB"):
            run(writer([view], tmp_path / "a.npz"))
    assert not list(tmp_path.iterdir())


def test_params_refuse_coefficients_that_they_have_no_place_for(tmp_path: Path) -> None:
    large = flame_head("flame-2020:120,60")
    with pytest.raises(ExportError, match="more than the 100 \\+ 50"):
        run(write_params([view_of(large, lively_fit(large))], tmp_path / "a.npz"))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "talk.mp4"
    frames = np.random.default_rng(0).integers(0, 255, (FRAMES, *SIZE[::-1], 3), dtype=np.uint8)
    write_video(path, frames, fps=25)
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Iterator[Project]:
    """A clip that was fitted with a made-up FLAME."""
    with Project.create(tmp_path_factory.mktemp("project") / "p.neuface") as made:
        made.add_clips([Clip("talk", (video,))])
        made.save_fit("talk", seen_fit(flame_head("flame-2020:100,50")))
        yield made


def came_back(project: Project, file: Path, videos: Path) -> ViewToExport:
    """The file imported as a clip of its own, ready to be exported again."""
    (done,) = run(import_tracks(project, recognise(file), videos, detector("open"), head_of=flame_head))
    assert done.record is not None, done.problem
    assert done.record.run, done.notes
    head = project.load_fit(done.record.name).head_id
    return view_to_export(project, done.record, 0, {head: flame_head(head)})


def test_params_go_out_come_in_and_go_out_the_same(project: Project, video: Path, tmp_path: Path) -> None:
    view = view_to_export(project, project.clip("talk"), 0, {"flame-2020:100,50": flame_head("flame-2020:100,50")})
    first = stored(view, tmp_path / "params.npz", write_params)
    again = came_back(project, tmp_path / "params.npz", video)
    second = stored(again, tmp_path / "again.npz", write_params)
    assert first.keys() == second.keys()
    for name in first.keys() - {"about"}:
        if first[name].dtype.kind == "f":
            np.testing.assert_allclose(second[name], first[name], rtol=2e-5, atol=2e-5, err_msg=name)
        else:
            np.testing.assert_array_equal(second[name], first[name], err_msg=name)


def test_vhap_goes_out_comes_in_and_goes_out_the_same(project: Project, video: Path, tmp_path: Path) -> None:
    view = view_to_export(project, project.clip("talk"), 0, {"flame-2020:100,50": flame_head("flame-2020:100,50")})
    first = stored(view, tmp_path / "tracked_flame_params.npz")
    again = came_back(project, tmp_path / "tracked_flame_params.npz", video)
    np.testing.assert_array_equal(again.fit.valid, view.fit.valid)
    second = stored(again, tmp_path / "again.npz")
    for name in ("rotation", "neck_pose", "jaw_pose", "eyes_pose", "shape", "expr", "valid", "timestep_id", "lights"):
        np.testing.assert_allclose(second[name], first[name], rtol=1e-6, atol=1e-7, err_msg=name)
    apart = again.fit.projected[again.fit.valid] - view.fit.projected[view.fit.valid]
    assert np.abs(apart).max() < 0.1  # pixels: the long pinhole came back as weak perspective
    pixels = [_at(file) for file in (first, second)]
    np.testing.assert_allclose(pixels[1], pixels[0], atol=0.1)


def _at(file: dict[str, NDArray]) -> NDArray:
    """Pixels of the origin and the scale there, of every frame."""
    focal, moved = file["focal_length"][0] * file["image_size"].max(), file["translation"].astype(np.float64)
    scale = focal / (1 - moved[:, 2])
    return np.column_stack([scale * moved[:, 0], scale * moved[:, 1], scale * 0.1])

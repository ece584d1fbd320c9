"""A GLB that is played back, by the standard alone, shows the vertices of the fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gltf_player import Player
from lively_fit import FRAMES, lively_fit, view_of
from made_up_flame import embeddings, flame_data, flame_entries

from neuface_core.export.clip_files import ViewToExport
from neuface_core.export.gltf.scene import glb_of
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import run

# Uneven, as a camera with a variable rate writes them.
TIMES = np.array([0, 0.04, 0.083, 0.12, 0.2, 0.21, 0.3, 0.35])


@pytest.fixture(scope="module")
def open_head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def flame() -> HeadModel:
    entries = flame_entries()
    return HeadModel(flame_data(entries, embeddings(entries), n_shape=100, n_expression=50))


def written(view: ViewToExport, tmp_path: Path) -> tuple[Player, tuple[str, ...]]:
    data, notes = run(glb_of(view))
    path = tmp_path / "clip.glb"
    path.write_bytes(data)
    return Player(path), notes


def farthest_mm(player: Player, view: ViewToExport) -> float:
    """The largest distance of a played vertex to where the head model puts it, over all frames with a mesh."""
    rows = view.frames_with_mesh
    wanted = view.vertices(rows)
    played = np.stack([player.vertices(view.times_s[row])[: wanted.shape[1]] for row in rows])
    return float(np.linalg.norm(played - wanted, axis=-1).max() * 1000)


@pytest.mark.parametrize("moves", [0.0, 0.2])
def test_the_open_head_is_where_the_fit_has_it(open_head: HeadModel, tmp_path: Path, moves: float) -> None:
    view = view_of(open_head, lively_fit(open_head, identity_moves=moves), TIMES)
    player, notes = written(view, tmp_path)
    assert farthest_mm(player, view) < 0.05
    assert any("identity" in note for note in notes) is bool(moves)
    names = player.document["meshes"][0]["extras"]["targetNames"]
    assert "mouthSmileLeft" in names
    assert any(name.startswith("identity_") for name in names) is bool(moves)


@pytest.mark.parametrize("moves", [0.0, 0.2])
def test_flame_with_correctives_and_joints_that_follow_is_where_the_fit_has_it(
    flame: HeadModel, tmp_path: Path, moves: float
) -> None:
    view = view_of(flame, lively_fit(flame, identity_moves=moves), TIMES)
    player, _ = written(view, tmp_path)
    assert farthest_mm(player, view) < 0.05
    names = player.document["meshes"][0]["extras"]["targetNames"]
    assert sum(name.startswith("corrective_jaw_") for name in names) == 9
    paths = {channel["target"]["path"] for channel in player.animation["channels"]}
    assert "translation" in paths, "the joints of FLAME follow the expression"


def test_a_frame_without_a_mesh_shows_nothing(open_head: HeadModel, tmp_path: Path) -> None:
    view = view_of(open_head, lively_fit(open_head), TIMES)
    player, notes = written(view, tmp_path)
    assert not view.fit.valid[1]
    assert np.ptp(player.vertices(TIMES[1] + 0.01), axis=0).max() < 1e-9
    assert np.ptp(player.vertices(TIMES[2]), axis=0).max() > 0.1
    assert "hidden" in " ".join(notes)
    assert player.document["asset"]["extras"]["neuface"]["frames_without_mesh"] == [[1, 1]]


def test_the_file_says_what_it_is_and_under_which_licence(open_head: HeadModel, tmp_path: Path) -> None:
    view = view_of(open_head, lively_fit(open_head), TIMES, {"metrics": {"nme": float("nan")}})
    document = written(view, tmp_path)[0].document
    assert document["asset"]["copyright"] == "Head model open-head-2: CC0-1.0"
    assert document["asset"]["extras"]["neuface"]["licence"] == "CC0-1.0"
    assert document["animations"][0]["name"] == "clip"


def test_texture_coordinates_are_those_of_the_head_on_every_triangle(open_head: HeadModel, tmp_path: Path) -> None:
    player, _ = written(view_of(open_head, lively_fit(open_head), TIMES), tmp_path)
    uv = player.accessor(player.primitive["attributes"]["TEXCOORD_0"])[player.faces]
    wanted = open_head.data.uv
    np.testing.assert_allclose(uv[..., 0], wanted[..., 0], atol=1e-5)
    np.testing.assert_allclose(1 - uv[..., 1], wanted[..., 1], atol=1e-5)
    base = player.accessor(player.primitive["attributes"]["POSITION"])
    np.testing.assert_array_equal(base[player.faces], base[: open_head.n_vertices][open_head.faces])


def test_one_frame_is_enough(open_head: HeadModel, tmp_path: Path) -> None:
    view = view_of(open_head, lively_fit(open_head, frames=1), TIMES[:1])
    assert farthest_mm(written(view, tmp_path)[0], view) < 0.05


def test_vertices_that_hang_on_all_five_joints_have_all_five(flame: HeadModel, tmp_path: Path) -> None:
    player, _ = written(view_of(flame, lively_fit(flame), np.arange(FRAMES) / 25), tmp_path)
    attributes = player.primitive["attributes"]
    sums = player.accessor(attributes["WEIGHTS_0"]).sum(axis=1)
    if "WEIGHTS_1" in attributes:
        sums += player.accessor(attributes["WEIGHTS_1"]).sum(axis=1)
    np.testing.assert_allclose(sums, 1, atol=1e-6)


def test_every_normal_is_of_length_one_even_where_no_triangle_is(flame: HeadModel, tmp_path: Path) -> None:
    assert len(np.unique(flame.faces)) < flame.n_vertices, "the made-up head has loose vertices"
    player, _ = written(view_of(flame, lively_fit(flame), TIMES), tmp_path)
    normals = player.accessor(player.primitive["attributes"]["NORMAL"])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)


def test_the_small_form_of_the_page_shows_the_same(open_head: HeadModel, tmp_path: Path) -> None:
    view = view_of(open_head, lively_fit(open_head), TIMES)
    plain = run(glb_of(view))[0]
    small = run(glb_of(view, sparse=True))[0]
    assert len(small) < len(plain) / 2
    (tmp_path / "small.glb").write_bytes(small)
    assert farthest_mm(Player(tmp_path / "small.glb"), view) < 0.05


def test_vtk_which_pyvista_reads_with_shows_the_frame_that_is_asked_for(open_head: HeadModel, tmp_path: Path) -> None:
    """An independent reader: skin, morph targets and animation arrive in a program that is not ours."""
    from vtkmodules.vtkIOGeometry import vtkGLTFReader

    view = view_of(open_head, lively_fit(open_head), TIMES)
    written(view, tmp_path)
    reader = vtkGLTFReader()
    reader.SetFileName(str(tmp_path / "clip.glb"))
    reader.UpdateInformation()
    assert reader.GetNumberOfAnimations() == 1
    reader.EnableAnimation(0)
    reader.ApplyDeformationsToGeometryOn()
    reader.UpdateTimeStep(float(TIMES[4]))
    block = reader.GetOutput()
    while not block.IsA("vtkPolyData"):
        block = block.GetBlock(0)
    from vtkmodules.util.numpy_support import vtk_to_numpy

    shown = vtk_to_numpy(block.GetPoints().GetData())[: open_head.n_vertices]
    assert np.linalg.norm(shown - view.vertices(np.array([4]))[0], axis=1).max() < 5e-5


def test_weights_lie_where_blender_keeps_them_and_the_mesh_at_rest_does_nothing(
    flame: HeadModel, tmp_path: Path
) -> None:
    fit = lively_fit(flame, identity_moves=0.2)
    fit = replace(fit, params=replace(fit.params, expression=2 * fit.params.expression - 0.5))
    view = view_of(flame, fit, TIMES)
    player, _ = written(view, tmp_path)
    assert farthest_mm(player, view) < 0.05
    weights = next(values for (_, path), values in player.pose(TIMES[3]).items() if path == "weights")
    assert -1e-6 <= weights.min() <= weights.max() <= 1 + 1e-6
    mesh = player.document["meshes"][0]
    at_rest = player._base + sum(w * target for w, target in zip(mesh["weights"], player._targets, strict=True))
    data = flame.data
    neutral = data.mean + data.shape @ view.params.shape.mean(dim=0).numpy()
    np.testing.assert_allclose(at_rest, neutral, atol=1e-6)
    low, high = player.document["asset"]["extras"]["neuface"]["target_ranges"]["expression_0"]
    at = mesh["extras"]["targetNames"].index("expression_0")
    assert low + weights[at] * (high - low) == pytest.approx(float(fit.params.expression[3, 0]), abs=1e-5)

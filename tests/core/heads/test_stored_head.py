"""FLAME heads out of files that were added: what `load_head` gives for a name is what the formula says of the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flame_files import (
    MASK_SIZES,
    write_eyelids,
    write_flame,
    write_landmark_embedding,
    write_masks,
    write_ringnet_embeddings,
)
from flame_reference import by_the_book, contour_by_the_book, some_params
from made_up_flame import embeddings, flame_entries
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head, load_head_of
from neuface_core.jobs import run
from neuface_core.models import FOLDER_VARIABLE, add_models, remove_model


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return flame_entries()


@pytest.fixture(scope="module")
def points(entries: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return embeddings(entries)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, entries: dict[str, Any], points: dict[str, NDArray[Any]]) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_flame(folder / "generic_model.pkl", entries)
    write_landmark_embedding(folder / "landmark_embedding.npy", points)
    write_masks(folder / "FLAME_masks.pkl", entries)
    return write_eyelids(folder, entries)


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[Path]:
    """A data folder of its own, with everything in it."""
    place = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(place))
        run(add_models([folder]))
        yield place


@pytest.mark.parametrize("name", ["flame-2020", "flame-2020:100,50", "flame-2020:100,50+eyelids"])
def test_vertices_and_landmarks_are_those_of_the_file(
    entries: dict[str, Any], points: dict[str, NDArray[Any]], folder: Path, name: str
) -> None:
    head = load_head(name)
    lids = tuple(np.load(folder / f"{side}_eyelid.npy") for side in "lr") if "eyelids" in name else ()
    wanted_size = (300, 100) if name == "flame-2020" else (100, 50 + len(lids))
    assert (head.n_shape, head.n_expression) == wanted_size
    assert head.head_id == name
    params = some_params(head, 7)  # yaw from -60 to 60 degrees: both ends of the contour's table and beyond
    vertices, landmarks = head.vertices_and_landmarks(params, "dynamic")
    for i in range(7):
        wanted = by_the_book(entries, head, params, i, lids)
        np.testing.assert_allclose(vertices[i].numpy(), wanted, atol=1e-5, rtol=0)
        on_it = contour_by_the_book(entries, points, wanted, params.global_orient[i].double().numpy())
        np.testing.assert_allclose(landmarks[i].numpy(), on_it, atol=1e-5, rtol=0)


@pytest.mark.parametrize("degrees", [39, -39, 1, -1, 0])
def test_the_contour_counts_degrees_as_deca_does(
    entries: dict[str, Any], points: dict[str, NDArray[Any]], degrees: int
) -> None:
    head = load_head("flame-2020:100,50")
    params = head.neutral(1)
    params.global_orient[0, 1] = np.deg2rad(degrees)
    wanted = by_the_book(entries, head, params, 0)
    row = degrees if degrees >= 0 else 39 - degrees
    corners = wanted[entries["f"][points["dynamic_faces"][row]]]
    on_it = np.einsum("pci,pc->pi", corners, points["dynamic_weights"][row])
    np.testing.assert_allclose(head.landmarks(params, "dynamic")[0, :17].numpy(), on_it, atol=1e-5, rtol=0)


def test_the_smooth_contour_meets_the_other_at_whole_degrees_and_does_not_jump() -> None:
    plain, smooth = load_head("flame-2020:100,50"), load_head("flame-2020:100,50+smooth")
    assert smooth.head_id == plain.head_id
    params = plain.neutral(3)
    params.global_orient[:, 1] = torch.deg2rad(torch.tensor([12.0, 12.49, 12.51]))
    jumping, sliding = plain.landmarks(params, "dynamic"), plain.landmarks(params, "dynamic-smooth")
    torch.testing.assert_close(smooth.landmarks(params, "dynamic"), sliding)
    torch.testing.assert_close(jumping[0], sliding[0], atol=1e-5, rtol=0)
    step = (jumping[2] - jumping[1]).norm(dim=-1).max()
    assert step > 10 * (sliding[2] - sliding[1]).norm(dim=-1).max()


def test_eyelids_close_each_its_own_eye() -> None:
    head = load_head("flame-2020:100,50+eyelids")
    assert head.expression_names[-2:] == ("eyelid_left", "eyelid_right")
    params = head.neutral(3)
    params.expression[1, -2] = 1
    params.expression[2, -1] = 1
    moved = (head(params) - head(params)[:1]).norm(dim=-1)
    middle = [float((moved[i] * torch.tensor(head.data.mean[:, 0])).sum()) for i in (1, 2)]
    assert middle[0] > 0 > middle[1]  # +x is the subject's left


def test_regions_have_our_names_where_they_are_ours() -> None:
    head = load_head("flame-2020")
    assert head.vertex_masks["face"].sum() == MASK_SIZES["face"]
    assert head.vertex_masks["left_eye"].sum() == MASK_SIZES["left_eyeball"]
    assert {"face", "ears", "neck", "scalp", "lips", "nose", "eyes"} <= set(head.vertex_masks)
    assert head.data.licence.startswith("FLAME model licence")


def test_a_fit_finds_its_head_again() -> None:
    assert load_head_of("flame-2020:100,50").n_expression == 50
    assert load_head_of("flame-2020:100,50", "flame-2020:100,50+smooth").data.contour.rule == "blend"  # type: ignore[union-attr]
    assert load_head_of(load_head().head_id).head_id == load_head().head_id
    with pytest.raises(ModelError, match="'open-head-1' is not on this machine"):
        load_head_of("open-head-1")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("flame-2020:301,50", "300 components of identity"),
        ("flame-2020+eyes", "no option 'eyes'"),
        ("flame-2023:100,50", "FLAME 2023 was not added"),
        ("flame-masks", "no head model"),
    ],
)
def test_what_is_not_there_is_said(name: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load_head(name)


def test_other_tables_do_as_well_and_without_any_the_landmarks_are_asked_for(
    tmp_path: Path,
    folder: Path,
    entries: dict[str, Any],
    points: dict[str, NDArray[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "models"))
    run(add_models([folder / "generic_model.pkl"]))
    bare = load_head("flame-2020:100,50")
    assert set(bare.vertex_masks) == {"left_eye", "right_eye", "eyes"}
    with pytest.raises(ModelError, match=r"landmark_embedding\.npy"):
        bare.need_landmarks("dynamic")
    run(add_models([write_ringnet_embeddings(tmp_path, points)]))
    head = load_head("flame-2020:100,50")
    head.need_landmarks("dynamic")
    params = some_params(head, 3)
    wanted = by_the_book(entries, head, params, 1)
    on_it = contour_by_the_book(entries, points, wanted, params.global_orient[1].double().numpy())
    np.testing.assert_allclose(head.landmarks(params, "dynamic")[1].numpy(), on_it, atol=1e-5, rtol=0)
    inner = head.landmarks(params, "static")[1, 17:].numpy()
    np.testing.assert_allclose(inner, on_it[17:], atol=1e-5, rtol=0)
    assert head.vertex_masks["face"].sum() > 200
    remove_model("flame-contour")
    with pytest.raises(ModelError, match=r"landmark_embedding\.npy"):
        load_head("flame-2020").need_landmarks("dynamic")

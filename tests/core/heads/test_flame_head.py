"""A head made from FLAME's arrays is the head that FLAME's formula and the smplx package make of them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flame_reference import POSES, by_the_book, contour_by_the_book, some_params
from made_up_flame import embeddings, flame_data, flame_entries, write_for_smplx
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.heads.flame_arrays import FlameArrays, flame_contour, flame_head
from neuface_core.heads.model import HeadModel


@pytest.fixture(scope="module")
def entries() -> dict[str, Any]:
    return flame_entries()


@pytest.fixture(scope="module")
def points(entries: dict[str, Any]) -> dict[str, NDArray[Any]]:
    return embeddings(entries)


@pytest.fixture(scope="module")
def head(entries: dict[str, Any], points: dict[str, NDArray[Any]]) -> HeadModel:
    return HeadModel(flame_data(entries, points))


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-6), (torch.float64, 2e-8)])
def test_vertices_and_landmarks_are_those_of_the_formula(
    entries: dict[str, Any], points: dict[str, NDArray[Any]], head: HeadModel, dtype: torch.dtype, close: float
) -> None:
    # In double precision what is left is the single precision of the head's arrays.
    model = HeadModel(head.data).to(dtype)
    params = some_params(head, 6, dtype=dtype)
    vertices, landmarks = model.vertices_and_landmarks(params, "dynamic")
    for i in range(6):
        wanted = by_the_book(entries, head, params, i)
        np.testing.assert_allclose(vertices[i].numpy(), wanted, atol=close, rtol=0)
        on_it = contour_by_the_book(entries, points, wanted, params.global_orient[i].double().numpy())
        np.testing.assert_allclose(landmarks[i].numpy(), on_it, atol=close, rtol=0)


def test_pose_correctives_are_there_and_do_nothing_at_rest(head: HeadModel) -> None:
    params = head.neutral(2)
    params.jaw_pose[1, 0] = 0.3
    corrected = head(params)
    plain = HeadModel(replace(head.data, pose_correctives=None))(params)
    torch.testing.assert_close(corrected[0], plain[0], atol=0, rtol=0)
    assert (corrected[1] - plain[1]).norm(dim=-1).max() > 1e-4


def test_landmarks_on_the_mesh_are_those_posed_alone(head: HeadModel) -> None:
    params = some_params(head, 5)
    for contour in ("static", "dynamic"):
        vertices, landmarks = head.vertices_and_landmarks(params, contour)
        torch.testing.assert_close(landmarks, head.landmarks(params, contour), atol=1e-6, rtol=0)
        torch.testing.assert_close(vertices, head(params), atol=0, rtol=0)


@pytest.mark.parametrize("name", ["shape", "expression", *POSES])
@pytest.mark.parametrize("at_rest", [False, True])
def test_gradients_are_those_of_finite_differences(head: HeadModel, name: str, at_rest: bool) -> None:
    model = HeadModel(head.data).double()
    params = model.neutral(2) if at_rest else some_params(model, 2, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    direction = torch.randn((2, model.n_vertices, 3), generator=generator, dtype=torch.float64)
    way = torch.randn(getattr(params, name).shape, generator=generator, dtype=torch.float64)

    def outcome(value: torch.Tensor) -> torch.Tensor:
        vertices, landmarks = model.vertices_and_landmarks(replace(params, **{name: value}), "static")
        return (vertices * direction).sum() + landmarks.square().sum()

    here = getattr(params, name).clone().requires_grad_()
    (slope,) = torch.autograd.grad(outcome(here), here)
    with torch.no_grad():
        measured = (outcome(here + 1e-5 * way) - outcome(here - 1e-5 * way)) / 2e-5
    torch.testing.assert_close((slope * way).sum(), measured, rtol=1e-6, atol=1e-6)


def test_whole_degrees_jump_and_the_blend_does_not(entries: dict[str, Any], points: dict[str, NDArray[Any]]) -> None:
    def step(smooth: bool) -> float:
        table = flame_contour(points["dynamic_faces"], points["dynamic_weights"], smooth=smooth)
        made = flame_head(FlameArrays.of(entries), head_id="a", licence="b", contour=table, static=data.static)
        model = HeadModel(made)
        params = model.neutral(2)
        params.global_orient[:, 1] = torch.deg2rad(torch.tensor([10.49, 10.51]))
        jaw = model.landmarks(params, "dynamic")[:, :17]
        return float((jaw[1] - jaw[0]).norm(dim=-1).max())

    data = flame_data(entries, points)
    assert step(smooth=False) > 20 * step(smooth=True)


def test_a_model_of_another_kind_is_refused(entries: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="lacks posedirs"):
        FlameArrays.of({key: value for key, value in entries.items() if key != "posedirs"})
    body = {**entries, "kintree_table": np.array([[2**32 - 1, 0, 0, 1, 2], [0, 1, 2, 3, 4]], np.uint32)}
    with pytest.raises(ModelError, match="joint tree"):
        flame_head(FlameArrays.of(body), head_id="a", licence="b")
    short = {**entries, "posedirs": entries["posedirs"][:, :, :9]}
    with pytest.raises(ModelError, match="pose_correctives has shape"):
        flame_head(FlameArrays.of(short), head_id="a", licence="b")


@pytest.mark.parametrize("n", [1, 32])
def test_smplx_makes_the_same_head(
    tmp_path: Path, entries: dict[str, Any], points: dict[str, NDArray[Any]], n: int
) -> None:
    smplx = pytest.importorskip("smplx", reason="smplx is installed for comparison only")
    write_for_smplx(tmp_path, entries, points)
    layer = smplx.FLAME(str(tmp_path), num_betas=100, num_expression_coeffs=50, use_face_contour=True)
    # smplx counts the contour's degrees the other way round.
    head = HeadModel(flame_data(entries, points, n_shape=100, n_expression=50, turns=-1))
    p = some_params(head, n)
    with torch.no_grad():
        theirs = layer(
            betas=p.shape,
            expression=p.expression,
            global_orient=p.global_orient,
            neck_pose=p.neck_pose,
            jaw_pose=p.jaw_pose,
            leye_pose=p.eye_pose[:, :3],
            reye_pose=p.eye_pose[:, 3:],
            transl=torch.zeros(n, 3),
        )
        vertices, landmarks = head.vertices_and_landmarks(p, "dynamic")
    torch.testing.assert_close(vertices, theirs.vertices, atol=1e-5, rtol=0)
    torch.testing.assert_close(landmarks[:, 17:], theirs.joints[:, 5:56], atol=1e-5, rtol=0)
    torch.testing.assert_close(landmarks[:, :17], theirs.joints[:, 56:], atol=1e-5, rtol=0)

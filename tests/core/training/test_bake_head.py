"""The parts of the bake, on meshes made up here; and the whole of it, where its source is installed."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from neuface_core.heads.bundle import OPEN_HEAD
from neuface_core.heads.bundle_file import read_bundle
from neuface_core.resource_files import resource_path
from neuface_core.training.bake_basis import align, align_to, principal_components, ridge, scores
from neuface_core.training.bake_expressions import expressions, mirror_name, symmetric
from neuface_core.training.bake_mesh import cut_by_plane, mirror_map


def people(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clouds of 2 x 20 mirrored points that vary in width, height and (a little) crookedly; and their mirror map."""
    random = np.random.default_rng(1)
    half = random.uniform([0.2, -1, -1], [1, 1, 1], (20, 3))
    mean = np.concatenate([half, half * [-1, 1, 1]])
    mirror = np.concatenate([np.arange(20, 40), np.arange(20)])
    wide, tall = mean * [1, 0, 0], mean[:, [0, 2, 1]] * [0, 1, 0]
    crooked = np.stack([np.zeros(40), 0.2 * mean[:, 0], 0 * mean[:, 0]], axis=1)
    z = np.random.default_rng(seed).normal(size=(count, 3)) * [0.10, 0.06, 0.03]
    return mean + np.einsum("nk,kvc->nvc", z, np.stack([wide, tall, crooked])), mirror, z


def test_components_are_standard_deviations_and_symmetric_or_antisymmetric() -> None:
    vertices, mirror, z = people(600)
    weights = np.ones(40)
    basis = principal_components(vertices, np.zeros((600, 5, 3)), mirror, weights, 3)
    assert basis.variance_kept[-1] > 0.999
    assert sorted(basis.mirror_sign.tolist()) == [-1.0, 1.0, 1.0]
    flipped = basis.directions[mirror] * np.array([-1.0, 1.0, 1.0])[:, None]
    np.testing.assert_allclose(flipped, basis.directions * basis.mirror_sign, atol=1e-9)
    fresh, _, fresh_z = people(3000, seed=5)
    read = scores(basis, fresh, weights)
    np.testing.assert_allclose(read.std(0), 1.0, atol=0.12)
    back = basis.mean + np.einsum("vck,nk->nvc", basis.directions, read)
    assert np.abs(back - fresh).max() < 1e-6
    readout = ridge(scores(basis, vertices, weights), z, read, fresh_z)
    assert readout.r2.min() > 0.99


def test_a_crookedness_that_all_share_is_nobodys_identity() -> None:
    vertices, mirror, _ = people(300)
    vertices[:, :20, 1] += 0.05
    basis = principal_components(vertices, np.zeros((300, 5, 3)), mirror, np.ones(40), 3)
    assert np.abs(scores(basis, vertices, np.ones(40)).mean(0)[basis.mirror_sign > 0]).max() < 0.1
    np.testing.assert_allclose(basis.mean[mirror] * [-1, 1, 1], basis.mean, atol=1e-9)


def test_alignment_removes_place_turn_and_size() -> None:
    vertices, _, _ = people(30)
    random = np.random.default_rng(2)
    moved = vertices * random.uniform(0.8, 1.2, (30, 1, 1)) + random.normal(size=(30, 1, 3))
    joints = np.zeros((30, 5, 3))
    aligned, _, target = align(moved, joints, np.ones(40))
    plain, _, _ = align(vertices, joints, np.ones(40))
    shapes = [a - a.mean((0, 1)) for a in (aligned, plain)]
    scale = np.linalg.norm(shapes[0]) / np.linalg.norm(shapes[1])
    np.testing.assert_allclose(shapes[0] / scale, shapes[1], atol=0.02)
    again, _ = align_to(target, aligned, joints, np.ones(40))
    np.testing.assert_allclose(again, aligned, atol=1e-3)


def test_the_cut_is_straight_and_keeps_the_mirror() -> None:
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 7), np.linspace(-1, 1, 6)), axis=-1).reshape(-1, 2)
    vertices = np.column_stack([grid, np.zeros(len(grid))])
    faces = []
    for y in range(5):
        for x in range(6):
            a, b, c, d = y * 7 + x, y * 7 + x + 1, (y + 1) * 7 + x, (y + 1) * 7 + x + 1
            faces += [[a, b, d], [a, d, c]] if x < 3 else [[a, b, c], [b, d, c]]
    triangles = np.array(faces)
    cut = cut_by_plane(vertices, triangles, vertices[triangles][..., :2], np.array([0.0, 1.0, 0.0]), -0.33)
    left = cut.carry(vertices)
    assert left[:, 1].min() == pytest.approx(-0.33)
    corners = left[cut.faces]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
    assert area.sum() == pytest.approx(2 * 1.33)
    mirror = mirror_map(left)
    np.testing.assert_allclose(left[mirror] * [-1, 1, 1], left, atol=1e-9)


def test_actions_become_fifty_symmetric_expressions() -> None:
    mirror = np.array([1, 0])
    names = ["jawOpen", "tongueOut", "mouthClose", "eyeBlinkLeft", "eyeBlinkRight", "mouthLeft", "mouthRight"]
    random = np.random.default_rng(0)
    actions = {name: random.normal(size=(2, 3)) for name in names}
    moves = symmetric(expressions(actions), mirror)
    assert set(moves) == set(names) - {"jawOpen", "tongueOut"}
    np.testing.assert_allclose(moves["mouthLeft"][mirror] * [-1, 1, 1], moves["mouthRight"])
    assert mirror_name("mouthClose") == "mouthClose"


if find_spec("anny") is not None:  # the extra [bake]; a skipped test would fail the tier

    @pytest.mark.slow
    def test_two_bakes_are_the_same_to_the_last_byte_and_are_the_head_that_ships(tmp_path: Path) -> None:
        from neuface_core.training.bake_head import bake

        one, two = bake(tmp_path / "one.safetensors"), bake(tmp_path / "two.safetensors")
        assert one.content_sha256 == two.content_sha256
        baked = read_bundle(tmp_path / "one.safetensors")[1]
        shipped = read_bundle(resource_path(OPEN_HEAD))[1]
        for name, array in baked.items():
            np.testing.assert_allclose(shipped[name].astype(float), array.astype(float), atol=2e-3, err_msg=name)

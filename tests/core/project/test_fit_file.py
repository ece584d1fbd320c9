"""What was fitted comes back as it was, or the user is told that the file is damaged: never something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuface_core.errors import ProjectError
from neuface_core.fitting.fit import Fit
from neuface_core.project.fit_file import read_fit, read_landmarks, write_fit, write_landmarks


def assert_same(a: Fit, b: Fit) -> None:
    for name in ("params", "params_encoder"):
        ours, theirs = getattr(a, name).to_arrays(), getattr(b, name).to_arrays()
        assert ours.keys() == theirs.keys()
        for key in ours:
            np.testing.assert_array_equal(ours[key], theirs[key])
    for name in ("projected", "projected_encoder", "valid", "error", "error_encoder", "loss_history"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
        assert getattr(a, name).dtype == getattr(b, name).dtype
    for name in ("points", "confidence", "boxes", "detected"):
        np.testing.assert_array_equal(getattr(a.landmarks, name), getattr(b.landmarks, name))
    np.testing.assert_array_equal(a.crops.centre, b.crops.centre)
    np.testing.assert_array_equal(a.crops.size, b.crops.size)
    assert (a.landmarks.detector, a.landmarks.contour) == (b.landmarks.detector, b.landmarks.contour)
    assert (a.head_id, a.encoder_id, a.settings) == (b.head_id, b.encoder_id, b.settings)
    np.testing.assert_equal(a.metrics, b.metrics)


@pytest.mark.parametrize("frames", [1, 2, 40])
def test_a_fit_comes_back_as_it_was(tmp_path, make_fit, frames):
    fit = make_fit(frames)
    write_fit(tmp_path / "fit.npz", fit)
    assert_same(fit, read_fit(tmp_path / "fit.npz"))


def test_a_fit_is_readable_with_plain_numpy(tmp_path, make_fit):
    fit = make_fit()
    write_fit(tmp_path / "fit.npz", fit)
    with np.load(tmp_path / "fit.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["params.shape"], fit.params.shape.numpy())


def test_every_face_of_a_clip_is_kept(tmp_path, make_fit):
    tracks = [make_fit(seed=seed).landmarks for seed in range(3)]
    write_landmarks(tmp_path / "landmarks.npz", tracks)
    for ours, theirs in zip(tracks, read_landmarks(tmp_path / "landmarks.npz"), strict=True):
        np.testing.assert_array_equal(ours.points, theirs.points)
    write_landmarks(tmp_path / "landmarks.npz", [])
    assert read_landmarks(tmp_path / "landmarks.npz") == ()


def test_a_flipped_byte_is_found_or_harmless(tmp_path, make_fit):
    path = tmp_path / "fit.npz"
    fit = make_fit()
    write_fit(path, fit)
    good = path.read_bytes()
    rng = np.random.default_rng(1)
    found = 0
    for position in rng.integers(0, len(good), 300):
        damaged = bytearray(good)
        damaged[position] ^= int(rng.integers(1, 256))
        path.write_bytes(damaged)
        try:
            assert_same(fit, read_fit(path))
        except ProjectError:
            found += 1
    assert found > 250


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, -1])
def test_a_truncated_fit_is_an_error_that_names_the_file(tmp_path, make_fit, kept):
    path = tmp_path / "fit.npz"
    write_fit(path, make_fit())
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(ProjectError, match="damaged") as caught:
        read_fit(path)
    assert caught.value.path == path


def test_arrays_that_do_not_belong_together_are_not_saved(tmp_path, make_fit):
    with pytest.raises(ProjectError, match="error has shape"):
        write_fit(tmp_path / "fit.npz", replace(make_fit(5), error=make_fit(4).error))
    assert not list(tmp_path.iterdir())


def test_a_missing_fit_says_what_to_do(make_project):
    with make_project() as project:
        for path in Path(project.path).glob("runs/*/*.npz"):
            path.unlink()
        with pytest.raises(ProjectError, match="Fit the clip again"):
            project.load_fit("clip0")

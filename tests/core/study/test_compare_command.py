"""`neuface compare` makes for many clips what the Studio shows beside a fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from random_fits import random_fit

from neuface_core.cli.app import main
from neuface_core.fitting.fit import Fit
from neuface_core.project import ClipState, Project
from neuface_core.study.comparison import has_flame, read_flame
from neuface_core.study.gradient_maps import has_gradients, read_gradients


def test_what_the_studio_shows_is_made_of_every_fitted_clip(
    study_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [str(study_project), "--device", "cpu"]
    assert main(["compare", "flame", *words]) == 0
    assert main(["compare", "gradients", *words]) == 0
    capsys.readouterr()
    with Project.open(study_project, read_only=True) as project:
        fits = [read_flame(project, name) for name in ("clip0", "clip1")]
        films = [read_gradients(project, name) for name in ("clip0", "clip1")]
    assert [fit.n_frames for fit in fits if isinstance(fit, Fit)] == [5, 5]
    assert [film.maps.max() for film in films if film is not None] == [255, 255]
    assert main(["compare", "flame", *words]) == 0  # nothing is computed again
    assert capsys.readouterr().out.count("is there already") == 2


def test_a_clip_that_cannot_be_compared_stops_no_other(
    make_project: Callable[..., Project], study_project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Project.open(study_project) as project:
        encoder = project.settings["encoder"]
    with make_project(clips=2, fitted=1, name="other.neuface") as project:
        path = project.path
        project.set_settings({"encoder": encoder})
    assert main(["compare", "gradients", str(path), "clip1", "clip0", "--device", "cpu"]) == 3
    assert "clip1: 'clip1' has no fit yet. Fit it first: neuface fit." in capsys.readouterr().out
    with Project.open(path) as project:
        assert has_gradients(project, "clip0")
        project.save_fit("clip0", random_fit(seed=9))
        assert not has_gradients(project, "clip0")  # it was of the fit before
        assert not has_flame(project, "clip0")


def test_a_clip_without_a_face_is_not_sent_to_be_fitted_again(
    make_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    with make_project(clips=1, fitted=0) as project:
        project.set_state("clip0", ClipState.SET_ASIDE, "No face found in 95 of 95 frames.")
        path = project.path
    assert main(["compare", "flame", str(path), "clip0", "--device", "cpu"]) == 3
    assert "has no fit: No face found in 95 of 95 frames." in capsys.readouterr().out

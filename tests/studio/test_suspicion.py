"""What a person should look at first, where in a clip, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from neuface_core.clips import search
from neuface_core.evaluation.suspicion import Finding, Suspicion, Usual, measure, summarise
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.signals import signals
from neuface_core.heads.model import HeadModel
from neuface_core.project import Project
from neuface_core.project.records import ClipState
from neuface_studio.suspects import Stretch, flags, next_place, stretches

from .conftest import FITTED, FRAMES, Driver, make_fit


def spoilt(fit: Fit) -> Fit:
    """As `fit`, the face lost its place from frame 4 to 8 and from 22 to 25."""
    error = fit.error.copy()
    projected = fit.projected.copy()
    for first, last, by in ((4, 8, 30), (22, 25, 40)):
        error[first : last + 1] = 20
        projected[first : last + 1] += np.float32(by)
    return replace(fit, error=error, projected=projected)


@pytest.fixture
def judged(
    empty_studio: Driver, tmp_path: Path, videos: Path, head: HeadModel, monkeypatch: pytest.MonkeyPatch
) -> Driver:
    """Three clips, of which the second is spoilt, in a project that knows what is usual."""
    fits = [make_fit(head, seed) for seed in range(6)]
    usual = measure([summarise(signals(fit)) for fit in fits])
    monkeypatch.setattr(Project, "usual", lambda _: usual)
    path = tmp_path / "faces.neuface"
    with Project.create(path) as project:
        project.add_clips(search([videos / f"{name}.mp4" for name in FITTED]).clips)
        for fit, name in zip((fits[0], spoilt(fits[1]), fits[2]), FITTED, strict=True):
            project.save_fit(name, fit)
        # Every new fit lets the project judge all of them again: these scores stand when all are there.
        for name, suspicion in zip(FITTED, (0.4, 9.7, 2.1), strict=True):
            project.set_state(name, ClipState.TO_REVIEW, suspicion=suspicion)
    assert empty_studio.window.files.open_project(path)
    empty_studio.wait_for_clip("ada")
    return empty_studio


def said(studio: Driver) -> str:
    return " ".join(label.text() for label in studio.window.work.inspector._suspicion.findChildren(QLabel))


@pytest.mark.gl
def test_one_key_brings_the_most_suspicious_clip_to_the_top(judged: Driver) -> None:
    queue = judged.window.work.queue
    assert queue.names == ["ada", "bob", "cleo"]
    judged.press(Qt.Key.Key_W, shift=True)
    assert queue.names == ["bob", "cleo", "ada"]
    judged.press(Qt.Key.Key_P, Qt.Key.Key_P)
    judged.wait_for_clip("bob")
    judged.press(Qt.Key.Key_A)
    assert judged.clip == "cleo", "after a decision the next suspicious one follows"
    judged.press(Qt.Key.Key_W, shift=True)
    assert queue.names == ["ada", "bob", "cleo"]


@pytest.mark.gl
def test_the_order_is_there_at_the_next_start(judged: Driver) -> None:
    window = judged.window
    judged.press(Qt.Key.Key_W, shift=True)
    window.place.save()
    assert window.session.project is not None
    path = window.session.project.path
    window.session.close()
    assert window.files.open_project(path)
    assert window.work.queue.names == ["bob", "cleo", "ada"]


@pytest.mark.gl
def test_keys_lead_from_one_suspicious_place_to_the_next_and_say_why(judged: Driver) -> None:
    window = judged.window
    window.review.show_clip("bob")
    judged.wait_for_clip("bob")
    assert window.stage.clip is not None
    places = window.stage.clip.places
    assert len(places) == 2
    assert "landmark error" in said(judged).casefold()
    window.playhead.seek(0)
    judged.press(Qt.Key.Key_Period)
    assert 2 <= window.playhead.frame <= 6
    assert f"Frame {places[0].first} to {places[0].last}" in window.work.banner.text
    judged.press(Qt.Key.Key_Period)
    assert 19 <= window.playhead.frame <= 24
    judged.press(Qt.Key.Key_Period)
    assert window.playhead.frame == places[0].first, "after the last comes the first"
    judged.press(Qt.Key.Key_Comma)
    assert window.playhead.frame == places[1].first
    marks = window.work.timeline._suspect
    assert marks is not None
    assert marks[places[0].first]
    assert not marks[15]


@pytest.mark.gl
def test_an_ordinary_clip_says_that_it_is_one(judged: Driver) -> None:
    assert "Nothing is unusual" in said(judged)
    frame = judged.window.playhead.frame
    judged.press(Qt.Key.Key_Period)
    assert judged.window.playhead.frame == frame
    assert "Nothing" in judged.window.work.banner.text


@pytest.mark.gl
def test_clips_are_found_by_what_is_wrong_with_them(judged: Driver) -> None:
    model = judged.window.model
    record = model.record("cleo")
    assert record is not None
    model.update_record(replace(record, suspect="hardly any motion (0.03 % of the face a frame), frames 3-9"))
    judged.window.work.queue.search.setText("hardly any")
    assert judged.window.work.queue.names == ["cleo"]


def finding(first: int, last: int, z: float, words: str) -> Finding:
    return Finding("error", first, last, z, 1.0, 1.0, words)


def test_places_that_touch_are_one_and_the_whole_clip_is_none() -> None:
    found = (
        finding(0, 99, 9, "views far apart, frames 0-99"),
        finding(40, 50, 5, "jitter 4 × the usual, frames 40-50"),
        finding(51, 55, 7, "no face found, frames 51-55"),
        finding(10, 10, 3, "landmark error 3 × the usual (2 %), frame 10"),
    )
    places = stretches(Suspicion(9.0, np.zeros(100, np.float32), found), 100)
    assert places == (
        Stretch(10, 10, "landmark error 3 × the usual (2 %)"),
        Stretch(40, 55, "no face found; jitter 4 × the usual"),
    )
    assert flags(places, 100).sum() == 17
    assert next_place(places, 10, 1) == places[1]
    assert next_place(places, 60, 1) == places[0]
    assert next_place(places, 10, -1) == places[1]
    assert next_place((), 3, 1) is None


def test_nothing_usual_nothing_suspicious(head: HeadModel) -> None:
    from neuface_core.evaluation.suspicion import judge_clip

    quiet = judge_clip(signals(make_fit(head, 0)), Usual({}, {}, {}, 0))
    assert stretches(quiet, FRAMES) == ()

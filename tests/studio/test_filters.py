"""The queue shows what a person asks for: by tag, reason, state and a threshold in the histogram; chips take it off."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from neuface_core.project import Project
from neuface_core.project.clip_list import ClipList
from neuface_core.project.records import ClipState
from neuface_studio.queue_filter import Measure, Wanted, shown_rows

from .conftest import Driver


def test_all_that_is_set_must_hold() -> None:
    rows = [
        ("ada", "rejected", 9, 5.0, 2.0, 0.1, 0),
        ("bob", "to_review", 9, 1.0, 4.0, 0.2, 0),
        ("cy", "waiting", 9, None, None, None, 0),
    ]
    texts = [("ada", "jitter", "", "", "glasses, beard"), ("bob", "", "", "", "Glass")]
    clips = ClipList(rows, read_texts=lambda: texts)

    def names(wanted: Wanted) -> list[str]:
        return [clips.names[k] for k in np.flatnonzero(shown_rows(clips, clips.states, wanted))]

    assert names(Wanted()) == ["ada", "bob", "cy"]
    assert names(Wanted(tag="glass")) == ["bob"], "a tag is a whole word"
    assert names(Wanted(tag="beard")) == ["ada"]
    assert names(Wanted(reason="jitter")) == ["ada"]
    assert names(Wanted(text="glass")) == ["ada", "bob"], "the search finds tags too"
    assert names(Wanted(least=1.0)) == ["ada", "bob"]
    assert names(Wanted(measure=Measure.NME, least=3.0)) == ["bob"]
    assert names(Wanted(state=ClipState.WAITING, least=0.0)) == [], "a clip without a value is below any threshold"
    wanted = Wanted(state=ClipState.WAITING, tag="beard", reason="jitter", least=2.5)
    assert [words for _, words in wanted.chips()] == ["waiting", "jitter", "#beard", "Suspicion ≥ 2.5"]
    for field, _ in wanted.chips():
        wanted = wanted.without(field)
    assert wanted == Wanted()


@pytest.fixture
def judged(studio: Driver) -> Driver:
    """Three fitted clips with suspicion 0.5, 3.2 and 8, one of them rejected for jitter."""
    project = studio.window.session.project
    assert project is not None
    for name, suspicion in (("ada", 0.5), ("bob", 3.2), ("cleo", 8.0)):
        project.set_state(name, ClipState.TO_REVIEW, suspicion=suspicion)
    project.decide("bob", "reject", "jitter")
    studio.window.session.records_changed.emit()
    return studio


def _drag(studio: Driver, value: float | None) -> None:
    histogram = studio.window.work.queue.histogram
    y = histogram.height() - 12
    to = QPoint(round(histogram.x_of(value)) if value is not None else 2, y)
    QTest.mousePress(histogram, Qt.MouseButton.LeftButton, pos=QPoint(histogram.width() - 20, y))
    QTest.mouseMove(histogram, to)
    QTest.mouseRelease(histogram, Qt.MouseButton.LeftButton, pos=to)


@pytest.mark.gl
def test_a_threshold_in_the_histogram_filters_the_queue(judged: Driver) -> None:
    queue = judged.window.work.queue
    judged.wait(queue.histogram.isVisible)
    judged.wait(lambda: queue.histogram.x_of(8.0) > queue.histogram.x_of(3.0))
    _drag(judged, 3.0)
    assert queue.names == ["bob", "cleo"]
    assert queue.chips.words == [f"Suspicion ≥ {queue.histogram.least:.2g}"]
    judged.press(Qt.Key.Key_N)
    judged.wait_for_clip("bob")
    queue.histogram.setFocus()
    while queue.names == ["bob", "cleo"]:
        QTest.keyClick(queue.histogram, Qt.Key.Key_Right)
    assert queue.names == ["cleo"]
    queue.chips.chip("least").click()
    assert queue.names == ["ada", "bob", "cleo", "dora"]
    assert queue.histogram.least is None
    QTest.mouseClick(queue.histogram, Qt.MouseButton.LeftButton, pos=QPoint(30, 6))
    assert queue.histogram.measure is Measure.NME


@pytest.mark.gl
def test_tags_are_given_kept_found_filtered_by_and_taken_back(judged: Driver) -> None:
    window, queue = judged.window, judged.window.work.queue
    judged.press(Qt.Key.Key_T, shift=True)
    line = window.work.tags.line
    judged.wait(line.hasFocus)
    QTest.keyClicks(line, "glasses, full beard")
    QTest.keyClick(line, Qt.Key.Key_Return)
    project = window.session.project
    assert project is not None
    with Project.open(project.path, read_only=True) as reader:
        assert reader.clip("ada").tags == ("full beard", "glasses")
    assert queue.table.hasFocus(), "keys would go nowhere"
    queue.filter.menu_.aboutToShow.emit()
    actions = {action.text(): action for action in queue.filter.menu_.actions()}
    actions["full beard"].trigger()
    assert (queue.names, queue.chips.words) == (["ada"], ["#full beard"])
    queue.filter.menu_.aboutToShow.emit()
    {action.text(): action for action in queue.filter.menu_.actions()}["jitter"].trigger()
    assert queue.names == [], "bob was rejected for jitter and has no beard"
    queue.chips.chip("tag").click()
    assert queue.names == ["bob"]
    queue.chips.chip("reason").click()
    queue.search.setText("glasses")
    assert queue.names == ["ada"]
    queue.search.clear()
    judged.press(Qt.Key.Key_U)
    assert project.clip("ada").tags == ()
    assert "tags" in window.work.banner.text


@pytest.mark.gl
def test_a_clip_that_filters_hide_is_shown_when_it_is_wanted(judged: Driver) -> None:
    window, queue = judged.window, judged.window.work.queue
    queue.set_wanted(Wanted(least=5.0))
    assert queue.names == ["cleo"]
    window.review.show_clip("dora")
    judged.wait(lambda: queue.current == "dora")
    assert not queue.chips.words
    assert queue.chips.isHidden()


def test_the_list_of_a_project_knows_reasons_and_tags(project_path: Path) -> None:
    with Project.open(project_path) as project:
        project.decide("bob", "reject", "mesh-wrong")
        project.tag("cleo", ["Beard", "glasses"])
        clips = project.clip_list()
        assert clips.tags() == ["", "", "|beard|glasses|", ""]
        assert clips.reasons()[1] == "mesh wrong"
        clips.put(dataclasses.replace(project.clip("ada"), tags=("hat",)))
        assert clips.tags()[0] == "|hat|"
        assert "hat" in clips.texts()[0][0]

"""Thousands of clips: sorted, searched and judged as quickly as three."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from benchmarks.large_project import make_large_project
from neuface_core.project import Project
from neuface_core.project.records import ClipState
from neuface_studio.views.queue_model import Column, QueueModel
from neuface_studio.views.queue_order import QueueOrder

from .conftest import Driver

COUNT = 3000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_large_project(tmp_path_factory.mktemp("large") / "large.neuface", COUNT)


@pytest.fixture
def order(large: Path, qapp: object) -> tuple[QueueModel, QueueOrder]:
    model = QueueModel(lambda _: None)
    with Project.open(large, read_only=True) as project:
        model.set_records(project.clip_list())
        model.records.texts()
        list(model.records)
    return model, QueueOrder(model)


def test_every_column_sorts_both_ways_with_unknown_values_last(order: tuple[QueueModel, QueueOrder]) -> None:
    model, shown = order
    records = list(model.records)
    by_name = {record.name: record for record in records}
    values = {
        Column.CLIP: lambda r: r.name,
        Column.SUSPICION: lambda r: -r.suspicion if r.suspicion is not None else None,
        Column.NME: lambda r: r.metrics.get("nme_bbox"),
        Column.JITTER: lambda r: r.metrics.get("jitter_mm"),
    }
    for column, value in values.items():
        for direction in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            shown.sort(column, direction)
            found = [value(by_name[name]) for name in shown.names()]
            known = [v for v in found if v is not None]
            assert found[: len(known)] == known, "a clip without a value stands between the others"
            assert known == sorted(known, reverse=direction == Qt.SortOrder.DescendingOrder)
    shown.sort(-1)
    assert shown.names() == model.records.names


def test_search_and_state_narrow_the_list_together(order: tuple[QueueModel, QueueOrder]) -> None:
    model, shown = order
    records = list(model.records)
    shown.set_text("JOY ada")
    assert shown.names() == [r.name for r in records if "joy" in r.name and "ada" in r.name]
    shown.set_state(ClipState.REJECTED)
    assert shown.names() == [r.name for r in records if "ada_joy" in r.name and r.state is ClipState.REJECTED]
    shown.set_text("left eye")
    assert shown.names() == [r.name for r in records if "left eye" in r.note and r.state is ClipState.REJECTED]
    shown.set_text("no such clip")
    assert shown.names() == []
    assert shown.neighbour("x", 1) is None
    assert shown.next_to_judge("x") is None


def test_qt_finds_no_fault_with_the_model(tmp_path: Path, qapp: object) -> None:
    model = QueueModel(lambda _: None)
    with Project.open(make_large_project(tmp_path / "small.neuface", 40), read_only=True) as project:
        model.set_records(project.clip_list())
        model.records.texts()
        list(model.records)
    shown = QueueOrder(model)
    tester = QAbstractItemModelTester(shown, QAbstractItemModelTester.FailureReportingMode.Fatal)
    held = shown.index(10, 0)
    name = held.data()
    shown.sort(Column.SUSPICION)
    shown.set_state(ClipState.TO_REVIEW)
    shown.set_text("fear")
    model.update_record(model.records[0])
    shown.set_text("")
    shown.set_state(None)
    assert name in shown.names()
    del tester


def test_the_next_clip_wraps_around_and_is_never_the_same(order: tuple[QueueModel, QueueOrder]) -> None:
    model, shown = order
    shown.sort(Column.SUSPICION)
    names = shown.names()
    states = {record.name: record.state for record in model.records}
    undecided = [name for name in names if states[name] is ClipState.TO_REVIEW]
    assert shown.next_to_judge(undecided[0]) == undecided[1]
    assert shown.next_to_judge(undecided[-1]) == undecided[0]
    assert shown.neighbour(names[5], 1) == names[6]
    assert shown.neighbour(names[-1], 1) == names[-1]
    assert shown.neighbour(names[0], -1) == names[0]


@pytest.mark.gl
def test_a_long_queue_is_worked_through_like_a_short_one(empty_studio: Driver, large: Path) -> None:
    """The videos are gone: what can be said about the clips is shown all the same, and decisions are kept."""
    window = empty_studio.window
    assert window.files.open_project(large)
    queue = window.work.queue
    assert queue.table.model().rowCount() == COUNT
    empty_studio.press(Qt.Key.Key_W, shift=True)
    suspicion = window.model.records.suspicion
    worst = window.model.records.names[int(np.nanargmax(suspicion))]
    assert queue.names[0] == worst
    first = window.model.records.names_in(ClipState.TO_REVIEW)[0]
    window.review.show_clip(first)
    following = queue.next_to_review(first)
    empty_studio.press(Qt.Key.Key_R, Qt.Key.Key_3)
    assert empty_studio.state(first) is ClipState.REJECTED
    assert empty_studio.clip == following
    empty_studio.press(Qt.Key.Key_U)
    assert empty_studio.state(first) is ClipState.TO_REVIEW
    assert queue.current == first

"""Many fits: in an order that a person chooses, with failures that stop nobody and can be tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt

from neuface_core.errors import FitError
from neuface_core.jobs import Job, Progress
from neuface_core.project import Project
from neuface_core.project.records import ClipRecord
from neuface_studio.tasks import Fitting

from .conftest import FITTED, WAITING, Driver


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, list[str], set[str]]]:
    """Fits that wait until they may end, are written down, and fail where they are told to."""
    go, fitted, bad = threading.Event(), [], set[str]()

    def fit(self: Fitting, project: Project, name: str, face: object, view: int) -> Job[ClipRecord]:
        while not go.is_set():
            yield Progress("fit", 1, 2, name)
            go.wait(0.01)
        if name in bad:
            raise FitError("No face is large enough.", remedy="Look at another clip.")
        fitted.append(name)
        yield Progress("fit", 2, 2, name)
        return project.clip(name)

    monkeypatch.setattr(Fitting, "here", fit)
    yield go, fitted, bad
    go.set()


@pytest.mark.gl
def test_a_batch_is_ordered_fails_in_one_clip_and_goes_on(
    studio: Driver, gate: tuple[threading.Event, list[str], set[str]]
) -> None:
    go, fitted, bad = gate
    window = studio.window
    studio.press(Qt.Key.Key_J, ctrl=True)
    dialog = window.files.batch_dialog
    assert dialog is not None
    assert dialog.isVisible()
    dialog.fit_shown.click()
    studio.wait(lambda: "ada" in dialog._title.text())
    assert [dialog.line.item(row).text() for row in range(dialog.line.count())] == ["bob", "cleo", "dora"]
    dialog.line.setCurrentRow(2)
    dialog.first.click()
    assert [task.clip for task in window.background.queue.waiting] == ["dora", "bob", "cleo"]
    dialog.line.setCurrentRow(1)
    dialog.remove.click()
    assert [task.clip for task in window.background.queue.waiting] == ["dora", "cleo"]
    assert window.leaving.unfinished() == ("ada", "dora", "cleo"), "the order is what the next start offers"
    bad.add("dora")
    go.set()
    studio.wait_for_jobs()
    assert fitted == ["ada", "cleo"]
    assert "dora" in dialog.mishaps.item(0).text()
    assert "No face is large enough" in dialog.mishaps.item(0).text()
    bad.clear()
    dialog.again.click()
    studio.wait_for_jobs()
    assert fitted == ["ada", "cleo", "dora"]
    assert dialog.mishaps.count() == 0
    dialog.where.setCurrentIndex(1)
    assert window.background.elsewhere
    dialog.close()


@pytest.mark.gl
def test_a_long_line_is_made_and_stopped_without_a_look_at_every_clip(
    studio: Driver, gate: tuple[threading.Event, list[str], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = studio.window
    queue, names = window.background.queue, list(window.session.records.names)
    changes: list[int] = []
    queue.changed.connect(lambda: changes.append(len(queue.waiting)))
    window.background.fit([*names, *names])
    assert changes == [len(names) - 1], "one change, and no clip twice"
    looked_at: list[str] = []
    refresh = window.session.refresh
    monkeypatch.setattr(window.session, "refresh", lambda name: (looked_at.append(name), refresh(name)))
    said: list[str] = []
    window.background.said.connect(lambda words, *_: said.append(words))
    queue.cancel_all()
    studio.wait_for_jobs()
    assert looked_at == names[:1], "the others had not begun"
    assert said == [f"Fitting {names[0]} was stopped; what was there before is kept."]


def _said(studio: Driver) -> tuple[str, str, str]:
    """How the clip on show stands, in the queue, under the pictures and in the inspector."""
    work, model = studio.window.work, studio.window.model
    record = model.record(studio.clip)
    assert record is not None
    return model.state_words(record), work.review._state.text(), work.inspector._video._labels[0][1].text()


@pytest.mark.gl
def test_queue_bar_and_inspector_say_the_same(
    studio: Driver, gate: tuple[threading.Event, list[str], set[str]]
) -> None:
    go, _, _ = gate
    window = studio.window
    window.review.show_clip(WAITING)
    studio.wait_for_clip(WAITING)
    assert set(_said(studio)) == {"waiting"}
    why_empty = window.work.mesh._message
    assert why_empty.text() == "No mesh yet.\nPress F to fit this clip."
    assert "1 waiting" in window.job_bar._counts.text()
    window.background.fit([*FITTED, WAITING])
    studio.wait(lambda: "in line" in _said(studio))
    assert set(_said(studio)) == {"in line"}
    assert why_empty.text() == "No mesh yet.\nIt is in line for a fit."
    window.background.queue.move(window.background.queue.waiting[-1], 0)
    window.background.queue.cancel()
    studio.wait(lambda: "fitting 50 %" in _said(studio))
    assert set(_said(studio)) == {"fitting 50 %"}
    assert why_empty.text() == "No mesh yet.\nIt is being fitted."
    assert window.work.review._icon.accessibleName() == "fitting 50 %"
    assert "0 waiting" in window.job_bar._counts.text()
    window.background.queue.remove(window.background.queue.waiting[-1])
    assert set(_said(studio)) == {"fitting 50 %"}, "another clip left the line"
    go.set()
    studio.wait_for_jobs()
    studio.wait(lambda: set(_said(studio)) == {"waiting"})
    assert why_empty.text() == "No mesh yet.\nPress F to fit this clip."
    assert "1 waiting" in window.job_bar._counts.text()


@pytest.mark.gl
def test_nothing_runs_and_nothing_stands_between(studio: Driver) -> None:
    studio.press(Qt.Key.Key_J, ctrl=True)
    dialog = studio.window.files.batch_dialog
    assert dialog is not None
    between = dialog.fit_all.y() - dialog.cancel.geometry().bottom()
    assert between <= 2 * dialog.layout().spacing()
    dialog.close()

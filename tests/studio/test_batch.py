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

from .conftest import Driver


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

"""What the window says of an error: to which clip, and what to do."""

from __future__ import annotations

import sys

import pytest

from neuface_core.errors import ProjectError
from neuface_core.jobs import Job, Progress
from neuface_studio import crash
from neuface_studio.problems import advice, problem
from neuface_studio.worker import Task

from .conftest import Driver


def test_a_problem_names_its_clip_once_and_says_what_to_do() -> None:
    full = ProjectError("The disk is full; nothing was changed.", remedy="Make room.")
    assert problem(full, "ada")[0] == "ada: The disk is full; nothing was changed. Make room."
    assert problem(ProjectError("There is no clip 'ada'.", remedy="Look."), "ada")[0].count("ada") == 1
    words, _, _, details = problem(ProjectError("It went wrong."), "bob")
    assert words == f"bob: It went wrong. {advice()}"
    assert "ProjectError" in details


def _fails(error: Exception) -> Job[None]:
    yield Progress("fit", 0, 1)
    raise error


@pytest.mark.gl
def test_every_way_to_the_banner_has_both(studio: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    """A refused decision, a job that fails as expected and unexpectedly, an error that nobody caught."""
    monkeypatch.setattr(crash, "folder", lambda: tmp_path)
    window = studio.window
    banner, project = window.work.banner, window.session.project
    assert project is not None

    def refuse(*_: object, **__: object) -> None:
        raise ProjectError("The decision could not be written.")

    monkeypatch.setattr(project, "decide", refuse)
    window.review.accept()
    assert banner.text == f"ada: The decision could not be written. {advice()}"
    for error in (ProjectError("The chin is missing."), KeyError("chin")):
        task = Task("flame", "FLAME fitting of bob", lambda e=error: _fails(e), clip="bob", owner=project)
        window.background.queue.add(task)
        studio.wait(lambda: "chin" in banner.text)
        assert "bob" in banner.text
        assert advice() in banner.text
        assert not banner._details.isHidden()
        banner.hide()
    monkeypatch.setattr(sys, "__excepthook__", lambda *_: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    crash.show_on(window)
    sys.excepthook(ValueError, ValueError("a nose too many"), None)
    assert banner.text.startswith("ada: Something unexpected went wrong: ValueError('a nose too many').")
    assert advice() in banner.text

"""The first minute at the window: three steps that are over when they were done, with the keys that hold."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from neuface_core.training.clips.clip_folder import ClipOrder
from neuface_studio import demo_clip
from neuface_studio.welcome import Step
from neuface_studio.window_memory import Preferences

from .conftest import Driver

pytestmark = pytest.mark.gl


def test_scrub_judge_and_export_are_learnt_by_doing_them(studio: Driver) -> None:
    window, welcome = studio.window, studio.window.welcome
    window.actions_.set_keys(window.actions_.keys.with_keys("review.accept", ["F8"]))
    welcome.begin()
    card = welcome.card
    assert welcome.step is Step.LOOK
    assert "Space plays" in card.text
    assert card.isVisible()
    target = window.work.transport
    assert card.ring.geometry().contains(target.mapTo(window, target.rect().center()))
    assert not card.geometry().contains(target.mapTo(window, target.rect().center())), "it hides what it points at"

    studio.press(Qt.Key.Key_Right)
    assert welcome.step is Step.JUDGE
    assert "F8 accepts. R and a digit reject" in card.text, "the keys are those that the person has chosen"
    studio.press(Qt.Key.Key_R)
    studio.wait(lambda: not card.isVisible())
    studio.press(Qt.Key.Key_Escape)
    assert not window.work.rejecting
    studio.wait(card.isVisible)
    assert welcome.step is Step.JUDGE, "Esc left the question, not the welcome"
    studio.press(Qt.Key.Key_R, Qt.Key.Key_1)
    assert welcome.step is Step.EXPORT
    assert "nothing is yet: U takes the rejection back, F8 accepts" in card.text
    studio.press(Qt.Key.Key_U)
    studio.wait_for_clip("ada")
    studio.press(Qt.Key.Key_F8)
    assert "Ctrl+E writes the clips that were accepted" in card.text

    studio.press(Qt.Key.Key_E, ctrl=True)
    assert welcome.step is Step.END
    dialog = window.files.export_dialog
    assert dialog is not None
    dialog.reject()
    studio.wait(window.isActiveWindow)
    studio.press(Qt.Key.Key_Escape)
    assert not card.isVisible()
    assert not card.ring.isVisible()


def test_one_key_ends_it_and_it_never_comes_back_by_itself(empty_studio: Driver) -> None:
    window = empty_studio.window
    window.welcome.begin_if_new()
    assert window.welcome.step is Step.CLIP
    assert window.welcome.card.isVisible()
    empty_studio.press(Qt.Key.Key_Escape)
    assert not window.welcome.card.isVisible()
    window.welcome.begin_if_new()
    assert not window.welcome.active
    assert Preferences().welcomed, "nor at the next start"
    window.actions_["help.welcome"].trigger()
    assert window.welcome.card.isVisible(), "the menu brings it back"


def test_without_a_clip_of_their_own_a_person_gets_one(empty_studio: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key on the button that has the keyboard: a project, a rendered clip, its fit."""
    monkeypatch.setattr(demo_clip, "ORDER", ClipOrder(seed=3, seconds=0.2, width=96, height=64))
    window = empty_studio.window
    asked: list[list[str]] = []
    monkeypatch.setattr(window.background, "fit", asked.append)
    window.welcome.begin()
    assert window.focusWidget() is window.welcome.card.action
    QTest.keyClick(window.welcome.card.action, Qt.Key.Key_Space)
    empty_studio.wait(lambda: window.job_bar.shows_job)
    assert "The clip is being made" in window.welcome.card.text
    empty_studio.wait_for_jobs(240_000)
    empty_studio.wait_for_clip("demo")
    assert asked == [["demo"]]
    assert window.welcome.step is Step.LOOK
    project = window.session.project
    assert project is not None
    assert project.clip("demo").n_frames == 5

    window.files.open_demo()
    assert window.background.queue.current is None, "it is made once"

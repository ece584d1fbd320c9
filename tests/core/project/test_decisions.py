"""Decisions survive everything, and undo and redo do what a person expects, across restarts."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from random_fits import random_fit

from neuface_core.clips import Clip
from neuface_core.errors import ProjectError
from neuface_core.project import ClipState, Project, RejectReason

CLIPS = ("anna", "ben")


class UndoMachine(RuleBasedStateMachine):
    """A real project beside a list of decisions and a pointer into it."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.project = Project.create(self.folder / "p.neuface")
        # Videos that cannot be read are clips too: the machine is about decisions, and this is fast.
        self.project.add_clips([Clip(name, (self.folder / f"{name}.mp4",)) for name in CLIPS])
        for name in CLIPS:
            self.project.save_fit(name, random_fit(1))
        self.actions: list[tuple[str, str, str]] = []
        self.applied = 0
        self.appended = 0

    def _act(self, action: tuple[str, str, str]) -> None:
        self.actions = [*self.actions[: self.applied], action]
        self.applied += 1
        self.appended += 1

    @rule(name=st.sampled_from(CLIPS), verdict=st.sampled_from(["accept", "reject"]))
    def decide(self, name: str, verdict: str) -> None:
        self.project.decide(name, verdict, reason="jitter" if verdict == "reject" else "")
        self._act(("decide", name, verdict))

    @rule(name=st.sampled_from(CLIPS), words=st.text(max_size=5))
    def note(self, name: str, words: str) -> None:
        self.project.add_note(name, words)
        self._act(("note", name, words))

    @rule()
    def undo(self) -> None:
        event = self.project.undo()
        assert (event is None) == (self.applied == 0)
        if event is not None:
            self.applied -= 1
            self.appended += 1
            assert event.clip == self.actions[self.applied][1]

    @rule()
    def redo(self) -> None:
        event = self.project.redo()
        assert (event is None) == (self.applied == len(self.actions))
        if event is not None:
            assert event.clip == self.actions[self.applied][1]
            self.applied += 1
            self.appended += 1

    @rule()
    def restart(self) -> None:
        self.project.close()
        self.project = Project.open(self.folder / "p.neuface")

    @precondition(lambda self: self.appended > 0)
    @rule(damage=st.sampled_from(["torn line", "lost journal", "lost last line"]))
    def journal_suffers_while_closed(self, damage: str) -> None:
        self.project.close()
        journal = self.folder / "p.neuface" / "decisions.jsonl"
        lines = journal.read_bytes().splitlines(keepends=True)
        kept = {"torn line": [*lines[:-1], lines[-1][:-5]], "lost journal": [], "lost last line": lines[:-1]}[damage]
        journal.write_bytes(b"".join(kept))
        self.project = Project.open(self.folder / "p.neuface")
        assert len(self.project.history()) == self.appended

    @invariant()
    def what_holds_is_what_the_list_says(self) -> None:
        held = self.actions[: self.applied]
        for record in self.project.clips():
            verdicts = [value for kind, clip, value in held if kind == "decide" and clip == record.name]
            wanted = {"accept": ClipState.ACCEPTED, "reject": ClipState.REJECTED}
            assert record.state == (wanted[verdicts[-1]] if verdicts else ClipState.TO_REVIEW)
            notes = [value for kind, clip, value in held if kind == "note" and clip == record.name]
            assert record.note == (notes[-1] if notes else "")
        assert len(self.project.history()) == self.appended

    def teardown(self) -> None:
        if hasattr(self, "project"):
            self.project.close()
            shutil.rmtree(self.folder)


TestUndo = UndoMachine.TestCase
TestUndo.settings = settings(
    max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_rejection_keeps_who_when_why(make_project):
    with make_project() as project:
        project.decide("clip0", "reject", reason=RejectReason.OCCLUDED, note="hand", reviewer="kim")
        record = project.clip("clip0")
    assert (record.state, record.reason, record.note, record.decided_by) == (
        ClipState.REJECTED,
        "occluded",
        "hand",
        "kim",
    )
    assert record.decided_at is not None
    assert [reason.key for reason in RejectReason] == list(range(1, 9))


def test_the_log_cannot_be_changed(make_project):
    with make_project() as project:
        project.decide("clip0", "accept")
        path = project.path / "catalogue.sqlite"
    database = sqlite3.connect(path)
    for statement in ("UPDATE decisions SET verdict = 'reject'", "DELETE FROM decisions"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(statement)
    database.close()


def test_a_new_fit_must_be_looked_at_again(make_project, make_fit):
    with make_project() as project:
        project.decide("clip0", "accept")
        project.save_fit("clip0", make_fit(seed=9))
        assert project.clip("clip0").state is ClipState.TO_REVIEW
        assert project.undo() is not None
        assert project.clip("clip0").state is ClipState.TO_REVIEW


def test_nothing_without_a_fit_can_be_accepted_but_it_can_be_rejected(make_project):
    with make_project(clips=1, fitted=0) as project:
        with pytest.raises(ProjectError, match="no fit"):
            project.decide("clip0", "accept")
        project.decide("clip0", "reject", reason="not-a-face")
        assert project.clip("clip0").state is ClipState.REJECTED
        project.undo()
        assert project.clip("clip0").state is ClipState.WAITING
        with pytest.raises(ProjectError, match="decision"):
            project.set_state("clip0", "accepted")


def test_decisions_and_fits_outlive_a_lost_catalogue(make_project, sample_videos):
    with make_project() as project:
        project.decide("clip0", "accept", reviewer="kim")
        project.decide("clip1", "reject", reason="jitter")
        project.undo()
        path, before = project.path, project.clips()
    for file in path.glob("catalogue.sqlite*"):
        file.unlink()
    with Project.open(path) as project:
        assert project.clips() == []
        assert len(project.history()) == 3
        project.add_clips([Clip(video.stem, (video,)) for video in sample_videos[:3]])
        after = project.clips()
        assert [(r.name, r.state, r.run, r.decided_by) for r in after] == [
            (r.name, r.state, r.run, r.decided_by) for r in before
        ]
        assert project.redo() is not None
        assert project.clip("clip1").state is ClipState.REJECTED

"""A long list is read as columns, and says the same as the records."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.large_project import make_large_project
from neuface_core.project import Project
from neuface_core.project.clip_list import STATES, ClipList
from neuface_core.project.records import ClipState

COUNT = 1500


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_large_project(tmp_path_factory.mktemp("large") / "large.neuface", COUNT)


def test_the_list_says_what_the_records_say(large: Path) -> None:
    with Project.open(large) as project:
        clips, records = project.clip_list(), project.clips()
        assert len(clips) == len(records) == COUNT
        assert [STATES[code] for code in clips.states] == [record.state for record in records]
        assert clips.names == [record.name for record in records]
        known = [np.nan if record.suspicion is None else record.suspicion for record in records]
        np.testing.assert_allclose(clips.suspicion, known, rtol=1e-6)
        for column, name in ((clips.nme, "nme_bbox"), (clips.jitter, "jitter_mm")):
            wanted = [record.metrics.get(name, np.nan) for record in records]
            np.testing.assert_allclose(column, wanted, rtol=1e-6)
        assert clips[0] == records[0]
        assert clips[700:703] == records[700:703]
        assert clips[-1] == records[-1], "the last block is a short one"
        assert list(clips) == records
        accepted = [record.name for record in records if record.state is ClipState.ACCEPTED]
        assert clips.names_in(ClipState.ACCEPTED) == accepted
        assert clips.count_in(ClipState.ACCEPTED) == len(accepted) > 0
        words, suspects = clips.texts()
        assert all(record.name in text and record.note in text for record, text in zip(records, words, strict=True))
        assert suspects == [record.suspect.casefold() for record in records]


def test_a_decision_is_seen_in_the_list_at_once(large: Path) -> None:
    with Project.open(large) as project:
        clips = project.clip_list()
        name = clips.names_in(ClipState.TO_REVIEW)[0]
        clips.texts()
        project.decide(name, "reject", "jitter", "the chin")
        row = clips.put(project.clip(name))
        assert row is not None
        assert STATES[clips.states[row]] is ClipState.REJECTED
        assert clips[row].note == "the chin"
        assert "the chin" in clips.texts()[0][row]
        assert [event.verdict for event in project.history(name)] == ["reject"]
        project.undo()


def test_an_empty_list_has_nothing_in_it() -> None:
    clips = ClipList()
    assert len(clips) == 0
    assert list(clips) == []
    assert clips.row_of("ada") is None
    assert clips.texts() == ([], [])
    with pytest.raises(IndexError):
        clips[0]

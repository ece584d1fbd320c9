"""Frames that a person names are the frames that are meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuface_core.errors import NeuFaceError
from neuface_core.frame_ranges import Span, frames_mask, frames_text, parse_frames


@given(st.lists(st.booleans(), max_size=60))
def test_a_set_of_frames_survives_being_written(frames: list[bool]) -> None:
    mask = np.array(frames, bool)
    assert np.array_equal(frames_mask(frames_text(mask), len(mask)), mask)


def test_frames_are_read_as_people_write_them() -> None:
    assert parse_frames(" 20 - 22, 3,4,21-25 ") == [(3, 4), (20, 25)]
    assert frames_mask("2-99", 4).tolist() == [False, False, True, True]
    assert parse_frames("") == []
    for nonsense in ("3-", "a", "9-3", "1;2"):
        with pytest.raises(NeuFaceError, match="no range of frames"):
            parse_frames(nonsense)


def test_a_mark_on_the_wrong_side_takes_the_other_one_away() -> None:
    span = Span().with_first(10).with_last(20)
    assert span.text == "10-20"
    assert span.with_first(25) == Span(25, None)
    assert span.with_last(5) == Span(None, 5)
    assert Span(None, 5).within(30) == (0, 5)
    assert Span(10, 99).within(30) == (10, 29)
    assert not Span()
    for some in (span, Span(3), Span(None, 3), Span()):
        assert Span.from_text(some.text) == some
    assert Span.from_text("rubbish") == Span()

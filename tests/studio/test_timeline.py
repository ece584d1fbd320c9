"""No bad frame hides in the strips, and a click lands on the frame under it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from neuface_studio.playhead import Playhead
from neuface_studio.state import Layers, ViewState
from neuface_studio.views.timeline import Timeline, worst_of_columns
from neuface_studio.window_memory import View


@given(st.integers(1, 3000), st.integers(1, 800), st.integers(0, 10_000))
def test_the_worst_frame_is_seen_at_any_width(frames: int, width: int, seed: int) -> None:
    errors = np.random.default_rng(seed).random(frames).astype(np.float32)
    worst = seed % frames
    errors[worst] = 9
    columns = worst_of_columns(errors, min(frames, width))
    assert len(columns) == min(frames, width)
    assert np.nanmax(columns) == 9
    at = int(np.nanargmax(columns))
    assert abs((at + 0.5) / len(columns) - (worst + 0.5) / frames) <= 1 / len(columns)


def test_frames_without_a_value_stay_empty() -> None:
    columns = worst_of_columns(np.array([np.nan, np.nan, 1.0, np.nan]), 2)
    assert np.isnan(columns[0])
    assert columns[1] == 1


def test_a_click_lands_on_the_frame_under_it(qtbot: object) -> None:
    playhead = Playhead()
    timeline = Timeline(playhead, ViewState())
    qtbot.addWidget(timeline)  # type: ignore[attr-defined]
    timeline.resize(900, 90)
    playhead.set_clip(np.arange(60) / 25)
    timeline.scrubbed.connect(playhead.seek)
    for frame in (0, 1, 33, 59):
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(timeline.x_of(frame)), 30))
        assert playhead.frame == frame


def test_stepping_never_leaves_the_clip(qtbot: object) -> None:
    playhead = Playhead()
    playhead.set_clip(np.arange(5) / 25)
    playhead.step(-1)
    assert playhead.frame == 0
    playhead.step(99)
    assert playhead.frame == 4


def test_a_single_frame_does_not_play(qtbot: object) -> None:
    playhead = Playhead()
    playhead.set_clip(np.zeros(1))
    playhead.toggle()
    assert not playhead.playing


def test_what_is_remembered_survives_damage() -> None:
    view = View("ada", 7, (2.0, 3.0, 4.0), (1.0,) * 10, {"mesh": False}, False)
    assert View.from_stored(view.stored()) == view
    assert View.from_stored({"frame": -3, "zoom": "x", "layers": 4, "camera": [None]}) == View()
    layers = Layers(mesh=False, opacity=0.3, before=True)
    assert Layers.from_stored(layers.stored()) == Layers(mesh=False, opacity=0.3)
    assert Layers.from_stored({"mesh": 3, "nonsense": True}) == Layers()

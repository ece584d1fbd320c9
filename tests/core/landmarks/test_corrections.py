"""What a person corrects follows the detections between key frames, fades, and stays inside its shot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuface_core.errors import LandmarkError
from neuface_core.fitting.targets import shots
from neuface_core.landmarks.corrections import (
    FADE_FRAMES,
    CorrectedTrack,
    LandmarkEdit,
    Origin,
    corrected,
    key_frames_of,
    mirrored,
)
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.landmarks.track import LandmarkTrack

FRAMES = 60


def moving_track(missing: tuple[int, ...] = ()) -> LandmarkTrack:
    """A face that drifts to the right, a pixel a frame."""
    face = np.random.default_rng(3).uniform(0, 100, (68, 2)).astype(np.float32)
    points = face[None] + np.arange(FRAMES, dtype=np.float32)[:, None, None] * np.float32([1, 0])
    points[list(missing)] = np.nan
    detected = np.isfinite(points).all(axis=(1, 2))
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    confidence = np.where(detected[:, None], np.float32(0.5), np.float32(0)).repeat(68, axis=1)
    return LandmarkTrack(points, confidence, boxes, detected, "open-v2", "static")


def join(track: LandmarkTrack, *edits: LandmarkEdit) -> CorrectedTrack:
    return corrected(track, edits, shots(track, 5))


def moved(track: LandmarkTrack, frame: int, point: int, by: tuple[float, float], **more: object) -> LandmarkEdit:
    return LandmarkEdit.of("drag", [frame], [point], [[track.points[frame, point] + by]], **more)


def offset(result: CorrectedTrack, point: int) -> np.ndarray:
    return result.track.points[:, point] - result.detections.points[:, point]


def test_between_two_key_frames_the_correction_is_interpolated_and_not_the_position():
    track = moving_track()
    found = offset(join(track, moved(track, 20, 30, (0, 8)), moved(track, 30, 30, (0, 8))), 30)
    assert found[20:31] == pytest.approx(np.tile([0, 8], (11, 1)), abs=0.02), "the point goes on following the face"


def test_beyond_the_outermost_key_frame_it_fades_to_nothing():
    track = moving_track()
    result = join(track, moved(track, 20, 30, (0, 8)))
    found = offset(result, 30)[:, 1]
    assert found[20] == pytest.approx(8, abs=0.01)
    assert (np.diff(found[20 : 20 + FADE_FRAMES + 1]) < 0).all()
    assert (found[: 20 - FADE_FRAMES + 1] == 0).all()
    assert (found[20 + FADE_FRAMES :] == 0).all()
    assert (offset(result, 31) == 0).all(), "only the point that was moved"
    assert result.origin[20, 30] == Origin.DRAG
    assert result.origin[21, 30] == Origin.INTERPOLATED
    assert list(result.key_frames) == [20]


def test_where_a_person_says_so_it_holds_to_the_end_of_the_shot():
    track = moving_track()
    found = offset(join(track, moved(track, 20, 30, (0, 8), reach="hold")), 30)
    assert found == pytest.approx(np.tile([0, 8], (FRAMES, 1)), abs=0.02)


def test_a_confirmed_frame_bounds_a_correction():
    track = moving_track()
    key = LandmarkEdit.of("key", [24], [30], [[track.points[24, 30]]])
    found = offset(join(track, moved(track, 20, 30, (0, 8)), key), 30)[:, 1]
    assert np.abs(found[24:]).max() < 0.01
    assert (found[21:24] > 0).all()


def test_a_correction_does_not_cross_a_cut():
    track = moving_track()
    points, boxes = track.points.copy(), track.boxes.copy()
    points[25:] += 300
    boxes[25:] += 300
    cut = LandmarkTrack(points, track.confidence, boxes, track.detected, "open-v2", "static")
    found = offset(join(cut, moved(cut, 23, 5, (0, 6), reach="hold")), 5)[:, 1]
    assert found[:25] == pytest.approx(np.full(25, 6.0), abs=0.02)
    assert (found[25:] == 0).all()


def test_a_frame_without_a_detection_counts_once_a_person_put_points_there():
    track = moving_track(missing=(20, 21))
    result = join(track, LandmarkEdit.of("drag", [20], [30], [[(50, 60)]]))
    assert result.track.detected[20]
    assert not result.track.detected[21]
    assert result.track.confidence[20, 30] == 1
    assert (np.delete(result.track.confidence[20], 30) == 0).all(), "what nobody put there is not fitted"
    assert result.track.points[20, 7] == pytest.approx((track.points[19, 7] + track.points[22, 7]) / 2, abs=1.0)
    assert not result.detections.detected[20], "the detections stay what they were"


def test_another_face_does_not_leak_into_its_neighbours():
    track = moving_track()
    there = track.points[20:23] + 400
    result = join(track, LandmarkEdit.of("face", [20, 21, 22], range(68), there, reach="alone"))
    assert np.allclose(result.track.points[20:23], there, atol=0.01)
    assert np.array_equal(result.track.points[23:], track.points[23:])
    assert np.array_equal(result.track.points[:20], track.points[:20])


def test_the_last_word_holds_and_a_reset_takes_it_back():
    track = moving_track()
    edits = [moved(track, 20, 30, (0, 8)), moved(track, 20, 30, (0, 3))]
    assert offset(join(track, *edits), 30)[20, 1] == pytest.approx(3, abs=0.01)
    assert key_frames_of(edits) == {30: (20,)}
    reset = LandmarkEdit.of("reset", [20], [30])
    result = join(track, *edits, reset)
    assert not result.edited
    assert result.track is track


def test_an_edit_survives_the_log():
    track = moving_track()
    edit = moved(track, 20, 30, (0.123, 8.456), reach="hold", view=2)
    again = LandmarkEdit.from_text(edit.text)
    assert (again.kind, again.view, again.frames, again.points, again.reach) == ("drag", 2, (20,), (30,), "hold")
    assert np.array_equal(again.positions, edit.positions)
    assert LandmarkEdit.from_text(LandmarkEdit.of("reset", [3], [1, 2]).text).kind == "reset"


@pytest.mark.parametrize(
    "wrong", ["{", '{"edit": "drag"}', '{"edit":"drag","view":0,"frames":[1],"points":[70],"positions":[[[1,2]]]}']
)
def test_what_is_no_edit_is_an_error_of_ours(wrong):
    with pytest.raises(LandmarkError):
        LandmarkEdit.from_text(wrong)


def test_a_position_that_is_no_number_is_refused():
    with pytest.raises(LandmarkError):
        LandmarkEdit.of("drag", [1], [2], [[(np.nan, 1)]])


def test_the_mirrored_half_of_a_symmetric_face_is_its_own_half():
    generator = np.random.default_rng(0)
    half = generator.uniform(10, 40, (68, 2))
    face = np.where((np.arange(68) < np.array(MIRROR))[:, None], half, 0.0)
    mirror = face[list(MIRROR)] * [-1, 1]
    face = face + mirror
    middle = np.array([i == MIRROR[i] for i in range(68)])
    face[middle] = np.column_stack([np.zeros(middle.sum()), np.linspace(-40, 60, middle.sum())])
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = (face @ turn.T + [200, 100]).astype(np.float32)
    spoiled = turned.copy()
    spoiled[48] += 25
    assert mirrored(spoiled, [48])[0] == pytest.approx(turned[48], abs=1.5)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, FRAMES - 1), st.floats(-20, 20), st.sampled_from(["fade", "hold"])),
        min_size=1,
        max_size=6,
        unique_by=lambda key: key[0],
    )
)
def test_a_correction_is_exact_in_its_key_frames_and_never_larger_than_them(keys):
    track = moving_track()
    found = offset(join(track, *[moved(track, f, 11, (0, by), reach=reach) for f, by, reach in keys]), 11)[:, 1]
    for frame, by, _ in keys:
        assert found[frame] == pytest.approx(by, abs=0.02)
    values = [by for _, by, _ in keys]
    assert found.min() >= min(0, *values) - 0.03
    assert found.max() <= max(0, *values) + 0.03

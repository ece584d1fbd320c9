"""The open detector on real faces: all of them, only them, calm, and the same from both sides."""

from __future__ import annotations

import socket
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from neuface_core.jobs import run
from neuface_core.landmarks import detector
from neuface_core.landmarks.ibug import MIRROR
from neuface_core.landmarks.open_detector import OpenDetector
from neuface_core.models import model_path
from neuface_core.video import FrameSource, open_source

Images = list[NDArray[np.uint8]]
InMemory = Callable[[Images], FrameSource]


def test_the_face_of_the_sample_clip_is_found_in_every_frame(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    tracks = run(open_detector.detect(in_memory(face_frames)))
    assert len(tracks) == 1
    assert tracks[0].detected_share == 1.0
    assert (tracks[0].confidence > 0.5).all()
    height, width = face_frames[0].shape[:2]
    assert (tracks[0].boxes >= 0).all()
    assert (tracks[0].boxes[:, 2:] < (width, height)).all()


def test_a_second_core_changes_nothing_that_is_found(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for cores in (True, False):
        monkeypatch.setattr("neuface_core.beside.second_core", lambda device, cores=cores: cores)
        found.append(run(open_detector.detect(in_memory(face_frames)))[0])
    np.testing.assert_array_equal(found[0].points, found[1].points)
    np.testing.assert_array_equal(found[0].confidence, found[1].confidence)


def test_a_blink_closes_the_lids(open_detector: OpenDetector, face_frames: Images, in_memory: InMemory) -> None:
    points = run(open_detector.detect(in_memory(face_frames[8:19])))[0].points
    lids = np.linalg.norm(points[:, [37, 38, 43, 44]] - points[:, [41, 40, 47, 46]], axis=2).mean(axis=1)
    assert lids.argmin() == 13 - 8
    assert lids.min() < 0.33 * np.median(lids)


def test_the_forerunner_of_the_default_can_be_had_by_name() -> None:
    assert detector("open").name == "open-v2"
    assert detector("open-v1").name == "open-v1"


def test_a_clip_without_a_face_has_no_tracks(open_detector: OpenDetector, in_memory: InMemory) -> None:
    with open_source(model_path("clip_no_face")) as source:
        assert run(open_detector.detect(in_memory(list(source.frames())[::4]))) == ()


def test_a_face_that_comes_late_is_found_from_its_first_frame_and_not_before(
    open_detector: OpenDetector, in_memory: InMemory
) -> None:
    with open_source(model_path("clip_noface_face")) as source:
        frames = list(source.frames(84, 116))
    (track,) = run(open_detector.detect(in_memory(frames)))
    np.testing.assert_array_equal(track.detected, np.arange(84, 116) >= 96)
    assert np.isnan(track.points[:12]).all()
    assert (track.confidence[:12] == 0).all()


def test_a_still_face_stands_still(open_detector: OpenDetector, face_frames: Images, in_memory: InMemory) -> None:
    (track,) = run(open_detector.detect(in_memory([face_frames[3]] * 24)))
    assert np.abs(track.points - track.points.mean(axis=0)).max() < 0.1


def test_a_mirrored_clip_has_mirrored_landmarks(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    frames = face_frames[:6]
    (straight,) = run(open_detector.detect(in_memory(frames)))
    (mirrored,) = run(open_detector.detect(in_memory([np.ascontiguousarray(f[:, ::-1]) for f in frames])))
    back = mirrored.points[:, list(MIRROR)].copy()
    back[..., 0] = frames[0].shape[1] - 1 - back[..., 0]
    box = (straight.boxes[:, 2:] - straight.boxes[:, :2]).max(axis=1)
    assert (np.linalg.norm(back - straight.points, axis=2) / box[:, None]).max() < 0.02


def test_a_leaning_head_gives_turned_landmarks(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    height, width = face_frames[0].shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 35.0, 1.0)
    leaning = cv2.warpAffine(face_frames[0], turn, (width, height))
    (upright,) = run(open_detector.detect(in_memory(face_frames[:1])))
    (turned,) = run(open_detector.detect(in_memory([leaning])))
    expected = upright.points[0] @ turn[:, :2].T + turn[:, 2]
    box = (upright.boxes[0, 2:] - upright.boxes[0, :2]).max()
    assert np.linalg.norm(turned.points[0] - expected, axis=1).max() < 0.02 * box


def test_two_people_are_two_tracks_the_larger_first(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    small = [f[::2, ::2] for f in face_frames[:8]]
    both = [np.concatenate([np.pad(s, ((0, f.shape[0] - s.shape[0]), (0, 0), (0, 0))), f], axis=1)
            for s, f in zip(small, face_frames, strict=False)]  # fmt: skip
    tracks = run(open_detector.detect(in_memory(both)))
    assert len(tracks) == 2
    seam = small[0].shape[1]
    assert (tracks[0].points[..., 0] > seam).all()
    assert (tracks[1].points[..., 0] < seam).all()


def test_a_cut_to_another_face_ends_the_track(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    with open_source(model_path("clip_wolfgang_langer")) as source:
        other = list(source.frames(0, 8))
    tracks = run(open_detector.detect(in_memory([*face_frames[:12], *other])))
    assert sorted(tuple(np.flatnonzero(t.detected)[[0, -1]]) for t in tracks) == [(0, 11), (12, 19)]


def test_a_flash_does_not_end_the_track(open_detector: OpenDetector, face_frames: Images, in_memory: InMemory) -> None:
    frames = [f.copy() for f in face_frames[:14]]
    frames[7] = np.clip(frames[7].astype(np.int16) // 2 + 110, 0, 255).astype(np.uint8)
    tracks = run(open_detector.detect(in_memory(frames)))
    assert len(tracks) == 1
    assert tracks[0].detected_share == 1.0


def test_one_picture_is_a_clip(open_detector: OpenDetector, face_frames: Images, in_memory: InMemory) -> None:
    (track,) = run(open_detector.detect(in_memory(face_frames[:1])))
    assert track.detected.tolist() == [True]


def test_the_same_face_in_a_larger_picture_is_at_the_same_place(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    """Large frames are reduced for the search only; coordinates come back to the original pixels."""
    large = np.kron(face_frames[0], np.ones((4, 4, 1), np.uint8))
    (track,) = run(open_detector.detect(in_memory(face_frames[:1])))
    (big,) = run(open_detector.detect(in_memory([large])))
    expected = track.points[0] * 4 + 1.5
    box = (big.boxes[0, 2:] - big.boxes[0, :2]).max()
    assert np.linalg.norm(big.points[0] - expected, axis=1).max() < 0.01 * box


def test_the_mesh_reads_at_the_right_place_of_the_frame(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory
) -> None:
    moved = np.roll(face_frames[0], (0, 37), axis=(0, 1))
    (track,) = run(open_detector.detect(in_memory(face_frames[:1])))
    (shifted,) = run(open_detector.detect(in_memory([moved])))
    np.testing.assert_allclose(shifted.points[0] - track.points[0], [[37, 0]] * 68, atol=1.0)


def test_detection_opens_no_socket(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_socket(*args: object, **kwargs: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", no_socket)
    assert run(OpenDetector().detect(in_memory(face_frames[:3])))


@pytest.mark.clips
@pytest.mark.slow
def test_cuts_end_tracks_and_small_faces_are_found(open_detector: OpenDetector, clips_folder: object) -> None:
    with open_source(f"{clips_folder}/facerec_short_hamilton_clip.mp4") as source:
        tracks = run(open_detector.detect(source))
    shots = [(0, 20), (20, 82), (82, 211), (211, 275)]
    for track in tracks:
        first, last = np.flatnonzero(track.detected)[[0, -1]]
        assert any(start <= first and last < stop for start, stop in shots)
    assert tracks[0].detected[82:211].all()


def test_the_largest_people_stay_where_all_of_a_crowd_would_not_fit_into_memory(
    open_detector: OpenDetector, face_frames: Images, in_memory: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [f[::2, ::2] for f in face_frames[:6]]
    both = [np.concatenate([np.pad(s, ((0, f.shape[0] - s.shape[0]), (0, 0), (0, 0))), f], axis=1)
            for s, f in zip(small, face_frames, strict=False)]  # fmt: skip
    monkeypatch.setattr("neuface_core.landmarks.open_detector._MAX_TRACK_BYTES", 6 * 68 * 3 * 4)
    (track,) = run(open_detector.detect(in_memory(both)))
    assert (track.points[..., 0] > small[0].shape[1]).all()

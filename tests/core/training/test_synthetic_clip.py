"""A synthetic clip is one person who moves, and its truth lies where a real detector sees it."""

import pytest

from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.evaluation.stability import rotation_range_deg
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import run
from neuface_core.landmarks import detector
from neuface_core.training.synth.clip import ClipSynthesiser, SyntheticClip
from neuface_core.video import open_source
from neuface_core.video_write import write_video


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return ClipSynthesiser(load_head(), 320).clip(seed=1, n_frames=16, fps=8.0)


def test_one_identity_that_turns_its_head(clip: SyntheticClip) -> None:
    shape = clip.params.shape.numpy()
    assert (shape == shape[0]).all()
    assert rotation_range_deg(clip.params.global_orient.numpy()) > 25


def test_a_detector_finds_the_landmarks_where_the_truth_says(clip: SyntheticClip, tmp_path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, clip.frames, 8.0)
    with open_source(path) as source:
        track = run(detector("open").detect(source))[0]
    assert track.detected.all()
    assert frame_nme(clip.landmarks, track.points).mean() < 5.0

"""Clips of several views go the whole way; a view without a face does not hold the others up."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from neuface_core import pipeline
from neuface_core.clips import Clip
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.jobs import Job, Progress, run
from neuface_core.pipeline import FitModels, fit_clip, fit_clips
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.project import ClipState, Project
from neuface_core.video import open_source
from neuface_core.video_write import write_video

SETTINGS = PipelineSettings(neuface=NeuFaceSettings(iterations=4))
NAMES = ("front", "wall", "side")


@pytest.fixture(scope="module")
def clip(face_video: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A face, a wall, and the same face mirrored whose camera began three frames earlier."""
    folder = tmp_path_factory.mktemp("views")
    with open_source(face_video) as source:
        frames = [frame for frame, _ in zip(source.frames(), range(8), strict=False)]
        fps = source.info.fps
    shape = frames[0].shape
    write_video(folder / "front.mp4", frames[3:], fps)
    write_video(folder / "wall.mp4", [np.full(shape, 90 + i, np.uint8) for i in range(6)], fps)
    write_video(folder / "side.mp4", [frame[:, ::-1].copy() for frame in frames], fps)
    return Clip("talk", tuple(folder / f"{name}.mp4" for name in NAMES), NAMES, (0, 0, 3))


def test_views_with_a_face_are_fitted_together_and_the_other_is_named(
    tmp_path: Path, clip: Clip, models: FitModels
) -> None:
    events: list[Progress] = []
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([clip])
        record = run(fit_clip(project, "talk", SETTINGS, "cpu", models), on_progress=events.append)
        assert (record.state, record.n_frames) == (ClipState.TO_REVIEW, 5), record.reason
        assert project.fitted_views("talk") == (0, 2)
        fit = project.load_views("talk")
        tracks = project.load_landmarks("talk", view=2)
    assert isinstance(fit, MultiViewFit)
    assert fit.view_names == ("front", "side")
    assert fit.view_weight.shape == (5, 2)
    assert fit.views[0].settings["views_left_out"] == {"wall": "No face found in 5 of 5 frames."}
    assert record.metrics["views"] == 2
    assert set(record.weight_lost) == {"front", "side"}
    # The same moments: what the mirrored camera sees is the mirror image of what the other sees.
    middle = fit.views[0].landmarks.points.mean(axis=1) + fit.views[1].landmarks.points.mean(axis=1)
    assert np.ptp(middle[:, 0]) < 3
    assert tracks is not None
    assert tracks[0][0].n_frames == 5
    # One bar for all views: what is done never goes back.
    for stage in ("landmarks", "decode"):
        done = [event.done for event in events if event.stage == stage]
        assert done == sorted(done)
        assert done[-1] == [event.total for event in events if event.stage == stage][-1]


def test_a_clip_is_set_aside_when_no_view_has_a_face(tmp_path: Path, clip: Clip, models: FitModels) -> None:
    wall = clip.views[1]
    other = tmp_path / "other wall.mp4"
    write_video(other, [np.full((64, 64, 3), 40 + i, np.uint8) for i in range(6)], 30)
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip("walls", (wall, other), ("a", "b"))])
        record = run(fit_clip(project, "walls", SETTINGS, "cpu", models))
    assert record.state is ClipState.SET_ASIDE
    assert record.reason == (
        "No view has a face. a: No face found in 6 of 6 frames. b: No face found in 6 of 6 frames."
    )


def test_a_view_that_is_gone_fails_the_clip_by_name(tmp_path: Path, clip: Clip, models: FitModels) -> None:
    copy = tmp_path / "side.mp4"
    copy.write_bytes(clip.views[2].read_bytes())
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([dataclasses.replace(clip, views=(*clip.views[:2], copy))])
        copy.write_bytes(b"no video any more")
        record = run(fit_clip(project, "talk", SETTINGS, "cpu", models))
    assert record.state is ClipState.FAILED
    assert "The view 'side' cannot be read" in record.reason


def test_looking_ahead_changes_nothing(
    tmp_path: Path, clip: Clip, face_video: Path, models: FitModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each clip alone, and both as a batch: the same numbers, and the second was looked at on another thread."""
    front = Clip("front", clip.views[:1])
    threads: list[str] = []
    look = pipeline.look_at_views

    def noted(*arguments: object) -> Job[object]:
        import threading

        threads.append(threading.current_thread().name)
        return (yield from look(*arguments))  # type: ignore[arg-type]

    fits = []
    for name, batch in (("alone", False), ("batch", True)):
        with Project.create(tmp_path / f"{name}.neuface") as project:
            project.add_clips([Clip("face", (face_video,)), front])
            if batch:
                monkeypatch.setattr(pipeline, "look_at_views", noted)
                monkeypatch.setattr("os.cpu_count", lambda: 2)
                run(fit_clips(project, ["face", "front"], SETTINGS, "cpu", models))
            else:
                for clip_name in ("face", "front"):
                    run(fit_clip(project, clip_name, SETTINGS, "cpu", models))
            fits.append([project.load_fit(clip_name) for clip_name in ("face", "front")])
    assert threads == ["MainThread", "look-ahead"]
    for alone, together in zip(*fits, strict=True):
        np.testing.assert_array_equal(alone.landmarks.points, together.landmarks.points)
        np.testing.assert_array_equal(alone.projected, together.projected)


def test_a_clip_that_fails_while_it_is_looked_at_ahead_fails_alone(
    tmp_path: Path, clip: Clip, models: FitModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.views[0].read_bytes())
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips(
            [Clip("good", clip.views[:1]), Clip("bad", (clip.views[1], broken)), Clip("s", clip.views[2:])]
        )
        broken.unlink()
        records = run(fit_clips(project, ["good", "bad", "s"], SETTINGS, "cpu", models))
    assert [record.state for record in records] == [ClipState.TO_REVIEW, ClipState.FAILED, ClipState.TO_REVIEW]
    assert "gone" in records[1].reason


def test_out_of_memory_means_smaller_batches(
    tmp_path: Path, clip: Clip, models: FitModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []
    method_of = pipeline.method_of

    class Greedy:
        def __init__(self, settings: NeuFaceSettings) -> None:
            self.settings = settings

        def fit(self, *arguments: object) -> Job[MultiViewFit]:
            tried.append(self.settings.batch_frames)
            if self.settings.batch_frames > 128:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 3 GiB")
            return (yield from method_of(self.settings).fit(*arguments))  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "method_of", Greedy)
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip("front", clip.views[:1])])
        record = run(fit_clip(project, "front", SETTINGS, "cpu", models))
        assert record.state is ClipState.TO_REVIEW, record.reason
        assert project.load_fit("front").settings["batch_frames_that_fitted"] == 128
    assert tried == [512, 256, 128]

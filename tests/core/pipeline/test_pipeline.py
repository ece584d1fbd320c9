"""A clip goes the whole way, and whatever goes wrong leaves the project in order."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuface_core.clips import Clip
from neuface_core.errors import CancelledError
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.jobs import Job, JobControl, Progress, run
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.pipeline import FitModels, fit_clip, fit_clips
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.pipeline_views import no_face_reason
from neuface_core.project import ClipState, Project
from neuface_core.video import FrameSource

SETTINGS = PipelineSettings(neuface=NeuFaceSettings(iterations=6))


@pytest.fixture
def project(tmp_path: Path, face_video: Path, sample_videos: list[Path]) -> Iterator[Project]:
    with Project.create(tmp_path / "p.neuface") as opened:
        opened.add_clips([Clip("face", (face_video,)), Clip("noise", (sample_videos[0],))])
        yield opened


def test_a_face_gets_a_mesh_in_every_frame_and_keeps_its_first_answer(project: Project, models: FitModels) -> None:
    settings = PipelineSettings(neuface=NeuFaceSettings(iterations=60))
    record = run(fit_clip(project, "face", settings, "cpu", models))
    assert record.state is ClipState.TO_REVIEW
    fit = project.load_fit("face")
    assert fit.n_frames == record.n_frames == 12
    assert fit.valid.all()
    assert fit.metrics["nme_bbox"] < fit.metrics["nme_bbox_encoder"]
    assert fit.metrics["seconds"] >= fit.metrics["seconds_fit"] > 0
    assert fit.settings["pipeline"] == settings.model_dump(mode="json")
    assert "torch" in dict(fit.settings["software"])  # type: ignore[call-overload]
    tracks = project.load_landmarks("face")
    assert tracks is not None
    np.testing.assert_array_equal(tracks[0][0].points, fit.landmarks.points)


def test_a_clip_without_a_face_is_set_aside_with_the_numbers(project: Project, models: FitModels) -> None:
    record = run(fit_clip(project, "noise", SETTINGS, "cpu", models))
    assert record.state is ClipState.SET_ASIDE
    assert record.reason == "No face found in 5 of 5 frames."


def test_a_moved_video_fails_with_its_old_path_and_the_next_clip_goes_on(
    project: Project, models: FitModels, tmp_path: Path, sample_videos: list[Path]
) -> None:
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(sample_videos[1].read_bytes())
    project.add_clips([Clip("moved", (moved,))])
    moved.unlink()
    records = run(fit_clips(project, ["moved", "noise"], SETTINGS, "cpu", models))
    assert [record.state for record in records] == [ClipState.FAILED, ClipState.SET_ASIDE]
    assert str(moved) in records[0].reason
    assert "gone" in records[0].reason


class BrokenDetector:
    """A detector that ends in the middle, as CUDA does without memory."""

    name = "broken"
    contour = "static"

    def detect(self, source: FrameSource) -> Job[tuple[LandmarkTrack, ...]]:
        yield Progress("landmarks", 0, 1)
        raise RuntimeError("out of memory")


def test_an_unexpected_error_is_a_failed_clip_and_not_the_end(project: Project, models: FitModels) -> None:
    broken = dataclasses.replace(models, detector=BrokenDetector())  # type: ignore[arg-type]
    records = run(fit_clips(project, ["face", "noise"], SETTINGS, "cpu", broken))
    assert [record.state for record in records] == [ClipState.FAILED] * 2
    assert "RuntimeError: out of memory" in records[0].reason


@pytest.mark.parametrize("stage", ["landmarks", "decode", "encode", "fit"])
def test_a_cancelled_clip_waits_again(project: Project, models: FitModels, stage: str) -> None:
    control = JobControl()
    seen: list[ClipState] = []

    def stop(event: Progress) -> None:
        if event.stage == stage:
            seen.append(project.clip("face").state)
            control.cancel()

    with pytest.raises(CancelledError):
        run(fit_clip(project, "face", SETTINGS, "cpu", models), control=control, on_progress=stop)
    assert seen == [ClipState.FITTING]
    assert project.clip("face").state is ClipState.WAITING


def test_cancelling_a_second_fit_keeps_the_first_and_its_decision(project: Project, models: FitModels) -> None:
    run(fit_clip(project, "face", SETTINGS, "cpu", models))
    project.decide("face", "accept")
    first = project.clip("face").run
    control = JobControl()
    with pytest.raises(CancelledError):
        run(
            fit_clip(project, "face", SETTINGS, "cpu", models),
            control=control,
            on_progress=lambda event: control.cancel() if event.stage == "fit" else None,
        )
    assert project.clip("face").run == first
    assert project.clip("face").state is ClipState.ACCEPTED


def test_the_face_that_a_person_chose_is_fitted(project: Project, models: FitModels) -> None:
    run(fit_clip(project, "face", SETTINGS, "cpu", models))
    found = project.load_landmarks("face")
    assert found is not None
    other = dataclasses.replace(found[0][0], points=found[0][0].points + 3, boxes=found[0][0].boxes + 3)
    project.save_landmarks("face", [found[0][0], other], selected=1)
    run(fit_clip(project, "face", SETTINGS, "cpu", models))
    np.testing.assert_array_equal(project.load_fit("face").landmarks.points, other.points)


@pytest.mark.parametrize(
    ("seen", "frames", "reason"),
    [
        (0, 98, "No face found in 98 of 98 frames."),
        (3, 100, "A face in only 3 of 100 frames (3.0 %, at least 5 % are needed)."),
        (5, 100, ""),
        (1, 1, ""),
    ],
)
def test_clips_with_too_little_face_are_named_with_numbers(seen: int, frames: int, reason: str) -> None:
    detected = np.arange(frames) < seen
    points = np.where(detected[:, None, None], 1.0, np.nan) * np.ones((frames, 68, 2))
    boxes = np.where(detected[:, None], 1.0, np.nan) * np.ones((frames, 4))
    confidence = np.ones((frames, 68), np.float32)
    track = LandmarkTrack(points.astype(np.float32), confidence, boxes.astype(np.float32), detected, "t", "static")
    assert no_face_reason(track, frames, 0.05) == reason


def test_a_wrong_setting_in_the_project_is_named(tmp_path: Path) -> None:
    with Project.create(tmp_path / "p.neuface", {"neuface": {"iterations": -3}}) as project:
        with pytest.raises(Exception, match=r"neuface\.iterations.*greater than or equal to 0"):
            PipelineSettings.of_project(project.settings, project.path)
        project.set_settings(SETTINGS.model_dump(mode="json"))
        assert PipelineSettings.of_project(project.settings, project.path) == SETTINGS

"""A repair of two key frames: the touched span is fitted anew, and nothing else changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from neuface_core.clips import Clip, search
from neuface_core.errors import FitError, ModelError
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.refit import SpanPreview
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.jobs import Progress, run
from neuface_core.landmarks.corrections import LandmarkEdit
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.models import sample_clips
from neuface_core.pipeline import FitModels, fit_clip
from neuface_core.pipeline_refit import refit_clip
from neuface_core.pipeline_settings import PipelineSettings
from neuface_core.pipeline_views import detect_clip
from neuface_core.project import ClipState, Project
from neuface_core.video import open_source
from neuface_core.video_write import write_video

SETTINGS = PipelineSettings(neuface=NeuFaceSettings(iterations=80, min_iterations=40))
DRIFT = slice(26, 46)
MOUTH_AND_JAW = (*range(4, 13), *range(48, 68))


def with_drift(track: LandmarkTrack) -> LandmarkTrack:
    """Mouth and jaw slide away by a tenth of the face and come back, over 20 frames."""
    points = track.points.copy()
    count = DRIFT.stop - DRIFT.start
    course = np.sin(np.pi * (np.arange(count) + 0.5) / count) ** 2
    size = float(np.sqrt(np.prod(track.boxes[:, 2:] - track.boxes[:, :2], axis=1)).mean())
    points[DRIFT, MOUTH_AND_JAW[0] : 13] += (course[:, None, None] * (0.1 * size, 0.04 * size)).astype(np.float32)
    points[DRIFT, 48:68] += (course[:, None, None] * (0.1 * size, 0.04 * size)).astype(np.float32)
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    return dataclasses.replace(track, points=points, boxes=boxes)


@dataclasses.dataclass
class Repair:
    project: Project
    models: FitModels
    true: LandmarkTrack
    before: Fit
    after: Fit
    runs: tuple[str, str]
    events: list[Progress]


@pytest.fixture(scope="module")
def repair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repair]:
    """A real clip, fitted on landmarks that drift; two key frames put right; the span fitted anew."""
    try:
        sample = sample_clips()[0]
    except ModelError as error:
        pytest.skip(f"the sample clips are not installed: {error}")
    models = FitModels.load(SETTINGS, "cpu")
    with Project.create(tmp_path_factory.mktemp("repair") / "p.neuface") as project:
        (record,) = project.add_clips(search([sample]).clips)
        assert run(detect_clip(project, record.name, SETTINGS, models.detector)).state is ClipState.DETECTED
        true = project.load_landmarks(record.name)[0][0]
        project.save_landmarks(record.name, [with_drift(true)])
        run(fit_clip(project, record.name, SETTINGS, "cpu", models))
        before, first = project.load_fit(record.name), project.clip(record.name).run
        for frame in (33, 39):
            where = [true.points[frame, list(MOUTH_AND_JAW)]]
            project.edit_landmarks(record.name, LandmarkEdit.of("drag", [frame], MOUTH_AND_JAW, where))
        events: list[Progress] = []
        record = run(refit_clip(project, record.name, SETTINGS, "cpu", models), on_progress=events.append)
        after = project.load_fit(record.name)
        yield Repair(project, models, true, before, after, (first, record.run), events)


def changed(repair: Repair) -> np.ndarray:
    first, last = repair.after.settings["refits"][0]["frames"][0].split("-")
    mask = np.zeros(repair.after.n_frames, bool)
    mask[int(first) : int(last) + 1] = True
    return mask


@pytest.mark.slow
def test_the_error_against_the_true_landmarks_falls(repair: Repair) -> None:
    was = frame_nme(repair.before.projected, repair.true.points)
    now = frame_nme(repair.after.projected, repair.true.points)
    ordinary = was[:16].mean()
    assert was[DRIFT].mean() > 1.5 * ordinary, "the drift did harm"
    assert now[DRIFT].mean() - ordinary < 0.5 * (was[DRIFT].mean() - ordinary), (was[DRIFT].mean(), now[DRIFT].mean())


@pytest.mark.slow
def test_outside_of_the_span_every_bit_is_the_same(repair: Repair) -> None:
    outside = ~changed(repair)
    assert 20 < changed(repair).sum() < 50
    for name in ("params", "params_encoder"):
        before, after = getattr(repair.before, name).to_arrays(), getattr(repair.after, name).to_arrays()
        for key in before:
            assert np.array_equal(before[key][outside], after[key][outside], equal_nan=True), (name, key)
    for name in ("projected", "projected_encoder", "error", "error_encoder", "valid", "confidence"):
        before, after = getattr(repair.before, name), getattr(repair.after, name)
        assert np.array_equal(before[outside], after[outside], equal_nan=True), name
    assert np.array_equal(repair.before.crops.centre, repair.after.crops.centre)


@pytest.mark.slow
@torch.no_grad()
def test_there_is_no_seam(repair: Repair) -> None:
    def acceleration(fit: Fit) -> np.ndarray:
        vertices = repair.models.head(fit.params).numpy()
        return 1000 * np.linalg.norm(np.diff(vertices, 2, axis=0), axis=-1).mean(axis=1)

    was, now = acceleration(repair.before), acceleration(repair.after)
    frames = np.flatnonzero(changed(repair))
    borders = np.array([frames[0] - 1, frames[0], frames[-1], frames[-1] + 1]) - 1  # row i is the frame i + 1
    inside = np.arange(frames[0] + 1, frames[-1]) - 1
    assert (np.abs(now - was)[borders] <= np.abs(now - was)[inside].max()).all()
    assert (now[borders] <= np.maximum(was[borders] * 1.1, now[inside].max())).all()


@pytest.mark.slow
def test_the_new_run_stands_beside_the_old_one_and_says_where_it_comes_from(repair: Repair) -> None:
    first, second = repair.runs
    folder = next((repair.project.path / "runs").iterdir())
    assert {path.stem for path in folder.glob("*T*.npz")} == {first, second}
    note = repair.after.settings["refits"][0]
    assert note["from_run"] == first
    assert repair.after.repaired
    assert not repair.before.repaired
    assert repair.after.origin.any(axis=1)[[33, 39]].all()
    assert np.array_equal(repair.after.detections.points, with_drift(repair.true).points, equal_nan=True)
    assert repair.after.metrics["nme_bbox"] < repair.before.metrics["nme_bbox"]


@pytest.mark.slow
def test_the_result_can_be_watched_while_it_comes(repair: Repair) -> None:
    previews = [event.preview[0] for event in repair.events if event.preview]
    assert len(previews) >= 3
    assert all(isinstance(p, SpanPreview) for p in previews)
    assert set(previews[0].frames) == set(np.flatnonzero(changed(repair)))
    start = repair.before.params.expression[previews[0].frames]
    final = repair.after.params.expression[previews[0].frames]
    distance = [float((p.params.expression - final).norm()) for p in previews]
    assert distance[-1] < 0.5 * float((start - final).norm())


@pytest.mark.slow
def test_nothing_to_fit_anew_is_said(repair: Repair) -> None:
    name = repair.project.clips()[0].name
    with pytest.raises(FitError, match="No landmark"):
        run(refit_clip(repair.project, name, SETTINGS, "cpu", repair.models))
    with pytest.raises(FitError, match="has the frames"):
        run(refit_clip(repair.project, name, SETTINGS, "cpu", repair.models, (3, 999)))
    assert repair.project.clip(name).run == repair.runs[1]


def test_a_view_of_several_is_repaired(face_video: Path, models: FitModels, tmp_path: Path) -> None:
    settings = PipelineSettings(neuface=NeuFaceSettings(iterations=3))
    with open_source(face_video) as source:
        frames = [frame for frame, _ in zip(source.frames(), range(6), strict=False)]
        fps = source.info.fps
    write_video(tmp_path / "a.mp4", frames, fps)
    write_video(tmp_path / "b.mp4", [frame[:, ::-1].copy() for frame in frames], fps)
    with Project.create(tmp_path / "p.neuface") as project:
        project.add_clips([Clip("talk", (tmp_path / "a.mp4", tmp_path / "b.mp4"), ("a", "b"), (0, 0))])
        run(fit_clip(project, "talk", settings, "cpu", models))
        points = project.load_landmarks("talk", 1)[0][0].points
        project.edit_landmarks("talk", LandmarkEdit.of("nudge", [2], [30], [[points[2, 30] + 3]], view=1))
        before = project.load_views("talk")
        record = run(refit_clip(project, "talk", settings, "cpu", models))
        after = project.load_views("talk")
        assert project.decide("talk", "accept").verdict == "accept-repaired"
    assert isinstance(before, MultiViewFit)
    assert isinstance(after, MultiViewFit)
    assert record.run
    assert after.view_names == ("a", "b")
    assert [view.repaired for view in before.views] == [False, False]
    assert after.views[1].origin is not None
    assert after.views[0].origin is None
    assert np.isfinite(after.metrics["cvd_mm"])

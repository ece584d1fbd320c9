"""The loop on real frames of the sample clip: it fits, forgets nothing, and does the same thing twice."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack, crop_track, cut_crops
from neuface_core.encoders.open_encoder import OpenEncoder, load_encoder
from neuface_core.errors import CancelledError, FitError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.neuface import fit_view, fit_views
from neuface_core.fitting.refit import refit_settings
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import JobControl, Progress, run
from neuface_core.landmarks import detector
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.models import sample_clips
from neuface_core.video import open_source

FRAMES = 24
QUICK = NeuFaceSettings(iterations=40)


class Clip(NamedTuple):
    images: NDArray[np.uint8]
    track: LandmarkTrack
    crops: CropTrack
    encoder: OpenEncoder
    head: HeadModel

    def rows(self, index: NDArray[np.int64]) -> "Clip":
        """The same clip with other frames."""
        track = replace(
            self.track,
            points=self.track.points[index],
            confidence=self.track.confidence[index],
            boxes=self.track.boxes[index],
            detected=self.track.detected[index],
        )
        crops = CropTrack(self.crops.centre[index], self.crops.size[index])
        return self._replace(images=self.images[index], track=track, crops=crops)

    def fit(self, settings: NeuFaceSettings = QUICK) -> Fit:
        return run(fit_view(*self, settings, fps=30.0))

    def view(self, start: int, name: str) -> ViewInput:
        """Nine frames from `start` on, as one of several views: cameras that hardly differ."""
        part = self.rows(np.arange(start, start + 9))
        return ViewInput(part.images, part.track, part.crops, name)

    def fit_views(self, views: list[ViewInput], settings: NeuFaceSettings = QUICK) -> MultiViewFit:
        return run(fit_views(views, self.encoder, self.head, settings, fps=30.0))


@pytest.fixture(scope="module")
def whole_clip() -> Clip:
    encoder = load_encoder()
    path = next(path for path in sample_clips() if "single_face" in path.name)
    with open_source(path) as source:
        track = run(detector("open").detect(source))[0]
        crops = crop_track(track, encoder.crop_rule)
        images = run(cut_crops(source, crops, encoder.input_size, "clip"))
    return Clip(images, track, crops, encoder, load_head())


@pytest.fixture(scope="module")
def clip(whole_clip: Clip) -> Clip:
    return whole_clip.rows(np.arange(20, 20 + FRAMES))


@pytest.fixture(scope="module")
def fit(clip: Clip) -> Fit:
    return clip.fit()


def test_the_whole_clip_is_fitted_closer_and_steadier_and_keeps_its_motion(whole_clip: Clip) -> None:
    metrics = whole_clip.fit(NeuFaceSettings()).metrics
    assert metrics["nme_bbox"] < min(1.2, 0.5 * metrics["nme_bbox_encoder"])
    assert metrics["jitter_mm"] < 0.7 * metrics["jitter_mm_encoder"]
    assert metrics["motion_retained"] > 0.85


def test_a_few_passes_already_help(fit: Fit) -> None:
    assert fit.metrics["nme_bbox"] < 0.8 * fit.metrics["nme_bbox_encoder"]
    assert fit.metrics["jitter_mm"] < fit.metrics["jitter_mm_encoder"]


def test_the_same_seed_gives_the_same_fit_and_the_encoder_is_left_alone(clip: Clip, fit: Fit) -> None:
    before = {name: value.clone() for name, value in clip.encoder.state_dict().items()}
    again = clip.fit()
    for name, array in fit.params.to_arrays().items():
        np.testing.assert_array_equal(array, again.params.to_arrays()[name], err_msg=name)
    for name, value in clip.encoder.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_frame_errors_are_those_of_the_projected_points(fit: Fit) -> None:
    distance = np.linalg.norm(fit.projected - fit.landmarks.points, axis=-1).mean(axis=1)
    box = fit.landmarks.boxes[:, 2:] - fit.landmarks.boxes[:, :2]
    np.testing.assert_allclose(fit.error, 100 * distance / np.sqrt(box.prod(axis=1)), rtol=1e-3)
    assert fit.metrics["nme_bbox"] == pytest.approx(float(fit.error.mean()), rel=1e-5)


def test_one_frame_is_enough(clip: Clip) -> None:
    fit = clip.rows(np.array([3])).fit()
    assert fit.valid.tolist() == [True]
    assert fit.metrics["nme_bbox"] < fit.metrics["nme_bbox_encoder"]
    assert np.isnan(fit.metrics["jitter_mm"])


def test_frames_without_a_face_have_no_mesh_and_short_gaps_do(clip: Clip) -> None:
    detected = clip.track.detected.copy()
    detected[:4] = False
    detected[10:12] = False
    points = np.where(detected[:, None, None], clip.track.points, np.nan)
    boxes = np.where(detected[:, None], clip.track.boxes, np.nan)
    track = replace(clip.track, detected=detected, points=points, boxes=boxes)
    fit = clip._replace(track=track).fit()
    assert fit.valid.tolist() == [False] * 4 + [True] * (FRAMES - 4)
    assert np.isnan(fit.projected[:4]).all()
    assert np.isfinite(fit.projected[4:]).all()
    assert np.isnan(fit.error[10:12]).all()
    truth = clip.track.points[10:12]
    bridged = np.linalg.norm(fit.projected[10:12] - truth, axis=-1).mean()
    usual = np.linalg.norm(fit.projected[4:10] - clip.track.points[4:10], axis=-1).mean()
    assert bridged < 3 * usual + 2


def test_no_landmarks_at_all_is_a_clear_error(clip: Clip) -> None:
    track = replace(clip.track, detected=np.zeros(FRAMES, bool))
    with pytest.raises(FitError, match="no frame with landmarks"):
        clip._replace(track=track).fit()


def test_windows_give_nearly_what_the_whole_clip_gives(clip: Clip, fit: Fit) -> None:
    windowed = clip.fit(QUICK.model_copy(update={"batch_frames": 8}))
    assert windowed.metrics["nme_bbox"] < 1.3 * fit.metrics["nme_bbox"]
    seams = np.abs(np.diff(windowed.params.global_orient.numpy(), axis=0)).max(axis=1)
    assert seams[[7, 15]].max() < 3 * np.median(seams) + 0.01


@pytest.mark.parametrize("stage", ["last_stage", "all"])
def test_deeper_stages_train_too(clip: Clip, stage: str) -> None:
    few = clip.rows(np.arange(6))
    settings = NeuFaceSettings(trainable=stage, iterations=20, learning_rate=2e-4)
    fit = few.fit(settings)
    assert fit.metrics["nme_bbox"] < fit.metrics["nme_bbox_encoder"]


def test_a_fit_can_be_stopped_between_two_passes(clip: Clip) -> None:
    control = JobControl()

    def stop_in_the_middle(progress: Progress) -> None:
        if progress.stage == "fit" and progress.done == 5:
            control.cancel()

    with pytest.raises(CancelledError):
        run(fit_view(*clip, QUICK, fps=30.0), control=control, on_progress=stop_in_the_middle)


def test_the_paper_preset_has_none_of_our_additions() -> None:
    paper = NeuFaceSettings.of_preset("paper")
    assert (paper.stay_close_weight, paper.steady_shape_weight, paper.steady_motion_weight) == (0, 0, 0)
    assert paper.closure_weight == 0
    assert (paper.temporal_average, paper.trainable) == ("mean", "all")
    with pytest.raises(ValueError, match="odd"):
        NeuFaceSettings(temporal_window=4)


def ruined(view: ViewInput) -> ViewInput:
    order = np.random.default_rng(0).permutation(68)
    return replace(view, track=replace(view.track, points=view.track.points[:, order]))


def test_views_come_to_agree_on_one_face_and_keep_their_cameras(whole_clip: Clip) -> None:
    views = [whole_clip.view(20, "a"), whole_clip.view(24, "b"), whole_clip.view(28, "c")]
    fit = whole_clip.fit_views(views)
    assert fit.view_names == ("a", "b", "c")
    assert fit.metrics["cvd_mm_encoder"] > 0.1
    assert fit.metrics["cvd_mm"] < 1e-3
    assert fit.metrics["nme_bbox"] < 0.8 * fit.metrics["nme_bbox_encoder"]
    assert fit.view_weight.shape == (9, 3)
    assert not torch.equal(fit.views[0].params.camera, fit.views[1].params.camera)


def test_lmultiview_brings_the_loops_own_answers_together(whole_clip: Clip) -> None:
    views = [whole_clip.view(20, "a"), whole_clip.view(28, "b")]
    apart, together = (
        whole_clip.fit_views(views, QUICK.model_copy(update={"multiview_weight": weight, "settle_views": False}))
        for weight in (0.0, 2.0)
    )
    assert together.metrics["cvd_mm"] < 0.7 * apart.metrics["cvd_mm"]


def test_a_view_with_ruined_landmarks_loses_its_vote_and_the_others_keep_theirs(whole_clip: Clip) -> None:
    views = [whole_clip.view(20, "a"), whole_clip.view(24, "b"), whole_clip.view(28, "c")]
    bad = whole_clip.fit_views([*views[:2], ruined(views[2])])
    assert bad.view_weight[:, 2].max() == 0
    assert bad.view_weight[:, :2].mean() > 0.7


def test_views_that_do_not_belong_together_are_named(whole_clip: Clip) -> None:
    view = whole_clip.view(20, "left")
    short = whole_clip.rows(np.arange(20, 25))
    with pytest.raises(FitError, match="left: 9, right: 5"):
        whole_clip.fit_views([view, ViewInput(short.images, short.track, short.crops, "right")])
    blind = replace(view, track=replace(view.track, detected=np.zeros(9, bool)), name="right")
    with pytest.raises(FitError, match="right"):
        whole_clip.fit_views([view, blind])


def test_every_preset_is_there() -> None:
    released = NeuFaceSettings.of_preset("released")
    assert (released.learning_rate, released.batch_frames, released.multiview_weight) == (2e-5, 20, 200)
    assert not released.settle_views
    with pytest.raises(ValueError, match="unknown preset"):
        NeuFaceSettings.of_preset("best")


@pytest.mark.parametrize("preset", ["default", "paper", "released"])
def test_a_repair_is_fitted_at_the_same_step_whatever_the_fit_before_took(preset: str) -> None:
    before, again = NeuFaceSettings.of_preset(preset), NeuFaceSettings()
    repaired = refit_settings(before)
    # An encoder with a published step takes it times this share.
    assert repaired.learning_rate / NeuFaceSettings.of_preset(repaired.preset).learning_rate == 1
    assert repaired.learning_rate == again.learning_rate
    assert (repaired.temporal_weight, repaired.trainable) == (before.temporal_weight, "head")

"""Every method on the same frames of the sample clip: what each is held to, and what it must not touch."""

import numpy as np
import pytest

from neuface_core.encoders.crops import crop_track, cut_crops
from neuface_core.encoders.open_encoder import OpenEncoder, load_encoder
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.methods import NeuFace, Released, encoder_only, flame_fit, method_of, released
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import run
from neuface_core.landmarks import detector
from neuface_core.models import sample_clips
from neuface_core.video import open_source

FRAMES = 21
SHORT = FlameFitSettings(coarse_iterations=10, fine_iterations=40)
QUICK = NeuFaceSettings.of_preset("released").model_copy(update={"trainable": "head", "iterations": 3})


@pytest.fixture(scope="module")
def encoder() -> OpenEncoder:
    return load_encoder()


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


@pytest.fixture(scope="module")
def view(encoder: OpenEncoder) -> ViewInput:
    path = next(path for path in sample_clips() if "single_face" in path.name)
    with open_source(path) as source:
        track = run(detector("open").detect(source))[0]
        crops = crop_track(track, encoder.crop_rule)
        images = run(cut_crops(source, crops, encoder.input_size))
    return rows(ViewInput(images, track, crops, "front"), FRAMES)


def rows(view: ViewInput, count: int) -> ViewInput:
    track, crops = view.track, view.crops
    kept = type(track)(
        track.points[:count],
        track.confidence[:count],
        track.boxes[:count],
        track.detected[:count],
        track.detector,
        track.contour,
    )
    return ViewInput(view.images[:count], kept, type(crops)(crops.centre[:count], crops.size[:count]), view.name)


def test_all_methods_start_from_the_same_answer(view: ViewInput, encoder: OpenEncoder, head: HeadModel) -> None:
    alone = run(encoder_only().fit([view], encoder, head, 30.0)).views[0]
    for method in (flame_fit(SHORT), Released(QUICK)):
        first = run(method.fit([view], encoder, head, 30.0)).views[0].params_encoder
        for name, values in alone.params.to_arrays().items():
            # The size of a batch changes the last digits.
            np.testing.assert_allclose(values, first.to_arrays()[name], atol=1e-4, err_msg=f"{method.name} {name}")


def test_flame_fitting_meets_landmarks_and_says_how_it_was_made(
    view: ViewInput, encoder: OpenEncoder, head: HeadModel
) -> None:
    fit = run(flame_fit(SHORT).fit([view], encoder, head, 30.0)).views[0]
    assert fit.metrics["nme_bbox"] < 0.7 * fit.metrics["nme_bbox_encoder"]
    assert fit.settings["method"] == "flame_fit"
    assert fit.settings["flame_fit"] == SHORT.model_dump(mode="json")
    assert len(fit.loss_history) == 50


def test_the_published_schedule_trains_whole_batches_and_gives_one_identity(
    view: ViewInput, encoder: OpenEncoder, head: HeadModel
) -> None:
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    fit = run(Released(QUICK).fit([view], encoder, head, 30.0)).views[0]
    shape = fit.params.to_arrays()["shape"]
    np.testing.assert_array_equal(shape, np.broadcast_to(shape[0], shape.shape))
    assert fit.loss_history[-1] < fit.loss_history[0]
    assert all((value == before[name]).all() for name, value in encoder.state_dict().items())


def test_the_published_schedule_trains_nothing_on_a_short_clip(
    view: ViewInput, encoder: OpenEncoder, head: HeadModel
) -> None:
    fit = run(Released(QUICK).fit([rows(view, 19)], encoder, head, 30.0)).views[0]
    assert len(fit.loss_history) == 0
    first, final = fit.params_encoder.to_arrays(), fit.params.to_arrays()
    np.testing.assert_allclose(final["expression"], first["expression"], atol=1e-5)
    np.testing.assert_allclose(final["shape"], np.broadcast_to(first["shape"][0], final["shape"].shape), atol=1e-5)


def test_two_views_are_merged_by_the_published_schedule(view: ViewInput, encoder: OpenEncoder, head: HeadModel) -> None:
    other = ViewInput(view.images, view.track, view.crops, "other")
    fit = run(Released(QUICK.model_copy(update={"iterations": 1})).fit([view, other], encoder, head, 30.0))
    assert fit.view_names == ("front", "other")
    assert fit.metrics["cvd_mm"] == pytest.approx(0.0, abs=1e-3)


def test_the_preset_chooses_the_method() -> None:
    assert isinstance(method_of(NeuFaceSettings.of_preset("released")), Released)
    assert isinstance(method_of(NeuFaceSettings()), NeuFace)
    assert released().settings.learning_rate == 2e-5

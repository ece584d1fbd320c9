"""Gradient maps show what a method looks at: FLAME fitting landmarks, NeuFace what its encoder sees of the picture."""

from collections.abc import Iterable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.crop_rule import CropRule
from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting.image_gradients import GradientMaps, gradient_sheet, image_gradients, in_frames
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import run
from neuface_core.landmarks.track import LandmarkTrack

SIZE, FRAMES, STEP = 64, 5, 0.01
SEEN = (slice(10, 20), slice(30, 50))
LANDMARKS_ONLY = NeuFaceSettings.of_preset("paper").model_copy(update={"temporal_weight": 0.0})


class ShiftReader(nn.Module):
    """Moves a mean head sideways by the brightness of one patch of the picture; sees nothing else."""

    encoder_id, head_id, input_size, crop_rule = "shift", "", SIZE, CropRule()

    def __init__(self, head: HeadModel) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(STEP))
        self._head = [head]

    def features(self, images: Tensor, stage: Stage) -> Features:
        return (images,)

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        (images,) = features
        params = self._head[0].neutral(len(images))
        brightness = images[:, :, SEEN[0], SEEN[1]].mean(dim=(1, 2, 3))
        camera = torch.stack([params.camera[:, 0], self.shift * brightness, params.camera[:, 2]], dim=1)
        return HeadParams(**{**vars(params), "camera": camera})

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        return [self.shift]


@pytest.fixture(scope="module")
def head() -> HeadModel:
    return load_head()


def view(counts: NDArray[np.float32], name: str = "", detected: NDArray[np.bool_] | None = None) -> ViewInput:
    """Five frames whose landmarks (all at the middle right) count as much as `counts` (5, 68) says."""
    rng = np.random.default_rng(0)
    crops = CropTrack(np.full((FRAMES, 2), 100, np.float32), np.full(FRAMES, 80, np.float32))
    track = LandmarkTrack(
        points=np.full((FRAMES, 68, 2), (135, 100), np.float32),
        confidence=counts,
        boxes=np.tile(np.array([80, 80, 120, 120], np.float32), (FRAMES, 1)),
        detected=np.ones(FRAMES, bool) if detected is None else detected,
        detector="hand",
        contour="static",
    )
    return ViewInput(rng.integers(0, 256, (FRAMES, 3, SIZE, SIZE), dtype=np.uint8), track, crops, name)


def counting(*landmarks: tuple[int, int]) -> NDArray[np.float32]:
    counts = np.zeros((FRAMES, 68), np.float32)
    for frame, point in landmarks:
        counts[frame, point] = 1.0
    return counts


def maps_of(head: HeadModel, *views: ViewInput) -> tuple[GradientMaps, ...]:
    return run(image_gradients(views, ShiftReader(head), head, LANDMARKS_ONLY))


def test_neuface_pulls_at_what_the_encoder_sees_and_flame_fitting_at_the_landmarks(head: HeadModel) -> None:
    (maps,) = maps_of(head, view(counting(*((f, p) for f in range(FRAMES) for p in range(68)))))
    assert maps.neuface.shape == maps.flame.shape == (FRAMES, SIZE, SIZE)
    patch = np.zeros((SIZE, SIZE), bool)
    patch[SEEN] = True
    assert (maps.neuface[:, patch] > 0).all()
    assert (maps.neuface[:, ~patch] == 0).all()
    points = head.project(head.landmarks(head.neutral(1), "static"), head.neutral(1).camera)[0].numpy()
    assert 30 < (maps.flame[0] > 0).sum() <= 68
    rows, columns = np.nonzero(maps.flame[0])
    near = np.abs((points + 1) * SIZE / 2 - 0.5 - np.stack([columns, rows], 1)[:, None]).max(-1).min(1)
    assert near.max() < 2  # the patch shifts the head by a pixel, and a landmark lies anywhere inside its own


def test_the_size_is_that_of_the_derivative(head: HeadModel) -> None:
    """One landmark of one frame counts: L1 pulls with 1, the camera with its scale, the patch by its mean."""
    (maps,) = maps_of(head, view(counting((2, 30))))
    n_pixels = 3 * 10 * 20
    by_channel = head.neutral(1).camera[0, 0].item() * STEP / n_pixels
    # The landmarks of a batch share its loss, of which the frame has all.
    np.testing.assert_allclose(maps.neuface[2][SEEN], by_channel * np.sqrt(3), rtol=1e-4)
    np.testing.assert_allclose(maps.flame[2].max(), np.sqrt(2), rtol=1e-4)


def test_gradients_are_only_where_a_landmark_is_wrong(head: HeadModel) -> None:
    (nose,) = maps_of(head, view(counting((2, 30))))
    (chin,) = maps_of(head, view(counting((2, 8))))
    for maps in (nose, chin):
        assert (maps.flame > 0).sum() == 1
        assert set(np.nonzero(maps.neuface)[0]) == set(np.nonzero(maps.flame)[0]) == {2}
    (upper,), (lower,) = np.nonzero(nose.flame[2])[0], np.nonzero(chin.flame[2])[0]
    assert lower > upper + 5


def test_flame_fitting_sees_pixels_only_through_a_photometric_term(head: HeadModel) -> None:
    seen = view(counting((2, 30)))
    (blind,) = maps_of(head, seen)
    assert (blind.flame_pixels == 0).all()
    coloured = LANDMARKS_ONLY.model_copy(update={"photometric_weight": 2.0})
    (maps,) = run(image_gradients([seen], ShiftReader(head), head, coloured))
    np.testing.assert_array_equal(maps.flame, blind.flame)
    face = np.zeros((SIZE, SIZE), bool)
    face[8:56, 8:56] = True
    assert ((maps.flame_pixels > 0).mean(axis=(1, 2)) > 0.05).all()
    assert maps.flame_pixels[:, face].sum() > 0.95 * maps.flame_pixels.sum()
    # NeuFace has that term as well, beside what it sees through the encoder.
    assert (maps.neuface > 0).sum() > (blind.neuface > 0).sum()


def test_moments_without_a_face_have_none_and_views_stay_apart(head: HeadModel) -> None:
    every = counting(*((f, p) for f in range(FRAMES) for p in range(68)))
    blind = np.array([True, True, True, True, False])
    first, second = maps_of(head, view(every, "front"), view(counting((1, 30)), "side", blind))
    assert first.valid.all()
    assert list(second.valid) == list(blind)
    assert (second.neuface[4] == 0).all()
    assert set(np.nonzero(second.flame)[0]) == {1}
    assert set(np.nonzero(first.flame)[0]) == set(range(FRAMES))


def test_maps_lie_in_the_frame_where_the_crop_was_cut() -> None:
    maps = np.random.default_rng(0).uniform(0.5, 1, (2, SIZE, SIZE)).astype(np.float32)
    maps[1] = 0
    maps[1, 16, 48] = 1.0
    crops = CropTrack(np.array([[70, 90], [0, 0], [70, 90]], np.float32), np.array([96, 1, 96], np.float32))
    laid = in_frames(maps, crops, np.array([0, 2]), (200, 160))
    assert laid.shape == (2, 160, 200)
    inside = np.zeros((160, 200), bool)
    inside[90 - 48 - 1 : 90 + 48 + 1, 70 - 48 - 1 : 70 + 48 + 1] = True
    assert (laid[:, ~inside] == 0).all()
    np.testing.assert_allclose(laid.sum((1, 2)), maps.sum((1, 2)), rtol=0.02)
    y, x = np.unravel_index(laid[1].argmax(), laid[1].shape)
    expected = crops.to_frame(np.array([[[48.5, 16.5]]] * 3, np.float32) * 2 / SIZE - 1)[2, 0]
    assert np.abs(expected - (x, y)).max() <= 1.0


def test_the_picture_shows_crop_landmarks_and_pixels(head: HeadModel) -> None:
    seen = view(counting((0, 30), (3, 8)))
    (maps,) = maps_of(head, seen)
    moments = np.array([0, 3])
    sheet = gradient_sheet(np.asarray(seen.images[moments]), maps, moments, side=SIZE)
    assert sheet.shape == (2 * SIZE, 3 * SIZE, 3)
    np.testing.assert_array_equal(sheet[:SIZE, :SIZE], np.asarray(seen.images[np.array([0])])[0].transpose(1, 2, 0))
    dots = sheet[:SIZE, SIZE : 2 * SIZE].max(-1) > 200
    assert 0 < dots.sum() < 40
    heat = sheet[SIZE:, 2 * SIZE :].astype(int).sum(-1)
    assert heat[SEEN].mean() > 3 * heat[40:, :20].mean()

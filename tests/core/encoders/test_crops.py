import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import transform

from neuface_core import jobs
from neuface_core.encoders.crop_rule import CROP_SCALE, DECA_CROP, EMOCA_CROP, CropRule
from neuface_core.encoders.crops import CropTrack, crop_track, cut_crop, cut_crops
from neuface_core.errors import LandmarkError
from neuface_core.landmarks.track import LandmarkTrack


def track_of_boxes(boxes: np.ndarray) -> LandmarkTrack:
    """A track whose 68 points fill the given boxes (F, 4); a NaN row is a frame without a face."""
    boxes = np.asarray(boxes, np.float32)
    corners = np.linspace(0, 1, 68, dtype=np.float32)
    points = boxes[:, None, :2] + corners[None, :, None] * (boxes[:, None, 2:] - boxes[:, None, :2])
    detected = np.isfinite(boxes).all(axis=1)
    confidence = np.where(detected[:, None], 1, 0).repeat(68, axis=1).astype(np.float32)
    return LandmarkTrack(points, confidence, boxes, detected, "test", "static")


def boxes_around(centre: np.ndarray, side: np.ndarray) -> np.ndarray:
    half = np.stack([side * 0.4, side * 0.5], axis=1)
    return np.concatenate([centre - half, centre + half], axis=1)


class FramesInMemory:
    def __init__(self, frames: list[np.ndarray]) -> None:
        self._frames = frames

    def frames(self, start: int = 0, stop: int | None = None):
        yield from self._frames[start:stop]


@settings(max_examples=50, deadline=None)
@given(x=st.floats(-500, 5000), y=st.floats(-500, 5000), size=st.floats(8, 4000), seed=st.integers(0, 1000))
def test_points_go_to_the_crop_and_come_back(x, y, size, seed):
    crops = CropTrack(np.array([[x, y]], np.float32), np.array([size], np.float32))
    points = np.random.default_rng(seed).uniform(-1.2, 1.2, (1, 68, 2)).astype(np.float32)
    assert np.abs(crops.to_crop(crops.to_frame(points)) - points).max() < 1e-2 * max(1, 50 / size)


def test_a_still_face_gets_one_square_of_the_documented_size():
    crops = crop_track(track_of_boxes(boxes_around(np.full((9, 2), 300.0), np.full(9, 100.0))))
    np.testing.assert_allclose(crops.centre, 300, atol=1e-3)
    np.testing.assert_allclose(crops.size, CROP_SCALE * 100, rtol=1e-5)


def test_one_frame_is_enough():
    crops = crop_track(track_of_boxes([[10, 20, 50, 100]]), CropRule(scale=2.0))
    np.testing.assert_allclose(crops.centre, [[30, 60]])
    np.testing.assert_allclose(crops.size, [160], rtol=1e-6)


def test_the_square_neither_jitters_nor_lags():
    frames = np.arange(120)
    path = np.stack([400 + 60 * np.sin(2 * np.pi * frames / 60), np.full(120, 300.0)], axis=1)
    noise = np.random.default_rng(0).normal(0, 3, path.shape)
    crops = crop_track(track_of_boxes(boxes_around(path + noise, np.full(120, 150.0))))
    jitter = np.diff(crops.centre, n=2, axis=0).std(axis=0)
    assert jitter.max() < 0.1 * np.diff(path + noise, n=2, axis=0).std(axis=0).max()
    lags = [np.corrcoef(np.roll(path[:, 0], lag)[10:-10], crops.centre[10:-10, 0])[0, 1] for lag in range(-4, 5)]
    assert int(np.argmax(lags)) - 4 == 0


def test_a_gap_is_bridged_and_a_wrong_detection_left_out():
    centre = np.stack([np.linspace(200, 260, 60), np.full(60, 200.0)], axis=1)
    boxes = boxes_around(centre, np.full(60, 100.0))
    clean = crop_track(track_of_boxes(boxes))
    boxes[20:30] = np.nan
    boxes[45] += 400
    crops = crop_track(track_of_boxes(boxes))
    assert np.isfinite(crops.centre).all()
    assert np.abs(crops.centre - clean.centre).max() < 2.0


def test_the_square_does_not_glide_across_a_cut():
    centre = np.where(np.arange(40)[:, None] < 20, [[200.0, 200.0]], [[600.0, 250.0]])
    crops = crop_track(track_of_boxes(boxes_around(centre, np.full(40, 100.0))))
    np.testing.assert_allclose(crops.centre, centre, atol=1e-3)


def test_no_face_at_all_is_said_plainly():
    with pytest.raises(LandmarkError, match="No frame"):
        crop_track(track_of_boxes(np.full((4, 4), np.nan)))


@pytest.mark.parametrize("size", [37.3, 64.0, 150.7, 411.9])
def test_a_crop_of_a_ramp_is_exact_below_a_pixel(size):
    y, x = np.mgrid[:400, :500].astype(np.float32)
    centre = np.array([243.37, 199.81], np.float32)
    crop = cut_crop(np.stack([x, y, np.full_like(x, 7)], axis=2), centre, size, 64)
    place = (2 * np.arange(64) + 1) / 64 - 1
    inside = slice(2, -2)
    want_x = np.clip(centre[0] + size / 2 * place, 0, 499)[None, inside]
    want_y = np.clip(centre[1] + size / 2 * place, 0, 399)[inside, None]
    if size < 400:  # else the square leaves the picture
        assert np.abs(crop[inside, inside, 1] - want_y).max() < 0.04
    assert np.abs(crop[inside, inside, 0] - want_x).max() < 0.04
    assert (crop[..., 2] == 7).all()


def test_a_dot_in_the_frame_is_found_at_its_crop_coordinates():
    frame = np.zeros((300, 300, 3), np.uint8)
    cv2.circle(frame, (170, 120), 6, (255, 255, 255), -1)
    crops = CropTrack(np.array([[150.25, 140.5]], np.float32), np.array([130.0], np.float32))
    crop = jobs.run(cut_crops(FramesInMemory([frame]), crops, 192))[0, 0].astype(np.float64)
    rows, columns = np.mgrid[:192, :192]
    found = np.array([(crop * columns).sum(), (crop * rows).sum()]) / crop.sum()
    in_crop = ((found + 0.5) / 192 * 2 - 1).astype(np.float32)
    np.testing.assert_allclose(crops.to_frame(in_crop[None, None])[0, 0], [170, 120], atol=0.05)


def as_decas_loader(
    image: np.ndarray, points: np.ndarray, order: int
) -> tuple[np.ndarray, transform.SimilarityTransform]:
    """The crop of one frame as DECA's loader describes it, by way of scikit-image, and its map of frame to crop."""
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    size = int(((right - left) + (bottom - top)) / 2 * 1.1 * 1.25)
    x, y, half = (left + right) / 2, (top + bottom) / 2, size / 2
    corners = np.array([[x - half, y - half], [x - half, y + half], [x + half, y - half]])
    to_crop = transform.estimate_transform("similarity", corners, np.array([[0, 0], [0, 223], [223, 0]]))
    return transform.warp(image / 255.0, to_crop.inverse, output_shape=(224, 224), order=order), to_crop


@pytest.mark.parametrize(("rule", "order"), [(DECA_CROP, 1), (EMOCA_CROP, 3)])
@pytest.mark.parametrize("place", [(210.3, 180.9), (40.2, 300.6)], ids=["inside", "beyond the edge"])
def test_the_crops_of_deca_and_emoca_are_those_of_their_loaders(rule, order, place):
    rng = np.random.default_rng(5)
    image = cv2.GaussianBlur(rng.integers(0, 256, (400, 460, 3), np.uint8), (0, 0), 3)
    points = (np.array(place) + rng.uniform(-70, 70, (68, 2)) * [1.0, 1.3]).astype(np.float32)
    track = track_of_boxes(np.concatenate([points.min(axis=0), points.max(axis=0)])[None])
    crops = crop_track(track, rule, smooth=False)
    cut = cut_crop(image, crops.centre[0], float(crops.size[0]), 224, rule)
    wanted, to_crop = as_decas_loader(image, points, order)
    # Cubic kernels differ: OpenCV's is a = -0.75, a spline in scikit-image.
    assert np.abs(cut / 255.0 - wanted).max() < (0.01 if order == 1 else 0.03)
    in_crop = to_crop(points).astype(np.float32) / 224 * 2 - 1
    np.testing.assert_allclose(crops.to_crop(points[None])[0], in_crop, atol=1e-5)


def test_a_square_as_deca_cuts_it_can_be_smoothed_like_any_other():
    path = np.stack([400 + 60 * np.sin(np.arange(60) / 10), np.full(60, 300.0)], axis=1)
    noise = np.random.default_rng(0).normal(0, 3, path.shape)
    track = track_of_boxes(boxes_around(path + noise, np.full(60, 150.0)))
    calm, raw = crop_track(track, DECA_CROP), crop_track(track, DECA_CROP, smooth=False)
    assert np.diff(calm.centre, n=2, axis=0).std() < 0.1 * np.diff(raw.centre, n=2, axis=0).std()
    # 0.9 of 150 is the mean side; the crop spans its pixels' outer edges, DECA's square the centres of the outermost.
    np.testing.assert_allclose(calm.size, 1.375 * 0.9 * 150 * 224 / 223, rtol=1e-4)
    np.testing.assert_allclose(raw.size, np.floor(1.375 * 0.9 * 150) * 224 / 223, rtol=1e-6)

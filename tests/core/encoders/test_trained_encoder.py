"""The encoder that comes with the program, on a real face."""

import dataclasses

import numpy as np
import pytest
import torch

from neuface_core import jobs
from neuface_core.encoders.crops import crop_track, cut_crops
from neuface_core.encoders.open_encoder import load_encoder
from neuface_core.errors import ModelError
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.bundle_file import read_bundle
from neuface_core.landmarks.open_detector import OpenDetector
from neuface_core.models import sample_clips
from neuface_core.resource_files import resource_path
from neuface_core.training.encoder_resource import parameter_hash
from neuface_core.video import open_source


class Excerpt:
    """Some frames of a video, as a video."""

    def __init__(self, source, indices) -> None:
        self._frames = [source.frame(i) for i in indices]
        self.info = dataclasses.replace(source.info, n_frames=len(indices), pts=source.info.pts[list(indices)])

    def frame(self, index):
        return self._frames[index]

    def frames(self, start=0, stop=None):
        yield from self._frames[start:stop]


@pytest.fixture(scope="module")
def encoder():
    try:
        return load_encoder()
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def sample(encoder):
    """Landmarks, crops and images of a few frames of the sample clip."""
    with open_source(sample_clips()[0]) as source:
        excerpt = Excerpt(source, range(20, 26))
    track = jobs.run(OpenDetector().detect(excerpt))[0]
    crops = crop_track(track, encoder.crop_rule)
    return track, crops, jobs.run(cut_crops(excerpt, crops, encoder.input_size))


def test_it_answers_for_the_head_that_comes_with_the_program(encoder):
    bundle = resource_path(OPEN_HEAD)
    info, _ = read_bundle(bundle)
    assert encoder.head_id == info.head_id
    assert encoder.config.head_sha256 == parameter_hash(bundle), "the head was baked again: train the encoder again"


def test_its_heads_lie_on_a_real_face(encoder, sample):
    track, crops, images = sample
    head = load_head()
    with torch.no_grad():
        params = encoder(torch.from_numpy(images).float() / 255)
        projected = head.project(head.landmarks(params, track.contour), params.camera).numpy()
    error = frame_nme(crops.to_frame(projected), track.points)
    assert error.max() < 2.4  # measured: 1.6
    # The man looks into the camera and smiles.
    assert params.global_orient.norm(dim=1).rad2deg().max() < 25
    smile = params.expression[:, [i for i, name in enumerate(head.expression_names) if name.startswith("mouthSmile")]]
    assert smile.max() > 0.1


def test_a_face_that_is_turned_in_a_mirror_is_answered_as_its_mirror_image(encoder, sample):
    _, _, images = sample
    picture = torch.from_numpy(images[:2]).float() / 255
    with torch.no_grad():
        plain, turned = encoder(picture), load_head().mirrored(encoder(picture.flip(3)))
    assert (plain.global_orient - turned.global_orient).norm(dim=1).rad2deg().max() < 0.1
    assert (plain.camera[:, 0] / turned.camera[:, 0] - 1).abs().max() < 0.01


def test_a_still_image_has_one_answer(encoder, sample):
    _, _, images = sample
    still = torch.from_numpy(np.repeat(images[:1], 4, axis=0)).float() / 255
    with torch.no_grad():
        params = encoder(still)
    for value in params.to_arrays().values():
        assert np.ptp(value, axis=0).max() < 1e-5

"""A short real clip and networks to fit it: the encoder is untrained, so that these tests need no trained weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from neuface_core.encoders.open_encoder import EncoderConfig, OpenEncoder, file_sha256
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.landmarks import detector
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.models import model_path, sample_clips
from neuface_core.pipeline import FitModels
from neuface_core.video import open_source
from neuface_core.video_write import write_video

FRAMES = 12


@pytest.fixture(scope="session")
def face_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first frames of the sample clip with one face."""
    try:
        sample = sample_clips()[0]
    except ModelError as error:
        pytest.skip(f"the sample clips are not installed: {error}")
    with open_source(sample) as source:
        path = tmp_path_factory.mktemp("face") / "face.mp4"
        write_video(path, source.frames(0, FRAMES), source.info.fps)
    return path


@pytest.fixture(scope="session")
def models() -> FitModels:
    torch.manual_seed(0)
    head = load_head()
    sha256 = file_sha256(model_path("face_mesh_v2"))
    config = EncoderConfig("untrained-1", head.head_id, "v2", sha256, head.n_shape, head.n_expression)
    encoder = OpenEncoder(FaceMesh.load("v2"), config)
    with torch.no_grad():
        encoder.head.feature_scale.fill_(0.2)
        encoder.head.answer_scale.fill_(0.02)
        # Without a training the mean head stands for the trunk's points.
        encoder.reader.canonical.template.copy_(head.dense_landmarks(head.neutral(1))[0])
    return FitModels(detector("open", "cpu"), encoder.eval(), head)

"""A project of tiny clips and an encoder that was never trained: for tests of what is run, not of how good it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from random_fits import random_fit

from neuface_core.encoders.open_encoder import EncoderConfig, OpenEncoder, file_sha256, save_encoder
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.models import model_path
from neuface_core.project import Project


@pytest.fixture(scope="session")
def encoder_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    head = load_head()
    try:
        sha256 = file_sha256(model_path("face_mesh_v2"))
    except ModelError as error:
        pytest.skip(f"the face mesh network is not installed: {error}")
    config = EncoderConfig("untrained-1", head.head_id, "v2", sha256, head.n_shape, head.n_expression, 32)
    encoder = OpenEncoder(FaceMesh.load("v2"), config)
    with torch.no_grad():
        encoder.head.feature_scale.fill_(0.2)
        encoder.head.answer_scale.fill_(0.02)
        encoder.reader.canonical.template.copy_(head.dense_landmarks(head.neutral(1))[0])
    path = tmp_path_factory.mktemp("encoder") / "untrained.safetensors"
    save_encoder(encoder, path)
    return path


@pytest.fixture
def study_project(make_project: Callable[..., Project], encoder_file: Path) -> Path:
    """Two clips of five frames with fits; the loop takes three passes."""
    with make_project(clips=2, fitted=0, name="study.neuface") as project:
        for number in range(2):
            fit = random_fit(seed=number)
            track = dataclasses.replace(fit.landmarks, detector="open-v2")
            project.save_fit(f"clip{number}", dataclasses.replace(fit, landmarks=track))
        project.set_settings({"encoder": str(encoder_file), "neuface": {"iterations": 3, "min_iterations": 3}})
        return project.path

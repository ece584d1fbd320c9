"""The face mesh in torch: the right network, the same answer every time, and trainable."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.landmarks.ibug import MIRROR, trust_by_yaw
from neuface_core.landmarks.tflite_graph import load_graph
from neuface_core.models import model_path

# The first points of a smooth synthetic picture as the TensorFlow Lite interpreter (ai-edge-litert 2.3.0) gives them.
# fmt: off
REFERENCE = {
    "v1": [
        71.5047, 120.4284, -9.3047,
        67.5346, 106.8839, -23.1454,
        47.2274, 71.0119, 19.2317,
        123.9404, 70.3217, -9.7622,
    ],
    "v2": [
        99.4936, 139.9431, -19.3254,
        105.8769, 117.4386, -38.4064,
        47.9220, 74.5745, 11.0288,
        186.8216, 78.8837, 9.0410,
    ],
}
# fmt: on


def _smooth_picture(side: int) -> NDArray[np.float32]:
    y, x = np.mgrid[0:side, 0:side].astype(np.float64) / side
    channels = [np.sin(7 * x + 3 * y), np.cos(5 * x * y + 2), np.sin(11 * y - 4 * x)]
    return (0.5 + 0.5 * np.stack(channels)).astype(np.float32)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_converted_network_answers_like_the_original(version: Version) -> None:
    mesh = FaceMesh.load(version)
    with torch.no_grad():
        points, _ = mesh(torch.from_numpy(_smooth_picture(mesh.input_size))[None])
    np.testing.assert_allclose(points[0, [0, 1, 33, 263]].flatten().numpy(), REFERENCE[version], atol=2e-3)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_cached_activations_give_the_same_features_from_every_stage(version: Version) -> None:
    mesh = FaceMesh.load(version)
    images = torch.from_numpy(np.stack([_smooth_picture(mesh.input_size), 1 - _smooth_picture(mesh.input_size)]))
    with torch.no_grad():
        whole = mesh.features(images)
        for stage in mesh.stages:
            activation = mesh.activation(images, stage.name)
            assert tuple(activation.shape[1:]) == stage.shape
            again = mesh.features_from(activation, stage.name)
            for a, b in zip((*whole.maps, whole.points), (*again.maps, again.points), strict=True):
                torch.testing.assert_close(a, b, rtol=0, atol=1e-3)


def test_training_from_a_stage_moves_its_weights_and_no_others() -> None:
    mesh = FaceMesh.load("v1")
    images = torch.from_numpy(_smooth_picture(192))[None]
    late = mesh.stage_parameters("6")
    with torch.no_grad():
        activation = mesh.activation(images, "6")
    found = mesh.features_from(activation, "6")
    (found.points.square().mean() + sum(m.square().mean() for m in found.maps) + found.score.sum()).backward()
    touched = {id(p) for p in mesh.parameters() if p.grad is not None and bool(p.grad.any())}
    assert touched
    assert touched <= {id(p) for p in late}
    assert len(late) < len(list(mesh.parameters()))


def test_a_crop_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(ValueError, match="192"):
        FaceMesh.load("v1")(torch.zeros(1, 3, 256, 256))


def test_a_file_that_is_no_network_is_refused() -> None:
    path = model_path("yunet")
    with pytest.raises(ModelError, match="not a TensorFlow Lite model"):
        load_graph(path.read_bytes(), path)


def test_mirroring_twice_is_no_mirroring() -> None:
    assert [MIRROR[MIRROR[i]] for i in range(68)] == list(range(68))


def test_the_far_side_of_a_turned_face_is_trusted_less() -> None:
    trust = trust_by_yaw(np.radians(np.array([0.0, 50.0, -50.0], np.float32)))
    assert (trust[0] == 1).all()
    assert trust[1, 16] < 0.5 < trust[1, 0]  # turned to the right of the picture: the subject's left jaw is hidden
    np.testing.assert_allclose(trust[2], trust[1][list(MIRROR)])

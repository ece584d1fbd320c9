"""The blendshape network: the same answers as MediaPipe's, and what happens in a face shows in the right number."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.landmarks.blendshapes import BLENDSHAPE_NAMES, BLENDSHAPE_POINTS, Blendshapes
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.landmarks.mesh_reader import MeshReader
from neuface_core.landmarks.region import region_of_box, region_of_mesh
from neuface_core.landmarks.yunet import YuNet

# fmt: off
_RIGHT_UPPER_LID = [246, 161, 160, 159, 158, 157, 173]
_RIGHT_LOWER_LID = [7, 163, 144, 145, 153, 154, 155]
# Every fourth answer to `_spiral` of the TensorFlow Lite interpreter (ai-edge-litert 2.3.0).
_REFERENCE = [
    0.01523, 0.97317, 0.01998, 0.04862, 0.72483, 0.5013, 0.11308, 0.66829, 0.55376, 0.05254, 0.29372, 0.46967, 0.47952,
]
# fmt: on


def _spiral() -> Tensor:
    turn = torch.arange(478, dtype=torch.float64) * 0.7
    return (100.0 + torch.stack([turn.cos(), turn.sin()], dim=-1) * (20.0 + 0.2 * turn[:, None])).float()[None]


@pytest.fixture(scope="module")
def blendshapes() -> Blendshapes:
    torch.set_num_threads(1)
    return Blendshapes.load()


@pytest.fixture(scope="module")
def face(face_frames: list[NDArray[np.uint8]]) -> Tensor:
    """Points (1, 478, 3) of a real face that smiles, eyes open, pixels of the frame."""
    frame = face_frames[20]
    found = YuNet()(frame)
    reader = MeshReader(FaceMesh.load("v2"), "cpu")
    region = region_of_box(found.boxes[0], found.points[0])
    for _ in range(4):
        points = reader.read([frame], [region]).points
        region = region_of_mesh(points[0])
    return torch.from_numpy(points)


def test_the_converted_network_answers_like_the_original(blendshapes: Blendshapes) -> None:
    np.testing.assert_allclose(blendshapes(_spiral())[0, ::4].numpy(), _REFERENCE, atol=2e-5)


def test_closing_one_eye_raises_its_blink_and_not_the_other(blendshapes: Blendshapes, face: Tensor) -> None:
    left, right = BLENDSHAPE_NAMES.index("eyeBlinkLeft"), BLENDSHAPE_NAMES.index("eyeBlinkRight")
    shut = face.clone()
    shut[:, _RIGHT_UPPER_LID] = shut[:, _RIGHT_LOWER_LID]
    before, after = blendshapes(face)[0], blendshapes(shut)[0]
    assert before[right] < 0.3
    assert after[right] > 0.5
    assert after[left] - before[left] < 0.2


def test_a_smile_is_seen_wherever_and_however_large_the_face_is(blendshapes: Blendshapes, face: Tensor) -> None:
    answer = blendshapes(face)
    smiles = [BLENDSHAPE_NAMES.index("mouthSmileLeft"), BLENDSHAPE_NAMES.index("mouthSmileRight")]
    assert (answer[0, smiles] > 0.5).all()
    moved = face * 0.37 + torch.tensor([40.0, -90.0, 0.0])
    torch.testing.assert_close(blendshapes(torch.cat([moved, face])), answer.expand(2, -1), rtol=0, atol=1e-4)


def test_points_can_be_trained_through_it(blendshapes: Blendshapes, face: Tensor) -> None:
    points, jaw_open = face.clone().requires_grad_(), BLENDSHAPE_NAMES.index("jawOpen")
    before = blendshapes(points)[0, jaw_open]
    before.backward()
    assert points.grad is not None
    step = 0.02 * float(face.std()) * points.grad / points.grad.abs().max()
    assert blendshapes(face + step)[0, jaw_open] > 1.2 * before
    unread = np.setdiff1d(np.arange(478), BLENDSHAPE_POINTS)
    assert not points.grad[0, unread].any()
    assert not any(p.requires_grad for p in blendshapes.parameters())

"""52 ARKit expression coefficients from the points of face mesh version 2: MediaPipe's blendshape network in torch.

A small MLP-Mixer that was trained on real faces. It reads 146 of the 478 points (x, y only) and takes away their mean
and size itself, so the unit and the place of the points do not matter; how far the head leans does. Which points, in
which order, and the names of the outputs are facts of MediaPipe's graph (mediapipe 1.0.0,
tasks/cc/vision/face_landmarker/face_blendshapes_graph.cc, Apache-2.0); the weights lie in the same `.task` file as the
mesh.
"""

from __future__ import annotations

import zipfile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neuface_core.errors import ModelError
from neuface_core.landmarks.tflite_file import TfliteFile
from neuface_core.models import INSTALL_REMEDY, model_path

_MEMBER = "face_blendshapes.tflite"
_BLOCKS = 4
_WIDTH = 64

# fmt: off
BLENDSHAPE_POINTS: tuple[int, ...] = (
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81,
    82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154,
    155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263,
    267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321,
    323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385, 386, 387,
    388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477,
)
"""Points of face mesh version 2 that the network reads, in its order."""
# fmt: on

BLENDSHAPE_NAMES: tuple[str, ...] = (
    *("_neutral", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *("cheekSquintLeft", "cheekSquintRight", "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight"),
    *("eyeSquintLeft", "eyeSquintRight", "eyeWideLeft", "eyeWideRight", "jawForward", "jawLeft", "jawOpen", "jawRight"),
    *("mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel"),
    *("mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker"),
    *("mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthSmileLeft"),
    *("mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft", "mouthUpperUpRight"),
    *("noseSneerLeft", "noseSneerRight"),
)
"""ARKit's names in the order of the outputs; left and right are the subject's. The first is not one of ARKit's."""


class Blendshapes(nn.Module):
    """The blendshape network; make it with `Blendshapes.load`. Its weights ask for no gradient, its input may.

    Attributes
    ----------
    names
        `BLENDSHAPE_NAMES`.
    """

    names = BLENDSHAPE_NAMES
    _points: Tensor
    _scale: Tensor
    _token: Tensor

    def __init__(self, file: TfliteFile) -> None:
        super().__init__()
        linear = _linear_layers(file)
        if len(linear) != 2 + 4 * _BLOCKS + 1:
            raise ModelError("The blendshape network has another form than the known one.", path=file.path)
        gains = _constants_of(file, "MUL", (_WIDTH,))
        epsilon = float(_constants_of(file, "ADD", ())[0])
        self._tokens, self._embed, self._last = linear[0], linear[1], linear[-1]
        self._blocks = nn.ModuleList(
            _MixerBlock(linear[2 + 4 * i : 6 + 4 * i], gains[2 * i : 2 * i + 2], epsilon) for i in range(_BLOCKS)
        )
        self.register_buffer("_points", torch.tensor(BLENDSHAPE_POINTS), persistent=False)
        self.register_buffer("_scale", torch.from_numpy(np.asarray(_constants_of(file, "MUL", ())[0]).copy()))
        (token,) = _constants_of(file, "CONCATENATION", (1, 1, 1, _WIDTH))
        self.register_buffer("_token", torch.from_numpy(token[0].copy()))
        self.requires_grad_(False)

    @classmethod
    def load(cls, device: torch.device | str = "cpu") -> Blendshapes:
        """Read the installed file onto `device`.

        Raises
        ------
        ModelError
            When the file is not installed or damaged.
        """
        path = model_path("face_mesh_v2")
        try:
            with zipfile.ZipFile(path) as task:
                content = task.read(_MEMBER)
        except (zipfile.BadZipFile, KeyError) as error:
            raise ModelError("The blendshape file is damaged.", remedy=INSTALL_REMEDY, path=path) from error
        return cls(TfliteFile(content, path)).eval().to(device)

    def forward(self, points: Tensor) -> Tensor:
        """Coefficients of N faces.

        Parameters
        ----------
        points : (N, 478, 2 or 3) Tensor
            Points of face mesh version 2, x to the right and y down, in any unit that is the same for both. Place and
            size do not matter; the lean of the head does, as far as it is not that of the training pictures: give the
            points of an upright crop.

        Returns
        -------
        (N, 52) Tensor
            In [0, 1], in the order of `names`; differentiable with respect to `points`.
        """
        seen = points[:, self._points, :2]
        seen = seen - seen.mean(dim=1, keepdim=True)
        size = torch.linalg.vector_norm(seen, dim=2, keepdim=True).mean(dim=1, keepdim=True)
        seen = seen / size * self._scale
        x = self._embed(self._tokens(seen.mT).mT)
        x = torch.cat([self._token.expand(len(x), 1, -1), x], dim=1)
        for block in self._blocks:
            x = block(x)
        return torch.sigmoid(self._last(x[:, 0]))


class _MixerBlock(nn.Module):
    """Mixes the tokens, then the channels, of (N, tokens, channels); normalised before, added after."""

    def __init__(self, linear: list[nn.Linear], gains: list[NDArray[np.float32]], epsilon: float) -> None:
        super().__init__()
        self.token_mix = nn.Sequential(linear[0], nn.ReLU(), linear[1])
        self.channel_mix = nn.Sequential(linear[2], nn.ReLU(), linear[3])
        self.norms = nn.ModuleList(nn.LayerNorm(len(gain), eps=epsilon, bias=False) for gain in gains)
        for norm, gain in zip(self.norms, gains, strict=True):
            norm.weight = nn.Parameter(torch.from_numpy(gain.copy()))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.token_mix(self.norms[0](x).mT).mT
        mixed: Tensor = x + self.channel_mix(self.norms[1](x))
        return mixed


def _linear_layers(file: TfliteFile) -> list[nn.Linear]:
    """The file's 1 x 1 convolutions, in order."""
    layers = []
    for operator in file.operators:
        if operator.name == "CONV_2D":
            weight, bias = (file.constants[i] for i in operator.inputs[1:])
            layer = nn.Linear(weight.shape[3], weight.shape[0])
            layer.weight.data = torch.from_numpy(weight[:, 0, 0].copy())
            layer.bias.data = torch.from_numpy(bias.copy())
            layers.append(layer)
    return layers


def _constants_of(file: TfliteFile, name: str, shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
    """Constants of that shape that operators of that name read, in order."""
    values = [file.constants[i] for o in file.operators if o.name == name for i in o.inputs if i in file.constants]
    return [value for value in values if value.shape == shape]

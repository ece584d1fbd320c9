"""Φ of the open head: MediaPipe's face mesh network as trunk, and a head of ours trained on synthetic faces.

The trunk was trained on real faces by its authors and is taken from its wheel (`models.py`); only the head's weights
are ours and lie in `resources/open_encoder`. docs/adr/0005-encoder-on-face-mesh-trunk.md says why.

What makes it hold on real video although it has seen none: place and size of the head in the crop are taken from the
trunk's own points, and the head of the network only corrects them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional

from neuface_core.atomic_file import atomic_write
from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.crops import CROP_SCALE
from neuface_core.errors import ModelError
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.face_mesh import FaceMesh, MeshFeatures, Version
from neuface_core.models import INSTALL_REMEDY, model_path
from neuface_core.resource_files import resource_path

FORMAT = "neuface-open-encoder/1"
FILE_NAME = "open_encoder.safetensors"
_LAST_STAGE = {"v1": "6", "v2": "8"}  # late maps of the trunk: small to cache, and most of its weights lie behind
_SOFT_RECTIFIER = 12.0  # expression and jaw never go below zero; the larger, the sharper the bend there


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """What the weights belong to; stored in the file's header.

    Attributes
    ----------
    encoder_id, head_id
        Identifiers of this encoder and of the head model that it answers for.
    trunk, trunk_sha256
        Version of the face mesh and SHA-256 of its file.
    n_shape, n_expression, width
        Sizes of the answer and of the hidden layers.
    crop_scale
        Side of the crop over the long side of the 68-point box.
    head_sha256
        Hash of the head's geometry that it was trained on: a head that is baked again needs a new encoder.
    """

    encoder_id: str
    head_id: str
    trunk: Version
    trunk_sha256: str
    n_shape: int
    n_expression: int
    width: int = 512
    crop_scale: float = CROP_SCALE
    head_sha256: str = ""


class OpenEncoder(nn.Module):
    """Images of faces to the parameters of the open head (`base.Encoder`); make it with `load_encoder`.

    Parameters
    ----------
    trunk
        The face mesh network.
    config
        What the weights belong to.
    """

    def __init__(self, trunk: FaceMesh, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder_id = config.encoder_id
        self.head_id = config.head_id
        self.input_size = trunk.input_size
        self.crop_scale = config.crop_scale
        self.trunk = trunk
        self.head = RegressionHead(_n_features(trunk), config)
        self._first_weights: dict[str, Tensor] = {}

    def forward(self, images: Tensor) -> HeadParams:
        """Images (N, 3, S, S) float in [0, 1], RGB, to N heads."""
        return self.answer(self.features(images, "all"), "all")

    def features(self, images: Tensor, stage: Stage) -> Features:
        """What lies below the trainable part of `stage`: activations of N rows."""
        if stage == "all":
            return (images,)
        if stage == "last_stage":
            return (self.trunk.activation(images, _LAST_STAGE[self.config.trunk]),)
        return face_features(self.trunk.features(images), self.input_size)

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        """The rest of the way to N heads."""
        if stage == "all":
            features = face_features(self.trunk.features(features[0]), self.input_size)
        elif stage == "last_stage":
            late = self.trunk.features_from(features[0], _LAST_STAGE[self.config.trunk])
            features = face_features(late, self.input_size)
        params: HeadParams = self.head(*features)
        return params

    def trainable_parameters(self, stage: Stage) -> Iterator[nn.Parameter]:
        """The weights that lie behind `features` of that stage."""
        if stage == "all":
            yield from self.trunk.stage_parameters("image")
        elif stage == "last_stage":
            yield from self.trunk.stage_parameters(_LAST_STAGE[self.config.trunk])
        yield from self.head.parameters()

    def keep_first_weights(self) -> None:
        """Remember the present weights as w⁰."""
        self._first_weights = {name: value.detach().clone() for name, value in self.state_dict().items()}

    def reset(self) -> None:
        """Put the weights w⁰ back, as they were loaded."""
        self.load_state_dict(self._first_weights)


class RegressionHead(nn.Module):
    """The part that is ours: features of a face to parameters of the head model.

    Everything that is regressed is scaled so that one unit of the last layer is about one standard deviation of the
    training set: one learning rate then suits all of them, in training and in the optimisation of a clip.
    """

    feature_mean: Tensor
    feature_scale: Tensor
    answer_mean: Tensor
    answer_scale: Tensor

    def __init__(self, n_features: int, config: EncoderConfig) -> None:
        super().__init__()
        self.sizes = {
            "shape": config.n_shape,
            "expression": config.n_expression,
            "global_orient": 3,
            "jaw_pose": 3,
            "eye_pose": 4,
            "camera": 3,
        }
        n_out = sum(self.sizes.values())
        self.register_buffer("feature_mean", torch.zeros(n_features))
        self.register_buffer("feature_scale", torch.ones(n_features))
        self.register_buffer("answer_mean", torch.zeros(n_out))
        self.register_buffer("answer_scale", torch.ones(n_out))
        self.first = nn.Linear(n_features, config.width)
        self.second = nn.Linear(config.width, config.width)
        self.last = nn.Linear(config.width, n_out)

    def forward(self, vector: Tensor, place: Tensor) -> HeadParams:
        """Features (N, D) and place (N, 3) of N faces, both of `face_features`, to N heads."""
        hidden = functional.silu(self.first((vector - self.feature_mean) * self.feature_scale))
        hidden = hidden + functional.silu(self.second(hidden))
        answer = self.answer_mean + self.answer_scale * self.last(hidden)
        part = dict(zip(self.sizes, answer.split(list(self.sizes.values()), dim=1), strict=True))
        zero = torch.zeros_like(answer[:, :1])
        jaw, eyes = part["jaw_pose"], part["eye_pose"]
        return HeadParams(
            shape=part["shape"],
            expression=_rectify(part["expression"]),
            global_orient=part["global_orient"],
            neck_pose=torch.zeros_like(jaw),
            jaw_pose=torch.cat([_rectify(jaw[:, :1]), jaw[:, 1:]], dim=1),
            eye_pose=torch.cat([eyes[:, :2], zero, eyes[:, 2:], zero], dim=1),  # eyes do not roll
            camera=camera_of_place(part["camera"], place),
        )


def _rectify(x: Tensor) -> Tensor:
    return functional.softplus(x, beta=_SOFT_RECTIFIER)


def unrectify(y: Tensor) -> Tensor:
    """Inverse of the bend that keeps expression and jaw from going below zero (for training statistics)."""
    return y + torch.log(-torch.expm1(-_SOFT_RECTIFIER * y.clamp(min=0.02))) / _SOFT_RECTIFIER


def camera_of_place(correction: Tensor, place: Tensor) -> Tensor:
    """Weak perspective [s, tx, ty] (N, 3) from the place of the points and a correction (N, 3) relative to its size.

    A face that moves or grows in the crop moves the camera by just as much, without anything to learn.
    """
    centre, radius = place[:, :2], place[:, 2:]
    scale = radius * torch.exp(correction[:, :1])
    return torch.cat([scale, correction[:, 1:] + centre * centre.new_tensor([1.0, -1.0]) / scale], dim=1)


def place_correction(camera: Tensor, place: Tensor) -> Tensor:
    """Inverse of `camera_of_place`: the correction (N, 3) that gives `camera`."""
    centre, radius = place[:, :2], place[:, 2:]
    flipped = centre * centre.new_tensor([1.0, -1.0])
    return torch.cat([torch.log(camera[:, :1] / radius), camera[:, 1:] - flipped / camera[:, :1]], dim=1)


def face_features(mesh: MeshFeatures, input_size: int) -> Features:
    """What the trunk knows of N faces as one vector each, and where in the crop they are.

    Returns
    -------
    vector : (N, D)
        The late maps (the larger one halved) and the points relative to their own centre and size.
    place : (N, 3)
        Centre (x, y) of the points and their radius, in crop coordinates (y down); the radius in metres of a head of
        about 63 mm between the eyeballs would be 0.075, so it stands for the camera's scale times that.
    """
    large, small = mesh.maps
    points = (mesh.points + 0.5) * (2.0 / input_size)
    centre = points[..., :2].mean(dim=1) - 1.0
    relative = points - points.mean(dim=1, keepdim=True)
    radius = relative.square().sum(dim=(1, 2)).div(points.shape[1]).sqrt()[:, None]
    relative = relative / radius[..., None]
    vector = torch.cat(
        [functional.avg_pool2d(large, 2).flatten(1), small.flatten(1), relative.flatten(1), centre, radius], dim=1
    )
    return vector, torch.cat([centre, radius], dim=1)


def _n_features(trunk: FaceMesh) -> int:
    cells = trunk.input_size // 64
    return 2 * 128 * cells * cells + 3 * trunk.n_points + 3


def save_encoder(encoder: OpenEncoder, path: Path) -> None:
    """Write the head's weights in half precision, with their description; `path` is whole or as it was before."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in encoder.head.state_dict().items()}
    with atomic_write(path) as file:
        file.write(save(tensors, metadata={"format": FORMAT, "config": json.dumps(asdict(encoder.config))}))


def load_encoder(path: Path | None = None, device: torch.device | str = "cpu") -> OpenEncoder:
    """The trained encoder; its own in `resources/open_encoder` when no path is given.

    Raises
    ------
    ModelError
        When the file is missing, damaged or not an encoder, or when the trunk is not installed or another one.
    """
    path = resource_path("open_encoder") / FILE_NAME if path is None else path
    config, tensors = _read(path)
    installed = file_sha256(model_path(f"face_mesh_{config.trunk}"))
    if installed != config.trunk_sha256:
        raise ModelError(
            "The encoder was trained on another face mesh network than the one that is installed.",
            remedy=INSTALL_REMEDY,
            path=path,
        )
    encoder = OpenEncoder(FaceMesh.load(config.trunk), config)
    try:
        encoder.head.load_state_dict(tensors)
    except RuntimeError as error:
        raise ModelError(f"The encoder's weights do not fit: {error}.", remedy=_REINSTALL, path=path) from error
    encoder.eval().to(device)
    encoder.keep_first_weights()
    return encoder


_REINSTALL = "Install NeuFace Studio again, or name another file."


def _read(path: Path) -> tuple[EncoderConfig, dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The encoder cannot be read: {error}.", remedy=_REINSTALL, path=path) from error
    if header.get("format") != FORMAT:
        raise ModelError(f"This is not an encoder of the format {FORMAT}.", remedy=_REINSTALL, path=path)
    try:
        return EncoderConfig(**json.loads(header["config"])), tensors
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The encoder's description is damaged: {error}.", remedy=_REINSTALL, path=path) from error


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

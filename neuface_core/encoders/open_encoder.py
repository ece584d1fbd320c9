"""Φ of the open head: MediaPipe's face mesh network as trunk, and a head of ours trained on synthetic faces.

The trunk was trained on real faces by its authors and is taken from its wheel (`models.py`); only the head's weights
are ours and lie in `resources/open_encoder`. docs/adr/0005-encoder-on-face-mesh-trunk.md says why. Where `tuned` is
set, the maps are those of a second copy of the trunk's late layers, which was trained together with the head; only by
how much its weights moved is in the file.

What makes it hold on real video although it has seen none: turn, size and place of the head in the crop are taken from
the trunk's own points (`canonical.py`), and the head of the network only corrects them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from neuface_core.atomic_file import atomic_write
from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.canonical import Placement
from neuface_core.encoders.crop_rule import CROP_SCALE, CropRule
from neuface_core.encoders.face_reading import PARTS, FaceReader, FaceReading
from neuface_core.encoders.late_maps import LateMaps
from neuface_core.encoders.mirror_mean import MirrorMean
from neuface_core.encoders.regression_head import RegressionHead
from neuface_core.errors import ModelError
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.face_mesh import FaceMesh, Version
from neuface_core.models import INSTALL_REMEDY, model_path
from neuface_core.resource_files import resource_path

FORMAT = "neuface-open-encoder/2"
FILE_NAME = "open_encoder.safetensors"
TRUSTED_NME_PERCENT = 4.0
"""A good answer's landmarks are nearer than this to the true ones, on the average, in percent of the face's size."""

_LAST_STAGE = {"v1": "6", "v2": "8"}  # late maps of the trunk: small to cache, and most of its weights lie behind
_LATE = "late."
# Bytes that one look at a picture holds between the way there and the way back, as autograd keeps them for float32.
_TRAINING_BYTES: dict[Stage, int] = {"all": 37_000_000, "last_stage": 1_500_000, "head": 32_000}


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
    parts
        What of the trunk is read, of `face_reading.PARTS`.
    mirrored
        Whether an answer is the mean of those to the picture and to its mirror image: a tenth more accurate, and the
        trunk runs twice.
    tuned
        Stage of the trunk behind which a second copy of it was trained, to make the maps that the head reads; empty
        where the head reads the trunk's own.
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
    parts: tuple[str, ...] = PARTS
    mirrored: bool = True
    tuned: str = ""


class OpenEncoder(nn.Module):
    """Images of faces to the parameters of the open head (`base.Encoder`); make it with `load_encoder`.

    Parameters
    ----------
    trunk
        The face mesh network.
    config
        What the weights belong to.
    """

    licence = "CC0-1.0; its trunk, the face mesh network: Apache-2.0"

    def __init__(self, trunk: FaceMesh, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder_id = config.encoder_id
        self.head_id = config.head_id
        self.input_size = trunk.input_size
        self.crop_rule = CropRule(config.crop_scale)
        self.trunk = trunk
        self.reader = FaceReader(trunk, tuple(config.parts))
        self.head = RegressionHead(self.reader.n_features, config.n_shape, config.n_expression, config.width)
        self.mirror = MirrorMean(config.n_shape, config.n_expression)
        self.late = LateMaps(trunk, config.tuned) if config.tuned else None
        self._last_stage = config.tuned or _LAST_STAGE[config.trunk]

    def forward(self, images: Tensor) -> HeadParams:
        """Images (N, 3, S, S) float in [0, 1], RGB, to N heads."""
        return self.answer(self.features(images, "all"), "all")

    def features(self, images: Tensor, stage: Stage) -> Features:
        """What lies below the trainable part of `stage`: activations of N rows."""
        if stage == "all":
            return (images,)
        looks = (images, images.flip(3)) if self.config.mirrored else (images,)
        activations = [self.trunk.activation(look, self._last_stage) for look in looks]
        if stage == "last_stage":
            return tuple(activations)
        return tuple(tensor for activation in activations for tensor in self._read(activation))

    def answer(self, features: Features, stage: Stage) -> HeadParams:
        """The rest of the way to N heads."""
        plain, *turned = self._looks(features, stage)
        vector, *place = plain
        params: HeadParams = self.head(vector, Placement(*place))
        for vector, *place in turned:
            params = self.mirror(params, self.head(vector, Placement(*place)))
        return params

    def confidence(self, features: Features, stage: Stage) -> Tensor:
        """(N,) in [0, 1]: probability that the landmarks of an answer are within `TRUSTED_NME_PERCENT` of the true.

        Calibrated on rendered faces, some of them covered. It is read from the trunk, not from the clip's fit: it
        belongs to the first answer.
        """
        logits = [self.head.trust_logit(look[0]) for look in self._looks(features, stage)]
        return torch.sigmoid(torch.stack(logits).mean(dim=0))

    def trainable_parameters(self, stage: Stage) -> Iterator[nn.Parameter]:
        """The weights that lie behind `features` of that stage."""
        if stage == "all":
            yield from self.trunk.stage_parameters("image")
        elif stage == "last_stage":
            yield from self.trunk.stage_parameters(self._last_stage)
        if self.late is not None and stage != "head":
            yield from self.late.parameters()
        for name, weight in self.head.named_parameters():
            if not name.startswith("trust."):
                yield weight

    def training_bytes(self, stage: Stage) -> int:
        """What one picture holds in memory until its step is made."""
        looks = 2 if self.config.mirrored else 1
        return looks * _TRAINING_BYTES[stage]

    def _looks(self, features: Features, stage: Stage) -> list[Features]:
        """Vector, rotation, scale and shift of the picture, and of its mirror image where that is looked at too."""
        if stage == "all":
            features = self.features(features[0], "head")
        elif stage == "last_stage":
            return [self._read(activation) for activation in features]
        return [features[i : i + 4] for i in range(0, len(features), 4)]

    def reading(self, activation: Tensor) -> FaceReading:
        """What is read of N faces from what crosses the trunk's last stage; maps of the copy where there is one."""
        mesh = self.trunk.features_from(activation, self._last_stage)
        reading = FaceReading.of(mesh, self.input_size)
        return reading if self.late is None else replace(reading, maps=self.late(activation))

    def _read(self, activation: Tensor) -> Features:
        vector, placement = self.reader(self.reading(activation))
        return vector, placement.rotation, placement.scale, placement.shift


def save_encoder(encoder: OpenEncoder, path: Path) -> None:
    """Write the head's weights in half precision, with their description; `path` is whole or as it was before."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in _own_weights(encoder).items()}
    tensors = {name: value.half() if name.startswith("head.") else value for name, value in tensors.items()}
    if encoder.late is not None:
        moved = encoder.late.moved_from(encoder.trunk)
        tensors |= {_LATE + name: value.detach().cpu().half().contiguous() for name, value in moved.items()}
    with atomic_write(path) as file:
        # One entry, sorted: safetensors writes several in random order, and equal encoders are to be equal files.
        about = json.dumps({"format": FORMAT, "config": asdict(encoder.config)}, sort_keys=True)
        file.write(save(tensors, metadata={"neuface": about}))


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
    if encoder.late is not None:
        own = encoder.late.state_dict()
        moved = {name: tensors.pop(_LATE + name, None) for name in own}
        tensors |= {_LATE + name: own[name] + move.float() for name, move in moved.items() if move is not None}
    try:
        missing, surplus = encoder.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        raise ModelError(f"The encoder's weights do not fit: {error}.", remedy=_REINSTALL, path=path) from error
    missing = [name for name in missing if not name.startswith("trunk.")]
    if missing or surplus:
        raise ModelError(
            f"The encoder's weights do not fit: missing {missing}, surplus {surplus}.", remedy=_REINSTALL, path=path
        )
    return encoder.eval().to(device)


def _own_weights(encoder: OpenEncoder) -> dict[str, Tensor]:
    """Everything but the trunk, which is not ours to pass on."""
    return {name: value for name, value in encoder.state_dict().items() if not name.startswith("trunk.")}


_REINSTALL = "Install NeuFace Studio again, or name another file."


def _read(path: Path) -> tuple[EncoderConfig, dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = (file.metadata() or {}).get("neuface", "{}")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"The encoder cannot be read: {error}.", remedy=_REINSTALL, path=path) from error
    try:
        about = json.loads(header)
        if about.get("format") != FORMAT:
            raise ModelError(f"This is not an encoder of the format {FORMAT}.", remedy=_REINSTALL, path=path)
        config = about["config"]
        return EncoderConfig(**{**config, "parts": tuple(config["parts"])}), tensors
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The encoder's description is damaged: {error}.", remedy=_REINSTALL, path=path) from error


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

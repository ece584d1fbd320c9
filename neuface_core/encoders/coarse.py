"""The network of DECA's and EMOCA's coarse encoders, a ResNet-50 and two layers, and how it gets the weights of a file.

The originals' own loaders pass over whatever does not fit, so that a wrong file gives wrong heads in silence. Here
every key that is missing, surplus or of another shape is told.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from neuface_core.encoders.base import Stage
from neuface_core.encoders.resnet50 import N_FEATURES, ResNet50
from neuface_core.errors import ModelError

INPUT_SIZE = 224
PUBLISHED_STEP = 2e-5
"""Adam's step size in the configuration of NeuFace's published code, for these networks."""
_LOG = logging.getLogger(__name__)
_WIDTH = 1024
_TOLD = 6
_COUNTER = "num_batches_tracked"  # of a batch normalisation in training; absent in files of early torch
# Bytes that one picture holds between the way there and the way back, as autograd keeps them for float32.
_TRAINING_BYTES: Mapping[Stage, int] = {"all": 30_000_000, "last_stage": 4_500_000, "head": 20_000}


class CoarseNetwork(nn.Module):
    """Pictures (N, 3, 224, 224) to vectors (N, n_out); weights have their names in the state dictionaries of DECA."""

    def __init__(self, n_out: int) -> None:
        super().__init__()
        self.encoder = ResNet50()
        self.layers = nn.Sequential(nn.Linear(N_FEATURES, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, n_out))

    def below(self, images: Tensor, stage: Stage) -> Tensor:
        """What the part that `stage` trains reads; N rows."""
        if stage == "all":
            return images
        maps = self.encoder.early(images)
        return maps if stage == "last_stage" else self.encoder.late(maps)

    def above(self, read: Tensor, stage: Stage) -> Tensor:
        """Vectors (N, n_out) from what `below` gave for the same stage."""
        if stage == "all":
            read = self.encoder(read)
        elif stage == "last_stage":
            read = self.encoder.late(read)
        vectors: Tensor = self.layers(read)
        return vectors

    def stage_parameters(self, stage: Stage) -> Iterator[nn.Parameter]:
        """The weights of `above`. Batch normalisations are data and never among them."""
        if stage == "all":
            yield from self.encoder.parameters()
        elif stage == "last_stage":
            yield from self.encoder.late_parameters()
        yield from self.layers.parameters()


def training_bytes(stage: Stage) -> int:
    """What one picture holds in memory from a network's answer until the step is made."""
    return _TRAINING_BYTES[stage]


def with_weights(tensors: Mapping[str, Tensor], rows: Sequence[int], what: str, path: Path) -> CoarseNetwork:
    """A network with the weights of a state dictionary.

    Parameters
    ----------
    tensors
        By the names of the original: ``encoder.conv1.weight``, …, ``layers.2.bias``.
    rows
        Numbers of outputs that are possible; the file's own decides among them.
    what
        How the network is called in messages.

    Raises
    ------
    ModelError
        When a weight is missing, surplus, of another shape, or not finite; each is named with its shape.
    """
    last = tensors.get("layers.2.bias")
    n_out = len(last) if last is not None and last.ndim == 1 and len(last) in rows else rows[0]
    with torch.device("meta"):  # no time for random weights
        network = CoarseNetwork(n_out)
    wanted = network.state_dict()
    given = {name: value for name, value in tensors.items() if not name.endswith(_COUNTER)}
    missing = [f"{name} {_shape(value)}" for name, value in wanted.items() if name not in given]
    surplus = [f"{name} {_shape(value)}" for name, value in given.items() if name not in wanted]
    other = [
        f"{name} {_shape(given[name])} in place of {_shape(value)}"
        for name, value in wanted.items()
        if name in given and given[name].shape != value.shape
    ]
    found = (("missing", missing), ("surplus", surplus), ("of another shape", other))
    if problems := [(kind, names) for kind, names in found if names]:
        _LOG.error("%s in %s: %s", what, path, "; ".join(f"{kind}: {', '.join(names)}" for kind, names in problems))
        told = "; ".join(f"{kind}: {_some(names)}" for kind, names in problems)
        possible = "" if len(rows) == 1 else f" It may have {', '.join(map(str, rows))} outputs."
        raise ModelError(
            f"The weights of {what} do not fit ({told}).{possible}",
            remedy="Choose an undamaged file of that model.",
            path=path,
        )
    if broken := [name for name, value in given.items() if not torch.isfinite(value).all()]:
        raise ModelError(
            f"Weights of {what} are not finite numbers: {_some(broken)}.", remedy="Get the file again.", path=path
        )
    network.load_state_dict(given, assign=True)
    network.encoder.side_by_side()
    return network.eval()


def short_hash(networks: Sequence[CoarseNetwork]) -> str:
    """Eight digits of a hash over all weights: which file it was, wherever it lies."""
    digest = hashlib.sha256()
    for network in networks:
        for name, value in network.state_dict().items():
            digest.update(name.encode())
            digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()[:8]


def _shape(tensor: Tensor) -> str:
    return str(tuple(tensor.shape)).replace(" ", "")


def _some(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _TOLD} more (all of them are in the log)" if len(names) > _TOLD else ""
    return ", ".join(names[:_TOLD]) + rest

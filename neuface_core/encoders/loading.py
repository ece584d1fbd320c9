"""Encoders by name: the open one, DECA and EMOCA as the user added them, or a file; and the head of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.deca import DecaEncoder, deca_encoder
from neuface_core.encoders.emoca import EmocaEncoder, Trained, emoca_encoder
from neuface_core.encoders.open_encoder import load_encoder as load_open_encoder
from neuface_core.errors import ModelError
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.models.content import model_arrays
from neuface_core.models.recognise_torch import recognise_torch
from neuface_core.models.stored import stored_model
from neuface_core.models.torch_file import TorchFile

OPEN = "open"
_FLAME = "flame"
_REMEDY = 'Name "open", "deca", "emoca", or a file; a folder has to be added: "neuface models add PATH".'
_Arrays = Callable[[str], Mapping[str, NDArray[Any]]]


def is_name(spec: str) -> bool:
    """Whether an encoder is asked for by name and not by its file."""
    return spec in ("", OPEN, "deca", "emoca") or spec.startswith(("emoca:", "emoca-"))


def check_encoder(spec: str) -> None:
    """Whether an encoder is at hand, without reading its weights.

    Raises
    ------
    ModelError
        When it was not added, or there is no such file.
    """
    if spec in ("", OPEN):
        return
    if is_name(spec):
        stored_model(_stored_name(spec))
    elif not Path(spec).is_file():
        raise _no_such(Path(spec))


def load_encoder(spec: str = "", device: torch.device | str = "cpu", trained: Trained = "both") -> Encoder:
    """An encoder by its name or file.

    Parameters
    ----------
    spec
        "open" or nothing: the one that comes with the program. "deca", "emoca", "emoca:NAME": what was added with
        ``neuface models add``. Else a file: a trained open encoder (.safetensors), or a checkpoint of DECA or EMOCA.
    trained
        Of EMOCA, which of its two networks a fit optimises.

    Raises
    ------
    ModelError
        When it was not added, the file is missing, damaged or of another kind, or its weights do not fit.
    """
    if spec in ("", OPEN):
        return load_open_encoder(None, device)
    if is_name(spec):
        return _added(spec, trained).to(device)
    path = Path(spec)
    if path.suffix.lower() == ".safetensors":
        return load_open_encoder(path, device)
    return _from_checkpoint(path, trained).to(device)


def _added(spec: str, trained: Trained) -> DecaEncoder | EmocaEncoder:
    model = stored_model(_stored_name(spec))
    return _built(model.kind, model.name, model.path, lambda prefix: model_arrays(model, prefix), trained)


def _stored_name(spec: str) -> str:
    kind, _, variant = spec.partition(":")
    return f"{kind}-{variant.lower().replace('_', '-').removeprefix('emoca-')}" if variant else kind


def _no_such(path: Path) -> ModelError:
    return ModelError("There is no encoder of this name, nor such a file.", remedy=_REMEDY, path=path)


def _from_checkpoint(path: Path, trained: Trained) -> DecaEncoder | EmocaEncoder:
    if not path.is_file():
        raise _no_such(path)
    wanted = recognise_torch(path)
    if wanted is None or not wanted.name.startswith(("deca", "emoca")):
        raise ModelError("The file holds no encoder that is known here.", remedy=_REMEDY, path=path)
    with TorchFile(path, unknown="placeholder") as file:
        tensors = wanted.tensors(file.content)

        def arrays(prefix: str) -> Mapping[str, NDArray[Any]]:
            own = {name: tensor for name, tensor in tensors.items() if name.startswith(prefix)}
            return {name.removeprefix(prefix): array for name, array in file.arrays(own).items()}

        return _built(wanted.name.partition("-")[0], wanted.name, path, arrays, trained)


def _built(kind: str, name: str, path: Path, arrays: _Arrays, trained: Trained) -> DecaEncoder | EmocaEncoder:
    def tensors(prefix: str) -> dict[str, Tensor]:
        return {key: torch.from_numpy(array).float() for key, array in arrays(prefix).items()}

    if kind == "deca":
        return deca_encoder(tensors("E_flame."), path)
    if kind == "emoca":
        return emoca_encoder(tensors("E_flame."), tensors("E_expression."), path, name, trained)
    raise ModelError(f"{name} is no encoder.", remedy='Name "open", "deca" or "emoca".', path=path)


def head_of(encoder: Encoder, named: str = "") -> HeadModel:
    """The head that an encoder's answers are for.

    Parameters
    ----------
    named
        Name or file of the head that is asked for; the encoder's own where it is empty.

    Raises
    ------
    ModelError
        When it is missing, or another one than the encoder answers for; the text says why that cannot be.
    """
    head = load_head(named or (encoder.head_id if encoder.head_id.startswith(_FLAME) else None))
    if head.head_id != encoder.head_id:
        raise ModelError(
            f"The encoder {encoder.encoder_id} answers in the components of {encoder.head_id}; those of {head.head_id} "
            "mean other shapes and expressions, so that the faces would be wrong.",
            remedy=f"Leave the setting head empty, or choose {encoder.head_id}.",
            path=Path(named) if Path(named).is_file() else None,
        )
    return head

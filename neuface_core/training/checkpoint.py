"""The state of a training on disk: weights, optimiser, random numbers, step: it can go on to the same end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from neuface_core.atomic_file import atomic_write
from neuface_core.errors import NeuFaceError

FORMAT = "neuface-training/1"
_RANDOM = "random"


def save_checkpoint(path: Path, key: str, step: int, model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Write everything that the next step depends on; `path` is whole, or as it was before.

    Parameters
    ----------
    key
        Of the training: data, settings and head. A checkpoint is only read with its own key.
    step
        Steps done.
    """
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    state = optimiser.state_dict()["state"]
    for index, entries in state.items():
        tensors |= {f"optimiser.{index}.{name}": torch.as_tensor(value) for name, value in entries.items()}
    tensors[_RANDOM] = torch.get_rng_state()
    metadata = {"format": FORMAT, "key": key, "step": json.dumps(step)}
    data = save({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, metadata=metadata)
    with atomic_write(path) as file:
        file.write(data)


def load_checkpoint(path: Path, key: str, model: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Put a training back where it was; returns the steps done, 0 where there is no checkpoint.

    The optimiser's settings (learning rate and so on) stay as they are: they belong to the step, not to the state.

    Raises
    ------
    NeuFaceError
        When the file is damaged or of another training; model and optimiser are then unchanged.
    """
    if not path.exists():
        return 0
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        step = int(json.loads(metadata["step"]))
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise NeuFaceError(
            f"The state of the training cannot be read ({error}). Rendered faces were kept.",
            remedy="Delete this file: the training then begins with its first step.",
            path=path,
        ) from error
    if metadata.get("key") != key:
        raise NeuFaceError(
            "This folder holds the state of another training: other settings, another head or other faces.",
            remedy="Train without --resume, or choose another work folder.",
            path=path,
        )
    model.load_state_dict(_below(tensors, "model."))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in _below(tensors, "optimiser.").items():
        index, _, entry = name.partition(".")
        state.setdefault(int(index), {})[entry] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    torch.set_rng_state(tensors[_RANDOM])
    return step


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


class LossLog:
    """One line of JSON a noted step, appended; a training that goes on drops what it will write again.

    Parameters
    ----------
    path
        The file; made when the first line is written.
    start
        Lines from this step on are dropped.
    """

    def __init__(self, path: Path, start: int = 0) -> None:
        self.path = path
        kept = [line for line in self._lines() if json.loads(line)["step"] < start]
        if path.exists():
            with atomic_write(path) as file:
                file.write("".join(f"{line}\n" for line in kept).encode())

    def note(self, step: int, numbers: Mapping[str, float]) -> None:
        """Append one line."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **{name: round(value, 6) for name, value in numbers.items()}}) + "\n")

    def read(self) -> list[dict[str, float]]:
        """All lines."""
        return [json.loads(line) for line in self._lines()]

    def _lines(self) -> list[str]:
        if not self.path.exists():
            return []
        lines = self.path.read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.endswith("}")]  # the last one may have been cut off by a kill

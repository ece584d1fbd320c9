"""Which device a job runs on. A device is always passed in; nothing here is remembered."""

from __future__ import annotations

import torch

from neuface_core.errors import NeuFaceError

DEVICE_CHOICES = ("auto", "cpu", "cuda", "mps")


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name; "auto" takes CUDA, else Apple's MPS, else the processor.

    Raises
    ------
    NeuFaceError
        When it is unknown or not in this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise NeuFaceError(
            f"There is no device called {name!r}.", remedy=f"Choose one of {', '.join(DEVICE_CHOICES)}."
        ) from error
    if not _is_here(device):
        raise NeuFaceError(f"This machine has no device {name!r}.", remedy='Choose "auto" or "cpu".')
    return device


def _is_here(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())

"""Which device a job runs on. A device is always passed in; nothing here is remembered."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

import torch

from neuface_core.errors import NeuFaceError

DEVICE_CHOICES = ("auto", "cpu", "cuda", "mps")
_LITTLE_MEMORY = 8 << 30  # where the system does not say
_M_ARENA_MAX = -8  # mallopt(3) of glibc
_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


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


def leave_a_core_free() -> None:
    """Let torch use all cores but one (at least one).

    The threads of its products wait for each other in a spin: on a machine with other work to do, one thread too many
    made a fit of this project ten times slower, and on an idle one the last core won nothing.
    """
    torch.set_num_threads(max(1, min(torch.get_num_threads(), (os.cpu_count() or 2) - 1)))


def share_one_heap() -> None:
    """Let all threads of this process allocate from one heap, for long batches; call it before any thread begins.

    glibc gives every thread a heap of its own, and what one of them frees another cannot use: the loop held a tenth
    more memory at 10,000 frames than at 1,000. Systems without glibc are left as they are.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def training_memory(device: torch.device) -> int:
    """Bytes that what is kept between the way through a network and the way back may take: half of the memory."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory) // 2
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else _LITTLE_MEMORY
    with suppress(OSError, ValueError):  # what a container was given of it; "max" where there is no limit
        whole = min(whole, int(_CONTAINER_LIMIT.read_text()))
    return whole // 2


def inference_batch(device: torch.device) -> int:
    """Pictures that a network reads at once where it is not trained.

    On a processor 16: with 32 the activations of the face mesh leave the cache and a picture takes a third longer. A
    graphics card is filled only by more.
    """
    return 16 if device.type == "cpu" else 128

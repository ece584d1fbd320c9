"""One device argument, and batches that suit it."""

from __future__ import annotations

import pytest
import torch

from neuface_core.devices import inference_batch, pick_device
from neuface_core.errors import NeuFaceError


def test_a_graphics_card_gets_larger_batches_than_a_processor() -> None:
    assert inference_batch(torch.device("cuda")) > 4 * inference_batch(torch.device("cpu"))


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(NeuFaceError, match="cuda:99"):
        pick_device("cuda:99")
    with pytest.raises(NeuFaceError, match="no device called 'toaster'"):
        pick_device("toaster")

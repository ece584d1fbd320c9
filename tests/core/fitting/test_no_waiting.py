"""On a graphics card a pass must never wait for the card: whatever looks at a value on the host would make it.

There is none here, but the operations that wait are the same on a processor and can be counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from neuface_core.encoders.base import Features, Stage
from neuface_core.encoders.crops import CropTrack
from neuface_core.encoders.open_encoder import OpenEncoder, load_encoder
from neuface_core.fitting.neuface import fit_views
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.bundle import load_head
from neuface_core.jobs import Progress
from neuface_core.landmarks.track import LandmarkTrack

F = 6
_WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "unique", "_linalg_svd", "_linalg_eigh")


class Waits(TorchDispatchMode):
    """Names of the operations that would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        name = func.overloadpacket.__name__  # type: ignore[attr-defined]
        masks = name in ("index", "index_put", "index_put_") and any(
            isinstance(index, Tensor) and index.dtype == torch.bool for index in args[1]
        )
        if name in _WAITS or masks:
            self.found.append(name)
        return func(*args, **(kwargs or {}))


@pytest.fixture(scope="module")
def encoder() -> OpenEncoder:
    torch.set_num_threads(1)
    encoder = load_encoder()
    head, random = encoder.head, torch.Generator().manual_seed(0)

    def features(images: Tensor, stage: Stage) -> Features:
        n = len(images)
        rows = torch.randn(n, len(head.feature_mean), generator=random) * 0.3 / head.feature_scale + head.feature_mean
        look = (rows, torch.eye(3).repeat(n, 1, 1), torch.full((n, 1), 7.0), torch.zeros(n, 2))
        return (*look, *look) if encoder.config.mirrored else look

    encoder.features = features  # type: ignore[method-assign]
    return encoder


@pytest.mark.parametrize("n_views", [1, 2])
@pytest.mark.parametrize("batch_frames", [8, 512])
def test_a_pass_never_waits_for_the_device(encoder: OpenEncoder, n_views: int, batch_frames: int) -> None:
    head = load_head()
    mean = head.neutral(F)
    crops = CropTrack(np.full((F, 2), 200.0, np.float32), np.full(F, 300.0, np.float32))
    points = crops.to_frame(head.project(head.landmarks(mean, "open-v2"), mean.camera).numpy())
    boxes = np.concatenate([points.min(axis=1), points.max(axis=1)], axis=1)
    track = LandmarkTrack(points, np.ones((F, 68), np.float32), boxes, np.ones(F, bool), "open-v2", "static")
    images = np.zeros((F, 3, 4, 4), np.uint8)
    views = [ViewInput(images, track, crops, f"view {k}") for k in range(n_views)]
    job = fit_views(views, encoder, head, NeuFaceSettings(iterations=9, batch_frames=batch_frames), 25.0)
    first: list[Progress] = []
    while not first or first[-1].stage != "fit" or first[-1].done < 2:
        first.append(next(job))
    waits = Waits()
    with waits:
        while next(job).done < 6:
            pass
    job.close()
    assert waits.found == []

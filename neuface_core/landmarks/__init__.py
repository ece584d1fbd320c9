"""68 landmarks per frame: detectors behind one protocol, and the tracks that they make."""

from __future__ import annotations

from typing import Literal

import torch

from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack

DetectorName = Literal["open", "fan"]

__all__ = ["DetectorName", "LandmarkDetector", "LandmarkTrack", "detector"]


def detector(name: DetectorName = "open", device: torch.device | str = "cpu") -> LandmarkDetector:
    """The detector of that name, with its networks on `device`.

    Raises
    ------
    ModelError
        When its files are not installed; the text says how to get them.
    """
    if name == "open":
        from neuface_core.landmarks.open_detector import OpenDetector

        return OpenDetector(device)
    from neuface_core.landmarks.fan import FanDetector

    return FanDetector(device)

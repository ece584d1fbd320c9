"""68 landmarks per frame: detectors behind one protocol, and the tracks that they make."""

from __future__ import annotations

from typing import Literal

import torch

from neuface_core.landmarks.track import LandmarkDetector, LandmarkTrack

DetectorName = Literal["open", "open-v1", "fan"]

__all__ = ["DetectorName", "LandmarkDetector", "LandmarkTrack", "detector"]


def detector(name: DetectorName = "open", device: torch.device | str = "cpu") -> LandmarkDetector:
    """The detector of that name, with its networks on `device`.

    "open" is the default, face mesh version 2; "open-v1" is its forerunner: half the time, and eyes that never close.

    Raises
    ------
    ModelError
        When its files are not installed; the text says how to get them.
    """
    if name != "fan":
        from neuface_core.landmarks.open_detector import OpenDetector

        return OpenDetector(device, "v1" if name == "open-v1" else "v2")
    from neuface_core.landmarks.fan import FanDetector

    return FanDetector(device)

"""What a method gets of one view of a clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.landmarks.track import LandmarkTrack


@dataclass(frozen=True)
class ViewInput:
    """One view over the F moments that all views of a clip see.

    Attributes
    ----------
    images : (F, 3, S, S) uint8
        RGB crops, S = ``encoder.input_size``; rows of moments without a face are not looked at.
    track
        Landmarks in pixels of the view's frames.
    crops
        The squares that were cut.
    name
        Of the view, for example "front".
    """

    images: NDArray[np.uint8]
    track: LandmarkTrack
    crops: CropTrack
    name: str = ""

"""What a method gets of one view of a clip."""

from __future__ import annotations

from dataclasses import dataclass

from neuface_core.encoders.crop_store import ImageStack
from neuface_core.encoders.crops import CropTrack
from neuface_core.landmarks.corrections import CorrectedTrack
from neuface_core.landmarks.track import LandmarkTrack


@dataclass(frozen=True)
class ViewInput:
    """One view over the F moments that all views of a clip see.

    Attributes
    ----------
    images : (F, 3, S, S) uint8
        RGB crops, S = ``encoder.input_size``: an array, or rows that lie in a file; rows of moments without a face are
        not looked at.
    track
        Landmarks in pixels of the view's frames: the detections, with what a person corrected.
    crops
        The squares that were cut.
    name
        Of the view, for example "front".
    corrected
        Where a person corrected landmarks: the detections, and which points of `track` are not theirs.
    """

    images: ImageStack
    track: LandmarkTrack
    crops: CropTrack
    name: str = ""
    corrected: CorrectedTrack | None = None

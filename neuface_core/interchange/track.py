"""What a file of another tool says about one view of one person, under our names and in our frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.interchange.cameras import Camera
from neuface_core.landmarks.track import Contour

Floats = NDArray[np.float32]
_WIDTHS = {"global_orient": 3, "neck_pose": 3, "jaw_pose": 3, "eye_pose": 6}


@dataclass(frozen=True)
class ForeignTrack:
    """A fit that another tool made, or that is written for one.

    Attributes
    ----------
    system
        Name of the tool as tables show it, for example "VHAP".
    head
        The head model and how many coefficients, as `heads.bundle.load_head` takes it: "flame-2020:100,50"; just
        ":300,100" where the file does not say which release.
    frames : (F,) int64
        Frame number in the video of every row, rising.
    shape : (F, n_shape), expression : (F, n_expression) float32
        In standard deviations; a file with one identity for the clip has it in every row.
    global_orient, neck_pose, jaw_pose : (F, 3), eye_pose : (F, 6) float32
        Axis-angle, radians; turns of the head model about its own joints, as in `HeadParams`.
    camera
        From the posed head to pixels of the frame; None where the file does not say.
    image_size
        Width and height in pixels of the pictures that the tool saw; None where unknown.
    landmarks : (F, 68, 2) float32, optional
        What the tool was fitted to, in the units of `landmarks_in_crop`; NaN where it had none.
    landmarks_in_crop
        Whether `landmarks` are crop coordinates ([-1, 1], y down) instead of pixels of the frame.
    landmark_confidence : (F, 68) float32, optional
        In [0, 1].
    landmark_detector, contour
        As in `LandmarkTrack`.
    eyelids : (F, 2) float32, optional
        Coefficients of two blendshapes that FLAME does not have, left and right, in [0, 1].
    view
        Name of the camera where the file holds several; tracks of one file with different views are one clip.
    fps
        Frames a second; 0 where unknown.
    licence
        Of the models behind it, in words.
    source, sha256
        The file or folder that it was read from, and the hash of its content; None and "" for one that is not a file.
    frame_names
        File names of the pictures, one a row; empty where unknown.
    extra
        Other arrays of the file under their names there, each with F rows or none; kept, so that they can be written
        again.
    notes
        Sentences about what was assumed or left out.
    """

    system: str
    head: str
    frames: NDArray[np.int64]
    shape: Floats
    expression: Floats
    global_orient: Floats
    neck_pose: Floats
    jaw_pose: Floats
    eye_pose: Floats
    camera: Camera | None = None
    image_size: tuple[int, int] | None = None
    landmarks: Floats | None = None
    landmarks_in_crop: bool = False
    landmark_confidence: Floats | None = None
    landmark_detector: str = ""
    contour: Contour = "dynamic"
    eyelids: Floats | None = None
    view: str = ""
    fps: float = 0.0
    licence: str = ""
    source: Path | None = None
    sha256: str = ""
    frame_names: tuple[str, ...] = ()
    extra: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        rows = len(self.frames)
        wanted: list[tuple[str, NDArray[np.generic] | None, tuple[int, ...]]] = [
            (name, getattr(self, name), (rows, width)) for name, width in _WIDTHS.items()
        ]
        wanted += [
            (name, getattr(self, name), (rows, getattr(self, name).shape[-1])) for name in ("shape", "expression")
        ]
        wanted += [
            ("landmarks", self.landmarks, (rows, 68, 2)),
            ("landmark_confidence", self.landmark_confidence, (rows, 68)),
            ("eyelids", self.eyelids, (rows, 2)),
        ]
        for name, array, shape in wanted:
            if array is not None and array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, wanted {shape}")
        if self.frames.ndim != 1 or (np.diff(self.frames) <= 0).any() or (rows and self.frames[0] < 0):
            raise ValueError("frame numbers do not rise from 0 or more")
        if self.camera is not None and self.camera.n_rows != rows:
            raise ValueError(f"the camera has {self.camera.n_rows} rows, wanted {rows}")
        if self.frame_names and len(self.frame_names) != rows:
            raise ValueError(f"{len(self.frame_names)} frame names, wanted {rows}")

    @property
    def n_rows(self) -> int:
        return len(self.frames)

    def params(self, n_shape: int | None = None, n_expression: int | None = None) -> dict[str, Floats]:
        """Parameters under the names of `HeadParams`, without the camera, padded with zeros to this many coefficients.

        DECA's 100 + 50 are the first of FLAME's 300 + 100, so that padding changes no vertex.

        Raises
        ------
        ValueError
            When it has more coefficients that are not zero.
        """
        return {
            "shape": _fitted(self.shape, n_shape, "shape"),
            "expression": _fitted(self.expression, n_expression, "expression"),
            **{name: getattr(self, name) for name in _WIDTHS},
        }


def _fitted(values: Floats, width: int | None, name: str) -> Floats:
    if width is None or values.shape[1] == width:
        return values
    if values.shape[1] > width:
        if values[:, width:].any():
            raise ValueError(f"{values.shape[1]} coefficients of {name} do not fit into {width}")
        return values[:, :width]
    return np.pad(values, ((0, 0), (0, width - values.shape[1])))

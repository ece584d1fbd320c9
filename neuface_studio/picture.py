"""What is handed to the views: one moment with everything that is drawn of it, and the wish that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from neuface_core.fitting.fit import Fit
from neuface_studio.state import MeshColour, Meshes, Result


@dataclass(frozen=True)
class Wish:
    """What the views want to show.

    Attributes
    ----------
    frame
        The moment of the clip.
    view
        Which camera is large, from 0.
    wire
        The mesh is drawn as its edges, over the video and in the 3D view.
    meshes
        What the 3D view shows of a clip of several views.
    small, small_height
        The other cameras are shown too, in small, with at most so many pixels.
    direction, overlap
        Where the play head goes, and whether what comes next is made while this is painted (it plays) or after that
        (somebody steps, and waits for the paint). They change nothing of the picture.
    """

    ticket: int
    frame: int
    result: Result = Result.FIT
    overlay: bool = True
    wire: bool = False
    upright: bool = False
    colour: MeshColour = MeshColour.NONE
    gradient: bool = False
    view: int = 0
    meshes: Meshes = Meshes.OWN
    small: bool = False
    small_height: int = 176
    direction: int = field(default=1, compare=False)
    overlap: bool = field(default=False, compare=False)

    @property
    def before(self) -> bool:
        """The encoder's first answer is asked for."""
        return self.result is Result.BEFORE


@dataclass(frozen=True)
class ViewMesh:
    """The head as one camera has it, in the canonical frame: (V, 3) vertices and normals."""

    view: int
    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]


@dataclass(frozen=True)
class MeshPicture:
    """What the 3D view draws of one moment.

    Attributes
    ----------
    vertices, normals : (V, 3) float32
        The head: that of one camera, or the one put together from all.
    values : (V,) float32 or None
        What colours it, in the unit of the `mesh_colours.Legend` of `colour`.
    heads
        The heads of all cameras, each in its own colour, in place of the one above; empty where only that is drawn.
    distance_mm
        Cross-view vertex distance of the moment; NaN where it was not asked for or has no meaning.
    colour
        What `values` are.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    values: NDArray[np.float32] | None
    heads: tuple[ViewMesh, ...] = ()
    distance_mm: float = float("nan")
    colour: MeshColour = MeshColour.ERROR


@dataclass(frozen=True)
class GradientPicture:
    """Which pixels move the mesh: a picture of the square with this centre and side, in pixels of the frame."""

    image: QImage
    centre: tuple[float, float]
    size: float


@dataclass(frozen=True)
class Picture:
    """One frame with everything that is drawn of it.

    Attributes
    ----------
    image
        The frame; None where it cannot be decoded (`problem` says why).
    overlay
        The frame with the mesh on it, opaque: painted over `image` with any opacity it gives the blend; None where
        there is no mesh.
    mesh
        For the 3D view; None where the frame has no mesh.
    fit
        Whose landmarks belong to it; None where the view has no fit.
    gradient
        None where it was not asked for, or was not made.
    """

    wish: Wish
    image: QImage | None
    overlay: QImage | None
    mesh: MeshPicture | None
    problem: str = ""
    fit: Fit | None = None
    gradient: GradientPicture | None = None

    @property
    def frame(self) -> int:
        return self.wish.frame


@dataclass(frozen=True)
class SmallPicture:
    """One camera at one moment, for the row of small views; `scale` is its size over that of the frame."""

    wish: Wish
    view: int
    image: QImage | None
    overlay: QImage | None
    scale: float = 1.0
    problem: str = ""
    fit: Fit | None = None

    @property
    def frame(self) -> int:
        return self.wish.frame


def to_qimage(frame: NDArray[np.uint8]) -> QImage:
    """An (H, W, 3) uint8 RGB array as an image of its own, in the format that Qt draws fastest."""
    height, width = frame.shape[:2]
    data = np.ascontiguousarray(frame)
    wrapped = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)

"""What is handed to the views: one moment with everything that is drawn of it, and the wish that it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from neuface_studio.state import Meshes


@dataclass(frozen=True)
class Wish:
    """What the views want to show.

    Attributes
    ----------
    frame
        The moment of the clip.
    view
        Which camera is large, from 0.
    meshes
        What the 3D view shows of a clip of several views.
    small
        The other cameras are shown too, in small.
    """

    ticket: int
    frame: int
    before: bool = False
    overlay: bool = True
    upright: bool = False
    heat: bool = False
    direction: int = 1
    view: int = 0
    meshes: Meshes = Meshes.OWN
    small: bool = False


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
    errors : (V,) float32 or None
        What colours it: landmark error in percent, or for the mesh of all views how far apart these are in millimetres.
    heads
        The heads of all cameras, each in its own colour, in place of the one above; empty where only that is drawn.
    distance_mm
        Cross-view vertex distance of the moment; NaN where it was not asked for or has no meaning.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    errors: NDArray[np.float32] | None
    heads: tuple[ViewMesh, ...] = ()
    distance_mm: float = float("nan")


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
    """

    wish: Wish
    image: QImage | None
    overlay: QImage | None
    mesh: MeshPicture | None
    problem: str = ""

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

    @property
    def frame(self) -> int:
        return self.wish.frame


def to_qimage(frame: NDArray[np.uint8]) -> QImage:
    """An (H, W, 3) uint8 RGB array as an image of its own, in the format that Qt draws fastest."""
    height, width = frame.shape[:2]
    data = np.ascontiguousarray(frame)
    wrapped = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return wrapped.convertToFormat(QImage.Format.Format_RGB32)

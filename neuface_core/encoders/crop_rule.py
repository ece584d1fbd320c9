"""Which square around the face an encoder was trained on, and how its pixels were sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Sampling = Literal["area", "warp", "warp_cubic"]

CROP_SCALE = 1.9
"""Side of the square over the long side of the box of the 68 points; the face mesh network wants this margin."""


@dataclass(frozen=True, slots=True)
class CropRule:
    """The square that an encoder wants.

    Attributes
    ----------
    scale
        Side of the square over that of the box of the 68 points.
    side_of_box
        What counts as the box's side: the longer one, or the mean of both (DECA).
    sampling
        "area": pixels are small squares that fill the crop, made smaller by averaging, the picture's edge repeated.
        "warp", "warp_cubic": as DECA's and EMOCA's loaders, which lay the corners of the square on the centres of the
        first and the last pixel, take single samples (bilinear, bicubic), and see black outside of the picture.
    pixels
        Side of what is sampled; counts for "warp" alone.
    per_frame
        The encoder's own programs cut every frame by its own box; see `pipeline_settings.PipelineSettings.crop`.
    """

    scale: float = CROP_SCALE
    side_of_box: Literal["long", "mean"] = "long"
    sampling: Sampling = "area"
    pixels: int = 224
    per_frame: bool = False

    def side(self, boxes: Floats) -> Floats:
        """Sides (n,) of boxes (n, 4: x0, y0, x1, y1)."""
        sides = boxes[:, 2:] - boxes[:, :2]
        found: Floats = sides.max(axis=1) if self.side_of_box == "long" else sides.mean(axis=1)
        return found

    def square(
        self, centre: Floats, side: Floats, *, whole_pixels: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Centre (n, 2) and size (n,) of a `CropTrack`, from centres and sides of boxes.

        Parameters
        ----------
        whole_pixels
            Cut the size of a "warp" to whole pixels, as DECA does.

        Notes
        -----
        A loader of the kind "warp" lays a square of side S on pixels 0 to n - 1, and then counts crop coordinates as
        2 * pixel / n - 1: its coordinates span S * n / (n - 1), from the same top left corner. That is the square which
        is returned, so that ``centre + size / 2 * p`` is true for what the encoder answers. The half pixel between the
        two would be 0.3 % of a face.
        """
        size = self.scale * side
        if self.sampling != "area":
            if whole_pixels:
                size = np.floor(size + 1e-6)  # a size that is whole must not lose a pixel to rounding
            beyond = size / (self.pixels - 1)
            centre, size = centre + 0.5 * beyond[:, None], size + beyond
        return centre.astype(np.float32), size.astype(np.float32)


FACE_MESH_CROP = CropRule()
"""Of the open encoder."""
DECA_CROP = CropRule(scale=1.1 * 1.25, side_of_box="mean", sampling="warp", per_frame=True)
"""Of DECA: 1.25 times its own size of a box of 68 points, which is 1.1 times the mean side."""
EMOCA_CROP = CropRule(scale=1.1 * 1.25, side_of_box="mean", sampling="warp_cubic", per_frame=True)
"""Of EMOCA: the same square, bicubic."""

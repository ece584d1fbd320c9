"""Head pose from 68 detected points alone: frames are picked by pose without asking the encoder that is judged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

INNER = np.arange(17, 68)
"""Points that lie on the same place of every face; the jaw is left out, whose points detectors slide."""


def landmark_rotation(points: NDArray[np.floating], model: NDArray[np.floating]) -> NDArray[np.float64]:
    """Rotation (F, 3, 3) of a face under weak perspective: pose from orthography and scaling, without iteration.

    Parameters
    ----------
    points : (F, 68, 2) float
        Pixels or crop coordinates, y down; NaN where not detected.
    model : (68, 3) float
        The landmarks of an unturned mean head, model frame (+y up, +z out of the face).

    Returns
    -------
    (F, 3, 3) float64
        As `global_orient`; NaN where there are no points.

    Notes
    -----
    D. DeMenthon and L. Davis, Model-based object pose in 25 lines of code, IJCV 15, 1995 (the step without depth).
    """
    body = np.asarray(model, np.float64)[INNER]
    body = body - body.mean(axis=0)
    seen = np.asarray(points, np.float64)[:, INNER] * [1.0, -1.0]
    seen = seen - seen.mean(axis=1, keepdims=True)
    rows = np.swapaxes(np.linalg.pinv(body) @ seen, 1, 2)  # (F, 2, 3): scaled first two rows of the rotation
    rotation = np.full((len(points), 3, 3), np.nan)
    known = np.isfinite(rows).all(axis=(1, 2))
    # The nearest pair of orthogonal rows of equal length.
    u, _, vt = np.linalg.svd(rows[known], full_matrices=False)
    pair = u @ vt
    rotation[known] = np.concatenate([pair, np.cross(pair[:, 0], pair[:, 1])[:, None]], axis=1)
    return rotation

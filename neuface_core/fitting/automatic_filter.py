"""The automatic filter of finished fits (NeuFace appendix A): which clips are set aside, and by what number.

That no face was found, or that numbers are not finite, is seen before a fit is kept (`pipeline`). What is judged here
is kept with its fit: a person may look at it and accept it all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi

from neuface_core.fitting.fit import Fit, MultiViewFit


@dataclass(frozen=True)
class ShapeLimit:
    """How large ‖β‖₂ of a clip may be, in standard deviations of the head model, and where that is from."""

    most: float
    source: str


SHAPE_LIMITS: dict[str, ShapeLimit] = {
    "open-head-2": ShapeLimit(20.7, "99.9 % of fits in which nothing is wrong, by the spread of 91 of them"),
}
"""By head model (docs/suspicion.md). The paper's ‖β‖₂ > 1.0 is in units of its own."""


def shape_limit(head_id: str, n_shape: int) -> ShapeLimit:
    """The limit of a head model; of one that is not listed, by the normal distribution that its β is said to have."""
    if head_id in SHAPE_LIMITS:
        return SHAPE_LIMITS[head_id]
    return ShapeLimit(float(chi.ppf(0.999, n_shape)), f"99.9 % of a normal distribution of {n_shape} coefficients")


@dataclass(frozen=True)
class FilterLimits:
    """What sets a clip aside.

    Attributes
    ----------
    shape_norm
        Largest ‖β‖₂ of the clip; 0 for the head model's own limit.
    outside_points
        A face has left crop or picture when more than this share of its 68 points lies outside.
    outside_frames
        Largest share of the frames with a face in which it may have left.
    """

    shape_norm: float = 0.0
    outside_points: float = 0.25
    outside_frames: float = 0.5


def set_aside_reason(
    fit: Fit | MultiViewFit, frame_sizes: Sequence[tuple[int, int]], limits: FilterLimits | None = None
) -> str:
    """Why the clip is set aside, with the number; "" where it is not.

    Parameters
    ----------
    frame_sizes
        Width and height of the video of each view, pixels, upright.
    """
    limits = limits or FilterLimits()
    views = (fit,) if isinstance(fit, Fit) else fit.views
    return _shape_reason(views, limits) or _outside_reason(views, frame_sizes, limits)


def _shape_reason(views: Sequence[Fit], limits: FilterLimits) -> str:
    shape = np.concatenate([view.params.shape.numpy()[view.valid] for view in views])
    # The identity of a clip is one: the mean of its frames. The length of each frame's own would grow with its noise.
    norm = float(np.linalg.norm(shape.mean(axis=0))) if len(shape) else 0.0
    limit = shape_limit(views[0].head_id, shape.shape[1])
    if limits.shape_norm > 0:
        limit = ShapeLimit(limits.shape_norm, "the project's setting")
    if norm <= limit.most:
        return ""
    allowed = f"at most {limit.most:.1f}: {limit.source}"
    return f"The identity is beyond what the head model allows: ‖β‖ is {norm:.1f} ({allowed})."


def _outside_reason(views: Sequence[Fit], frame_sizes: Sequence[tuple[int, int]], limits: FilterLimits) -> str:
    """A clip of several views goes on as long as one of them keeps the face."""
    reasons = [_view_outside(view, size, limits) for view, size in zip(views, frame_sizes, strict=True)]
    return reasons[0] if all(reasons) else ""


def _view_outside(view: Fit, frame_size: tuple[int, int], limits: FilterLimits) -> str:
    seen = view.landmarks.detected
    if not seen.any():
        return ""
    points = view.landmarks.points
    outside_crop: NDArray[np.bool_] = np.any(np.abs(view.crops.to_crop(points)) > 1, axis=-1)
    beyond = (points < -0.5) | (points > np.asarray(frame_size) - 0.5)
    outside_frame: NDArray[np.bool_] = np.any(beyond, axis=-1)
    for where, outside in (("crop", outside_crop), ("picture", outside_frame)):
        left = int((outside[seen].mean(axis=1) > limits.outside_points).sum())
        total = int(seen.sum())
        if left > limits.outside_frames * total:
            share, most = 100 * left / total, 100 * limits.outside_frames
            return f"The face leaves the {where} in {left} of {total} frames ({share:.1f} %, at most {most:g} % may)."
    return ""

"""Signals of a fit that the timeline shows as heat strips: one number a frame, each to a scale that never changes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.fitting.fit import Fit
from neuface_core.fitting.signals import signals
from neuface_studio import theme
from neuface_studio.language import mark, tr

_JITTER_PERCENT = 2.0  # of the face, a frame²: about four times what is usual
_DOUBT_PERCENT = 30.0  # well beyond what a face that is seen well has
DISTANCE_MM = 4.0


@dataclass(frozen=True)
class Strip:
    """One signal of a view.

    Attributes
    ----------
    words, hint
        Its short name beside the strip, and what it is.
    values : (F,)
        NaN where there is none.
    full
        The value with the brightest colour.
    form
        How one value is written, with the place `{value}`; marked for translation.
    """

    words: str
    hint: str
    values: NDArray[np.floating]
    full: float
    form: str

    def value(self, frame: int) -> str:
        """The value of a frame as a person reads it; "" where there is none."""
        value = float(self.values[frame]) if 0 <= frame < len(self.values) else math.nan
        return tr(self.form, value=value) if math.isfinite(value) else ""


def error_strip(fit: Fit, words: str, *, before: bool = False) -> Strip:
    """Landmark error after or before the fit."""
    values = fit.error_encoder if before else fit.error
    hint = (
        tr("Landmark error before the fit, in percent of the size of the face")
        if before
        else tr("Landmark error after the fit, in percent of the size of the face")
    )
    return Strip(words, hint, values, theme.ERROR_RANGE_PERCENT[1], mark("{value:.2f} %"))


def unrest_strips(fit: Fit) -> tuple[Strip, ...]:
    """Jitter of the mesh, and how unsure the detector was."""
    found = signals(fit)
    return (
        Strip(
            tr("Jitter"),
            tr("How far the fitted landmarks jump, in percent of the size of the face a frame²"),
            found["jitter"],
            _JITTER_PERCENT,
            mark("jumps {value:.2f} %"),
        ),
        Strip(
            tr("Detector"),
            tr("How unsure the detector was of the face; empty where it found none"),
            found["detection"],
            _DOUBT_PERCENT,
            mark("{value:.0f} % unsure"),
        ),
    )


def strips_of(fit: Fit) -> tuple[Strip, ...]:
    """All strips of a clip of one view, from top to bottom."""
    return (error_strip(fit, tr("Before"), before=True), error_strip(fit, tr("After")), *unrest_strips(fit))


def distance_strips(values: NDArray[np.float32]) -> tuple[Strip, ...]:
    """How far the views are apart, before and after the fit, of (2, F) millimetres."""
    before = tr("How far the meshes of the views are apart before the fit (mean over all pairs, mm)")
    after = tr("How far the meshes of the views are apart after the fit (mean over all pairs, mm)")
    return tuple(
        Strip(words, hint, row, DISTANCE_MM, mark("{value:.2f} mm apart"))
        for words, hint, row in ((tr("Apart before"), before, values[0]), (tr("Apart after"), after, values[1]))
    )

"""What a fit leaves behind that tells good clips from bad ones: the signals by name, how they are compared, in words.

A signal is one number a frame, NaN where it has none. Most are compared as logarithms, so that "twice the usual" counts
the same for a quiet and for a lively signal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Signals = Mapping[str, NDArray[np.floating]]
"""Name of a signal to its values (F,); every one of the same clip has as many."""


@dataclass(frozen=True)
class SignalKind:
    """How one signal is read.

    Attributes
    ----------
    name
        Its key.
    words
        What it is called; "{times}" stands for how many times the project's median it is, "{value}" for the number.
    floor
        What is too small to matter, in the signal's own unit; added before the logarithm.
    least_spread
        Usual differences between clips are never taken for smaller than this (in logarithms, or for a linear signal in
        its unit): in a project of equals, nothing is suspicious for being a hair different.
    worse
        "high", or "low" where small values are suspicious.
    linear
        Compared as it is, not as a logarithm.
    """

    name: str
    words: str
    floor: float
    least_spread: float
    worse: Literal["high", "low"] = "high"
    linear: bool = False

    def compared(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Values on the scale of comparison, larger is worse; NaN stays."""
        numbers = np.asarray(values, np.float64)
        if not self.linear:
            numbers = np.log(np.maximum(numbers, 0.0) + self.floor)
        return numbers if self.worse == "high" else -numbers

    def value(self, compared: float) -> float:
        """Back to the signal's own unit."""
        number = compared if self.worse == "high" else -compared
        return float(number if self.linear else max(np.exp(number) - self.floor, 0.0))


KINDS: tuple[SignalKind, ...] = (
    SignalKind("error", "landmark error {times} × {usual} ({value:.2g} %)", 0.1, 0.20),
    SignalKind("jitter", "jitter {times} × {usual}", 0.05, 0.25),
    SignalKind("jumps", "landmarks jump {times} × {usual}", 0.1, 0.25),
    SignalKind("unrest", "the encoder's answer jumps {times} × {usual}", 0.1, 0.25),
    SignalKind("disagreement", "{times} × as far from the encoder's answer as {usual} ({value:.2g} %)", 0.3, 0.20),
    SignalKind("turned", "head turned against the encoder's answer {times} × {usual} ({value:.2g}°)", 0.5, 0.25),
    SignalKind("doubt", "the encoder's doubt {times} × {usual} ({value:.0f} %)", 2.0, 0.25),
    SignalKind("detection", "detector unsure ({value:.0f} %, {times} × {usual})", 2.0, 0.20),
    SignalKind("missing", "no face found", 0.0, 10.0, linear=True),
    SignalKind("shape", "identity {times} × as far from the mean head as {usual}", 0.1, 0.12),
    SignalKind("identity", "the identity changes {times} × {usual}", 0.2, 0.20),
    SignalKind("stillness", "hardly any motion ({value:.1g} % of the face a frame)", 0.003, 0.5, "low"),
    SignalKind("edge", "the face reaches the edge of the crop ({value:.0f} % of the way)", 0.0, 5.0, linear=True),
    SignalKind("cvd", "views {times} × as far apart as {usual} ({value:.2g} mm)", 0.05, 0.25),
    SignalKind("lost_vote", "a view contradicts the others (loses {value:.0f} % of its vote)", 0.0, 15.0, linear=True),
)
"""In the order in which equal findings are told."""

KIND: dict[str, SignalKind] = {kind.name: kind for kind in KINDS}

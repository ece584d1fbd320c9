"""The test set cut by what its faces are and how they were taken, so that no group hides behind the mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.intervals import mean_interval

FEW = 20
"""Slices of fewer faces are shown and flagged, and not judged: their means are chance."""

# Edges of what has natural ones; the outer bins are open. Everything else that is a number is cut at its quartiles.
EDGES: Mapping[str, tuple[float, ...]] = {
    "yaw": (15, 30, 45, 60),
    "turned": (-45, -15, 15, 45),
    "pitch": (-20, -7, 7, 20),
    "jaw": (2, 8),
    "lids": (0.33, 0.66),
    "blur": (1e-6, 0.004, 0.01),
    "resolution": (96, 144, 192),
    "quality": (40, 70, 100),
    "distance_m": (0.6, 1.2, 19),
}
UNITS: Mapping[str, str] = {
    "yaw": "°", "turned": "°", "pitch": "°", "jaw": "°", "expression": " mm", "mouth": " mm", "identity": " mm",
    "distance_m": " m",
}  # fmt: skip
_MOST_WORDS = 12  # a number with at most this many values is a word


@dataclass(frozen=True)
class Slice:
    """Faces that have one thing in common.

    Attributes
    ----------
    attribute, label
        What it was cut by, and the part.
    n
        Faces in it.
    means, intervals, ratios
        By metric: mean error, its 95 % interval, and the mean over that of the whole test set.
    """

    attribute: str
    label: str
    n: int
    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    ratios: Mapping[str, float]

    @property
    def few(self) -> bool:
        """Whether it has too few faces to be judged."""
        return self.n < FEW

    @property
    def name(self) -> str:
        """Attribute and part in one."""
        return f"{self.attribute} {self.label}"


def cut(
    attributes: Mapping[str, NDArray[np.generic]], errors: Mapping[str, NDArray[np.floating]], metrics: Sequence[str]
) -> tuple[Slice, ...]:
    """Every slice of every attribute; nothing is left out, whatever its size.

    Parameters
    ----------
    attributes
        Name to (N,) numbers, truth values or words.
    errors
        Name to (N,) errors; NaN where a face has none.
    metrics
        Which of the errors.
    """
    whole = {name: _mean(errors[name]) for name in metrics}
    found: list[Slice] = []
    for attribute, values in attributes.items():
        for label, chosen in parts(attribute, values):
            means = {name: _mean(errors[name][chosen]) for name in metrics}
            found.append(
                Slice(
                    attribute,
                    label,
                    int(chosen.sum()),
                    means,
                    {name: mean_interval(errors[name][chosen]) for name in metrics},
                    {name: _ratio(means[name], whole[name]) for name in metrics},
                )
            )
    return tuple(found)


def worst(slices: Sequence[Slice], metric: str) -> Slice | None:
    """The slice with the highest mean of the metric among those with enough faces; None where there is none."""
    judged = [part for part in slices if not part.few and np.isfinite(part.means[metric])]
    return max(judged, key=lambda part: part.means[metric], default=None)


def parts(attribute: str, values: NDArray[np.generic]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Labels and members (N,) of the parts of one attribute; faces without a value are a part of their own."""
    if values.dtype.kind == "b":
        return [
            (label, values == wanted) for label, wanted in (("no", False), ("yes", True)) if (values == wanted).any()
        ]
    if values.dtype.kind in "USO":
        return [(str(word), values == word) for word in np.unique(values)]
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    distinct = np.unique(numbers[known])
    if attribute in EDGES:
        found = _between(numbers, EDGES[attribute], UNITS.get(attribute, ""))
    elif len(distinct) <= _MOST_WORDS:
        found = [(f"{value:g}", numbers == value) for value in distinct]
    else:
        quartiles = np.unique(np.quantile(numbers[known], [0.25, 0.5, 0.75]))
        found = _between(numbers, quartiles, UNITS.get(attribute, ""))
    return found if known.all() else [*found, ("unknown", ~known)]


def _between(
    numbers: NDArray[np.float64], edges: Sequence[float] | NDArray[np.float64], unit: str
) -> list[tuple[str, NDArray[np.bool_]]]:
    bounds = [-np.inf, *edges, np.inf]
    found = []
    for low, high in pairwise(bounds):
        members = (numbers >= low) & (numbers < high)
        if not members.any():
            continue
        if np.isinf(low):
            label = f"< {high:.3g}{unit}"
        elif np.isinf(high):
            label = f"≥ {low:.3g}{unit}"
        else:
            label = f"{low:.3g} to {high:.3g}{unit}"
        found.append((label, members))
    return found


def _ratio(mean: float, whole: float) -> float:
    """1 where there is no error at all."""
    return mean / whole if whole > 0 else (1.0 if mean == whole else float("nan"))


def _mean(values: NDArray[np.floating]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else float("nan")

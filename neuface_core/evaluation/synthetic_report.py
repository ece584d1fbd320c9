"""How an encoder answers on faces whose truth is known: figures, baselines, slices, confidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from neuface_core.encoders.open_encoder import TRUSTED_NME_PERCENT
from neuface_core.evaluation.bars import Bar, drop_percent
from neuface_core.evaluation.face_errors import (
    METRICS,
    SLICED,
    Errors,
    constant_errors,
    head_errors,
    picture_errors,
    truth_attributes,
)
from neuface_core.evaluation.held_out import Answers, HeldOutFaces
from neuface_core.evaluation.intervals import mean_interval
from neuface_core.evaluation.slices import Slice, cut, worst
from neuface_core.heads.model import HeadModel

_CONFIDENCE_BINS = 5
JUDGED = ("nme_bbox", "mpve_similarity", "rotation_deg")
"""Metrics whose worst slice has a bar."""
WORST_SLICE = 1.5


@dataclass(frozen=True)
class Figure:
    """One metric over the test set.

    Attributes
    ----------
    mean, low, high
        Mean and its 95 % interval.
    median, p95
        Over the faces.
    n
        Faces that have it.
    mean_head, constant
        Means of the mean head (no identity, no expression, jaw closed, eyes ahead) and of the best constant answer;
        NaN where there is none.
    """

    name: str
    mean: float
    low: float
    high: float
    median: float
    p95: float
    n: int
    mean_head: float
    constant: float


@dataclass(frozen=True)
class ConfidenceBin:
    """Faces of like confidence, from the least sure to the surest fifth.

    Attributes
    ----------
    low, high, mean
        Confidence.
    good
        Share of them whose NME (box) is within `TRUSTED_NME_PERCENT`: a calibrated confidence has it as its mean.
    """

    low: float
    high: float
    mean: float
    good: float
    n: int
    means: Mapping[str, float]


@dataclass(frozen=True)
class Calibration:
    """Whether the confidence knows the error.

    Attributes
    ----------
    spearman
        By metric: rank correlation of confidence and error; -1 is perfect.
    bins
        Five parts of equal size.
    """

    spearman: Mapping[str, float]
    bins: tuple[ConfidenceBin, ...]


@dataclass(frozen=True)
class SyntheticReport:
    """Everything measured on the synthetic test set.

    Attributes
    ----------
    worst
        By sliced metric: name of the worst slice.
    """

    n: int
    first_seed: int
    figures: Mapping[str, Figure]
    slices: tuple[Slice, ...]
    worst: Mapping[str, str]
    calibration: Calibration | None

    def bars(self) -> tuple[Bar, ...]:
        """The demands of the project on the synthetic test set."""
        rotation, shape = self.figures["rotation_deg"], self.figures["mpve_similarity"]
        bars = [
            Bar("Rotation error, median", rotation.median, 3.0, "°"),
            Bar(
                "MPVE (face, similarity) below the mean head",
                drop_percent(shape.mean, shape.mean_head), 25.0, "%", at_least=True,
                detail=f"{shape.mean:.2f} mm against {shape.mean_head:.2f} mm",
            ),
        ]  # fmt: skip
        # The jaw is a joint here and one of the facial actions elsewhere: both readings are held to the same demand.
        for name, words in (("expression", "actions alone"), ("expression_jaw", "actions and jaw")):
            found = self.figures[name]
            drop = drop_percent(found.mean, found.mean_head)
            detail = f"{found.mean:.2f} mm against {found.mean_head:.2f} mm"
            bars.append(Bar(f"Expression vertex error below a neutral face, {words}", drop, 40.0, "%", True, detail))
        few = sum(part.few for part in self.slices)
        left = f"; {few} slices too small to judge" if few else ""
        for name in JUDGED:
            part = worst(self.slices, name)
            ratio = part.ratios[name] if part is not None else float("nan")
            where = f"{part.name}, n = {part.n}" if part is not None else "no slice is large enough"
            bars.append(Bar(f"Worst slice over the mean, {name}", ratio, WORST_SLICE, "×", detail=where + left))
        return tuple(bars)


def synthetic_report(head: HeadModel, faces: HeldOutFaces, answered: Answers, first_seed: int) -> SyntheticReport:
    """Measure the answers on a test set.

    Parameters
    ----------
    head
        On the CPU.
    faces
        The test set.
    answered
        What the encoder says of `faces.images`.
    first_seed
        Where its seeds begin, for the record.
    """
    truth, params = faces.truth, answered.params
    errors: Errors = {
        **picture_errors(head, params, truth, faces.landmarks),
        **head_errors(head, params, truth),
    }
    mean_head = head_errors(head, head.neutral(len(truth)), truth)
    constant = constant_errors(head, truth)
    figures = {m.name: _figure(m.name, errors, mean_head, constant) for m in METRICS}
    slices = cut({**truth_attributes(head, truth), **faces.attributes}, errors, SLICED)
    named = {name: part.name for name in SLICED if (part := worst(slices, name)) is not None}
    calibration = _calibration(answered.confidence, errors) if answered.confidence is not None else None
    return SyntheticReport(len(faces), first_seed, figures, slices, named, calibration)


def _figure(name: str, errors: Errors, mean_head: Errors, constant: Errors) -> Figure:
    values = errors[name][np.isfinite(errors[name])]
    low, high = mean_interval(values)
    middle, late = np.quantile(values, [0.5, 0.95]) if len(values) else (np.nan, np.nan)
    return Figure(
        name,
        float(values.mean()) if len(values) else float("nan"),
        low,
        high,
        float(middle),
        float(late),
        len(values),
        float(mean_head[name].mean()) if name in mean_head else float("nan"),
        float(constant[name].mean()) if name in constant else float("nan"),
    )


def _calibration(confidence: NDArray[np.float64], errors: Errors) -> Calibration:
    spearman = {name: _rank_correlation(confidence, errors[name]) for name in SLICED}
    order = np.argsort(confidence, kind="stable")
    bounds = np.linspace(0, len(order), _CONFIDENCE_BINS + 1).round().astype(int)
    bins = []
    for start, stop in pairwise(bounds):
        rows = order[start:stop]
        if len(rows):
            means = {name: float(np.nanmean(errors[name][rows])) for name in SLICED}
            sure = confidence[rows]
            good = float((errors["nme_bbox"][rows] <= TRUSTED_NME_PERCENT).mean())
            bins.append(ConfidenceBin(float(sure[0]), float(sure[-1]), float(sure.mean()), good, len(rows), means))
    return Calibration(spearman, tuple(bins))


def _rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's, over what both have; NaN where one of them is always the same."""
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    return float(spearmanr(a, b).statistic) if len(a) > 2 and np.ptp(a) > 0 and np.ptp(b) > 0 else float("nan")

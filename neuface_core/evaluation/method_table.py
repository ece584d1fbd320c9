"""Clips x methods x metrics: numbers, means over clips, and the table as text (NeuFace Tables 2, 3, S1 to S3)."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.intervals import mean_interval

Better = Literal["lower", "higher", "near one"]


@dataclass(frozen=True)
class Column:
    """One metric of the table.

    Attributes
    ----------
    name
        Key of `Row.values`.
    label, unit
        As people read it; "" for no unit.
    better
        Which way is better. Stability is only to be read together with "near one", the motion retained.
    """

    name: str
    label: str
    unit: str
    better: Better

    @property
    def heading(self) -> str:
        arrow = {"lower": " ↓", "higher": " ↑", "near one": " → 1"}[self.better]
        return f"{self.label}{', ' + self.unit if self.unit else ''}{arrow}"


COLUMNS = (
    Column("nme_bbox", "NME box", "%", "lower"),
    Column("nme_iod", "NME iod", "%", "lower"),
    Column("msi_l", "MSI_L", "s²/m", "higher"),
    Column("msi_v", "MSI_V", "s²/m", "higher"),
    Column("jitter_mm", "jitter", "mm", "lower"),
    Column("motion_retained", "motion retained", "", "near one"),
    Column("cvd_mm", "CVD", "mm", "lower"),
    Column("cvd_mm_loop", "CVD before agreeing", "mm", "lower"),
    Column("mpve_rigid_mm", "MPVE rigid", "mm", "lower"),
    Column("mpve_similarity_mm", "MPVE scaled", "mm", "lower"),
    Column("motion_of_truth", "motion over true", "", "near one"),
    Column("shape_std", "spread of β", "sd", "lower"),
    Column("together_visibility_mm", "M̂ by visibility", "mm", "lower"),
    Column("together_uniform_mm", "M̂ uniform", "mm", "lower"),
    Column("sides_visibility_mm", "M̂ of ±60° by visibility", "mm", "lower"),
    Column("sides_uniform_mm", "M̂ of ±60° uniform", "mm", "lower"),
    Column("seconds", "time", "s", "lower"),
)
"""Every metric, in the order of the table; those that no row has are not shown."""
USUAL = (
    *("nme_bbox", "nme_iod", "msi_l", "msi_v", "jitter_mm", "motion_retained", "cvd_mm", "cvd_mm_loop"),
    *("mpve_rigid_mm", "mpve_similarity_mm", "motion_of_truth", "seconds"),
)
"""Columns of a table that asks for none in particular."""
BY_NAME = {column.name: column for column in COLUMNS}


@dataclass(frozen=True)
class Row:
    """What one method reached on one clip.

    Attributes
    ----------
    values
        By `Column.name`; what has no meaning for the clip (CVD of a single view) is missing or NaN.
    pairs
        Cross-view vertex distance of each pair of views in millimetres, by "front / left_30" (NeuFace Fig. 7).
    loss
        Of every pass; empty where there was none.
    """

    clip: str
    method: str
    values: Mapping[str, float]
    pairs: Mapping[str, float] = field(default_factory=dict)
    loss: tuple[float, ...] = ()

    def value(self, name: str) -> float:
        """NaN where it is not there."""
        return float(self.values.get(name, math.nan))


@dataclass(frozen=True)
class Mean:
    """Mean over `n` clips with its 95 % interval (bootstrap over clips); the interval is NaN with fewer than two."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class MethodTable:
    """Rows, and what there is to say about them.

    Attributes
    ----------
    title
        Of the report.
    rows
        Clip by clip, the methods of each in the order of the columns of the paper's table.
    notes
        Sentences under the table.
    beside
        Markdown tables of what it is compared with.
    metrics
        Names of the columns that are wanted.
    """

    title: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    metrics: tuple[str, ...] = USUAL

    @property
    def methods(self) -> tuple[str, ...]:
        """Names in the order in which they came."""
        return tuple(dict.fromkeys(row.method for row in self.rows))

    @property
    def clips(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.clip for row in self.rows))

    @property
    def columns(self) -> tuple[Column, ...]:
        """The wanted ones that at least one row has."""
        return tuple(
            c for c in COLUMNS if c.name in self.metrics and any(math.isfinite(row.value(c.name)) for row in self.rows)
        )

    def mean(self, method: str, metric: str) -> Mean:
        """Over the clips on which all methods have it, of those that have it at all: methods are compared alike."""
        by = {(row.clip, row.method): row.value(metric) for row in self.rows}
        having = [m for m in self.methods if any(math.isfinite(by.get((c, m), math.nan)) for c in self.clips)]
        if method not in having:
            return Mean(math.nan, math.nan, math.nan, 0)
        shared = [c for c in self.clips if all(math.isfinite(by.get((c, m), math.nan)) for m in having)]
        values = np.array([by[c, method] for c in shared])
        low, high = mean_interval(values) if len(values) else (math.nan, math.nan)
        return Mean(float(values.mean()) if len(values) else math.nan, low, high, len(values))

    def ratio(self, method: str, reference: str, metric: str) -> float:
        """Mean over the mean of another method; NaN where either is missing."""
        own, other = self.mean(method, metric).mean, self.mean(reference, metric).mean
        return own / other if other and math.isfinite(other) else math.nan

    def to_dict(self) -> dict[str, object]:
        """For JSON: rows, means with intervals, notes, and what every metric is."""
        return {
            "title": self.title,
            "metrics": {c.name: {"label": c.label, "unit": c.unit, "better": c.better} for c in self.columns},
            "rows": [
                {
                    "clip": row.clip,
                    "method": row.method,
                    **{c.name: row.value(c.name) for c in self.columns},
                    **({"cvd_pairs_mm": dict(row.pairs)} if row.pairs else {}),
                    **({"loss": list(row.loss)} if row.loss else {}),
                }
                for row in self.rows
            ],
            "means": {
                method: {
                    c.name: {"mean": found.mean, "low": found.low, "high": found.high, "clips": found.n}
                    for c in self.columns
                    for found in [self.mean(method, c.name)]
                }
                for method in self.methods
            },
            "beside": list(self.beside),
            "notes": list(self.notes),
        }

    def to_csv(self) -> str:
        """One line a clip and method."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["clip", "method", *(c.name for c in self.columns)])
        for row in self.rows:
            values = [row.value(c.name) for c in self.columns]
            writer.writerow([row.clip, row.method, *(f"{v:.6g}" if math.isfinite(v) else "" for v in values)])
        return text.getvalue()

    def to_markdown(self) -> str:
        """Means, then clip by clip, then the pairs of views and the notes."""
        columns = self.columns
        parts = [f"# {self.title}", self.means_markdown(), "## Clip by clip"]
        rows = [[row.clip, row.method, *(number(row.value(c.name)) for c in columns)] for row in self.rows]
        parts.append(markdown_table(["clip", "method", *(c.heading for c in columns)], rows))
        if any(row.pairs for row in self.rows):
            parts += ["## Cross-view vertex distance by pair of views, mm", self._pairs_markdown()]
        if self.beside:
            parts += ["## Beside the paper", *self.beside]
        return "\n\n".join([*parts, *self.notes]) + "\n"

    def to_page(self) -> str:
        """For a page of the documentation: means, what they are compared with, and the names of the clips."""
        clips = f"Clips: {', '.join(self.clips)}."
        return "\n\n".join([self.means_markdown(), *self.beside, clips]) + "\n"

    def means_markdown(self) -> str:
        """One line a method: mean over clips and 95 % interval."""
        rows = []
        for method in self.methods:
            means = [self.mean(method, c.name) for c in self.columns]
            rows.append([method, *(with_interval(found) for found in means)])
        counts = {self.mean(m, c.name).n for m in self.methods for c in self.columns} - {0}
        over = f"{min(counts)} to {max(counts)} clips" if len(counts) > 1 else f"{max(counts, default=0)} clips"
        heading = f"Mean over {over}, with its 95 % interval (bootstrap over clips) where there are two or more."
        if max(counts, default=0) == 1:
            heading = "One clip."
        return f"{heading}\n\n" + markdown_table(["method", *(c.heading for c in self.columns)], rows)

    def _pairs_markdown(self) -> str:
        pairs = list(dict.fromkeys(pair for row in self.rows for pair in row.pairs))
        rows = [
            [row.clip, row.method, *(number(row.pairs.get(pair, math.nan)) for pair in pairs)]
            for row in self.rows
            if row.pairs
        ]
        return markdown_table(["clip", "method", *pairs], rows)


def pairs_by_name(names: Sequence[str], pairs: NDArray[np.floating]) -> dict[str, float]:
    """Distances of pairs of views (V, V), as `cvd_pairs_mm` gives them, by "front / left_30"; without unknown ones."""
    return {
        f"{names[a]} / {names[b]}": float(pairs[a, b])
        for a, b in combinations(range(len(names)), 2)
        if math.isfinite(pairs[a, b])
    }


def number(value: float) -> str:
    """Three significant digits, never an exponent; a dash for what is not there."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 6)}f}"


def with_interval(found: Mean) -> str:
    """`0.520 (0.480–0.570)`."""
    if not math.isfinite(found.low):
        return number(found.mean)
    return f"{number(found.mean)} ({number(found.low)}–{number(found.high)})"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left and the numbers to the right."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

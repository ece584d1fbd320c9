"""How suspicious a clip is, judged by what its fit left behind and by what is usual in its project.

Of every signal a clip gives two numbers: its median, and its worst stretch of a few frames. What is usual is the median
of the clips' worst stretches, and how far clips differ the median distance from it (MAD): both stay what they are when
a few clips are bad. A stretch counts by how many such spreads it lies beyond the usual worst; an order of review needs
no more, and no clip is thrown away by it.

A project of fewer than `LEAST_CLIPS` clips is judged by reference figures that ship with the program.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.evaluation.signal_kinds import KIND, KINDS, SignalKind, Signals
from neuface_core.resource_files import resource_path

LEAST_CLIPS = 12
"""From so many clips on a project is its own measure."""

NOTABLE = 3.0
"""Spreads beyond the usual worst from which on something is told in words."""

_TOLD = 3  # findings in a list of clips
_STRETCH = 5  # frames: what lasts shorter is a blink of the detector
_MAD_TO_SIGMA = 1.4826  # of a normal distribution
_HARMLESS = 1.0  # spreads that every clip may be off without a word
_MOST = 12.0  # spreads: what is worse than hopeless does not hide what else is wrong


@dataclass(frozen=True)
class Worst:
    """One signal of one clip: its median in its own unit, its worst stretch on the scale of comparison, and where."""

    typical: float
    worst: float
    first: int
    last: int


@dataclass(frozen=True)
class Summary:
    """What is kept of a clip to compare it with the others: under a kilobyte however long the clip."""

    signals: Mapping[str, Worst]

    def to_json(self) -> str:
        """Text for a catalogue."""
        rows = {k: [round(w.typical, 5), round(w.worst, 5), w.first, w.last] for k, w in self.signals.items()}
        return json.dumps(rows, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Summary:
        """Inverse of `to_json`; signals that this version does not know are left out, "" gives none at all."""
        rows = json.loads(text) if text else {}
        return cls({name: Worst(*row) for name, row in rows.items() if name in KIND})


@dataclass(frozen=True)
class Usual:
    """What is usual.

    Attributes
    ----------
    typical
        Of each signal the median of the clips' medians, in its own unit.
    worst, spread
        Of each signal the median of the clips' worst stretches, and how far clips differ in it; scale of comparison.
    clips
        How many clips it was taken from.
    source
        Where they are from; "" for the project itself.
    """

    typical: Mapping[str, float]
    worst: Mapping[str, float]
    spread: Mapping[str, float]
    clips: int
    source: str = ""

    @property
    def words(self) -> str:
        """What a clip is compared with."""
        return "the usual" if self.source else "the project's median"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a clip.

    Attributes
    ----------
    signal
        Key of `KIND`.
    first, last
        Frames, both included.
    z
        Spreads beyond the usual worst.
    value, usual
        The worst stretch's mean, and the usual value, in the unit of the signal.
    words
        For people, for example "jitter 4.1 × the project's median, frames 41-58".
    """

    signal: str
    first: int
    last: int
    z: float
    value: float
    usual: float
    words: str


@dataclass(frozen=True)
class Suspicion:
    """How much a clip deserves a look.

    Attributes
    ----------
    score
        At least 0; larger is worse. About the number of spreads that the clip lies beyond the usual.
    frames : (F,) float32
        The same for every frame; empty where only the clip's summary was at hand.
    findings
        What is notable, the worst first.
    """

    score: float
    frames: NDArray[np.float32]
    findings: tuple[Finding, ...]

    @property
    def words(self) -> str:
        """All findings in one line; "" where nothing is notable."""
        return "; ".join(finding.words for finding in self.findings)

    @property
    def brief(self) -> str:
        """The worst findings in one line, and how many more there are."""
        told = [finding.words for finding in self.findings[:_TOLD]]
        more = len(self.findings) - len(told)
        return "; ".join([*told, f"and {more} more"] if more else told)


def summarise(signals: Signals) -> Summary:
    """What of the signals of a clip is compared with those of others."""
    found: dict[str, Worst] = {}
    for kind in KINDS:
        if kind.name not in signals:
            continue
        compared = kind.compared(signals[kind.name])
        smooth = _smoothed(compared)
        if not np.isfinite(smooth).any():
            continue
        typical = float(np.nanmedian(np.asarray(signals[kind.name], np.float64)))
        peak = int(np.nanargmax(smooth))
        first, last = _stretch(kind, compared, smooth, peak)
        found[kind.name] = Worst(typical, float(smooth[peak]), first, last)
    return Summary(found)


def _smoothed(compared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over a short stretch around every frame; NaN where the frame has no value."""
    known = np.isfinite(compared)
    half = _STRETCH // 2
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, compared, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(compared))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(compared))
    with np.errstate(invalid="ignore", divide="ignore"):
        smooth = (sums[high] - sums[low]) / (counts[high] - counts[low])
    return np.where(known, smooth, np.nan)


def _stretch(
    kind: SignalKind, compared: NDArray[np.float64], smooth: NDArray[np.float64], peak: int
) -> tuple[int, int]:
    """First and last frame around the peak that are nearer to it than to the clip's median."""
    height = max(float(smooth[peak] - np.nanmedian(smooth)), 3 * kind.least_spread)
    least = smooth[peak] - 0.5 * height
    low = ~(smooth >= least)
    before, after = np.flatnonzero(low[:peak]), np.flatnonzero(low[peak:])
    first = int(before[-1]) + 1 if len(before) else 0
    last = peak + int(after[0]) - 1 if len(after) else len(smooth) - 1
    # The mean over a few frames smears the ends.
    own = first + np.flatnonzero(compared[first : last + 1] >= least)
    return (int(own[0]), int(own[-1])) if len(own) else (peak, peak)


def measure(summaries: Iterable[Summary], source: str = "") -> Usual:
    """What is usual among these clips, however few."""
    clips = list(summaries)
    typical, worst, spread = {}, {}, {}
    for kind in KINDS:
        rows = [clip.signals[kind.name] for clip in clips if kind.name in clip.signals]
        if not rows:
            continue
        peaks = np.array([row.worst for row in rows])
        typical[kind.name] = float(np.median([row.typical for row in rows]))
        worst[kind.name] = float(np.median(peaks))
        away = _MAD_TO_SIGMA * float(np.median(np.abs(peaks - worst[kind.name])))
        spread[kind.name] = max(away, kind.least_spread)
    return Usual(typical, worst, spread, len(clips), source)


def usual(summaries: Iterable[Summary]) -> Usual:
    """What is usual in a project: its own figures, or those that ship with the program where it has too few clips."""
    clips = list(summaries)
    return measure(clips) if len(clips) >= LEAST_CLIPS else reference()


def reference() -> Usual:
    """Figures of rendered clips fitted with the models that ship (`resources/suspicion`).

    Raises
    ------
    ModelError
        When the file is missing or damaged.
    """
    path = resource_path("suspicion") / "reference.json"
    try:
        return usual_from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"The reference figures cannot be read ({error}).", remedy="Install NeuFace Studio again.", path=path
        ) from error


def usual_to_json(figures: Usual) -> dict[str, Any]:
    """Ready for `json.dumps`."""
    rows = {k: [round(v, 5) for v in (figures.typical[k], figures.worst[k], figures.spread[k])] for k in figures.worst}
    return {"source": figures.source, "clips": figures.clips, "signals": rows}


def usual_from_json(document: Mapping[str, Any]) -> Usual:
    """Inverse of `usual_to_json`."""
    rows = {name: row for name, row in document["signals"].items() if name in KIND}
    typical, worst, spread = ({name: float(row[k]) for name, row in rows.items()} for k in range(3))
    return Usual(typical, worst, spread, int(document["clips"]), str(document["source"]))


def judge_summary(summary: Summary, figures: Usual) -> Suspicion:
    """Score and findings of a clip from its summary alone."""
    findings = []
    beyond = []
    for name, row in summary.signals.items():
        if name not in figures.worst:
            continue
        z = (row.worst - figures.worst[name]) / figures.spread[name]
        beyond.append(z)
        if z >= NOTABLE:
            findings.append(_finding(KIND[name], row, z, figures))
    findings.sort(key=lambda finding: -finding.z)
    score = float(_together(np.array(beyond)[:, None])[0]) if beyond else 0.0
    return Suspicion(score, np.zeros(0, np.float32), tuple(findings))


def judge_clip(signals: Signals, figures: Usual) -> Suspicion:
    """Score, findings, and the score of every frame."""
    whole = judge_summary(summarise(signals), figures)
    names = [kind.name for kind in KINDS if kind.name in signals and kind.name in figures.worst]
    frames = np.zeros(0, np.float32)
    if names:
        beyond = np.stack(
            [(_smoothed(KIND[k].compared(signals[k])) - figures.worst[k]) / figures.spread[k] for k in names]
        )
        frames = _together(beyond).astype(np.float32)
    return Suspicion(whole.score, frames, whole.findings)


def judge_summaries(summaries: Mapping[str, Summary]) -> dict[str, Suspicion]:
    """Judge the clips of a project by each other: score and findings by name, without frames."""
    figures = usual(summaries.values())
    return {name: judge_summary(summary, figures) for name, summary in summaries.items()}


def _together(beyond: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spreads of all signals (S, N) as one number a column (N,): the root of the sum of squares of what matters."""
    counted = np.clip(np.nan_to_num(beyond, nan=0.0) - _HARMLESS, 0.0, _MOST)
    return np.asarray(np.sqrt(np.square(counted).sum(axis=0)))


def _finding(kind: SignalKind, row: Worst, z: float, figures: Usual) -> Finding:
    value, common = kind.value(row.worst), figures.typical[kind.name]
    times = value / max(common, kind.floor, 1e-6)
    many = "over 99" if times > 99 else f"{times:.1f}"
    said = kind.words.format(times=many, usual=figures.words, value=value)
    where = f"frame {row.first}" if row.first == row.last else f"frames {row.first}-{row.last}"
    return Finding(kind.name, row.first, row.last, float(z), value, common, f"{said}, {where}")

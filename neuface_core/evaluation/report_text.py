"""A report as Markdown: for the terminal, a file, and the model card."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from neuface_core.encoders.open_encoder import TRUSTED_NME_PERCENT
from neuface_core.evaluation.bars import Bar
from neuface_core.evaluation.clip_report import CLOSED, FAR_YAW_DEG, ClipReport
from neuface_core.evaluation.encoder_report import EncoderReport
from neuface_core.evaluation.face_errors import BY_NAME, METRICS, SLICED
from neuface_core.evaluation.slices import FEW, worst
from neuface_core.evaluation.synthetic_report import JUDGED, WORST_SLICE, Calibration, SyntheticReport


def markdown(report: EncoderReport) -> str:
    """The whole report: demands first, then figures, slices and clips."""
    title = f"# Encoder `{report.encoder.get('encoder', '?')}`"
    about = table(("what", "value"), [(name, f"`{value}`") for name, value in report.encoder.items()])
    parts = [title, about, "## Demands", bars_text(report.bars), *sections(report)]
    return "\n\n".join(parts) + "\n"


def sections(report: EncoderReport) -> list[str]:
    """Figures, slices, confidence and clips, each with its heading."""
    synthetic = report.synthetic
    parts = ["## Synthetic test set", _figures(synthetic), "### Slices", _slices(synthetic)]
    parts += ["### Confidence", _calibration(synthetic.calibration)]
    parts += ["## Real clips, encoder alone", _clips(report.clips)]
    parts += [f"`{name}`: the detector found no face, so there is nothing to measure." for name in report.faceless]
    parts += [f"`{name}` could not be measured: {reason}" for name, reason in report.failed.items()]
    return parts


def bars_text(bars: Sequence[Bar]) -> str:
    """The table of demands, under a sentence that says how many do not hold."""
    missed = [bar for bar in bars if bar.measured and not bar.holds]
    unknown = [bar for bar in bars if not bar.measured]
    count = f"**{len(bars) - len(missed) - len(unknown)} of {len(bars)} demands hold"
    count += f", {len(missed)} missed" if missed else ""
    count += f", {len(unknown)} not measured" if unknown else ""
    rows = [
        (
            bar.verdict if bar.holds else f"**{bar.verdict}**",
            bar.name,
            number(bar.found, bar.unit),
            ("≥ " if bar.at_least else "≤ ") + number(bar.wanted, bar.unit),
            bar.detail,
        )
        for bar in bars
    ]
    return f"{count}.**\n\n" + table(("", "demand", "found", "wanted", "from"), rows)


def _figures(report: SyntheticReport) -> str:
    rows = []
    for metric in METRICS:
        figure = report.figures[metric.name]
        rows.append(
            (
                metric.label,
                number(figure.mean, metric.unit),
                f"{figure.low:.2f} to {figure.high:.2f}",
                number(figure.median, metric.unit),
                number(figure.p95, metric.unit),
                number(figure.mean_head, metric.unit),
                number(figure.constant, metric.unit),
            )
        )
    last = report.first_seed + report.n - 1
    about = (
        f"{report.n} rendered faces, seeds {report.first_seed} to {last}, never trained on. Means with 95 % bootstrap "
        "intervals. The mean head has no identity and no expression, closed jaw and eyes ahead; the best constant "
        "answer is the one mesh that is nearest to the whole test set."
    )
    return f"{about}\n\n" + table(
        ("error", "mean", "95 % interval", "median", "95th percentile", "mean head", "best constant"), rows
    )


def _slices(report: SyntheticReport) -> str:
    lines = [
        f"Every slice; those under {FEW} faces are marked † and not judged. ±: half the 95 % "
        "bootstrap interval of the mean. ×: ratio to the mean of the test set."
    ]
    for name in SLICED:
        part = worst(report.slices, name)
        if part is not None:
            judged = f" (wanted: at most {WORST_SLICE:g})" if name in JUDGED else ""
            label, mean = BY_NAME[name].label, number(part.means[name], BY_NAME[name].unit)
            lines.append(
                f"- Worst slice by {label}: **{part.name}**, {mean}, × {part.ratios[name]:.2f}{judged}, n = {part.n}."
            )
    columns = [column for name in SLICED for column in (BY_NAME[name].label + ", " + BY_NAME[name].unit, "×")]
    rows = []
    for attribute, group in groupby(report.slices, key=lambda part: part.attribute):
        for index, part in enumerate(group):
            cells: list[str] = []
            for name in SLICED:
                low, high = part.intervals[name]
                cells += [f"{part.means[name]:.2f} ± {(high - low) / 2:.2f}", _ratio(part.ratios[name], name, part.few)]
            rows.append((attribute if index == 0 else "", part.label, f"{part.n}{' †' if part.few else ''}", *cells))
    text = "\n".join(lines[1:])
    return f"{lines[0]}\n\n{text}\n\n" + table(("by", "slice", "n", *columns), rows)


def _ratio(ratio: float, name: str, few: bool) -> str:
    text = f"{ratio:.2f}" if math.isfinite(ratio) else "–"
    return f"**{text}**" if name in JUDGED and ratio > WORST_SLICE and not few else text


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return "The encoder gives no confidence."
    ranks = ", ".join(f"{BY_NAME[name].label} {value:.2f}" for name, value in calibration.spearman.items())
    rows = [
        (
            f"{part.low:.3f} to {part.high:.3f}",
            str(part.n),
            f"{part.mean:.3f}",
            f"{part.good:.3f}",
            *(number(part.means[n], BY_NAME[n].unit) for n in SLICED),
        )
        for part in calibration.bins
    ]
    return f"Rank correlation of confidence and error (−1 is perfect): {ranks}.\n\n" + table(
        (
            "confidence",
            "n",
            "mean",
            f"share within {TRUSTED_NME_PERCENT:g} %",
            *(BY_NAME[name].label for name in SLICED),
        ),
        rows,
    )


def _clips(clips: Sequence[ClipReport]) -> str:
    if not clips:
        return "No clip was named, so nothing real was measured: name some with `--clips`."
    names = sorted({clip.detector for clip in clips})
    flattery = (
        ", which is of the same network family as the encoder's trunk: **this flatters the encoder**"
        if any(name.startswith("open") for name in names)
        else ""
    )
    about = (
        f"Against the landmarks of the detector {', '.join(names)}{flattery}. Spread: mean distance of the face's "
        "vertices, from identity alone, to their mean over the clip. Yaw is read from the landmarks; far is beyond "
        f"{FAR_YAW_DEG:g}°. "
        f"Blinks are frames whose detected eyes are open by less than {CLOSED:g} of the clip's median."
    )
    rows = [
        (
            clip.name + ("" if clip.people == 1 else f" ({clip.people} people)"),
            f"{clip.detected}/{clip.frames}",
            number(clip.nme_bbox),
            number(clip.nme_iod),
            f"{number(clip.far_nme_bbox)} ({clip.far_frames})" if clip.far_frames else "–",
            number(clip.jitter_mm),
            number(clip.shape_spread_mm),
            f"{number(clip.lids_open_mm)} / {number(clip.lids_closed_mm)} ({clip.blink_frames})",
            f"{number(clip.lids_follow)} / {number(clip.mouth_follow)}",
        )
        for clip in clips
    ]
    header = (
        "clip", "frames", "NME box %", "NME iod %", "far: NME box % (n)", "jitter mm", "identity spread mm",
        "lids mm open / blink (n)", "follows lids / mouth",
    )  # fmt: skip
    return f"{about}\n\n" + table(header, rows)


def number(value: float, unit: str = "") -> str:
    """Two decimals and the unit; a dash for what is not there."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.2f}{'' if unit in ('', '°') else ' '}{unit}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

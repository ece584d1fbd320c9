"""Everything that is measured of an encoder, in one piece, with the demands that it has to meet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from neuface_core.evaluation.bars import Bar
from neuface_core.evaluation.clip_report import FAR_YAW_DEG, ClipReport
from neuface_core.evaluation.face_errors import SLICED
from neuface_core.evaluation.synthetic_report import SyntheticReport


@dataclass(frozen=True)
class EncoderReport:
    """What `neuface evaluate encoder` found.

    Attributes
    ----------
    encoder
        What was judged: identifiers and hashes of encoder, trunk and head, and versions of libraries.
    synthetic
        The synthetic test set.
    clips
        Real clips; empty where none was named.
    faceless
        Clips in which the detector found no face: nothing to measure there.
    failed
        Clips that could not be read, name to reason: the demands on each clip then count as not measured.
    """

    encoder: Mapping[str, str]
    synthetic: SyntheticReport
    clips: tuple[ClipReport, ...]
    faceless: tuple[str, ...]
    failed: Mapping[str, str]

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Every demand, measured or not."""
        return (*self.synthetic.bars(), *clip_bars(self.clips, self.failed))

    def to_dict(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return {
            **asdict(self),
            "bars": [asdict(bar) | {"verdict": bar.verdict} for bar in self.bars],
        }

    def slices_csv(self) -> str:
        """One line a slice and metric."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["attribute", "slice", "n", "few", "metric", "mean", "low", "high", "ratio"])
        for part in self.synthetic.slices:
            for name in SLICED:
                numbers = (part.means[name], *part.intervals[name], part.ratios[name])
                cells = [f"{number:.4f}" if np.isfinite(number) else "" for number in numbers]
                writer.writerow([part.attribute, part.label, part.n, int(part.few), name, *cells])
        return text.getvalue()


def clip_bars(clips: tuple[ClipReport, ...], failed: Mapping[str, str]) -> tuple[Bar, ...]:
    """The demands on real clips that show one person.

    Clips in which several persons were tracked are reported, and left out here. Where a clip could not be measured, the
    demand on each clip is not met.
    """
    alone = [clip for clip in clips if clip.people == 1]
    nan = float("nan")
    lost = f"; not measured: {', '.join(failed)}" if failed else ""
    worst = max(alone, key=lambda clip: clip.nme_bbox, default=None)
    widest = max(alone, key=lambda clip: clip.shape_spread_mm, default=None)
    far = [clip for clip in alone if clip.far_frames]
    frames = sum(clip.far_frames for clip in far)
    pooled = sum(clip.far_frames * clip.far_nme_bbox for clip in far) / frames if frames else nan
    far_worst = max(far, key=lambda clip: clip.far_nme_bbox, default=None)
    mean = float(np.mean([clip.nme_bbox for clip in alone])) if alone else nan
    return (
        Bar("NME (box) of each single-person clip", nan if worst is None or failed else worst.nme_bbox, 2.5, "%",
            detail=(f"worst: {worst.name}" if worst else "no clip was named") + lost),
        Bar("NME (box), mean over these clips", nan if failed else mean, 2.0, "%",
            detail=f"{len(alone)} clips of one person, {len(clips) - len(alone)} of several" + lost),
        Bar(f"NME (box) on frames beyond {FAR_YAW_DEG:g}° of yaw", pooled, 4.0, "%",
            detail=f"{frames} frames of {len(far)} clips"
            + (f"; worst clip {far_worst.name}: {far_worst.far_nme_bbox:.2f} %" if far_worst else "")),
        Bar("Identity spread within each clip", nan if widest is None or failed else widest.shape_spread_mm, 0.8, "mm",
            detail=(f"worst: {widest.name}" if widest else "no clip was named") + lost),
    )  # fmt: skip

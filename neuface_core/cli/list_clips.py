"""`neuface list`: the clips of a project, as a table or as JSON."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from neuface_core.cli import terminal
from neuface_core.models.licences import non_commercial

if TYPE_CHECKING:
    from neuface_core.project import ClipRecord

_METRICS = ("nme_bbox", "nme_bbox_encoder", "jitter_mm", "jitter_mm_encoder", "motion_retained")
_VIEW_METRICS = ("cvd_mm", "cvd_mm_loop", "cvd_mm_encoder")
_LOST_ENOUGH = 0.05  # of its vote: a view that lost less is not named
_FIGURES = len("0.00 → 0.00")
_STYLES = {
    "accepted": "green",
    "rejected": "red",
    "to_review": "cyan",
    "detected": "cyan",
    "set_aside": "yellow",
    "failed": "bold red",
    "fitting": "magenta",
}


def list_clips(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    json: Annotated[bool, typer.Option("--json", help="For scripts: a list of objects.")] = False,
) -> None:
    """List the clips of a project with their state and figures."""
    from neuface_core.project import Project

    with Project.open(project, read_only=True) as opened:
        records = opened.clips()
    if json:
        terminal.print_json([as_json(record) for record in records])
        return
    terminal.output().print(_table(records))


def as_json(record: ClipRecord) -> dict[str, Any]:
    """One row for scripts; None where a number is not known."""
    return {
        "name": record.name,
        "state": str(record.state),
        "reason": record.reason,
        "frames": record.n_frames or None,
        "views": record.n_views,
        **{name: _known(record.metrics.get(name)) for name in _METRICS},
        "seconds": _known(record.seconds),
        "views_fitted": _views_fitted(record),
        **{name: _known(record.metrics.get(name)) if record.n_views > 1 else None for name in _VIEW_METRICS},
        "weight_lost": {view: round(share, 3) for view, share in record.weight_lost.items()},
        "suspicion": _known(record.suspicion),
        "suspect": record.suspect,
        "system": record.system,
        "licences": record.licences,
        "non_commercial": sorted(non_commercial(record.licences)),
    }


def _views_fitted(record: ClipRecord) -> int | None:
    """How many views the latest fit holds; None before it."""
    return int(record.metrics.get("views", 1)) if record.run else None


def _views(record: ClipRecord) -> str:
    """How many views there are, how many the fit holds, and who lost the vote: "6 of 7, left_60 lost 83 %"."""
    fitted = _views_fitted(record)
    words = [str(record.n_views) if fitted in (None, record.n_views) else f"{fitted} of {record.n_views}"]
    words += [f"{view} lost {share:.0%}" for view, share in record.weight_lost.items() if share >= _LOST_ENOUGH]
    return ", ".join(words)


def _known(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _table(records: list[ClipRecord]) -> Table:
    table = Table(title=None, caption=_caption(records), caption_justify="left", header_style="bold", pad_edge=False)
    table.add_column("clip", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("frames", justify="right")
    table.add_column("NME % (encoder → fit)", justify="right", min_width=_FIGURES)
    table.add_column("jitter mm (encoder → fit)", justify="right", min_width=_FIGURES)
    table.add_column("motion kept", justify="right")
    several = any(record.n_views > 1 for record in records)
    if several:
        table.add_column("views", overflow="fold")
        table.add_column("CVD mm (encoder → loop → fit)", justify="right", min_width=_FIGURES)
    table.add_column("s", justify="right")
    table.add_column("suspicion", justify="right")
    table.add_column("reason", overflow="fold")
    for record in records:
        row = as_json(record)
        table.add_row(
            record.name,
            f"[{_STYLES.get(record.state, 'white')}]{record.state.replace('_', ' ')}[/]",
            str(row["frames"] or "–"),
            _change(row["nme_bbox_encoder"], row["nme_bbox"], 2),
            _change(row["jitter_mm_encoder"], row["jitter_mm"], 2),
            "–" if row["motion_retained"] is None else f"{row['motion_retained']:.2f}",
            *([_views(record), _distances(row)] if several else []),
            "–" if row["seconds"] is None else f"{row['seconds']:.1f}",
            "–" if row["suspicion"] is None else f"{row['suspicion']:.1f}",
            record.reason or record.suspect,
        )
    return table


def _distances(row: dict[str, Any]) -> str:
    """Cross-view distance; the one of the fit is 0 by construction where its views were given one face."""
    known = [row[name] for name in ("cvd_mm_encoder", "cvd_mm_loop", "cvd_mm") if row[name] is not None]
    return " → ".join(f"{value:.2f}" for value in known) or "–"


def _change(before: float | None, after: float | None, digits: int) -> str:
    if after is None:
        return "–"
    return f"{after:.{digits}f}" if before is None else f"{before:.{digits}f} → {after:.{digits}f}"


def _caption(records: list[ClipRecord]) -> str:
    counts: dict[str, int] = {}
    for record in records:
        counts[record.state] = counts.get(record.state, 0) + 1
    parts = [f"{count} {state.replace('_', ' ')}" for state, count in counts.items()]
    return terminal.count(len(records), "clip") + (f": {', '.join(parts)}" if parts else "")

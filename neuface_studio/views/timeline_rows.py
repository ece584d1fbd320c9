"""Which rows the timeline has for a clip, and how far apart they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from neuface_studio import theme
from neuface_studio.language import tr
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.strips import Strip, error_strip

GAP = 3
_ROW = 14
_THIN = 6
_BAND_GAP = 6
_SLIT = 34
_LANES = 112  # height of all lanes together, as long as each of them can be read
_LANE = (9.0, 16.0)
_AIR = 3  # between the words of two rows, twice as much between rows of two kinds

Kind = Literal["suspect", "slit", "strip", "lane", "loaded"]


@dataclass(frozen=True)
class Row:
    """A row of the timeline: what it is, how high, how far below the one before; `view` of a lane."""

    kind: Kind
    words: str
    height: float
    gap: float
    strip: Strip | None = None
    view: int = -1


def rows_of(
    clip: OpenedClip | None, view: int, distances: Sequence[Strip], *, slits: bool, line: float
) -> tuple[Row, ...]:
    """The rows for a clip and its large view.

    Parameters
    ----------
    distances
        How far the views of the clip are apart.
    slits
        Whether the slit scan is wanted.
    line
        Height of the words beside a row, in pixels.
    """
    rows = [Row("suspect", tr("Suspect"), _THIN, 0)]
    views = clip.views if clip is not None else ()
    lanes = views if len(views) > 1 else ()
    high = min(max(_LANES / max(1, len(lanes)), theme.px(_LANE[0])), theme.px(_LANE[1]))
    for k, one in enumerate(lanes):
        strip = error_strip(one.fit, one.name) if one.fit is not None else None
        rows.append(Row("lane", one.name, high, GAP, strip, k))
    shown = views[min(view, len(views) - 1)] if views else None
    strips = shown.strips if shown is not None else ()
    for strip in (*strips[2:], *distances) if lanes else strips:
        rows.append(Row("strip", strip.words, theme.px(_ROW), GAP, strip))
    if slits and shown is not None and shown.fit is not None:
        rows += [Row("slit", tr("Slit scan"), _SLIT, _BAND_GAP), Row("slit", tr("Its mesh"), _SLIT, GAP)]
    rows.append(Row("loaded", tr("Loaded"), _THIN, _BAND_GAP))
    if len(rows) == 2 and clip is not None:  # room for what the fit will bring: the pictures must not jump
        coming = (tr("Before"), tr("After"), tr("Jitter"), tr("Detector"))
        rows[1:1] = [Row("strip", words, theme.px(_ROW), GAP) for words in coming]
    return _apart(rows, line)


def _apart(rows: Sequence[Row], line: float) -> tuple[Row, ...]:
    """The same rows so far apart that nobody reads the words beside two of them as one."""
    placed = [rows[0]]
    for row in rows[1:]:
        above, air = placed[-1], theme.px(_AIR)
        if row.kind != above.kind:
            air *= 2
        elif row.kind == "lane":
            air = 0  # many views have little room: their names stand close, and each has its colour
        placed.append(replace(row, gap=max(row.gap, line + air - (above.height + row.height) / 2)))
    return tuple(placed)

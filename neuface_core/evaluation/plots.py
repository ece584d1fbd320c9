"""Pictures of a table: the loss of every pass, CVD by pair of views (NeuFace Fig. 7), NME over jitter.

matplotlib draws into files only (Agg); it is imported when something is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.method_table import MethodTable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 130
_MOST_ACROSS = 3
_ROOM = 0.12  # of the largest value of a curve: as much as the label of a point takes
_VIEW_ORDER = ("left_60", "left_30", "front", "right_30", "right_60", "top", "down")


def draw_table(table: MethodTable, folder: Path) -> list[Path]:
    """Draw every picture for which the table has numbers; returns the files.

    Raises
    ------
    NeuFaceError
        When the folder or a file cannot be written.
    """
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(row.loss for row in table.rows):
            written.append(_save(convergence(table), folder / "convergence.png"))
        if any(row.pairs for row in table.rows):
            written.append(_save(pair_map(table), folder / "cvd_by_pair.png"))
        if len(table.methods) > 1:
            written.append(_save(nme_over_jitter(table), folder / "nme_over_jitter.png"))
    except OSError as error:
        raise NeuFaceError(f"The pictures cannot be written ({error.strerror}).", path=folder) from error
    return written


def convergence(table: MethodTable) -> Figure:
    """Loss of every pass over that of the first, one panel a method, one line a clip.

    Losses of methods with other weights are not of one scale: the shape is what can be compared.
    """
    methods = [m for m in table.methods if any(row.loss for row in table.rows if row.method == m)]
    figure, panels = _panels(len(methods), width=3.4, height=2.8, share=True)
    for method, axes in zip(methods, panels, strict=True):
        for row in table.rows:
            if row.method == method and row.loss:
                loss = np.asarray(row.loss)
                axes.plot(np.arange(1, len(loss) + 1), loss / loss[0], lw=1.2, label=row.clip)
        axes.set_title(method, fontsize=9)
        axes.set(xlabel="pass", yscale="log")
        axes.grid(alpha=0.3, which="both")
    for axes in panels[::_MOST_ACROSS]:
        axes.set_ylabel("loss over that of the first pass", fontsize=8)
    if len(table.clips) <= 10:
        _legend_below(figure, panels[0])
    return figure


def pair_map(table: MethodTable) -> Figure:
    """Cross-view vertex distance of each pair of views, mean over the clips that have it (NeuFace Fig. 7)."""
    maps = {m: found for m in table.methods if (found := _mean_pairs(table, m))}
    names = _ordered({view for pairs in maps.values() for pair in pairs for view in pair})
    grids = {m: _grid(pairs, names) for m, pairs in maps.items()}
    most = max(float(np.nanmax(grid)) for grid in grids.values())
    figure, panels = _panels(len(grids), width=0.9 + 0.52 * len(names), height=0.9 + 0.52 * len(names))
    for (method, grid), axes in zip(grids.items(), panels, strict=True):
        image = axes.imshow(grid, vmin=0, vmax=most or 1.0, cmap="viridis")
        for i, j in np.argwhere(np.isfinite(grid)):
            ink = "white" if grid[i, j] < 0.6 * most else "black"
            axes.text(
                j, i, f"{grid[i, j]:.{1 if grid[i, j] >= 10 else 2}f}", ha="center", va="center", color=ink, fontsize=7
            )
        axes.set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.set_title(f"{method}: {np.nanmean(grid):.2f} mm", fontsize=9)
    figure.colorbar(image, ax=list(panels), label="CVD, mm", shrink=0.8)
    return figure


def nme_over_jitter(table: MethodTable) -> Figure:
    """Where each method stands: mean NME over mean jitter of the clips, with 95 % intervals; the lower left is best.

    Methods of one name but for a weight ("FLAME fitting ×0.3", "FLAME fitting ×1") are joined to a curve.
    """
    figure, (axes,) = _panels(1, width=5.2, height=3.8)
    curves: dict[str, list[str]] = {}
    for method in table.methods:
        curves.setdefault(method.partition(" ×")[0], []).append(method)
    for name, members in curves.items():
        jitter = [table.mean(m, "jitter_mm") for m in members]
        nme = [table.mean(m, "nme_bbox") for m in members]
        order = np.argsort([j.mean for j in jitter])
        x, y = np.array([jitter[k].mean for k in order]), np.array([nme[k].mean for k in order])
        (line,) = axes.plot(x, y, "o-", ms=5, lw=1.2, label=name)
        if len(members) == 1 and math.isfinite(nme[0].low):
            axes.plot([x[0]] * 2, [nme[0].low, nme[0].high], lw=1, alpha=0.5, color=line.get_color())
            axes.plot([jitter[0].low, jitter[0].high], [y[0]] * 2, lw=1, alpha=0.5, color=line.get_color())
        for k in _apart(x, y, order) if len(members) > 1 else ():
            weight = members[k].partition(" ×")[2]
            where = (jitter[k].mean, nme[k].mean)
            axes.annotate(f"×{weight}", where, textcoords="offset points", xytext=(4, 4), fontsize=7)
    axes.set(xlabel="jitter, mm a frame²", ylabel="NME (box), %")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return figure


def _apart(x: NDArray[np.float64], y: NDArray[np.float64], order: NDArray[np.int64]) -> list[int]:
    """Of points (x, y) the places in `order` of those that have room for a label: the first, the last, and others."""
    labelled = [0, len(x) - 1]
    for k in range(1, len(x) - 1):
        if all(np.hypot((x[k] - x[m]) / x.max(), (y[k] - y[m]) / y.max()) > _ROOM for m in labelled):
            labelled.append(k)
    return [int(order[k]) for k in labelled]


def _panels(count: int, width: float, height: float, share: bool = False) -> tuple[Figure, Sequence[Axes]]:
    """A figure with `count` panels of inches `width` x `height`, at most `_MOST_ACROSS` beside each other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(count, _MOST_ACROSS)
    down = math.ceil(count / across)
    figure = Figure(figsize=(max(3.6, width * across), height * down + 0.4), layout="constrained")
    FigureCanvasAgg(figure)
    panels = list(np.atleast_1d(figure.subplots(down, across, sharey=share)).ravel())
    for surplus in panels[count:]:
        surplus.remove()
    return figure, panels[:count]


def _legend_below(figure: Figure, axes: Axes) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=7, frameon=False)


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=_DPI)
    return path


def _mean_pairs(table: MethodTable, method: str) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for row in table.rows:
        if row.method == method:
            for pair, distance in row.pairs.items():
                a, _, b = pair.partition(" / ")
                found.setdefault((a, b), []).append(distance)
    return {pair: float(np.mean(distances)) for pair, distances in found.items()}


def _ordered(names: set[str]) -> list[str]:
    """Views of the usual rig from left to right, others by their names behind them."""
    return [n for n in _VIEW_ORDER if n in names] + sorted(names - set(_VIEW_ORDER))


def _grid(pairs: Mapping[tuple[str, str], float], names: Sequence[str]) -> NDArray[np.float64]:
    grid = np.full((len(names), len(names)), np.nan)
    for (a, b), distance in pairs.items():
        i, j = names.index(a), names.index(b)
        grid[i, j] = grid[j, i] = distance
    return grid

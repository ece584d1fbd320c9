"""CSV: landmarks with their errors, frames with their signals, and parameters; for spreadsheets, R and pandas."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from neuface_core.evaluation.landmark_error import normaliser_px
from neuface_core.export.clip_files import ViewToExport
from neuface_core.export.clip_group import pixel_camera
from neuface_core.fitting.signals import signals
from neuface_core.jobs import Job, Progress

Cell = str | int | float
_LANDMARK_COLUMNS = ("detected_x", "detected_y", "fitted_x", "fitted_y", "error_px", "error_percent", "confidence")
_KEY = ("view", "frame", "time_s")
_FRAMES_A_STEP = 50


def write_tables(views: Sequence[ViewToExport], folder: Path) -> Job[tuple[str, ...]]:
    """`landmarks.csv`, `frames.csv` and `parameters.csv` of a clip, all its views one below the other."""
    folder.mkdir(parents=True, exist_ok=True)
    total = sum(view.fit.n_frames for view in views)
    done = 0
    with (folder / "landmarks.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow((*_KEY, "landmark", *_LANDMARK_COLUMNS))
        for view in views:
            for row, lines in enumerate(_landmark_rows(view)):
                table.writerows(lines)
                done += 1
                if row % _FRAMES_A_STEP == 0:
                    yield Progress("export", done, total, view.title)
    _write(folder / "frames.csv", [_frame_table(view) for view in views])
    _write(folder / "parameters.csv", [_parameter_table(view) for view in views])
    views[0].write_about(folder)
    return ()


def _landmark_rows(view: ViewToExport) -> Iterator[list[list[Cell]]]:
    """68 rows a frame; numbers that there are not stay empty."""
    fit = view.fit
    apart = np.linalg.norm(fit.projected.astype(np.float64) - fit.landmarks.points, axis=-1)
    percent = 100 * apart / normaliser_px(fit.landmarks.points, "bbox")[:, None]
    values = np.concatenate(
        [
            fit.landmarks.points,
            fit.projected,
            apart[..., None],
            percent[..., None],
            fit.landmarks.confidence[..., None],
        ],
        axis=-1,
    )
    for key, of_frame in zip(_keys(view), values, strict=True):
        yield [[*key, point, *_cells(row)] for point, row in enumerate(of_frame)]


def _frame_table(view: ViewToExport) -> tuple[list[str], list[list[Cell]]]:
    """Error, box, crop, pixel camera, and every signal that suspicion is judged by."""
    fit = view.fit
    camera = pixel_camera(fit.params.camera.numpy(), fit.crops)
    columns: dict[str, np.ndarray] = {
        "mesh": fit.valid.astype(int),
        "detected": fit.landmarks.detected.astype(int),
        "nme_bbox_percent": fit.error,
        "nme_bbox_percent_encoder": fit.error_encoder,
        **{f"box_{name}": fit.landmarks.boxes[:, k] for k, name in enumerate(("x0", "y0", "x1", "y1"))},
        **{f"crop_{name}": fit.crops.centre[:, k] for k, name in enumerate("xy")},
        "crop_size": fit.crops.size,
        **{f"camera_px_{name}": camera[:, k] for k, name in enumerate(("a", "ux", "uy"))},
        **{f"signal_{name}": values for name, values in signals(fit).items()},
    }
    return _table(view, columns)


def _parameter_table(view: ViewToExport) -> tuple[list[str], list[list[Cell]]]:
    """All parameters, with the head's own names of its expressions."""
    arrays = view.fit.params.to_arrays()
    columns: dict[str, np.ndarray] = {}
    for name in ("global_orient", "neck_pose", "jaw_pose"):
        columns |= {f"{name}_{axis}": arrays[name][:, k] for k, axis in enumerate("xyz")}
    eyes = [f"{side}_eye_pose_{axis}" for side in ("left", "right") for axis in "xyz"]
    columns |= {name: arrays["eye_pose"][:, k] for k, name in enumerate(eyes)}
    columns |= {f"camera_{name}": arrays["camera"][:, k] for k, name in enumerate(("s", "tx", "ty"))}
    columns |= {name: arrays["expression"][:, k] for k, name in enumerate(view.head.expression_names)}
    columns |= {f"shape_{k:03d}": arrays["shape"][:, k] for k in range(arrays["shape"].shape[1])}
    return _table(view, columns)


def _table(view: ViewToExport, columns: dict[str, np.ndarray]) -> tuple[list[str], list[list[Cell]]]:
    rows = zip(_keys(view), *map(_cells, columns.values()), strict=True)
    return [*_KEY, *columns], [[*key, *values] for key, *values in rows]


def _keys(view: ViewToExport) -> list[tuple[Cell, ...]]:
    times = [f"{time:.6f}" for time in view.times_s]
    return [(view.view, row + view.offset, time) for row, time in enumerate(times)]


def _cells(values: np.ndarray) -> list[Cell]:
    """Shortest texts that give the same float32 again; empty where there is no number."""
    if values.dtype.kind in "iub":
        return [int(value) for value in values]
    return [str(value) if np.isfinite(value) else "" for value in values.astype(np.float32)]


def _write(path: Path, tables: Sequence[tuple[list[str], list[list[Cell]]]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(tables[0][0])
        for _, rows in tables:
            table.writerows(rows)

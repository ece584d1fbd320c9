"""What the loop fits: the landmarks of all views as one list of rows, and the batches of rows that a step sees.

A row is one view at one moment that gets a mesh. Rows lie view after view, inside a view in the order of time: a target
along time is estimated inside the runs of a view, and a target across views from the rows of one moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.crops import CropTrack
from neuface_core.errors import FitError
from neuface_core.fitting.targets import continuous_runs, valid_frames
from neuface_core.fitting.view_input import ViewInput
from neuface_core.landmarks.track import LandmarkTrack

Rows = slice | Tensor


@dataclass(frozen=True)
class Batch:
    """Rows of one optimisation step: whole moments with all their views.

    Attributes
    ----------
    rows
        n of the N rows; a slice where they lie side by side.
    n_rows
        n.
    frames : (M,) int64
        The moments.
    moments : (M, V) int64
        Which of the n rows is a view at a moment; -1 where the view has no mesh.
    moment_of_row : (n,) int64
        The inverse: which of the M moments a row belongs to.
    joined : (K,) int64
        Which of the n rows are continued by the next one (NeuFace Table S3).
    """

    rows: Rows
    n_rows: int
    frames: Tensor
    moments: Tensor
    moment_of_row: Tensor
    joined: Tensor


@dataclass(frozen=True)
class Observed:
    """What the loop fits, for the N rows that get a mesh.

    Attributes
    ----------
    target : (N, 68, 2)
        Crop coordinates, 0 where not detected.
    weight : (N, 68)
        Confidence, 0 where not detected.
    runs
        Half-open runs of rows of continuous motion, never across a cut or two views; they cover all rows.
    valid
        For each view (F,) bool: the moments that have a row.
    rows_of_moment : (F, V) int64 array
        Row of a view at a moment, -1 where it has none.
    convention
        What to ask the head's `landmarks` for.
    """

    target: Tensor
    weight: Tensor
    runs: list[tuple[int, int]]
    valid: tuple[NDArray[np.bool_], ...]
    rows_of_moment: NDArray[np.int64]
    convention: str

    @property
    def n_rows(self) -> int:
        return len(self.target)

    @property
    def n_views(self) -> int:
        return len(self.valid)

    def view_rows(self, view: int) -> slice:
        """The rows of one view."""
        counts = [int(valid.sum()) for valid in self.valid]
        return slice(sum(counts[:view]), sum(counts[: view + 1]))

    def view_runs(self, view: int) -> list[tuple[int, int]]:
        """The runs of one view, counted inside its rows."""
        rows = self.view_rows(view)
        return [(a - rows.start, b - rows.start) for a, b in self.runs if rows.start <= a < rows.stop]

    def batches(self, n_rows: int) -> list[Batch]:
        """Batches of at most `n_rows` rows (or one moment) in the order of time."""
        seen = np.flatnonzero((self.rows_of_moment >= 0).any(axis=1))
        size = max(1, n_rows // self.n_views)
        return [self._batch(seen[i : i + size]) for i in range(0, len(seen), size)]

    def whole(self) -> Batch:
        """All rows in their order, for a step that sees the whole clip."""
        return self._batch(np.flatnonzero((self.rows_of_moment >= 0).any(axis=1)))

    def _batch(self, moments: NDArray[np.int64]) -> Batch:
        table = self.rows_of_moment[moments]
        rows = np.sort(table[table >= 0])
        place: NDArray[np.int64] = np.where(table >= 0, np.searchsorted(rows, table), -1)
        last_of_run = np.array([stop - 1 for _, stop in self.runs])
        joined = np.flatnonzero((np.diff(rows) == 1) & ~np.isin(rows[:-1], last_of_run))
        owner = np.empty(len(rows), np.int64)
        owner[place[table >= 0]] = np.nonzero(table >= 0)[0]
        side_by_side = rows[-1] - rows[0] + 1 == len(rows)
        return Batch(
            slice(int(rows[0]), int(rows[-1]) + 1) if side_by_side else self._index(rows),
            len(rows),
            self._index(moments),
            self._index(place),
            self._index(owner),
            self._index(joined),
        )

    def _index(self, numbers: NDArray[np.int64]) -> Tensor:
        return torch.as_tensor(numbers, dtype=torch.int64, device=self.target.device)


def observe(
    views: Sequence[ViewInput], detectors: Sequence[str], max_gap: int, device: torch.device, clip: str = ""
) -> Observed:
    """Lay the landmarks of all views in rows.

    Parameters
    ----------
    detectors
        Names of the detectors whose points the head knows.
    max_gap
        Frames without a detection that are bridged between two with one.

    Raises
    ------
    FitError
        When a view has no landmarks at all, or views differ in length or detector.
    """
    name = clip or "The clip"
    if len({view.track.n_frames for view in views}) != 1:
        lengths = ", ".join(f"{view.name or k}: {view.track.n_frames}" for k, view in enumerate(views))
        raise FitError(f"The views of {name} differ in length ({lengths}).", remedy="Cut them to their common moments.")
    conventions = sorted({view.track.convention(detectors) for view in views})
    if len(conventions) != 1:
        raise FitError(
            f"The landmarks of {name} come from different detectors ({', '.join(conventions)}).",
            remedy="Detect the landmarks of all views with one detector.",
        )
    valid = tuple(valid_frames(view.track.detected, max_gap) for view in views)
    for view, frames in zip(views, valid, strict=True):
        if not frames.any():
            which = f"The view {view.name} of {name}" if len(views) > 1 else name
            raise FitError(f"{which} has no frame with landmarks.", remedy="Detect landmarks or set it aside.")
    targets, weights, runs, first_row = [], [], [], 0
    table = np.full((views[0].track.n_frames, len(views)), -1, np.int64)
    for k, (view, frames) in enumerate(zip(views, valid, strict=True)):
        target, weight = _in_crop(view.track, view.crops, frames)
        targets.append(target)
        weights.append(weight)
        runs += [(first_row + a, first_row + b) for a, b in continuous_runs(view.track, frames)]
        table[frames, k] = first_row + np.arange(frames.sum())
        first_row += int(frames.sum())
    return Observed(
        torch.as_tensor(np.concatenate(targets), dtype=torch.float32, device=device),
        torch.as_tensor(np.concatenate(weights), dtype=torch.float32, device=device),
        runs,
        valid,
        table,
        conventions[0],
    )


def _in_crop(
    track: LandmarkTrack, crops: CropTrack, valid: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    seen = (track.detected[:, None] & np.isfinite(track.points).all(-1))[valid]
    target = np.where(seen[..., None], crops.to_crop(track.points)[valid], 0.0)
    return target, np.where(seen, track.confidence[valid], 0.0)

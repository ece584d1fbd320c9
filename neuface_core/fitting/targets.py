"""The E-step: which frames belong together, and the smoothed targets estimated from the present answer.

A smoother is a table of the few neighbours that make up each frame, built once: a batch of a long clip is smoothed with
all its neighbours, those outside the batch as well, at the cost of the batch.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from scipy.signal import savgol_filter
from torch import Tensor

from neuface_core.landmarks.track import LandmarkTrack

Average = Literal["savgol", "mean", "median"]
SAVGOL_ORDER = 2


def valid_frames(detected: NDArray[np.bool_], max_gap: int) -> NDArray[np.bool_]:
    """Frames that get a mesh: those with a detection, and gaps of at most `max_gap` frames between two of them."""
    valid = detected.copy()
    hits = np.flatnonzero(detected)
    for before, after in pairwise(hits):
        if after - before - 1 <= max_gap:
            valid[before:after] = True
    return valid


def continuous_runs(track: LandmarkTrack, valid: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs [start, stop) of the *valid frames* (counted without the others) through which motion is continuous.

    A run ends at a frame without a face and at a cut: the box jumps by over half its size, or changes size by half.
    """
    frames = np.flatnonzero(valid)
    if len(frames) == 0:
        return []
    centre = (track.boxes[:, :2] + track.boxes[:, 2:]) / 2
    size = (track.boxes[:, 2:] - track.boxes[:, :2]).mean(axis=1)
    starts = [0]
    last_seen = frames[0] if track.detected[frames[0]] else -1
    for position in range(1, len(frames)):
        frame = frames[position]
        broken = frame != frames[position - 1] + 1
        if track.detected[frame]:
            if last_seen >= 0 and not broken:
                elapsed = frame - last_seen
                jump = np.linalg.norm(centre[frame] - centre[last_seen]) / size[last_seen]
                growth = max(size[frame] / size[last_seen], size[last_seen] / size[frame])
                broken = bool(jump > 0.5 * elapsed or growth > 1.5)
            last_seen = frame
        if broken:
            starts.append(position)
    return list(zip(starts, [*starts[1:], len(frames)], strict=True))


def shots(track: LandmarkTrack, max_gap: int) -> list[tuple[int, int]]:
    """Half-open runs of *frames* through which motion is continuous, gaps of at most `max_gap` frames bridged."""
    valid = valid_frames(track.detected, max_gap)
    frames = np.flatnonzero(valid)
    return [(int(frames[a]), int(frames[b - 1]) + 1) for a, b in continuous_runs(track, valid)]


def _savgol_block(length: int, window: int) -> sparse.csr_matrix:
    window = min(window, length if length % 2 == 1 else length - 1)
    if window <= SAVGOL_ORDER:
        return sparse.identity(length, format="csr")
    edge = window // 2
    small = min(length, 2 * window)
    block = savgol_filter(np.eye(small), window, SAVGOL_ORDER, axis=0, mode="interp")
    if length == small:
        return sparse.csr_matrix(block)
    inner = block[edge, :window]
    matrix = sparse.diags_array(list(inner), offsets=list(range(-edge, edge + 1)), shape=(length, length)).tolil()
    matrix[:edge] = 0
    matrix[-edge:] = 0
    matrix[:edge, :small] = block[:edge]
    matrix[-edge:, -small:] = block[-edge:]
    return sparse.csr_matrix(matrix)


def _mean_block(length: int, window: int) -> sparse.csr_matrix:
    edge = min(window // 2, length - 1)
    ones = [1.0] * (2 * edge + 1)
    matrix = sparse.csr_matrix(sparse.diags_array(ones, offsets=list(range(-edge, edge + 1)), shape=(length, length)))
    return sparse.csr_matrix(sparse.diags_array(1.0 / np.asarray(matrix.sum(axis=1)).ravel()) @ matrix)


class Smoother:
    """Smooths arrays of N frames along time inside their runs.

    Parameters
    ----------
    runs
        Half-open runs that cover all N frames.
    window
        Odd number of frames.
    average
        "savgol" keeps motion (Savitzky–Golay of order 2); "mean" is the paper's moving average, cut at the ends of a
        run; "median" its variant (NeuFace Table S1).
    """

    def __init__(self, runs: list[tuple[int, int]], window: int, average: Average, device: torch.device) -> None:
        count = runs[-1][1] if runs else 0
        self._average, edge = average, window // 2
        if average == "median":
            near = np.arange(count)[:, None] + np.arange(-edge, edge + 1)
            for start, stop in runs:
                near[start:stop] = near[start:stop].clip(start, stop - 1)
            self._near = torch.as_tensor(near, device=device)
            return
        block = _savgol_block if average == "savgol" else _mean_block
        matrix = sparse.block_diag([block(stop - start, window) for start, stop in runs], format="csr")
        matrix.eliminate_zeros()
        filled = np.diff(matrix.indptr)
        width = int(filled.max(initial=1))
        slot = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], filled)
        row = np.repeat(np.arange(count), filled)
        near, share = np.zeros((count, width), np.int64), np.zeros((count, width), np.float32)
        near[row, slot], share[row, slot] = matrix.indices, matrix.data
        self._near, self._share = torch.as_tensor(near, device=device), torch.as_tensor(share, device=device)

    def __call__(self, values: Tensor, rows: slice | Tensor = slice(None)) -> Tensor:
        """Smooth (N, D) values; only the answer for `rows` is computed. No gradient flows."""
        values, near = values.detach(), self._near[rows]
        if self._average == "median":
            return values[near].median(dim=1).values
        smoothed: Tensor = torch.nn.functional.embedding_bag(
            near, values.contiguous(), per_sample_weights=self._share[rows].to(values.dtype), mode="sum"
        )
        return smoothed


def continuous_signs(quaternions: Tensor, runs: list[tuple[int, int]]) -> Tensor:
    """Flip each quaternion (N, 4) to the hemisphere of its predecessor: q and -q are the same rotation."""
    parts = []
    for start, stop in runs:
        run = quaternions[start:stop]
        same = torch.where((run[1:] * run[:-1]).sum(-1) < 0, -1.0, 1.0)
        signs = torch.cat([torch.ones(1, device=run.device), torch.cumprod(same, 0)])
        parts.append(run * signs[:, None])
    return torch.cat(parts)


def orientation_target(quaternions: Tensor, runs: list[tuple[int, int]], smoother: Smoother) -> Tensor:
    """q̂ of the E-step: unit quaternions (N, 4), signs made continuous, smoothed, renormalised; no gradient."""
    smooth = smoother(continuous_signs(quaternions.detach(), runs))
    return torch.nn.functional.normalize(smooth, dim=-1)

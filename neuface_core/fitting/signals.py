"""The signals that a fit leaves behind, frame by frame: what suspicion is judged by (NeuFace appendix A, and ours)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.evaluation.landmark_error import normaliser_px
from neuface_core.evaluation.suspicion import Suspicion, judge_clip, summarise, usual
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.targets import continuous_runs

Floats = NDArray[np.float64]

_IDENTITY_FRAMES = 6
"""Frames before and after a moment whose identities are compared: one answer alone is too noisy."""


def signals(fit: Fit | MultiViewFit) -> dict[str, Floats]:
    """Every signal of a fit, (F,) each, by the names of `evaluation.signal_kinds.KIND`; NaN where it has no value.

    Of several views, each moment has the worst of its views. Lengths on the picture are in percent of the face (root of
    the area of the landmarks' box), so that near and far faces are alike.
    """
    if isinstance(fit, Fit):
        return _of_view(fit)
    each = [_of_view(view) for view in fit.views]
    together = {name: _worst([view[name] for view in each if name in view]) for name in each[0]}
    together["stillness"] = -_worst([-view["stillness"] for view in each])
    pairs = np.asarray(fit.cvd_mm, np.float64)[np.triu_indices(len(fit.views), 1)]
    if len(pairs) and np.isfinite(pairs).any():
        together["cvd"] = np.full(fit.n_frames, float(np.nanmax(pairs)))
    seen = np.stack([view.valid for view in fit.views], axis=1)
    weight = np.where(seen, np.asarray(fit.view_weight, np.float64)[:, : len(fit.views)], np.nan)
    together["lost_vote"] = 100.0 * _worst(list(1.0 - weight.T))
    return together


def judge(fits: Mapping[str, Fit | MultiViewFit]) -> dict[str, Suspicion]:
    """Judge clips by each other, by name; fewer than `suspicion.LEAST_CLIPS` by the figures that ship."""
    found = {name: signals(fit) for name, fit in fits.items()}
    figures = usual([summarise(values) for values in found.values()])
    return {name: judge_clip(values, figures) for name, values in found.items()}


def _worst(rows: Sequence[Floats]) -> Floats:
    """Largest of the finite values of each frame; NaN where there is none."""
    stacked = np.stack(rows)
    filled = np.where(np.isfinite(stacked), stacked, -np.inf).max(axis=0)
    return np.where(np.isfinite(filled), filled, np.nan)


def _of_view(fit: Fit) -> dict[str, Floats]:
    track = fit.landmarks
    points = np.where(track.detected[:, None, None], track.points, np.nan).astype(np.float64)
    size = normaliser_px(np.where(track.detected[:, None, None], points, fit.projected), "bbox")
    first, last = fit.params_encoder.to_arrays(), fit.params.to_arrays()
    identity = first["shape"] / np.sqrt(first["shape"].shape[1])
    shot = _shots(fit)
    found = {
        "error": np.asarray(fit.error, np.float64),
        "jitter": _acceleration(fit.projected, size, shot),
        "jumps": _acceleration(points, size, shot),
        "unrest": _acceleration(fit.projected_encoder, size, shot),
        "disagreement": _apart(fit.projected, fit.projected_encoder, size),
        "turned": _turned_deg(last["global_orient"], first["global_orient"]),
        "detection": 100.0 * (1.0 - np.where(track.detected, track.confidence.mean(axis=1), np.nan)),
        "missing": 100.0 * (~track.detected),
        "shape": np.linalg.norm(last["shape"], axis=1).astype(np.float64),
        "identity": _identity_change(identity.astype(np.float64)),
        "stillness": _motion(points, size),
        "edge": 100.0 * np.abs(fit.crops.to_crop(points.astype(np.float32))).max(axis=(1, 2)).astype(np.float64),
    }
    if fit.confidence is not None:
        found["doubt"] = 100.0 * (1.0 - np.asarray(fit.confidence, np.float64))
    return found


def _shots(fit: Fit) -> NDArray[np.intp]:
    """Number of the run of continuous motion that each frame belongs to (F,): a cut is no jitter."""
    shot = np.arange(fit.n_frames)
    frames = np.flatnonzero(fit.valid)
    for start, stop in continuous_runs(fit.landmarks, fit.valid):
        shot[frames[start:stop]] = frames[start]
    return shot


def _acceleration(points: NDArray[np.floating], size: Floats, shot: NDArray[np.intp]) -> Floats:
    """Mean length of the second difference of (F, P, 2) in percent of the face; NaN beside cuts and empty frames."""
    course = np.full(len(points), np.nan)
    if len(points) > 2:
        second = np.asarray(points[2:] - 2 * points[1:-1] + points[:-2], np.float64)
        course[1:-1] = 100.0 * np.linalg.norm(second, axis=-1).mean(axis=1) / size[1:-1]
        course[1:-1][shot[2:] != shot[:-2]] = np.nan
    return course


def _motion(points: Floats, size: Floats) -> Floats:
    """Mean distance of (F, P, 2) from the frame before, in percent of the face."""
    course = np.full(len(points), np.nan)
    if len(points) > 1:
        course[1:] = 100.0 * np.linalg.norm(np.diff(points, axis=0), axis=-1).mean(axis=1) / size[1:]
    return course


def _apart(ours: NDArray[np.floating], theirs: NDArray[np.floating], size: Floats) -> Floats:
    return np.asarray(100.0 * np.linalg.norm(ours - theirs, axis=-1).mean(axis=1) / size)


def _turned_deg(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> Floats:
    """Angle between two courses of axis-angle rotations (F, 3), degrees."""
    angle = np.full(len(ours), np.nan)
    known = np.isfinite(ours).all(axis=1) & np.isfinite(theirs).all(axis=1)
    if known.any():
        turn = Rotation.from_rotvec(ours[known]).inv() * Rotation.from_rotvec(theirs[known])
        angle[known] = np.degrees(turn.magnitude())
    return angle


def _identity_change(identity: Floats) -> Floats:
    """How far the mean identity of the frames before each moment lies from that of the frames after it, (F,).

    Parameters
    ----------
    identity : (F, K) float
        What the encoder said of each frame alone; NaN where it was not asked.
    """
    known: NDArray[np.bool_] = np.all(np.isfinite(identity), axis=1)
    sums = np.concatenate([np.zeros((1, identity.shape[1])), np.cumsum(np.where(known[:, None], identity, 0), axis=0)])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(identity))
    low, high = np.maximum(at - _IDENTITY_FRAMES, 0), np.minimum(at + _IDENTITY_FRAMES, len(identity))
    before, after = counts[at] - counts[low], counts[high] - counts[at]
    enough = (before >= _IDENTITY_FRAMES // 2) & (after >= _IDENTITY_FRAMES // 2)
    course = np.full(len(identity), np.nan)
    early = (sums[at] - sums[low])[enough] / before[enough, None]
    late = (sums[high] - sums[at])[enough] / after[enough, None]
    course[enough] = np.linalg.norm(late - early, axis=1)
    return course

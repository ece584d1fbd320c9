"""What a synthetic person does in a clip: turns the head, talks, smiles, frowns, looks about and blinks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.training.synth.parameters import sample_params

Floats = NDArray[np.float64]
Rng = np.random.Generator

# Where the skull sits on the spine, metres from the head's root: a nod also moves the head forward.
_SPINE_M = np.array([0.0, -0.06, -0.08])
_SYLLABLES_HZ = 4.5
_JAW_OPEN_RAD = 0.22
_BLINK_S = 0.075
_LIDS_FOLLOW = 0.5
"""Radians of gaze at which the lids follow with strength 1."""

# What lips do beside the jaw while one talks: strongest strength, and the actions that share it.
_VISEMES: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.55, ("mouthFunnel",)),
    (0.55, ("mouthPucker",)),
    (0.45, ("mouthLowerDownLeft", "mouthLowerDownRight")),
    (0.25, ("mouthUpperUpLeft", "mouthUpperUpRight")),
    (0.40, ("mouthStretchLeft", "mouthStretchRight")),
    (0.45, ("mouthPressLeft", "mouthPressRight")),
    (0.30, ("mouthRollLower",)),
)
# What passes over a face in seconds.
_MOODS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.85, ("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight")),
    (0.60, ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")),
    (0.70, ("browDownLeft", "browDownRight")),
    (0.40, ("eyeSquintLeft", "eyeSquintRight")),
    (0.35, ("mouthFrownLeft", "mouthFrownRight")),
)


@dataclass(frozen=True)
class Performance:
    """One person through F moments, in the frame of the front camera.

    Attributes
    ----------
    params : HeadParams of F rows
        The camera is left at [1, 0, 0].
    sway : (F, 3) float64
        Where the head's root has moved to, metres.
    """

    params: HeadParams
    sway: Floats


def perform(head: HeadModel, seed: int, n_frames: int, fps: float, yaw_deg: float) -> Performance:
    """A performance of `n_frames` moments; the same seed and number give the same one.

    Parameters
    ----------
    yaw_deg
        How far the head turns to either side, mostly; nods and tilts are 0.4 and 0.3 of it.
    """
    names = list(head.expression_names)
    time = np.arange(n_frames) / fps
    who = sample_params([seed], head.n_shape, names, phenotypes=head.data.phenotypes)
    angles = np.stack(
        [
            yaw_deg * _swing(np.random.default_rng([seed, 22]), time, 0.10, 0.55),
            0.4 * yaw_deg * _swing(np.random.default_rng([seed, 23]), time, 0.15, 0.9),
            0.3 * yaw_deg * _swing(np.random.default_rng([seed, 24]), time, 0.08, 0.5),
        ],
        axis=1,
    )
    orient = Rotation.from_euler("YXZ", angles, degrees=True)
    strength = np.zeros((n_frames, len(names)))
    speaks = _speech(np.random.default_rng([seed, 25]), time, names, strength)
    _moods(np.random.default_rng([seed, 26]), time, names, strength)
    jaw = np.zeros((n_frames, 3))
    jaw[:, 0] = _JAW_OPEN_RAD * speaks
    eyes = _gaze(np.random.default_rng([seed, 27]), time, fps, angles, names, strength)
    _blinks(np.random.default_rng([seed, 28]), time, names, strength)
    drift = [0.006 * _swing(np.random.default_rng([seed, 29, axis]), time, 0.05, 0.3) for axis in range(3)]
    params = HeadParams.from_arrays(
        {
            "shape": who.shape.expand(n_frames, -1).numpy(),
            "expression": np.clip(strength, 0, 1).astype(np.float32),
            "global_orient": orient.as_rotvec().astype(np.float32),
            "neck_pose": np.zeros((n_frames, 3), np.float32),
            "jaw_pose": jaw.astype(np.float32),
            "eye_pose": eyes.astype(np.float32),
            "camera": np.tile(np.array([1, 0, 0], np.float32), (n_frames, 1)),
        }
    ).map(torch.Tensor.contiguous)
    return Performance(params, _SPINE_M - orient.apply(_SPINE_M) + np.stack(drift, axis=1))


def _swing(rng: Rng, time: Floats, low_hz: float, high_hz: float, waves: int = 5) -> Floats:
    """A smooth course (F,) mostly within ±1: a few waves, the slow ones larger, as heads move."""
    hertz = np.exp(rng.uniform(np.log(low_hz), np.log(high_hz), waves))
    size = hertz**-0.7
    phase = rng.uniform(0, 2 * np.pi, waves)
    course = (size * np.sin(2 * np.pi * time[:, None] * hertz + phase)).sum(axis=1)
    return np.asarray(1.5 * course / np.sqrt(np.square(size).sum()) / 1.2)


def _pulses(time: Floats, starts: Floats, width: Floats, level: Floats) -> Floats:
    """Sum of smooth bumps (F,)."""
    course = np.zeros_like(time)
    for start, wide, high in zip(starts, width, level, strict=True):
        near = slice(*np.searchsorted(time, [start - 4 * wide, start + 4 * wide]))
        course[near] += high * np.exp(-0.5 * ((time[near] - start) / wide) ** 2)
    return course


def _speech(rng: Rng, time: Floats, names: Sequence[str], strength: Floats) -> Floats:
    """How far syllables open the jaw (F,) in [0, 1]; lips that go with them are added to `strength` in place."""
    count = int(1.5 * _SYLLABLES_HZ * time[-1]) + 10
    starts = np.cumsum(rng.gamma(6.0, 1 / (6.0 * _SYLLABLES_HZ), count))
    pauses = np.cumsum(rng.exponential(3.0, count))
    silent = (np.searchsorted(pauses, starts) % 4) == 3
    level = rng.beta(1.6, 1.6, count) * ~silent
    jaw = np.clip(_pulses(time, starts, rng.uniform(0.04, 0.07, count), level), 0, 1)
    which = rng.integers(0, len(_VISEMES), count)
    for number, (most, actions) in enumerate(_VISEMES):
        course = most * _pulses(time, starts + 0.03, np.full(count, 0.07), level * (which == number))
        for action in actions:
            if action in names:
                strength[:, names.index(action)] += course
    return jaw


def _moods(rng: Rng, time: Floats, names: Sequence[str], strength: Floats) -> None:
    for most, actions in _MOODS:
        course = most * np.clip(_swing(rng, time, 0.05, 0.35) - rng.uniform(0.0, 0.4), 0, 1)
        for action in actions:
            if action in names:
                strength[:, names.index(action)] += course * rng.uniform(0.7, 1.0)


def _gaze(rng: Rng, time: Floats, fps: float, angles: Floats, names: Sequence[str], strength: Floats) -> Floats:
    """Rotation of both eyes (F, 6), radians: they hold a place while the head moves, and jump to the next.

    The lids follow in `strength`, in place.
    """
    starts = np.cumsum(rng.exponential(1.1, int(2 * time[-1]) + 10) + 0.2)
    places = rng.normal(0, [0.16, 0.08], (len(starts) + 1, 2))
    held = places[np.searchsorted(starts, time)]
    held = gaussian_filter1d(held, max(fps * 0.02, 0.3), axis=0, mode="nearest")
    yaw = np.clip(held[:, 0] - 0.6 * np.radians(angles[:, 0]), -0.5, 0.5)
    pitch = np.clip(held[:, 1] - 0.6 * np.radians(angles[:, 1]), -0.35, 0.35)
    for side in ("Left", "Right"):
        strength[:, names.index(f"eyeLookDown{side}")] += np.clip(pitch / _LIDS_FOLLOW, 0, 1)
        strength[:, names.index(f"eyeLookUp{side}")] += np.clip(-pitch / _LIDS_FOLLOW, 0, 1)
    eye = np.stack([pitch, yaw, np.zeros_like(yaw)], axis=1)
    return np.concatenate([eye, eye], axis=1)


def _blinks(rng: Rng, time: Floats, names: Sequence[str], strength: Floats) -> None:
    starts = np.cumsum(rng.gamma(2.0, 1.4, int(time[-1]) + 10) + 0.3)
    course = _pulses(time, starts, np.full(len(starts), _BLINK_S), rng.uniform(0.85, 1.0, len(starts)))
    for side in ("Left", "Right"):
        at = names.index(f"eyeBlink{side}")
        strength[:, at] = np.maximum(strength[:, at], np.clip(course, 0, 1))

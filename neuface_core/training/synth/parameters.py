"""Which heads are rendered: identities, expressions, gaze and poses as they occur in videos of people who talk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.heads.data import Phenotypes
from neuface_core.heads.params import HeadParams

Rng = np.random.Generator

_JAW_OPEN_RAD = 0.33
# What the head's slider of age says of the youngest and the oldest adult.
_AGE_SLIDER = (0.63, 0.99)
# Strongest gaze to the side and up or down, radians.
_GAZE_SIDE_RAD, _GAZE_HEIGHT_RAD = 0.6, 0.4
_MAX_DEG = np.array([75.0, 35.0, 38.0])
"""Largest yaw, pitch and roll."""

# Share of the pictures in which a group of actions is in play, and the prefixes of its names.
_GROUPS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.34, ("mouthSmile", "cheekSquint")),
    (0.15, ("mouthFrown",)),
    (0.15, ("mouthStretch", "mouthDimple")),
    (0.16, ("mouthPucker", "mouthFunnel")),
    (0.12, ("mouthRoll", "mouthPress")),
    (0.10, ("mouthShrug",)),
    (0.24, ("mouthUpperUp", "noseSneer")),
    (0.25, ("mouthLowerDown",)),
    (0.08, ("mouthLeft",)),
    (0.08, ("mouthRight",)),
    (0.05, ("mouthClose",)),
    (0.30, ("browInnerUp", "browOuterUp")),
    (0.12, ("browOuterUp",)),
    (0.24, ("browDown",)),
    (0.22, ("eyeSquint",)),
    (0.18, ("eyeWide",)),
    (0.05, ("cheekPuff",)),
    (0.04, ("jawForward",)),
    (0.05, ("jawLeft",)),
    (0.05, ("jawRight",)),
)


def _expression(rng: Rng, names: Sequence[str]) -> NDArray[np.float32]:
    """ARKit-like strengths in [0, 1]: a few groups at a time, left and right mostly together."""
    strength = np.zeros(len(names), np.float32)
    if rng.random() < 0.12:
        return strength
    for share, prefixes in _GROUPS:
        if rng.random() >= share:
            continue
        level = rng.beta(1.3, 1.3)
        for prefix in prefixes:
            own = level * rng.uniform(0.55, 1.15)
            lean = float(np.exp(rng.normal(0, 0.9))) if rng.random() < 0.25 else 1.0  # one side more than the other
            for side in ("", "Left", "Right", "Upper", "Lower"):
                if prefix + side in names:
                    uneven = lean if side in ("Left", "Right") else 1.0
                    lean = 1 / lean
                    uneven *= np.exp(rng.normal(0, 0.15))
                    strength[names.index(prefix + side)] = np.clip(own * uneven, 0, 1)
    return strength + rng.uniform(0, 0.04, len(names)).astype(np.float32)


def _blink(rng: Rng, names: Sequence[str], strength: NDArray[np.float32]) -> None:
    """Close the eyes in some pictures, in place: a blink, a wink, heavy lids."""
    left, right = names.index("eyeBlinkLeft"), names.index("eyeBlinkRight")
    kind = rng.random()
    if kind < 0.12:
        strength[[left, right]] = rng.uniform(0.8, 1.0)
    elif kind < 0.33:
        strength[[left, right]] = rng.beta(1.2, 2.0)
    elif kind < 0.39:
        strength[rng.choice([left, right])] = rng.uniform(0.6, 1.0)


def _pose(rng: Rng, balanced: bool) -> NDArray[np.float64]:
    """Head orientation as axis-angle (3,), radians: mostly near frontal, up to ±75° of yaw."""
    if balanced:
        yaw = rng.uniform(-1, 1) * _MAX_DEG[0]
        pitch, roll = rng.normal(0, [13, 9])
    elif rng.random() < 0.5:
        yaw, pitch, roll = rng.normal(0, [24, 11, 8])
    else:
        yaw, pitch, roll = rng.uniform(-1, 1, 3) * _MAX_DEG
    angles = np.clip([yaw, pitch, roll], -_MAX_DEG, _MAX_DEG)
    vector: NDArray[np.float64] = Rotation.from_euler("YXZ", angles, degrees=True).as_rotvec()
    return vector


def _gaze(rng: Rng, names: Sequence[str], strength: NDArray[np.float32]) -> NDArray[np.float64]:
    """Rotation of both eyes (6,), radians; the lids follow in `strength`, in place."""
    limit = np.array([_GAZE_SIDE_RAD, _GAZE_HEIGHT_RAD])
    yaw, pitch = np.clip(rng.normal(0, [0.22, 0.13]), -limit, limit)
    squint = rng.normal(0, 0.03)
    # Down is a positive turn about +x (the chin goes down); the lids go with the eye.
    if pitch > 0:
        for side in ("Left", "Right"):
            strength[names.index(f"eyeLookDown{side}")] = min(1.0, pitch / 0.5)
    else:
        for side in ("Left", "Right"):
            strength[names.index(f"eyeLookUp{side}")] = min(1.0, -pitch / 0.5)
    return np.array([pitch, yaw - squint, 0, pitch, yaw + squint, 0])


def person_of(seed: int, people: int) -> int:
    """Number of the person that a seed shows when every `people` consecutive seeds share one."""
    return seed // people


def _aged(shape: NDArray[np.floating], phenotypes: Phenotypes, age: float) -> NDArray[np.floating]:
    """The nearest identity whose age, from 0 (about 18) to 1 (about 85), is the given one."""
    column = phenotypes.names.index("age")
    way, bias = phenotypes.weights[:, column].astype(np.float64), float(phenotypes.bias[column])
    target = _AGE_SLIDER[0] + age * (_AGE_SLIDER[1] - _AGE_SLIDER[0])
    return np.asarray(shape + way * (target - bias - shape @ way) / (way @ way))


def age_and_sex(shape: NDArray[np.floating], phenotypes: Phenotypes | None) -> tuple[float | None, float | None]:
    """What the head's sliders say of an identity (K,): age and female, both clipped to [0, 1]; None where unknown."""
    if phenotypes is None or not {"age", "female"} <= set(phenotypes.names):
        return None, None
    values = dict(zip(phenotypes.names, shape @ phenotypes.weights + phenotypes.bias, strict=True))
    age = (values["age"] - _AGE_SLIDER[0]) / (_AGE_SLIDER[1] - _AGE_SLIDER[0])
    return float(np.clip(age, 0, 1)), float(np.clip(values["female"], 0, 1))


def sample_params(
    seeds: Sequence[int],
    n_shape: int,
    expression_names: Sequence[str],
    *,
    people: int = 1,
    balanced: bool = False,
    phenotypes: Phenotypes | None = None,
) -> HeadParams:
    """Parameters of one head for each seed; the camera is left at [1, 0, 0] for the renderer to fill.

    Parameters
    ----------
    seeds
        A seed always gives the same head, whatever stands beside it.
    n_shape
        Identity components; drawn as N(0, 1), a few people further out.
    expression_names
        The head's ARKit action names.
    people
        Seeds 0..people-1, people..2 people-1 and so on show one person each, in different poses and expressions.
    balanced
        Every yaw within ±75° is equally frequent, so that each slice of a test has enough pictures.
    phenotypes
        The head's, if it knows age: every age is then equally frequent, from young adults to the very old.
    """
    rows: dict[str, list[NDArray[np.floating]]] = {
        name: [] for name in ("shape", "expression", "global_orient", "neck_pose", "jaw_pose", "eye_pose", "camera")
    }
    for seed in seeds:
        own = np.random.default_rng([person_of(seed, people), 1])
        rng = np.random.default_rng([seed, 5])
        shape = own.standard_normal(n_shape) * own.choice([0.7, 1.0, 1.25])
        if phenotypes is not None and "age" in phenotypes.names:
            shape = _aged(shape, phenotypes, float(own.random()))
        strength = _expression(rng, expression_names)
        _blink(rng, expression_names, strength)
        jaw = np.zeros(3)
        if rng.random() < 0.6:
            jaw[0] = _JAW_OPEN_RAD * rng.beta(1.0, 1.6)
        jaw[1:] = rng.normal(0, [0.02, 0.01])
        rows["shape"].append(shape)
        rows["eye_pose"].append(_gaze(rng, expression_names, strength))
        rows["expression"].append(np.clip(strength, 0, 1))
        rows["global_orient"].append(_pose(rng, balanced))
        rows["neck_pose"].append(np.zeros(3))
        rows["jaw_pose"].append(jaw)
        rows["camera"].append(np.array([1.0, 0.0, 0.0]))
    return HeadParams(**{name: torch.as_tensor(np.stack(v), dtype=torch.float32) for name, v in rows.items()})

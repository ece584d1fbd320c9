"""How one synthetic person looks: colours of skin, lips, brows, eyes, hair and beard, and the hair's shape."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from neuface_core.training.synth.skin_map import SkinMap

Array = NDArray[np.float32]
Rng = np.random.Generator

# Light to dark, between which a skin colour is mixed (sRGB).
_SKIN = np.array([[0.96, 0.82, 0.75], [0.90, 0.72, 0.60], [0.78, 0.58, 0.45], [0.58, 0.40, 0.29], [0.32, 0.21, 0.16]])
_HAIR = np.array(
    [
        [0.06, 0.05, 0.05],
        [0.14, 0.09, 0.07],
        [0.30, 0.20, 0.13],
        [0.55, 0.42, 0.26],
        [0.45, 0.22, 0.12],
        [0.7, 0.7, 0.7],
    ]
)
_IRIS = np.array([[0.22, 0.13, 0.07], [0.35, 0.22, 0.12], [0.35, 0.48, 0.60], [0.36, 0.45, 0.30], [0.45, 0.47, 0.48]])
_IRIS_RADIUS_M = 0.0062


@dataclass(frozen=True)
class Look:
    """Colours (3,) in [0, 1] and measures of one person."""

    skin: Array
    blush: float
    lips: Array
    hair: Array
    iris: Array
    sclera: Array
    mouth: Array
    pupil_share: float
    brow_width_m: float
    brow_strength: float
    lid_strength: float
    beard: float
    stubble_only: bool
    hair_length_m: float
    bald: bool
    grain: float
    grain_seed: int


def sample_look(rng: Rng) -> Look:
    """Draw one person's look."""
    tone = rng.uniform(0, len(_SKIN) - 1)
    low = int(min(tone, len(_SKIN) - 2))
    skin = _SKIN[low] + (tone - low) * (_SKIN[low + 1] - _SKIN[low])
    skin = np.clip(skin * np.exp(rng.normal(0, 0.06, 3)) * np.exp(rng.normal(0, 0.08)), 0.05, 1)
    rosy = np.array([1.0, rng.uniform(0.5, 0.85), rng.uniform(0.5, 0.85)])
    hair = np.clip(_HAIR[rng.choice(len(_HAIR), p=[0.28, 0.26, 0.2, 0.1, 0.06, 0.1])] * rng.uniform(0.7, 1.3, 3), 0, 1)
    return Look(
        skin=skin.astype(np.float32),
        blush=float(rng.uniform(0, 0.35)),
        lips=np.clip(skin * rosy * rng.uniform(0.75, 1.02), 0, 1).astype(np.float32),
        hair=hair.astype(np.float32),
        iris=np.clip(_IRIS[rng.integers(len(_IRIS))] * rng.uniform(0.6, 1.3), 0, 1).astype(np.float32),
        sclera=(np.array([0.93, 0.91, 0.89]) * rng.uniform(0.75, 1.0)).astype(np.float32),
        mouth=(np.array([0.35, 0.10, 0.10]) * rng.uniform(0.3, 1.1)).astype(np.float32),
        pupil_share=float(rng.uniform(0.3, 0.6)),
        brow_width_m=float(rng.uniform(0.0028, 0.0058)),
        brow_strength=float(rng.uniform(0.35, 0.95) if rng.random() < 0.93 else rng.uniform(0, 0.3)),
        lid_strength=float(rng.uniform(0.25, 0.95)),
        beard=float(rng.uniform(0.3, 0.9) if rng.random() < 0.22 else 0.0),
        stubble_only=bool(rng.random() < 0.5),
        hair_length_m=float(np.exp(rng.uniform(np.log(0.004), np.log(0.03)))),
        bald=bool(rng.random() < 0.1),
        grain=float(rng.uniform(0, 0.06)),
        grain_seed=int(rng.integers(2**31)),
    )


def _step(x: Array, edge: float, softness: float) -> Array:
    """1 where x is below the edge, 0 above, soft between."""
    share: Array = np.clip((edge - x) / softness + 0.5, 0, 1).astype(np.float32)
    return share


def _mix(base: Array, colour: Array, share: Array) -> Array:
    mixed: Array = base + share[:, None] * (colour - base)
    return mixed


def _grain(look: Look, neutral: Array, cells_per_m: float) -> Array:
    """Smooth noise on the skin (P,), about N(0, 1), fixed to the head."""
    rng = np.random.default_rng([look.grain_seed, int(cells_per_m)])
    table = cv2.resize(rng.standard_normal((64, 64), np.float32), (512, 512), interpolation=cv2.INTER_CUBIC)
    scale = cells_per_m * 8
    u = (neutral[:, 0] + 0.7 * neutral[:, 2]) * scale
    v = (neutral[:, 1] + 0.3 * neutral[:, 2]) * scale
    grain: Array = table[v.astype(np.int64) % 512, u.astype(np.int64) % 512]
    return grain


def albedo(look: Look, skin: SkinMap, pixels: Array) -> Array:
    """Colours (P, 3) of the seen points.

    Parameters
    ----------
    pixels : (P, C)
        Columns of `SkinMap.vertex`, carried to the pixels.
    """
    column = {name: pixels[:, i] for i, name in enumerate(skin.names)}
    neutral = pixels[:, :3]
    front = np.clip((neutral[:, 2] + 0.045) / 0.02, 0, 1).astype(np.float32)
    colour = np.tile(look.skin, (len(pixels), 1)).astype(np.float32)
    colour *= (
        1 + look.grain * _grain(look, neutral, 60)[:, None] + 0.5 * look.grain * _grain(look, neutral, 400)[:, None]
    )

    cheeks = skin.landmarks[[2, 14, 30]] * [0.75, 1, 1] + [0, 0.0, 0]
    for spot, radius in zip(cheeks, (0.022, 0.022, 0.014), strict=True):
        near = np.exp(-np.square((neutral[:, :2] - spot[:2]) / radius).sum(axis=1)).astype(np.float32)
        colour = _mix(colour, look.skin * np.array([1.0, 0.72, 0.72], np.float32), look.blush * near * front)

    lip = skin.look_up(skin.lip, neutral)
    colour = _mix(colour, look.lips, _step(lip, 0.0003, 0.0012) * front)
    if look.beard > 0:
        colour = _mix(colour, look.hair, _beard(look, skin, neutral, lip))
    brow = skin.look_up(skin.brow, neutral)
    hairs = 1 + 0.25 * _grain(look, neutral, 700)
    colour = _mix(colour, look.hair * 0.8, look.brow_strength * _step(brow, look.brow_width_m, 0.002) * front * hairs)
    lid = skin.look_up(skin.lid, neutral)
    colour = _mix(colour, look.hair * 0.3, look.lid_strength * _step(lid, 0.0011, 0.0012) * front)
    colour = _mix(colour, look.mouth, np.maximum(column["inner_mouth"], 0) ** 2)
    colour = _mix(colour, np.array([0.65, 0.32, 0.32], np.float32), column["tongue"])
    colour = _mix(colour, look.skin * 0.45, column["eye_sockets"] * 0.7)
    for centre, name in zip(skin.eye_centres, ("left_eye", "right_eye"), strict=True):
        seen = column[name] > 0.5
        colour[seen] = _eye(look, neutral[seen] - centre)
    if not look.bald:
        hair = look.hair * (1 + 0.25 * _grain(look, neutral, 500))[:, None]
        colour += (np.clip(hair, 0, 1) - colour) * _step(-column["scalp"], -0.5, 0.5)[:, None]
    return np.asarray(np.clip(colour, 0, 1), np.float32)


def _eye(look: Look, offset: Array) -> Array:
    """Colours (P, 3) of an eyeball at offsets (P, 3) from its centre, looking along +z."""
    away = np.linalg.norm(offset[:, :2], axis=1).astype(np.float32)
    front = (offset[:, 2] > 0).astype(np.float32)
    eye = np.tile(look.sclera, (len(offset), 1)).astype(np.float32)
    iris = look.iris * (1 - 0.5 * _step(np.abs(away - _IRIS_RADIUS_M), 0.0008, 0.0006))[:, None]
    eye += (iris - eye) * (_step(away, _IRIS_RADIUS_M, 0.0005) * front)[:, None]
    eye = _mix(eye, np.full(3, 0.02, np.float32), _step(away, _IRIS_RADIUS_M * look.pupil_share, 0.0005) * front)
    return eye


def _beard(look: Look, skin: SkinMap, neutral: Array, lip: Array) -> Array:
    """Where a beard grows (P,): chin, jaw and around the mouth."""
    nose, chin = skin.landmarks[33, 1], skin.landmarks[8, 1]
    low = _step(neutral[:, 1], float(nose) - 0.004, 0.008) * _step(-neutral[:, 1], 0.03 - float(chin), 0.02)
    along_jaw = np.maximum(_step(neutral[:, 1], float(chin) + 0.025, 0.02), _step(lip, 0.014, 0.01))
    hairs = 1 + (0.15 if look.stubble_only else 0.4) * _grain(look, neutral, 600)
    strength = look.beard * (0.5 if look.stubble_only else 1.0)
    grown = strength * low * along_jaw * hairs * _step(-lip, 0.0, 0.001) * _step(-neutral[:, 2], 0.07, 0.02)
    return np.asarray(np.clip(grown, 0, 1), np.float32)


def hair_displacement(look: Look, skin: SkinMap) -> Array:
    """How far (V,) in metres the scalp stands out as hair."""
    scalp = skin.vertex[:, skin.names.index("scalp")]
    if look.bald:
        return np.zeros(len(scalp), np.float32)
    neutral = skin.vertex[:, :3]
    uneven = np.clip(1 + 0.35 * _grain(look, neutral, 30), 0.3, 2)
    return np.asarray(look.hair_length_m * scalp * uneven, np.float32)

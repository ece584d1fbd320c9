"""Who a synthetic person is to the eye: skin, lips, brows, eyes, hair, beard, and what is worn on the head."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from neuface_core.training.synth.attributes import BEARDS, GLASSES, HAIR_STYLES, HATS

Array = NDArray[np.float32]
Rng = np.random.Generator

# Skin tones are even steps of the individual typology angle; a* and b* follow it as they do in people.
_ITA_LIGHTEST_DEG, _ITA_DARKEST_DEG = 62.0, -58.0
_HAIR = np.array(
    [
        [0.05, 0.045, 0.045],
        [0.12, 0.08, 0.06],
        [0.26, 0.17, 0.11],
        [0.40, 0.28, 0.17],
        [0.66, 0.53, 0.36],
        [0.42, 0.20, 0.10],
    ]
)
_GREY = np.array([0.62, 0.62, 0.62])
_IRIS = np.array([[0.16, 0.09, 0.05], [0.30, 0.18, 0.09], [0.36, 0.46, 0.56], [0.36, 0.42, 0.28], [0.42, 0.45, 0.47]])

_P_HAIR_WOMEN = (0.02, 0.14, 0.27, 0.39, 0.18)
_P_HAIR_MEN = (0.14, 0.62, 0.15, 0.08, 0.01)
_P_BEARD = (0.50, 0.20, 0.06, 0.08, 0.16)
_P_GLASSES = (0.80, 0.17, 0.03)
_P_HAT_WOMEN = (0.87, 0.05, 0.03, 0.05)
_P_HAT_MEN = (0.89, 0.08, 0.03, 0.0)


@dataclass(frozen=True)
class Look:
    """Colours (3,) in [0, 1], measures and choices of one person.

    Attributes
    ----------
    skin_tone, ita_deg, age
        As in `FaceAttributes`.
    hair_style, beard_style, glasses, hat
        Words of `attributes`.
    curl : float
        0 straight to 1 curly.
    parting : float
        Where the hair parts, -1 right to 1 left.
    fringe : float
        How far hair falls over the forehead: 0 none, 1 to the brows.
    seed : int
        Fixes what is drawn without a field of its own (freckles, strands): the same in every picture of the person.
    """

    skin_tone: float
    ita_deg: float
    age: float
    skin: Array
    blush: float
    freckles: float
    lines: float
    gloss: float
    lips: Array
    brow: Array
    hair: Array
    iris: Array
    sclera: Array
    mouth: Array
    teeth: Array
    pupil_share: float
    brow_strength: float
    brow_height: float
    brow_shift_m: float
    lash: float
    lash_length_m: float
    liner: float
    fold: float
    shadow: Array
    shadow_strength: float
    hair_style: str
    hair_length_m: float
    curl: float
    parting: float
    fringe: float
    hairline_m: float
    beard_style: str
    beard: float
    glasses: str
    hat: str
    cloth: Array
    grain: float
    seed: int

    @property
    def bald(self) -> bool:
        """No hair at all on the scalp."""
        return self.hair_style == "bald"


def skin_colour(tone: float, rng: Rng | None = None) -> tuple[Array, float]:
    """Display colour (3,) in [0, 1] of a skin tone in [0, 1], and its individual typology angle in degrees.

    L*, a* and b* follow published ranges of human skin (b* is largest in the middle); `rng` varies them.
    """
    ita = _ITA_LIGHTEST_DEG + (_ITA_DARKEST_DEG - _ITA_LIGHTEST_DEG) * tone
    b = 12.0 + 6.5 * np.sin(np.pi * min(1.0, 0.15 + 0.85 * tone)) - 2.0 * tone
    a = 8.5 + 3.5 * np.sin(np.pi * min(1.0, 0.1 + 0.8 * tone))
    if rng is not None:
        a, b = a + rng.normal(0, 1.6), b * float(np.exp(rng.normal(0, 0.10)))
    lightness = 50.0 + b * np.tan(np.radians(ita))
    lab = np.array([[[np.clip(lightness, 20.0, 88.0), a, b]]], np.float32)
    rgb = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[0, 0], 0.03, 1.0)
    return rgb.astype(np.float32), float(np.degrees(np.arctan2(lab[0, 0, 0] - 50.0, b)))


def _hair_colour(rng: Rng, tone: float, age: float) -> Array:
    dark = np.array([0.34, 0.27, 0.19, 0.10, 0.06, 0.04])
    if tone > 0.45:
        dark = np.array([0.66, 0.26, 0.06, 0.01, 0.005, 0.005])
    if rng.random() < 0.04:  # dyed
        return np.array(colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.8)), np.float32)
    natural = _HAIR[rng.choice(len(_HAIR), p=dark / dark.sum())] * rng.uniform(0.7, 1.3) * rng.uniform(0.95, 1.05, 3)
    grey = np.clip(rng.normal((age - 0.45) * 2.0, 0.3), 0, 1) if rng.random() < 0.85 else 0.0
    return np.asarray(np.clip(natural + grey * (_GREY * rng.uniform(0.7, 1.3) - natural), 0.02, 0.95), np.float32)


def sample_look(rng: Rng, age: float | None = None, female: float | None = None) -> Look:
    """Draw one person: every skin tone and age in [0, 1] alike frequent; the rest as in docs/synthetic_faces.md.

    Parameters
    ----------
    age, female
        What the shape of the head says, in [0, 1]; without it both are drawn.
    """
    tone, drawn = float(rng.random()), float(rng.random())
    age = drawn if age is None else age
    womanly = bool(rng.random() < np.clip(((0.5 if female is None else female) - 0.5) * 2.5 + 0.5, 0.04, 0.96))
    skin, ita = skin_colour(tone, rng)
    hair = _hair_colour(rng, tone, age)
    style = str(rng.choice(HAIR_STYLES, p=_P_HAIR_WOMEN if womanly else _P_HAIR_MEN))
    manly = not womanly
    beard_style = str(rng.choice(BEARDS, p=_P_BEARD)) if manly else "none"
    made_up = not manly and rng.random() < 0.55
    lip_tint = np.array([rng.uniform(0.88, 1.02), *np.full(2, rng.uniform(0.58, 0.84))]) * [1, 1, rng.uniform(1.0, 1.2)]
    lips = skin * lip_tint * rng.uniform(0.82, 1.0)
    if made_up and rng.random() < 0.6:
        stick = np.array(
            colorsys.hsv_to_rgb(rng.normal(0.965, 0.02) % 1, rng.uniform(0.4, 0.85), rng.uniform(0.35, 0.8))
        )
        lips = lips + rng.uniform(0.4, 0.95) * (stick - lips)
    brow = np.clip(hair * rng.uniform(0.4, 0.85) if rng.random() < 0.85 else skin * rng.uniform(0.2, 0.5), 0.02, 0.8)
    if rng.random() < 0.9:  # brows are mostly darker than the skin, whatever the hair
        brow = np.minimum(brow, skin * rng.uniform(0.35, 0.7))
    length = {"bald": 0.0, "short": rng.uniform(0.003, 0.022)}
    return Look(
        skin_tone=tone,
        ita_deg=ita,
        age=age,
        skin=skin,
        blush=float(rng.uniform(0, 0.4) * (1 - 0.5 * tone)),
        freckles=float(rng.uniform(0.2, 0.8) if rng.random() < 0.18 * (1.4 - tone) else 0.0),
        lines=float(np.clip(rng.normal(1.5 * (age - 0.35), 0.15), 0, 1)),
        gloss=float(rng.uniform(0.02, 0.22)),
        lips=np.clip(lips, 0.02, 1).astype(np.float32),
        brow=brow.astype(np.float32),
        hair=hair,
        iris=np.clip(_IRIS[_iris(rng, tone)] * rng.uniform(0.5, 1.0), 0, 1).astype(np.float32),
        sclera=(np.array([0.90, 0.88, 0.86]) * rng.uniform(0.82, 1.0)).astype(np.float32),
        mouth=(np.array([0.32, 0.10, 0.10]) * rng.uniform(0.35, 1.0)).astype(np.float32),
        teeth=(np.array([0.93, 0.90, 0.82]) * rng.uniform(0.75, 1.02) * [1, 1, rng.uniform(0.85, 1.05)]).astype(
            np.float32
        ),
        pupil_share=float(rng.uniform(0.3, 0.55)),
        brow_strength=float(rng.uniform(0.65, 1.0) if rng.random() < 0.93 else rng.uniform(0.05, 0.3)),
        brow_height=float(rng.uniform(0.9, 1.6) if manly else rng.uniform(0.6, 1.2)),
        brow_shift_m=float(rng.normal(-0.0005, 0.0012)),
        lash=float(rng.uniform(0.5, 1.0) if made_up else rng.uniform(0.1, 0.7)),
        lash_length_m=float(rng.uniform(0.006, 0.010) if made_up else rng.uniform(0.003, 0.007)),
        liner=float(rng.uniform(0.4, 1.0) if made_up and rng.random() < 0.6 else rng.uniform(0.0, 0.3)),
        fold=float(rng.random()),
        shadow=np.clip(skin * rng.uniform(0.35, 0.95, 3), 0, 1).astype(np.float32),
        shadow_strength=float(rng.uniform(0.2, 0.7) if made_up and rng.random() < 0.5 else rng.uniform(0, 0.15)),
        hair_style=style,
        hair_length_m=float(length.get(style, rng.uniform(0.006, 0.018))),
        curl=float(np.clip(rng.normal(0.75 if tone > 0.7 else 0.2, 0.25), 0, 1)),
        parting=float(rng.uniform(-1, 1)),
        fringe=float(rng.uniform(0.3, 1.0) if rng.random() < 0.3 else 0.0),
        hairline_m=float(rng.normal(0, 0.004) + (max(0.0, rng.normal(0.008, 0.01)) if manly and age > 0.4 else 0.0)),
        beard_style=beard_style,
        beard=float(rng.uniform(0.45, 1.0)),
        glasses=str(rng.choice(GLASSES, p=_P_GLASSES)),
        hat=str(rng.choice(HATS, p=_P_HAT_WOMEN if womanly else _P_HAT_MEN)),
        cloth=np.clip(rng.uniform(0.04, 0.9) + rng.normal(0, 0.12, 3), 0.02, 0.95).astype(np.float32),
        grain=float(rng.uniform(0.004, 0.022)),
        seed=int(rng.integers(2**31)),
    )


def _iris(rng: Rng, tone: float) -> int:
    light = 0.6 * max(0.0, 1 - 1.6 * tone)
    return int(rng.choice(5, p=[0.55 * (1 - light), 0.45 * (1 - light), 0.45 * light, 0.25 * light, 0.3 * light]))

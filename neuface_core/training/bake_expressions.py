"""The 50 expressions from the 52 ARKit actions: named and symmetric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.training.bake_mesh import mirrored

Array = NDArray[np.float64]

BLINK_STRENGTH = 0.81
"""At full strength the source's upper lid slides 4 mm past the lower one. At this share 99 of 100 random heads shut
their eyes to half a millimetre, and the usual lid passes by 1 mm."""


def expressions(actions: dict[str, Array]) -> dict[str, Array]:
    """The 50 expressions (V, 3) from the 52 ARKit actions.

    `jawOpen` is the jaw joint's work and `tongueOut` is left out. `mouthClose` corrects `jawOpen`: alone it pushes the
    lower lip through the face, so it is stored together with it, as a lowered jaw with closed lips.
    `eyeBlink` is scaled so that 1 shuts the eye and no more.
    """
    kept = {name: move for name, move in actions.items() if name not in ("jawOpen", "tongueOut")}
    for side in ("Left", "Right"):
        kept[f"eyeBlink{side}"] = BLINK_STRENGTH * actions[f"eyeBlink{side}"]
    kept["mouthClose"] = actions["mouthClose"] + actions["jawOpen"]
    return kept


def symmetric(moves: dict[str, Array], mirror: NDArray[np.int64]) -> dict[str, Array]:
    """Make each left/right pair exact mirror images, and the unsided actions symmetric."""
    result = {}
    for name, move in moves.items():
        other = mirror_name(name)
        result[name] = (move + mirrored(moves[other], mirror)) / 2
    return result


def mirror_name(name: str) -> str:
    """The action that a mirror turns `name` into."""
    for one, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(one):
            return name.removesuffix(one) + other
    return name

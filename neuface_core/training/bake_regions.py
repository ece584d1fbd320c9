"""Name the regions of the head: from skin weights, painted segments, the reach of local changes, and edge rings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.training.bake_mesh import components
from neuface_core.training.bake_source import AnnyHead

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

VERMILION_RINGS = 7
"""The red of the lips is this many rings of vertices wide, counted from the mouth's inside (looked at on the mesh)."""


HAIRLINE_FRONT = 0.060
"""Metres above the eyes at which hair begins on the forehead; it falls by 0.45 m per metre towards the ears."""


def hair_depth(neutral: Array, eyes: tuple[Array, Array], ears: Mask) -> Array:
    """Height (V,) in metres above the line where hair begins: positive on the scalp, negative on face and nape."""
    above = neutral[:, 1] - (eyes[0][1] + eyes[1][1]) / 2
    behind = (eyes[0][2] + eyes[1][2]) / 2 - neutral[:, 2]
    front = above - (HAIRLINE_FRONT - 0.45 * np.maximum(0.0, behind - 0.005))
    back = np.minimum(float(neutral[ears, 2].mean()) - neutral[:, 2], above + 0.055)
    return np.asarray(np.maximum(front, back), np.float64)


def grow(mask: Mask, faces: Ints, rings: int = 1) -> Mask:
    """`mask` (V,) and its neighbours up to `rings` edges away."""
    grown = mask.copy()
    for _ in range(rings):
        grown[faces[grown[faces].any(1)]] = True
    return grown


def regions(source: AnnyHead, neutral: Array, eyes: tuple[Array, Array]) -> dict[str, Mask]:
    """Named sets of vertices (V,) of the uncut head.

    Parameters
    ----------
    source
        The uncut head.
    neutral : (V, 3)
        A symmetric neutral head, metres.
    eyes : two (3,)
        Centres of the left and the right eyeball.
    """
    skin_weight = source.skin_weights()
    part = components(len(neutral), source.faces)
    sizes = np.bincount(part)
    # The eyeballs are the parts of their own that hang wholly on the eye joints.
    eyeball = [part == (np.bincount(part, skin_weight[:, column]) / sizes).argmax() for column in (3, 4)]
    skin = part == sizes.argmax()
    teeth = source.teeth["upper"] | source.teeth["lower"]
    tongue = ~skin & ~eyeball[0] & ~eyeball[1] & ~teeth
    mouth = _inside(source, "mouth_cavity")
    sockets = _inside(source, "eye_cavity.L") | _inside(source, "eye_cavity.R")
    outer = skin & ~mouth & ~sockets
    ears = outer & _moved(source, ("l-ear-trans-up", "r-ear-trans-up"), 0.5)
    lips = outer & grow(mouth, source.faces, VERMILION_RINGS)
    nose = outer & ~lips & _moved(source, ("nose-trans-up",), 0.5)
    neck = outer & (source.skull_weight() < 0.5) & ~ears
    scalp = outer & ~neck & ~ears & (hair_depth(neutral, eyes, ears) > 0.0)
    face = outer & ~neck & ~ears & ~scalp & (neutral[:, 2] > neutral[ears, 2].max() - 0.002)
    return {
        "face": face,
        "left_eye": eyeball[0],
        "right_eye": eyeball[1],
        "lips": lips,
        "nose": nose,
        "ears": ears,
        "scalp": scalp,
        "neck": neck,
        "inner_mouth": mouth,
        "tongue": tongue,
        "eye_sockets": sockets,
        "teeth": teeth,
        "eyes": eyeball[0] | eyeball[1],
        "mouth": lips | mouth | tongue | teeth,
    }


def ear_surroundings(source: AnnyHead, neutral: Array) -> Mask:
    """Vertices (V,) that a larger ear moves; they say little about where a head is."""
    return _moved(source, ("l-ear-scale-incr", "r-ear-scale-incr"), 0.3) & (np.abs(neutral[:, 0]) > 0.05)


def _inside(source: AnnyHead, label: str) -> Mask:
    """Vertices all of whose faces are painted with `label`."""
    painted = source.segment(label)
    inside = np.zeros(len(source.skull_weight()), bool)
    inside[source.faces[painted].ravel()] = True
    inside[source.faces[~painted].ravel()] = False
    return inside


def _moved(source: AnnyHead, targets: tuple[str, ...], share: float) -> Mask:
    """Vertices that one of the local changes moves by more than `share` of its largest move."""
    moved = np.zeros(len(source.skull_weight()), bool)
    for name in targets:
        length = np.linalg.norm(source.target(name), axis=1)
        moved |= length > share * length.max()
    return moved

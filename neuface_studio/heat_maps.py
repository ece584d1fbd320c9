"""Colours for "none" to "a lot": of heat strips, landmark errors, the mesh and the gradient map.

Only maps that rise evenly in lightness from dark to light, so that they can be read with any kind of colour vision, and
in grey. One of them holds for the whole program: a reviewer learns once what a light strip means. Threads that compose
pictures read it as well, so it is kept here and not in a widget.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from neuface_studio.language import mark

SEA = "sea"
HEAT_MAPS = {
    SEA: mark("Sea: dark blue to pale yellow"),
    "viridis": mark("Viridis: violet to yellow"),
    "cividis": mark("Cividis: blue to yellow, alike for all eyes"),
    "inferno": mark("Inferno: black to pale yellow, with the most contrast"),
}
_ANCHORS = {
    SEA: "2d2a6e 2f5597 2a7f9e 2fa387 7cc45a d3d743 fff3a0",
    # Nine colours of each map of matplotlib (van der Walt, Smith, Firing: CC0; cividis: Nuñez, Anderton, Renslow 2018).
    "viridis": "440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725",
    "cividis": "00224e 1a386f 434e6c 61656f 7d7c78 9b9476 bcae6c dec958 fee838",
    "inferno": "000004 210c4a 57106e 8a226a bc3754 e45a31 f98e09 f9cb35 fcffa4",
}
_chosen = [SEA]


def choose_heat(name: str) -> bool:
    """Let the map of this name hold; False where it does already."""
    other = name in HEAT_MAPS and name != _chosen[0]
    if other:
        _chosen[0] = name
    return other


def chosen_heat() -> str:
    """Name of the map that holds."""
    return _chosen[0]


@cache
def heat_map(name: str) -> NDArray[np.uint8]:
    """A map as (256, 3) uint8, from nothing to a lot."""
    anchors = np.array([[int(colour[k : k + 2], 16) for k in (0, 2, 4)] for colour in _ANCHORS[name].split()])
    at = np.linspace(0, len(anchors) - 1, 256)
    return np.stack([np.interp(at, np.arange(len(anchors)), anchors[:, k]) for k in range(3)], axis=1).astype(np.uint8)

"""Teeth of a synthetic person: two rows, the upper one fixed to the skull, the lower one to the jaw."""

from __future__ import annotations

import numpy as np

from neuface_core.training.synth.look import Look
from neuface_core.training.synth.solids import Floats, Solid, grid

_TEETH_TO_A_SIDE = 6.5


def teeth(look: Look, resting: Floats, jaw_rotation: Floats, jaw_joint: Floats) -> list[Solid]:
    """Both rows in the frame of a head that looks ahead.

    Parameters
    ----------
    resting : (68, 3)
        Landmarks of the person without expression and with the jaw shut.
    jaw_rotation : (3, 3), jaw_joint : (3,)
        How the jaw turns, and about what.
    """
    line, front = resting[[61, 62, 63, 65, 66, 67], 1].mean(), resting[[62, 66], 2].min()
    half = 0.88 * float(resting[64, 0] - resting[60, 0]) / 2 + 0.005
    upper = _row(look, half, front - 0.0035, line - 0.0022, line + 0.009, line + 0.016)
    lower = _row(look, half * 0.94, front - 0.0065, line - 0.0005, line - 0.0095, line - 0.016)
    return [upper, lower.moved(jaw_rotation, jaw_joint)]


def _row(look: Look, half: float, front: float, edge: float, gum: float, root: float) -> Solid:
    height = np.array([edge, edge + 0.15 * (gum - edge), gum, root])
    depth = np.array([0.0, 0.0008, 0.0, -0.001])
    turn = np.radians(np.linspace(-84, 84, 28))
    x = np.broadcast_to(half * np.sin(turn), (4, 28))
    z = front - 1.35 * half * (1 - np.cos(turn))[None] + depth[:, None]
    y = np.broadcast_to(height[:, None], (4, 28))
    u = np.broadcast_to(turn / turn[-1] * _TEETH_TO_A_SIDE, (4, 28))
    v = np.broadcast_to(np.array([1.0, 0.9, 0.0, -0.6])[:, None], (4, 28))
    return grid(np.stack([x, y, z], -1), look.teeth, "teeth", gloss=0.5, uv=np.stack([u, v], -1))

"""What comes between a synthetic face and the camera: hands, microphones, phones, other things."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neuface_core.training.synth.look import Look
from neuface_core.training.synth.solids import Floats, Solid, ball, box, capsule, tube

Rng = np.random.Generator


def occluder(rng: Rng, word: str, look: Look, landmarks: Floats) -> list[Solid]:
    """Meshes of one of the words of `attributes.OCCLUDERS` (but for "none" and "mask"), in the model frame.

    Parameters
    ----------
    landmarks : (68, 3)
        Of the posed head: where the thing is held.
    """
    if word == "hand":
        return _hand(rng, look, landmarks)
    if word == "microphone":
        return _microphone(rng, landmarks)
    if word == "phone":
        return _phone(rng, look, landmarks)
    return _thing(rng, landmarks)


def _hand(rng: Rng, look: Look, landmarks: Floats) -> list[Solid]:
    """Four fingers, a thumb and the back of a hand, at chin, mouth, cheek or eye."""
    spot = landmarks[int(rng.choice([8, 5, 11, 57, 48, 54, 3, 13, 40, 47, 21]))].copy()
    spot[2] = max(spot[2], float(landmarks[:, 2].max()) - 0.03) + rng.uniform(0.012, 0.03)
    lean = rng.uniform(-1.0, 1.0)
    skin = np.clip(look.skin * rng.uniform(0.85, 1.05), 0, 1)
    radius = rng.uniform(0.0075, 0.0095)
    up = np.array([np.sin(lean), np.cos(lean), 0.0])
    across = np.array([np.cos(lean), -np.sin(lean), 0.0])
    spread, curl = rng.uniform(0.95, 1.25), rng.uniform(0.0, 0.9)
    solids: list[Solid] = []
    for k, length in enumerate(np.array([0.85, 1.0, 0.95, 0.75]) * 0.075):
        base = spot + across * (k - 1.5) * 2 * radius * spread - up * 0.03
        lengths = np.cumsum([0.0, 0.45, 0.3, 0.25]) * length
        bend = curl * np.array([0.0, 0.1, 0.35, 0.7])
        line = base + lengths[:, None] * up * np.cos(bend)[:, None]
        line = (
            line
            - np.array([0, 0, 1.0]) * (lengths * np.sin(bend))[:, None]
            + across * (k - 1.5) * lengths[:, None] * 0.1
        )
        solids.append(capsule(line, radius * (0.95 if k < 3 else 0.82), skin, "skin", 0.08))
    palm = spot - up * 0.065 + np.array([0, 0, 0.002])
    solids.append(capsule(np.stack([palm + up * 0.03, palm, palm - up * 0.03]), 0.019, skin, "skin", 0.08))
    for side in (-1.0, 1.0):
        edge = palm + across * 0.017 * side
        solids.append(capsule(np.stack([edge + up * 0.032, edge, edge - up * 0.03]), 0.017, skin, "skin", 0.08))
    thumb = palm - across * 0.035 * rng.choice([-1.0, 1.0])
    tip = thumb + (up * 0.7 - np.sign((thumb - palm) @ across) * -across * 0.5) * 0.055
    solids.append(capsule(np.stack([thumb - up * 0.01, (thumb + tip) / 2, tip]), radius * 1.1, skin, "skin", 0.08))
    arm = palm - up * 0.04
    sleeve = tube(np.stack([arm, arm - up * 0.06, arm - up * 0.30]), np.array([0.024, 0.027, 0.04]), skin, "skin", 10)
    return [*solids, sleeve]


def _microphone(rng: Rng, landmarks: Floats) -> list[Solid]:
    mouth = landmarks[48:60].mean(axis=0)
    head = mouth + np.array([rng.normal(0, 0.03), rng.uniform(-0.05, -0.012), rng.uniform(0.035, 0.07)])
    way = np.array([rng.normal(0, 0.5), -1.0, rng.uniform(-0.1, 0.5)])
    way /= np.linalg.norm(way)
    radius = rng.uniform(0.014, 0.026)
    dark = np.clip(rng.uniform(0.02, 0.2) + rng.normal(0, 0.02, 3), 0.01, 1)
    solids = [ball(head, np.full(3, radius), dark * rng.uniform(1.0, 2.5), "cloth", 0.3)]
    line = head + way * np.linspace(radius * 0.8, 0.25, 4)[:, None]
    return [*solids, tube(line, np.array([0.6, 0.55, 0.5, 0.5]) * radius, dark, "plain", 10, 0.4)]


def _phone(rng: Rng, look: Look, landmarks: Floats) -> list[Solid]:
    paint = np.clip(rng.uniform(0.02, 0.25) + rng.normal(0, 0.03, 3), 0.01, 1)
    side = int(rng.choice([2, 14, 8, 3, 13]))
    spot = landmarks[side] + np.array([0.0, rng.uniform(-0.03, 0.02), rng.uniform(0.02, 0.06)])
    body = box(np.zeros(3), np.array([0.036, 0.074, 0.004]), paint, "plain", 0.6)
    turn, lean = rng.uniform(-1.2, 1.2), rng.uniform(-0.6, 0.6)
    rotation = _turn(1, turn) @ _turn(2, lean)
    return [body.moved(rotation, np.zeros(3), spot), *_hand(rng, look, landmarks - landmarks[side] + spot)[:4]]


def _thing(rng: Rng, landmarks: Floats) -> list[Solid]:
    """A cup, a ball, a board: something of one colour."""
    spot = landmarks[rng.integers(68)] + rng.normal(0, 0.02, 3)
    spot[2] = float(landmarks[:, 2].max()) + rng.uniform(0.01, 0.05)
    paint = np.clip(rng.uniform(0.03, 0.95) + rng.normal(0, 0.2, 3), 0.02, 0.97)
    half = rng.uniform(0.008, 0.035, 3)
    if rng.random() < 0.5:
        return [ball(spot, half, paint, "plain", rng.uniform(0, 0.5))]
    made = box(np.zeros(3), half, paint, "plain", rng.uniform(0, 0.5))
    return [made.moved(_turn(1, rng.uniform(-1, 1)) @ _turn(2, rng.uniform(-1, 1)), np.zeros(3), spot)]


def _turn(axis: int, angle: float) -> NDArray[np.float64]:
    """Rotation about an axis of the model frame."""
    cos, sin = np.cos(angle), np.sin(angle)
    rotation = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    rotation[i, i], rotation[i, j], rotation[j, i], rotation[j, j] = cos, -sin, sin, cos
    return rotation

"""Light on a synthetic face: a soft surrounding and one or two lamps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Lights:
    """The lights of a picture.

    Attributes
    ----------
    ambient : (3,), gradient : (3, 3)
        Surrounding light: colour from everywhere, and how it grows along x, y, z.
    directions : (L, 3), colours : (L, 3)
        Lamps at infinity.
    wrap : float
        How far a lamp reaches around the head; 0 is a point, 1 a wall of light.
    gloss, sharpness : float
        Strength and exponent of the shine.
    """

    ambient: Array
    gradient: Array
    directions: Array
    colours: Array
    wrap: float
    gloss: float
    sharpness: float


def sample_lights(rng: Rng) -> Lights:
    """Draw the lights of one picture; most come from the front and from above."""
    count = 1 if rng.random() < 0.6 else 2
    directions = rng.normal([0.0, 0.45, 0.75], [0.75, 0.45, 0.45], (count, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    warmth = np.exp(rng.normal(0, 0.1, (count, 1)) * [[1.0, 0.0, -1.0]])
    strength = rng.uniform(0.25, 1.0, (count, 1)) / np.sqrt(count)
    ambient = rng.uniform(0.2, 0.75) * np.exp(rng.normal(0, 0.06, 3))
    return Lights(
        ambient=ambient.astype(np.float32),
        gradient=(rng.normal([0.0, 0.08, 0.05], 0.09)[:, None] * np.ones((1, 3))).astype(np.float32),
        directions=directions.astype(np.float32),
        colours=(strength * warmth).astype(np.float32),
        wrap=float(rng.uniform(0.0, 0.7)),
        gloss=float(rng.uniform(0.0, 0.25)),
        sharpness=float(rng.uniform(8, 40)),
    )


def shade(lights: Lights, colour: Array, normals: Array, sky: Array) -> Array:
    """Colours (P, 3) in [0, 1] under the lights.

    Parameters
    ----------
    colour : (P, 3)
        Albedo in display values.
    normals : (P, 3)
        Model frame, towards +z is towards the camera.
    sky : (P,)
        Share of the surrounding that the point sees.
    """
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    open_sky = np.clip(sky, 0.0, 1.0)[:, None] ** 0.8
    light = np.clip(lights.ambient + unit @ lights.gradient, 0.05, None) * open_sky
    shine = np.zeros((len(unit), 1), np.float32)
    for direction, lamp in zip(lights.directions, lights.colours, strict=True):
        cosine = (unit @ direction)[:, None]
        light = light + lamp * np.clip((cosine + lights.wrap) / (1 + lights.wrap), 0, None) * (0.3 + 0.7 * open_sky)
        half = direction + np.array([0, 0, 1], np.float32)
        half = half / np.linalg.norm(half)
        shine += lights.gloss * lamp.mean() * np.clip(unit @ half, 0, 1)[:, None] ** lights.sharpness * open_sky
    # Display values are about the square root of light.
    lit: Array = np.sqrt(np.square(colour) * light + np.square(shine) * 0.5)
    return np.clip(lit, 0, 1).astype(np.float32)

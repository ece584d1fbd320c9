"""Light on a synthetic face: a surrounding (spherical harmonics), one to three lamps, their shadows, shine."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from neuface_core.raster import rasterise

Array = NDArray[np.float32]
Rng = np.random.Generator

_SHADOW_SIZE = 200
_SHADOW_HALF_M = 0.24
_BIAS_M = 0.0035
# The cosine lobe in bands 0, 1 and 2 (R. Ramamoorthi, P. Hanrahan, An efficient representation for irradiance
# environment maps, SIGGRAPH 2001), in the basis below; band 0 is 1.
_LOBE = np.array([1.0, 2.0, 2.0, 2.0, 3.75, 3.75, 1.25, 3.75, 3.75])[:, None]


@dataclass(frozen=True)
class Lights:
    """The lights of a picture.

    Attributes
    ----------
    word : str
        One of `attributes.LIGHTS`.
    surround : (9, 3) float32
        Irradiance from everywhere in real spherical harmonics up to band 2 (basis as in `_basis`).
    directions : (L, 3), colours : (L, 3) float32
        Lamps, as seen from the head; unit vectors.
    hardness : (L,) float32
        1: a point with a sharp shadow; 0: a wall of light that reaches around the head.
    target : float
        Brightness that the camera exposes the skin to.
    sharpness : float
        Exponent of the shine.
    """

    word: str
    surround: Array
    directions: Array
    colours: Array
    hardness: Array
    target: float
    sharpness: float


def _basis(direction: NDArray[np.floating]) -> NDArray[np.float64]:
    x, y, z = np.moveaxis(np.asarray(direction, np.float64), -1, 0)
    one = np.ones_like(x)
    return np.stack([one, x, y, z, x * y, y * z, (3 * z * z - 1) / 2, x * z, (x * x - y * y) / 2], axis=-1)


def _unit(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector, axis=-1, keepdims=True))


def _warm(rng: Rng, spread: float) -> NDArray[np.float64]:
    """A tint (3,) between blue and orange."""
    return np.asarray(np.exp(rng.normal(0, spread) * np.array([1.0, 0.1, -1.1]) + rng.normal(0, 0.02, 3)))


def sample_lights(rng: Rng) -> Lights:
    """Draw the lights of one picture; most come from the front and from above."""
    kind = rng.random()
    word = "soft" if kind < 0.40 else "lamp" if kind < 0.78 else "hard"
    surround = np.zeros((9, 3))
    surround[0] = 0.55 * _warm(rng, 0.06)
    # Ceiling and floor, and a few large soft things (a window, a wall, a screen).
    surround[2] += rng.uniform(-0.02, 0.25)
    for _ in range(rng.integers(1, 4)):
        way = _unit(rng.normal([0, 0.3, 0.5], [0.9, 0.5, 0.7]))
        surround += rng.uniform(0.02, 0.16) * _basis(way)[:, None] * _LOBE * _warm(rng, 0.08)
    count = int(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15]))
    directions = _unit(rng.normal([0.0, 0.5, 0.8], [0.75, 0.40, 0.45], (count, 3)))
    strength = {"soft": (0.1, 0.5), "lamp": (0.4, 1.3), "hard": (1.2, 4.0)}[word]
    power = rng.uniform(*strength) / np.sqrt(1 + np.arange(count))
    hardness = {"soft": (0.0, 0.5), "lamp": (0.3, 0.9), "hard": (0.8, 1.0)}[word]
    return Lights(
        word=word,
        surround=surround.astype(np.float32),
        directions=directions.astype(np.float32),
        colours=np.stack([p * _warm(rng, 0.08) for p in power]).astype(np.float32),
        hardness=rng.uniform(*hardness, count).astype(np.float32),
        target=float(np.clip(rng.normal(0.30, 0.09), 0.08, 0.62)),
        sharpness=float(rng.uniform(8, 30)),
    )


@dataclass(frozen=True)
class Shadows:
    """What the lamps see: depth maps (L, S, S) float32 and the frames (L, 3, 3) in which they look."""

    depth: Array
    frames: Array


def cast_shadows(lights: Lights, vertices: NDArray[np.float64], faces: NDArray[np.int64], centre: Array) -> Shadows:
    """Depth of the scene as the main lamp sees it, and a second hard one (the others throw no shadow)."""
    depths, frames = [], []
    for direction in lights.directions[: 2 if lights.word == "hard" else 1].astype(np.float64):
        side = _unit(np.cross([0.05, 1.0, 0.02], direction))
        frame = np.stack([side, np.cross(direction, side), direction])
        seen = (vertices - centre) @ frame.T
        scale = _SHADOW_SIZE / 2 / _SHADOW_HALF_M
        screen = np.column_stack([seen[:, :2] * scale + _SHADOW_SIZE / 2, -seen[:, 2]])
        depths.append(rasterise(screen, faces, _SHADOW_SIZE, _SHADOW_SIZE).depth)
        frames.append(frame)
    return Shadows(np.stack(depths), np.stack(frames).astype(np.float32))


def shade(
    lights: Lights, shadows: Shadows, colour: Array, gloss: Array, normals: Array, places: Array, sky: Array, eye: Array
) -> Array:
    """Light (P, 3), linear and not yet exposed, that leaves the seen points towards the camera.

    Parameters
    ----------
    colour : (P, 3)
        Albedo in display values.
    gloss : (P,)
        Strength of the shine.
    normals : (P, 3)
        Model frame, of any length.
    places : (P, 6)
        Metres from the centre of the shadow maps; and the vector to the camera, of any length.
    sky : (P,)
        Share of the surrounding that the point sees.
    eye : (P,)
        1 where the surface is wet and mirrors: eyeballs.
    """
    out = np.empty((len(colour), 3), np.float32)
    _shade(
        np.ascontiguousarray(colour, np.float32),
        np.ascontiguousarray(gloss, np.float32),
        np.ascontiguousarray(normals, np.float32),
        np.ascontiguousarray(places, np.float32),
        np.ascontiguousarray(sky, np.float32),
        np.ascontiguousarray(eye, np.float32),
        lights.surround,
        lights.directions,
        lights.colours,
        lights.hardness,
        lights.sharpness,
        shadows.depth,
        shadows.frames,
        out,
    )
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _lit(depth: Array, frame: Array, x: float, y: float, z: float, spread: float) -> float:
    """Share of a lamp that reaches a place: 5 samples of its depth map."""
    size = depth.shape[0]
    scale = size / 2 / _SHADOW_HALF_M
    u = (frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z) * scale + size / 2
    v = (frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z) * scale + size / 2
    own = -(frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z) - _BIAS_M * (0.6 + spread)
    reached = 0.0
    for sample in range(5):
        dx = 0.0 if sample == 0 else 1.3 * spread if sample == 1 else -1.3 * spread if sample == 2 else 0.0
        dy = 1.3 * spread if sample == 3 else -1.3 * spread if sample == 4 else 0.0
        fx = min(max(u + dx, 0.0), size - 1.001)
        fy = min(max(v + dy, 0.0), size - 1.001)
        i, j = int(fx), int(fy)
        tx, ty = fx - i, fy - j
        # Bilinear in what is lit, not in depth.
        reached += (1 - tx) * (1 - ty) * (own < depth[j, i]) + tx * (1 - ty) * (own < depth[j, i + 1])
        reached += (1 - tx) * ty * (own < depth[j + 1, i]) + tx * ty * (own < depth[j + 1, i + 1])
    return reached / 5.0


@numba.njit(cache=True, nogil=True, fastmath=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _shade(
    colour: Array,
    gloss: Array,
    normals: Array,
    places: Array,
    sky: Array,
    eye: Array,
    surround: Array,
    directions: Array,
    lamps: Array,
    hardness: Array,
    sharpness: float,
    depth: Array,
    frames: Array,
    out: Array,
) -> None:
    for p in range(colour.shape[0]):
        nx, ny, nz = normals[p, 0], normals[p, 1], normals[p, 2]
        length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
        nx, ny, nz = nx / length, ny / length, nz / length
        vx, vy, vz = places[p, 3], places[p, 4], places[p, 5]
        length = math.sqrt(vx * vx + vy * vy + vz * vz) + 1e-9
        vx, vy, vz = vx / length, vy / length, vz / length
        facing = max(nx * vx + ny * vy + nz * vz, 0.0)
        open_sky = max(min(sky[p] * 1.15 - 0.15 * sky[p] * sky[p], 1.0), 0.0)
        mirror = (1.0 - facing) ** 4 * 0.5 + 0.02
        red = green = blue = 0.0
        shine_r = shine_g = shine_b = 0.0
        for c in range(3):
            light = surround[0, c] + surround[1, c] * nx + surround[2, c] * ny + surround[3, c] * nz
            light += surround[4, c] * nx * ny + surround[5, c] * ny * nz + surround[6, c] * (3 * nz * nz - 1) / 2
            light += surround[7, c] * nx * nz + surround[8, c] * (nx * nx - ny * ny) / 2
            light = max(light, 0.04) * open_sky
            if c == 0:
                red, shine_r = light, light * mirror * gloss[p]
            elif c == 1:
                green, shine_g = light, light * mirror * gloss[p]
            else:
                blue, shine_b = light, light * mirror * gloss[p]
        for k in range(directions.shape[0]):
            lx, ly, lz = directions[k, 0], directions[k, 1], directions[k, 2]
            cosine = nx * lx + ny * ly + nz * lz
            wrap = 0.45 * (1.0 - hardness[k]) + 0.04
            if cosine < -wrap - 0.1:
                continue
            reached = 1.0
            if k < depth.shape[0]:
                spread = 0.7 + 3.5 * (1.0 - hardness[k])
                reached = _lit(depth[k], frames[k], places[p, 0], places[p, 1], places[p, 2], spread)
                reached = reached * (0.35 + 0.65 * hardness[k]) + (1.0 - hardness[k]) * 0.65
            reached *= 0.35 + 0.65 * open_sky
            # Light that went through skin comes out red: it reaches a little further around.
            warm = max((cosine + wrap + 0.08) / (1.0 + wrap + 0.08), 0.0) * reached
            plain = max((cosine + wrap) / (1.0 + wrap), 0.0) * reached
            red += lamps[k, 0] * warm
            green += lamps[k, 1] * plain
            blue += lamps[k, 2] * plain
            hx, hy, hz = lx + vx, ly + vy, lz + vz
            length = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9
            half = max((nx * hx + ny * hy + nz * hz) / length, 0.0)
            if eye[p] > 0.5:
                bright = min(2.5 * half**260, 1.2) * (reached > 0.3)
            else:
                bright = gloss[p] * math.exp(-sharpness * (1.0 - half)) * reached * 0.55
            if cosine > 0.0:
                shine_r += lamps[k, 0] * bright
                shine_g += lamps[k, 1] * bright
                shine_b += lamps[k, 2] * bright
        # Display values are about the square root of light.
        out[p, 0] = colour[p, 0] * colour[p, 0] * red + shine_r
        out[p, 1] = colour[p, 1] * colour[p, 1] * green + shine_g
        out[p, 2] = colour[p, 2] * colour[p, 2] * blue + shine_b

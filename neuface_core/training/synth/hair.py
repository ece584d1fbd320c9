"""Hair that stands off the head: how far the scalp swells, and sheets for what falls down, over the brow or is tied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, maximum_filter

from neuface_core.training.synth.look import Look
from neuface_core.training.synth.skin_map import HEAD_AXIS_Z_M, SkinMap
from neuface_core.training.synth.solids import Floats, Solid, ball, grid

Array = NDArray[np.float32]
Rng = np.random.Generator

_SECTORS, _ROWS = 72, 30
_LOW_M, _HIGH_M = -0.11, 0.16


@dataclass(frozen=True)
class Profile:
    """How far a head reaches from its vertical axis.

    Attributes
    ----------
    radius : (30, 72) float64
        Metres, by height from -0.11 to 0.16 m and by sector; sector 0 looks ahead, then towards the subject's left.
    """

    radius: Floats

    @classmethod
    def of(cls, vertices: Floats) -> Profile:
        """Of a head that looks ahead (V, 3)."""
        turn = np.arctan2(vertices[:, 0], vertices[:, 2] - HEAD_AXIS_Z_M) / (2 * np.pi)
        sector = np.floor(turn * _SECTORS + 0.5).astype(np.int64) % _SECTORS
        row = np.round((vertices[:, 1] - _LOW_M) / (_HIGH_M - _LOW_M) * (_ROWS - 1)).astype(np.int64)
        inside = (row >= 0) & (row < _ROWS)
        away = np.hypot(vertices[:, 0], vertices[:, 2] - HEAD_AXIS_Z_M)
        radius = np.zeros((_ROWS, _SECTORS))
        np.maximum.at(radius, (row[inside], sector[inside]), away[inside])
        filled = maximum_filter(radius, (3, 3), mode=("nearest", "wrap"))
        radius = np.where(radius > 0, radius, filled)
        return cls(gaussian_filter(radius, 0.6, mode=("nearest", "wrap")))

    def at(self, turn: Floats, height: Floats, *, hanging: bool = False) -> Floats:
        """Radius at turns (radians from the front) and heights (metres); `hanging`: of the widest part above."""
        table = np.maximum.accumulate(self.radius[::-1], axis=0)[::-1] if hanging else self.radius
        row = np.clip((height - _LOW_M) / (_HIGH_M - _LOW_M) * (_ROWS - 1), 0, _ROWS - 1.001)
        place = (turn / (2 * np.pi) * _SECTORS) % _SECTORS
        r, s = row.astype(np.int64), place.astype(np.int64) % _SECTORS
        fr, fs = row - r, place - np.floor(place)
        low = table[r, s] * (1 - fs) + table[r, (s + 1) % _SECTORS] * fs
        high = table[r + 1, s] * (1 - fs) + table[r + 1, (s + 1) % _SECTORS] * fs
        return np.asarray(low * (1 - fr) + high * fr)


def _around(turn: Floats, radius: Floats, height: Floats) -> Floats:
    return np.stack([radius * np.sin(turn), height, HEAD_AXIS_Z_M + radius * np.cos(turn)], axis=-1)


def scalp_swelling(look: Look, skin: SkinMap) -> Array:
    """How far (V,) in metres the scalp stands out as hair."""
    if look.bald:
        return np.zeros(len(skin.vertex), np.float32)
    rng = np.random.default_rng([look.seed, 1])
    inside = skin.vertex[:, skin.column("hairline")] - look.hairline_m
    depth = np.clip(inside / 0.03, 0, 1) ** 0.7
    x, y, z = skin.vertex[:, :3].T
    waves = rng.normal(0, 1, (6, 3)) * 45
    uneven = sum(np.sin(x * w[0] + y * w[1] + z * w[2] + p) for w, p in zip(waves, rng.uniform(0, 6, 6), strict=True))
    if look.hat != "none":
        return np.asarray(0.004 * depth, np.float32)
    top = 1 + 0.6 * np.clip((y - 0.06) / 0.06, 0, 1) * rng.uniform(0, 1.2)
    big = rng.uniform(1.0, 2.5) if look.curl > 0.7 and look.hair_style in ("short", "medium") else 1.0
    return np.asarray(
        look.hair_length_m * big * depth * top * np.clip(1 + 0.14 * np.asarray(uneven), 0.4, 1.8), np.float32
    )


def hair_solids(look: Look, profile: Profile, bare: Profile) -> list[Solid]:
    """Sheets of hair in the frame of a head that looks ahead.

    Parameters
    ----------
    profile, bare
        Of the head with and without its hair.
    """
    rng = np.random.default_rng([look.seed, 2])
    if look.bald or look.hat == "scarf":
        return []
    solids = []
    if look.hair_style == "medium":
        solids += _curtain(rng, look, bare, rng.uniform(-0.10, -0.04), rng.uniform(44, 76))
    elif look.hair_style == "long":
        solids += _curtain(rng, look, bare, rng.uniform(-0.30, -0.14), rng.uniform(40, 72))
    elif look.hair_style == "bun" and look.hat == "none":
        centre = np.array([0.0, rng.uniform(0.06, 0.14), rng.uniform(-0.20, -0.11)])
        solids.append(ball(centre, rng.uniform([0.03, 0.025, 0.03], [0.048, 0.042, 0.045]), look.hair, "hair", 0.2))
    if look.fringe > 0 and look.hat == "none":
        solids.append(_fringe(rng, look, profile))
    return solids


def _wave(rng: Rng, look: Look, turn: Floats, fall: Floats) -> Floats:
    """Locks and curls: metres outwards at (R, C)."""
    lock = np.sin(turn * rng.integers(9, 22) + rng.uniform(0, 6) + 2 * np.sin(fall * 25))
    curl = np.sin(fall * rng.uniform(60, 160) + 3 * np.sin(turn * 5 + rng.uniform(0, 6)))
    return np.asarray((0.0015 * lock + 0.005 * look.curl * curl) * np.clip(fall / 0.05, 0, 1))


def _curtain(rng: Rng, look: Look, profile: Profile, bottom: float, front_deg: float) -> list[Solid]:
    """Hair that falls down the sides and the back to `bottom`: ragged locks, and darker hair behind them."""
    rows, columns = 22, 44
    top = 0.10
    share, across = np.meshgrid(np.linspace(0, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    height = top + (bottom - top) * share
    opening = np.radians(front_deg) + np.radians(rng.uniform(-8, 14)) * np.clip(share * 2 - 0.2, 0, 1)
    turn = np.pi + across * (np.pi - opening)
    fall = top - height
    lift = np.clip(fall / 0.04, 0, 1) * (look.hair_length_m + rng.uniform(0.002, 0.012)) - 0.002 * (share < 0.05)
    lift = lift * np.clip((1 - np.abs(across)) * 5 + 0.12, 0, 1)  # the front edges lie on the skin
    flare = rng.uniform(-0.12, 0.10) * np.clip(-height - 0.02, 0, None)
    hanging = profile.at(turn, height, hanging=True)
    # Over the temples the widest part above is already the side of the head; at the back hair follows the nape.
    radius = hanging * (1 - 0.10 * np.clip(-height / 0.1, 0, 1)) + lift + flare + _wave(rng, look, turn, fall)
    cover = np.clip((1 - share) * rng.uniform(3, 8), 0, 1) * np.clip((1 - np.abs(across)) * 20 + 0.3, 0, 1)
    uv = np.stack([across * 110, share * (top - bottom) * 60], axis=-1)
    inner = np.where(np.abs(across) > 0.93, radius - 0.002, radius - 0.007)
    low = np.maximum(height, bottom + 0.2 * (top - bottom) + 0.01 * np.sin(across * 19))
    return [
        grid(_around(turn, radius, height), look.hair, "hair", gloss=0.09, uv=uv, cover=cover),
        grid(_around(turn, inner, low), look.hair * 0.6, "hair", gloss=0.04, uv=uv),
    ]


def _fringe(rng: Rng, look: Look, profile: Profile) -> Solid:
    """Hair that falls over the forehead, more on one side of the parting."""
    rows, columns = 14, 30
    share, across = np.meshgrid(np.linspace(0, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    half = np.radians(rng.uniform(35, 58))
    turn = across * half
    side = np.abs(across - look.parting) if rng.random() < 0.6 else np.full_like(across, 0.8)
    end = 0.092 - look.fringe * (0.05 + 0.016 * rng.random()) * np.clip(0.45 + 0.6 * side, 0, 1.1)
    end = end + 0.003 * np.sin(across * rng.uniform(6, 25) + rng.uniform(0, 6))
    start = 0.125
    height = start + (end - start) * share
    lift = 0.001 + (look.hair_length_m * 0.7 + 0.002) * np.sin(np.pi * (0.1 + 0.75 * share)) + 0.002
    radius = profile.at(turn, height) + lift + 0.0015 * np.sin(turn * 25 + rng.uniform(0, 6)) * share
    cover = np.clip((1 - share) * rng.uniform(2.0, 5.0), 0, 1) * np.clip((1 - np.abs(across)) * 8 + 0.2, 0, 1)
    lean = rng.uniform(-25, 25)
    uv = np.stack([across * 55 + lean * share, share * 4], axis=-1)
    return grid(_around(turn, radius, height), look.hair, "hair", gloss=0.08, uv=uv, cover=cover)

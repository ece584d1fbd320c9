"""Colours of what is seen: skin with lips, brows, lids and eyes; hair, cloth, teeth and other small meshes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from neuface_core.training.synth.look import Look
from neuface_core.training.synth.skin_map import FLAT, HEAD_AXIS_Z_M, SkinMap
from neuface_core.training.synth.solids import Kind

Array = NDArray[np.float32]

_IRIS_RADIUS_M = 0.0061
_TABLE = 512
KINDS: tuple[Kind, ...] = ("hair", "cloth", "skin", "plain", "teeth", "lens")


@dataclass(frozen=True)
class Grain:
    """A table of smooth noise, about N(0, 1), that repeats: texture for everything."""

    table: Array

    @classmethod
    def make(cls) -> Grain:
        """Always the same table."""
        rng = np.random.default_rng(20)
        coarse = rng.standard_normal((64, 64)).astype(np.float32)
        wrapped = np.pad(coarse, 4, mode="wrap")
        fine = cv2.resize(wrapped, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)[32:-32, 32:-32]
        return cls(np.ascontiguousarray(fine / fine.std(), np.float32))

    def __call__(self, u: NDArray[np.floating], v: NDArray[np.floating], seed: int = 0) -> Array:
        """Values (P,) at coordinates (P,) in cells."""
        out = np.empty(len(u), np.float32)
        _look_up(self.table, np.asarray(u, np.float32), np.asarray(v, np.float32), seed % _TABLE, out)
        return out


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _look_up(table: Array, u: Array, v: Array, seed: int, out: Array) -> None:
    size = table.shape[0]
    for p in range(u.shape[0]):
        i = int(v[p] * 8.0 + seed * 37) & (size - 1)
        j = int(u[p] * 8.0 + seed * 101) & (size - 1)
        out[p] = table[i, j]


@dataclass(frozen=True)
class Painted:
    """Of P seen points: display colours (P, 3), gloss (P,), whether eyeball (P,) and whether bare skin (P,)."""

    colour: Array
    gloss: Array
    eye: NDArray[np.bool_]
    bare: NDArray[np.bool_]


def _step(x: Array, edge: float, softness: float) -> Array:
    """1 where x is below the edge, 0 above, soft between."""
    share: Array = np.clip((np.float32(edge) - x) * np.float32(1 / softness) + np.float32(0.5), 0, 1)
    return share


def _mix(base: Array, colour: NDArray[np.floating], share: NDArray[np.floating]) -> None:
    """Blend `base` (P, 3) towards a colour (3,) by `share` (P,), in place."""
    _blend(base, np.asarray(colour, np.float32), np.asarray(share, np.float32))


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _blend(base: Array, colour: Array, share: Array) -> None:
    for p in range(base.shape[0]):
        if share[p] != 0.0:
            for c in range(3):
                base[p, c] += share[p] * (colour[c] - base[p, c])


def paint_skin(
    look: Look, skin: SkinMap, grain: Grain, pixels: Array, lids: tuple[float, float] = (1.0, 1.0)
) -> Painted:
    """What the head's own surface looks like.

    Parameters
    ----------
    pixels : (P, C)
        Columns of `SkinMap.vertex`, carried to the pixels.
    lids
        How far the right and the left eye are open: 0 shut, 1 as at rest.
    """
    neutral = pixels[:, :3]
    x, y, z = np.abs(neutral[:, 0]), neutral[:, 1], neutral[:, 2]
    across = x - z  # along the skin, from the nose over the cheek to the ear
    colour = np.empty((len(pixels), 3), np.float32)
    coarse = grain(across * 50, y * 60, look.seed)
    fine = grain(across * 350, y * 420, look.seed + 1)
    colour[:] = look.skin
    colour *= (1 + look.grain * (coarse + 0.6 * fine))[:, None]
    gloss = np.full(len(pixels), look.gloss, np.float32) * (1 + 0.15 * fine)
    _redden(look, skin, colour, pixels)
    if look.freckles > 0:
        spots = np.clip(grain(across * 300, y * 330, look.seed + 2) - 1.1, 0, 1)
        spots *= np.exp(-np.square((y + 0.005) / 0.03)) * np.clip(z / 0.02 + 0.5, 0, 1)
        colour *= 1 - look.freckles * spots[:, None] * np.array([0.25, 0.4, 0.5], np.float32)
    front = np.flatnonzero(z > -0.045)
    colour[front], gloss[front] = _front(look, skin, grain, neutral[front], colour[front], gloss[front], lids)
    _inside_mouth(look, skin, colour, pixels)
    hairline = pixels[:, skin.column("hairline")]
    bare = hairline < look.hairline_m
    if look.beard_style != "none":
        share = beard_share(look, skin, neutral, pixels[:, skin.column("lips")])
        strokes = grain(across * 800, y * 260, look.seed + 7)
        hairs = np.clip(share + 0.22 * strokes * np.minimum(share, 0.5), 0, 1)
        hairs *= 0.42 if look.beard_style == "stubble" else 0.93
        _mix(colour, np.clip(look.hair * 0.9, 0, 1) * (0.9 + 0.12 * float(look.grain > 0.01)), hairs)
        gloss *= 1 - 0.7 * hairs
    _scalp(look, grain, colour, gloss, neutral, hairline)
    eye = np.zeros(len(pixels), np.bool_)
    for centre, name in zip(skin.eye_centres, ("left_eye", "right_eye"), strict=True):
        seen = pixels[:, skin.column(name)] > 0.5
        colour[seen] = _eye(look, grain, neutral[seen] - centre)
        eye |= seen
    return Painted(np.clip(colour, 0.004, 1), gloss, eye, bare & ~eye)


def _redden(look: Look, skin: SkinMap, colour: Array, pixels: Array) -> None:
    """Blood under the skin: cheeks, nose, ears."""
    neutral = pixels[:, :3]
    red = 0.35 * look.blush * pixels[:, skin.column("ears")] + 0.4 * look.blush * pixels[:, skin.column("nose")]
    x, y = 0.75 * float(skin.landmarks[14, 0]), float(skin.landmarks[14, 1]) - 0.004
    away = np.square((np.abs(neutral[:, 0]) - x) / 0.021) + np.square((neutral[:, 1] - y) / 0.018)
    red += look.blush * np.exp(-away) * (neutral[:, 2] > -0.05)
    colour *= 1 - red[:, None] * np.array([0.02, 0.26, 0.24], np.float32)


def _front(
    look: Look, skin: SkinMap, grain: Grain, neutral: Array, colour: Array, gloss: Array, lids: tuple[float, float]
) -> tuple[Array, Array]:
    """Lines of age, lips, brows and lids on the front of the face (F, ·)."""
    maps = dict(zip(FLAT, np.ascontiguousarray(skin.look_up(neutral).T), strict=True))
    near = np.flatnonzero(maps["brow"] < 0.012)
    shifted = neutral[near] - np.array([0, look.brow_shift_m, 0], np.float32)
    maps["brow"][near] = skin.look_up(shifted)[:, FLAT.index("brow")]
    x, y = np.abs(neutral[:, 0]), neutral[:, 1]
    colour *= (1 - 0.36 * look.lines * np.clip(maps["lines"], 0, 1))[:, None]
    # Lids: shadow of the crease, make-up between crease and lashes, the line of the lashes itself.
    crease, upper, lower = maps["crease"], maps["upper_lid"], maps["lower_lid"]
    # A shut lid is smooth: its fold has gone, and the lashes draw one dark line.
    opened = np.where(neutral[:, 0] < 0, lids[0], lids[1]).astype(np.float32)
    fold = (0.05 + 0.22 * look.fold) * opened + 0.06 * look.lines
    colour *= (1 - fold * np.exp(-np.square(crease / 0.0012)))[:, None]
    if look.shadow_strength > 0.05:
        _mix(
            colour,
            look.shadow,
            look.shadow_strength * np.exp(-np.square(np.clip(crease + upper - 0.004, 0, 1) / 0.003)),
        )
    _mix(colour, look.skin * np.array([0.9, 0.6, 0.58], np.float32), 0.45 * _step(lower, 0.0012, 0.0015))
    dark = look.hair * 0.25
    rim = np.clip(0.30 + 0.35 * look.lash + 0.7 * look.liner, 0, 1)
    _mix(colour, dark, rim * _step(upper, 0.0008 + 0.0008 * look.liner, 0.0012))
    _mix(colour, dark, 0.25 * look.lash * _step(lower, 0.0004, 0.0010))
    lip = _step(maps["lip"], 0.0, 0.0016)
    wrinkles = 1 + 0.06 * grain(x * 900, y * 120, look.seed + 5)
    _mix(colour, look.lips, lip)
    colour *= (1 - lip * (1 - wrinkles))[:, None]
    gloss *= 1 + 1.2 * lip
    # Brow hairs grow outwards and a little up near the nose, down at the tail.
    tail = np.clip((x - 0.02) / 0.035, 0, 1)
    along, across = x * 0.9 + y * (0.6 - tail), y - x * (0.45 - 0.8 * tail)
    strokes = grain(along * 150, across * 1100, look.seed + 3)
    edge = 0.0026 * (look.brow_height - 1) - 0.0004
    brow = _step(maps["brow"] + 0.0007 * strokes, edge, 0.0022) * np.clip((x - 0.006) / 0.012 + 0.35, 0, 1)
    brow *= np.clip(0.78 + 0.35 * strokes, 0.1, 1)
    _mix(colour, look.brow, look.brow_strength * brow)
    gloss *= 1 - 0.6 * brow
    return colour, gloss


def _inside_mouth(look: Look, skin: SkinMap, colour: Array, pixels: Array) -> None:
    inner = np.clip(pixels[:, skin.column("inner_mouth")] - pixels[:, skin.column("lips")], 0, 1)
    deep = np.clip((pixels[:, 2] + 0.02) / 0.045, 0.12, 1)
    _mix(colour, look.mouth, inner)
    colour *= (1 - inner * (1 - deep))[:, None]
    teeth = pixels[:, skin.column("teeth")]
    if (seen := np.flatnonzero(teeth > 0.5)).size:
        place = np.arctan2(pixels[seen, 0], pixels[seen, 2] + 0.012) * 6.4  # one unit a tooth
        gap = np.exp(-np.square((place - np.round(place)) / 0.09))
        colour[seen] = look.teeth * (1 - 0.35 * gap)[:, None] * deep[seen, None]
    tongue = pixels[:, skin.column("tongue")]
    _mix(colour, np.array([0.60, 0.30, 0.30], np.float32) * (0.5 + 0.5 * float(look.mouth[0] / 0.32)), tongue)
    _mix(colour, look.skin * np.array([0.62, 0.42, 0.40], np.float32), pixels[:, skin.column("eye_sockets")] * 0.55)


def _scalp(look: Look, grain: Grain, colour: Array, gloss: Array, neutral: Array, hairline: Array) -> None:
    """Hair, or its stubble on a shaved head."""
    near = np.flatnonzero(hairline > look.hairline_m - 0.01)
    x, y, z = neutral[near].T
    turn = np.arctan2(x, z - np.float32(HEAD_AXIS_Z_M))
    strands = grain(turn * (22 + 20 * look.curl), y * (70 + 250 * look.curl) + z * 40, look.seed + 4)
    hairs = grain(turn * 90, y * 60 + z * 60, look.seed + 6)
    share = _step(-(hairline[near] + 0.0018 * hairs), -look.hairline_m - 0.001, 0.007)
    if look.bald:
        share = share * (0.22 if look.seed % 2 else 0.0)
    depth = np.clip(1 + 0.11 * hairs + 0.11 * strands, 0.25, 2.0)
    painted = colour[near]
    painted += share[:, None] * (np.clip(look.hair * depth[:, None], 0.003, 1) - painted)
    colour[near] = painted
    gloss[near] *= 1 - 0.4 * share


def beard_share(look: Look, skin: SkinMap, neutral: Array, lips: Array) -> Array:
    """Where the beard grows (P,) in [0, 1], at neutral positions (P, 3)."""
    x, y, z = np.abs(neutral[:, 0]), neutral[:, 1], neutral[:, 2]
    nose, corner, chin = float(skin.landmarks[33, 1]), skin.landmarks[54], float(skin.landmarks[8, 1])
    mouth = float(skin.landmarks[51, 1])
    moustache = _step(np.abs(y - (nose + mouth) / 2 + 0.10 * x), 0.0070, 0.005) * _step(
        x, float(corner[0]) + 0.003, 0.006
    )
    around = _step(np.hypot((x - 0.0) / 1.0, (y - (chin + mouth) / 2 + 0.006) / 1.15), 0.030, 0.008)
    line = nose + 0.010 - 0.75 * np.clip(0.068 - x, 0, 0.05)
    jaw = _step(y, 1.0, 1e-3) * np.clip((line - y) / 0.010 + 0.5, 0, 1)
    share = {
        "stubble": np.maximum(jaw, moustache),
        "moustache": moustache,
        "goatee": np.maximum(around, moustache),
        "full": np.maximum(jaw, moustache),
    }[look.beard_style]
    end = np.clip((y - chin + 0.028) / 0.015, 0, 1) * np.clip((z + 0.07) / 0.02, 0, 1) * (z > -0.08)
    return np.asarray(np.clip(look.beard * 1.25, 0, 1) * share * end * (1 - lips), np.float32)


def _eye(look: Look, grain: Grain, offset: Array) -> Array:
    """Colours (P, 3) of an eyeball at offsets (P, 3) from its centre, looking along +z."""
    away = np.hypot(offset[:, 0], offset[:, 1])
    front = (offset[:, 2] > 0).astype(np.float32)
    eye = np.tile(look.sclera, (len(offset), 1))
    _mix(eye, np.array([0.80, 0.55, 0.50], np.float32), np.clip((np.abs(offset[:, 0]) - 0.008) / 0.006, 0, 1) * 0.45)
    spokes = 1 + 0.22 * grain(np.arctan2(offset[:, 1], offset[:, 0]) * 9, away * 350, look.seed)
    ring = 1 - 0.65 * np.exp(-np.square((away - _IRIS_RADIUS_M) / 0.0009))
    iris = look.iris * (spokes * ring)[:, None]
    eye += (_step(away, _IRIS_RADIUS_M, 0.0006) * front)[:, None] * (iris - eye)
    _mix(eye, np.full(3, 0.015, np.float32), _step(away, _IRIS_RADIUS_M * look.pupil_share, 0.0004) * front)
    return np.asarray(eye, np.float32)


def paint_solid(grain: Grain, kind: Kind, uv: Array, base: Array) -> Array:
    """Display colours (P, 3) of a small mesh at coordinates `uv` (P, 2) with colours `base` (P, 3)."""
    u, v = uv[:, 0], uv[:, 1]
    if kind == "hair":
        tone = 1 + 0.10 * grain(u, v * 0.12) + 0.10 * grain(u * 0.22, v * 0.08, 3)
        return np.asarray(np.clip(base * np.clip(tone, 0.25, 2)[:, None], 0.003, 1), np.float32)
    if kind == "cloth":
        tone = 1 + 0.03 * grain(u * 2, v * 2) + 0.05 * grain(u * 0.2, v * 0.2, 5)
        return np.asarray(np.clip(base * tone[:, None], 0.004, 1), np.float32)
    if kind == "skin":
        return np.asarray(base * (1 + 0.05 * grain(u * 0.8, v * 0.8))[:, None], np.float32)
    if kind == "teeth":
        # u counts teeth, v runs from the gum (below 0) to the edge (1).
        gap = np.abs(u - np.round(u)) < 0.05
        white = base * np.where(gap, 0.55, 1.0)[:, None] * (0.85 + 0.15 * np.clip(v, 0, 1))[:, None]
        gum = np.array([0.62, 0.32, 0.32], np.float32)
        scallop = v < 0.18 * np.abs(2 * (u - np.floor(u)) - 1)
        return np.asarray(np.where(scallop[:, None], gum, white), np.float32)
    return base

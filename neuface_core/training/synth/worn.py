"""What a synthetic person wears: glasses, caps, beanies, scarves, surgical masks and clothes, as small meshes."""

from __future__ import annotations

import numpy as np

from neuface_core.training.synth.hair import Profile
from neuface_core.training.synth.look import Look
from neuface_core.training.synth.skin_map import HEAD_AXIS_Z_M
from neuface_core.training.synth.solids import Floats, Solid, grid, tube

Rng = np.random.Generator


def worn_solids(look: Look, profile: Profile, landmarks: Floats) -> list[Solid]:
    """Glasses and hat in the frame of a head that looks ahead.

    Parameters
    ----------
    landmarks : (68, 3)
        Of this head, with its expression.
    """
    rng = np.random.default_rng([look.seed, 3])
    solids = []
    if look.glasses != "none":
        solids += _glasses(rng, look, landmarks)
    if look.hat == "cap":
        rim = rng.uniform(0.055, 0.075)
        solids += [_dome(rng, look, profile, rim, rim - rng.uniform(0.0, 0.03), 0.006), _brim(rng, look, profile, rim)]
    elif look.hat == "beanie":
        rim = rng.uniform(0.05, 0.08)
        solids.append(_dome(rng, look, profile, rim, rng.uniform(-0.02, 0.03), rng.uniform(0.006, 0.012)))
    elif look.hat == "scarf":
        solids.append(_scarf(rng, look, profile, landmarks))
    return solids


def _glasses(rng: Rng, look: Look, landmarks: Floats) -> list[Solid]:
    right, left = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    spread = float(left[0] - right[0]) / 0.065
    roundness, size = rng.uniform(2.0, 5.0), rng.uniform(0.9, 1.15) * spread
    wide, high = 0.025 * size, rng.uniform(0.016, 0.023) * size
    frame = np.clip(rng.uniform(0.0, 0.35) + rng.normal(0, 0.06, 3), 0, 1)
    if rng.random() < 0.25:
        frame = np.array([0.75, 0.68, 0.5]) * rng.uniform(0.6, 1.1)
    thick = rng.uniform(0.0006, 0.0026)
    front = np.array([0.0, rng.uniform(-0.006, -0.002), max(right[2], left[2]) + 0.014])
    turn = np.linspace(0, 2 * np.pi, 25)
    cos, sin = np.cos(turn), np.sin(turn)
    rim = np.stack(
        [
            wide * np.sign(cos) * np.abs(cos) ** (2 / roundness),
            high * np.sign(sin) * np.abs(sin) ** (2 / roundness),
            -0.10 * np.square(wide * cos) / wide,
        ],
        axis=1,
    )
    centres = [np.array([eye[0] * 1.02, eye[1], 0.0]) + front for eye in (right, left)]
    solids = [tube(centre + rim, thick, frame, "plain", sides=5, gloss=0.5) for centre in centres]
    inner = [centres[0] + [wide, 0, 0], centres[1] - [wide, 0, 0]]
    arch = np.stack([inner[0], (inner[0] + inner[1]) / 2 + [0, 0.003, 0.002], inner[1]])
    solids.append(tube(arch, thick, frame, "plain", sides=5, gloss=0.5))
    for centre, sign in zip(centres, (-1, 1), strict=True):
        hinge = centre + np.array([sign * wide, high * 0.4, -0.003])
        ear = np.array([sign * 0.078 * spread, hinge[1] + 0.002, -0.06])
        solids.append(
            tube(np.stack([hinge, hinge + np.array([sign * 0.004, 0, -0.008]), ear]), thick, frame, "plain", 5, 0.5)
        )
        rings = centre + rim * np.linspace(0.02, 0.99, 3)[:, None, None]
        dark = look.glasses == "dark"
        tint = np.array([0.02, 0.02, 0.025]) if dark else np.array([0.9, 0.95, 1.0])
        cover = np.full(rings.shape[:2], rng.uniform(0.75, 0.97) if dark else rng.uniform(0.01, 0.06))
        solids.append(grid(rings, tint, "lens", gloss=rng.uniform(0.3, 1.0), cover=cover))
    return solids


def _dome(rng: Rng, look: Look, profile: Profile, front: float, back: float, lift: float) -> Solid:
    """A cap from its rim (height in front and at the back) over the top of the head."""
    rows, columns = 14, 48
    share, turn = np.meshgrid(
        np.linspace(0, 1, rows), np.linspace(0, 2 * np.pi, columns, endpoint=False), indexing="ij"
    )
    rim = back + (front - back) * (0.5 + 0.5 * np.cos(turn))
    crown = 0.150 + lift
    rise = np.sin(share * np.pi / 2)
    height = rim + (crown - rim) * rise
    base = profile.at(turn, rim, hanging=True) + lift
    radius = base * np.sqrt(np.clip(1 - rise**2.6, 0, 1)) + 0.0005
    radius = np.maximum(radius, (profile.at(turn, height) + lift * 0.7) * (share < 0.8))
    points = np.stack([radius * np.sin(turn), height, HEAD_AXIS_Z_M + radius * np.cos(turn)], axis=-1)
    uv = np.stack([turn * rng.choice([3.0, 14.0, 30.0]), share * 10], axis=-1)
    return grid(points, look.cloth, "cloth", closed=True, gloss=0.05, uv=uv)


def _brim(rng: Rng, look: Look, profile: Profile, rim: float) -> Solid:
    share, turn = np.meshgrid(np.linspace(0, 1, 6), np.radians(np.linspace(-62, 62, 24)), indexing="ij")
    out = rng.uniform(0.05, 0.075) * np.sqrt(np.clip(np.cos(turn * 1.40), 0, 1)) * share
    radius = profile.at(turn, np.full_like(turn, rim), hanging=True) + 0.004 + out
    drop = rng.uniform(0.1, 0.5) * out + 0.012 * np.square(np.sin(turn)) * share
    height = rim + 0.004 - drop
    points = np.stack([radius * np.sin(turn), height, HEAD_AXIS_Z_M + radius * np.cos(turn)], axis=-1)
    colour = look.cloth * rng.uniform(0.5, 1.2)
    return grid(points, np.clip(colour, 0.02, 0.95), "cloth", gloss=0.1)


def _scarf(rng: Rng, look: Look, profile: Profile, landmarks: Floats) -> Solid:
    """A headscarf: a shell around head and neck that leaves the face open."""
    rows, columns = 30, 64
    share, turn = np.meshgrid(
        np.linspace(0, 1, rows), np.linspace(0, 2 * np.pi, columns, endpoint=False), indexing="ij"
    )
    bottom = rng.uniform(-0.22, -0.17)
    height = 0.155 + (bottom - 0.155) * share
    rise = np.clip((height - 0.05) / 0.105, 0, 1)
    dome = (profile.at(turn, np.full_like(turn, 0.05)) + 0.012) * np.sqrt(np.clip(1 - rise**2.4, 0, 1))
    below = np.clip(-0.05 - height, 0, None)
    shell = profile.at(turn, np.maximum(height, -0.095), hanging=True) * (1 - 0.9 * below) + 0.010
    # Under the chin the cloth goes back to the neck.
    front = np.clip(np.cos(turn), 0, 1)
    shell = shell - 0.045 * front * np.clip((-0.095 - height) / 0.03, 0, 1)
    radius = np.where(rise > 0, np.maximum(dome, 0.0), shell)
    radius = radius + 0.003 * np.sin(turn * 9 + height * 60 + rng.uniform(0, 6)) * (0.3 + share)
    points = np.stack([radius * np.sin(turn), height, HEAD_AXIS_Z_M + radius * np.cos(turn)], axis=-1)
    chin, brow = landmarks[8, 1], landmarks[[19, 24], 1].mean()
    top, low = brow + rng.uniform(0.012, 0.035), chin + rng.uniform(-0.006, 0.004)
    half = (np.abs(landmarks[[3, 13], 0]).mean()) * rng.uniform(1.0, 1.12)
    oval = np.hypot(points[..., 0] / half, (height - (top + low) / 2) / ((top - low) / 2))
    open_face = (points[..., 2] > -0.06) & (oval < 1.25)
    cover = np.where(open_face, np.clip((oval - 1) * 40 + 0.5, 0, 1), 1.0)
    uv = np.stack([turn * 12, share * 20], axis=-1)
    return grid(points, look.cloth, "cloth", closed=True, gloss=0.06, uv=uv, cover=cover)


def surgical_mask(rng: Rng, landmarks: Floats) -> list[Solid]:
    """A mask over nose and mouth, in the frame of a head that looks ahead; it follows the jaw."""
    rows, columns = 12, 17
    colour = [np.array([0.55, 0.72, 0.80]), np.array([0.92, 0.92, 0.92]), np.array([0.05, 0.05, 0.06])]
    paint = np.clip(colour[int(rng.integers(3))] * rng.uniform(0.85, 1.08, 3), 0, 1)
    out = np.array([0.0, 0.0, 0.009])
    bridge = landmarks[28] + out + [0, rng.uniform(-0.010, 0.004), 0.003]
    tip, chin = landmarks[30] + out * 1.2, landmarks[8] + [0, -0.002, 0.006]
    lip = np.array([0, landmarks[51, 1], max(landmarks[51, 2], landmarks[57, 2]) + 0.016])
    jaw = (landmarks[8] + landmarks[57]) / 2 + [0, 0, 0.018]
    centre = np.stack([bridge, tip, lip, jaw, chin + np.array([0, 0.004, 0.01]), chin])
    share = np.linspace(0, len(centre) - 1, rows)
    middle = np.stack([np.interp(share, np.arange(len(centre)), centre[:, k]) for k in range(3)], axis=1)
    sides = []
    for top, bottom in ((1, 4), (15, 12)):
        a, b = landmarks[top] + [0, 0.004, 0.016], landmarks[bottom] + [0, 0.002, 0.010]
        sides.append(a + np.linspace(0, 1, rows)[:, None] * (b - a) + [0, 0, 0.002])
    across = np.linspace(-1, 1, columns)[None, :, None]
    side = np.where(across < 0, sides[0][:, None], sides[1][:, None])
    blend = np.abs(across) ** 2.4
    points = middle[:, None] * (1 - blend) + side * blend
    points[..., 0] = middle[:, None, 0] * (1 - np.abs(across[..., 0])) + side[..., 0] * np.abs(across[..., 0])
    points[..., 2] += 0.004 * np.sin(np.linspace(0, 9 * np.pi, rows))[:, None] * (1 - blend[..., 0])
    mask = grid(points, paint, "cloth", gloss=0.04)
    loops = []
    for k, sign in ((0, -1), (-1, 1)):
        ear = np.array([sign * 0.080, 0.02, -0.07])
        for end in (points[1, k], points[-2, k]):
            loops.append(tube(np.stack([end, (end + ear) / 2 + [sign * 0.006, 0, 0], ear]), 0.001, paint, "cloth", 4))
    return [mask, *loops]


def clothes(rng: Rng, look: Look, neck: Floats, turn: float) -> list[Solid]:
    """Shoulders and a collar under a neck that ends at `neck` (3,), turned by `turn` radians about the vertical."""
    rows, columns = 14, 44
    share, around = np.meshgrid(
        np.linspace(0, 1, rows), np.linspace(0, 2 * np.pi, columns, endpoint=False), indexing="ij"
    )
    wide, deep = rng.uniform(0.19, 0.25), rng.uniform(0.10, 0.14)
    slope = rng.uniform(0.05, 0.09)
    out = np.sin(np.clip(share * 2, 0, 1) * np.pi / 2)
    height = 0.014 - slope * out**2 - 0.30 * np.clip(share - 0.45, 0, None) * 1.5
    half_x = 0.080 + (wide - 0.080) * out**1.1
    half_z = 0.078 + (deep - 0.078) * out
    cos, sin = np.cos(around), np.sin(around)
    points = np.stack(
        [
            half_x * np.sign(sin) * np.abs(sin) ** 0.8,
            height - 0.006 * np.clip(cos, 0, 1) * out,
            half_z * np.sign(cos) * np.abs(cos) ** 0.8 - 0.01,
        ],
        axis=-1,
    )
    paint = np.clip(rng.uniform(0.03, 0.95) + rng.normal(0, 0.14, 3), 0.02, 0.97)
    uv = np.stack([points[..., 0] * 220, points[..., 1] * rng.choice([30.0, 220.0])], axis=-1)
    solids = [grid(points, paint, "cloth", closed=True, uv=uv)]
    if rng.random() < 0.6:
        ring = np.linspace(np.pi, 3 * np.pi, 30)
        line = np.stack([0.082 * np.sin(ring), 0.016 - 0.012 * np.cos(ring), 0.080 * np.cos(ring) - 0.01], axis=1)
        shade = np.clip(paint * rng.uniform(0.5, 1.3), 0.02, 0.97)
        solids.append(tube(line, rng.uniform(0.004, 0.014), shade, "cloth", 7))
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    return [solid.moved(rotation, np.zeros(3), neck) for solid in solids]

"""Draws one head and all that is around it: z-buffer, paint, light, lashes, sheer layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from neuface_core.raster import rasterise
from neuface_core.training.synth.lighting import Lights, Shadows, cast_shadows, shade
from neuface_core.training.synth.look import Look
from neuface_core.training.synth.paint import KINDS, Grain, paint_skin, paint_solid
from neuface_core.training.synth.pinhole import Pinhole
from neuface_core.training.synth.skin_map import SkinMap, vertex_normals
from neuface_core.training.synth.solids import Solid

Array = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lash:
    """Eye lashes: lines (N, 3, 3) from root to tip in the model frame, how dark, how thick in metres."""

    lines: NDArray[np.float64]
    strength: float
    colour: Array
    width_m: float


@dataclass(frozen=True)
class Subject:
    """One posed person.

    Attributes
    ----------
    vertices : (V, 3)
        Of the head as it is drawn (with hair and beard standing off), model frame.
    solids
        Everything else, posed.
    lids
        How far the right and the left eye are open: 0 shut, 1 as at rest.
    eyes : (2, 3)
        Centres of the eyeballs.
    up : (3,)
        Where the top of the head points.
    """

    vertices: NDArray[np.float64]
    solids: Sequence[Solid]
    lashes: Sequence[Lash]
    up: NDArray[np.float64]
    lids: tuple[float, float]
    eyes: NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """Where the picture shows bare skin (S, S) bool: what is exposed to, and what attributes are measured on."""

    skin: NDArray[np.bool_]


@dataclass(frozen=True)
class _Mesh:
    vertices: NDArray[np.float64]
    faces: Ints
    normals: NDArray[np.float64]
    starts: Ints  # first face of each solid


def _stack(solids: Sequence[Solid]) -> _Mesh:
    offsets = np.cumsum([0, *(len(s.vertices) for s in solids)])
    vertices = np.concatenate([s.vertices for s in solids]) if solids else np.zeros((0, 3))
    parts = [s.faces + start for s, start in zip(solids, offsets, strict=False)]
    faces = np.concatenate(parts) if parts else np.zeros((0, 3), np.int64)
    starts = np.cumsum([0, *(len(part) for part in parts)])
    return _Mesh(vertices, faces, vertex_normals(vertices, faces) if len(faces) else vertices, starts)


class Stage:
    """Draws subjects made of one head's topology into pictures of one size."""

    def __init__(self, skin: SkinMap, faces: Ints, size: int) -> None:
        self._skin = skin
        self._faces = faces
        self._size = size
        self._grain = Grain.make()

    def draw(self, picture: Array, subject: Subject, look: Look, lights: Lights, view: Pinhole) -> Drawn:
        """Draw into `picture` (S, S, 3), display values in [0, 1], in place."""
        solid = [s for s in subject.solids if not s.sheer]
        sheer = [s for s in subject.solids if s.sheer]
        rest = _stack(solid)
        n_head = len(subject.vertices)
        vertices = np.concatenate([subject.vertices, rest.vertices])
        normals = np.concatenate([vertex_normals(subject.vertices, self._faces), rest.normals])
        both = np.concatenate([rest.faces, rest.faces[:, ::-1]]) + n_head
        faces = np.concatenate([self._faces, both])
        throws = [s for s in sheer if s.kind != "lens"]
        thrown = _stack(throws)
        centre = subject.vertices.mean(axis=0).astype(np.float32)
        shadows = cast_shadows(
            lights,
            np.concatenate([vertices, thrown.vertices]),
            np.concatenate([self._faces, rest.faces + n_head, thrown.faces + len(vertices)]),
            centre,
        )
        seen = view.crop(vertices)
        screen = np.column_stack([self._pixels(seen[:, :2]), seen[:, 2]])
        raster = rasterise(screen, faces, self._size, self._size, cull_back=True, perspective=True)
        hit = np.flatnonzero(raster.triangle.ravel() >= 0)
        triangle = raster.triangle.ravel()[hit]
        weights = raster.barycentric.reshape(-1, 3)[hit]
        on_head, off_head = np.flatnonzero(triangle < len(self._faces)), np.flatnonzero(triangle >= len(self._faces))
        camera = np.array([0.0, 0.0, view.distance])
        frame = np.concatenate([normals, vertices - centre, camera - vertices], axis=1).astype(np.float32)
        carried = carry(frame, faces, triangle, weights)
        colour = np.empty((len(hit), 3), np.float32)
        gloss, sky = np.empty(len(hit), np.float32), np.full(len(hit), 0.9, np.float32)
        eye = np.zeros(len(hit), np.float32)
        skin_pixels = carry(self._skin.vertex, self._faces, triangle[on_head], weights[on_head])
        painted = paint_skin(look, self._skin, self._grain, skin_pixels, subject.lids)
        colour[on_head], gloss[on_head] = painted.colour, painted.gloss
        sky[on_head] = skin_pixels[:, self._skin.column("sky")]
        eye[on_head] = painted.eye
        solid_triangle = triangle[off_head] - len(self._faces)
        turned = solid_triangle >= len(rest.faces)
        own = np.where(turned, solid_triangle - len(rest.faces), solid_triangle)
        if len(own):
            colour[off_head], gloss[off_head], _ = self._paint(solid, rest, own, weights[off_head], turned)
            flip = off_head[turned]
            carried[flip, :3] *= -1
        # The mesh of an eyeball is coarse: its normals are those of a ball.
        ball = np.flatnonzero(eye > 0.5)
        away = carried[ball, None, 3:6] - (subject.eyes - centre).astype(np.float32)
        nearest = np.square(away).sum(axis=2).argmin(axis=1)
        carried[ball, :3] = away[np.arange(len(ball)), nearest]
        light = shade(lights, shadows, colour, gloss, carried[:, :3], carried[:, 3:], sky, eye)
        face = np.zeros(len(hit), np.bool_)
        face[on_head] = painted.bare & (skin_pixels[:, 2] > -0.03)
        exposure = _exposure(lights, light[face] if face.sum() > 50 else light)
        linear = np.square(picture).reshape(-1, 3)
        linear[hit] = light * exposure
        skin = np.zeros(self._size**2, np.bool_)
        skin[hit] = face
        canvas = linear.reshape(self._size, self._size, 3)
        depth = raster.depth
        eyes = np.zeros(self._size**2, np.float32)
        eyes[hit] = eye
        self._shade_eyes(canvas, eyes.reshape(self._size, self._size), subject, view)
        self._draw_lashes(canvas, depth, subject, view)
        for part in (["hair", "cloth"], ["lens"]):
            chosen = [s for s in sheer if s.kind in part]
            if chosen:
                covered = self._draw_veil(canvas, depth, chosen, lights, shadows, centre, camera, exposure, view)
                skin &= ~covered.ravel() if "lens" not in part else True
        np.sqrt(np.clip(canvas, 0, 1), out=picture)
        return Drawn(skin.reshape(self._size, self._size))

    def _pixels(self, crop: NDArray[np.float64]) -> NDArray[np.float64]:
        return (crop + 1) / 2 * self._size - 0.5

    def _paint(
        self,
        solids: Sequence[Solid],
        mesh: _Mesh,
        triangle: NDArray[np.integer],
        weights: Array,
        turned: NDArray[np.bool_],
    ) -> tuple[Array, Array, Array]:
        """Colours (P, 3), gloss (P,) and cover (P,) of points on small meshes."""
        values = np.concatenate([np.column_stack([s.uv, s.cover]) for s in solids]).astype(np.float32)
        order = np.where(turned[:, None], weights[:, ::-1], weights)
        carried = carry(values, mesh.faces, triangle, order)
        index = np.searchsorted(mesh.starts, triangle, side="right") - 1
        colour = np.stack([s.colour for s in solids])[index]
        kind = np.array([KINDS.index(s.kind) for s in solids])[index]
        for k in np.unique(kind):
            rows = kind == k
            colour[rows] = paint_solid(self._grain, KINDS[k], carried[rows, :2], colour[rows])
        gloss = np.array([s.gloss for s in solids], np.float32)[index]
        cover = np.asarray(carried[:, 2], np.float32)
        strands = kind == KINDS.index("hair")
        if strands.any():
            u, v = carried[strands, 0], carried[strands, 1]
            cover[strands] += np.minimum(0.35 * self._grain(u, v * 0.05, 9), np.float32(0.5)) * (cover[strands] < 0.999)
            cover[strands] = np.clip((cover[strands] - 0.35) * 4, 0, 1)
        return colour, gloss, np.clip(cover, 0, 1)

    def _draw_veil(
        self,
        canvas: Array,
        depth: Array,
        solids: Sequence[Solid],
        lights: Lights,
        shadows: Shadows,
        centre: Array,
        camera: NDArray[np.float64],
        exposure: float,
        view: Pinhole,
    ) -> NDArray[np.bool_]:
        """Blend ragged or glassy meshes over what lies behind them; gives where they hide it (S, S) bool."""
        mesh = _stack(solids)
        seen = view.crop(mesh.vertices)
        screen = np.column_stack([self._pixels(seen[:, :2]), seen[:, 2]])
        raster = rasterise(screen, mesh.faces, self._size, self._size, perspective=True)
        flat = np.flatnonzero(raster.depth.ravel() < depth.ravel())
        hidden = np.zeros(depth.shape, np.bool_)
        if not len(flat):
            return hidden
        triangle, weights = raster.triangle.ravel()[flat], raster.barycentric.reshape(-1, 3)[flat]
        frame = np.concatenate([mesh.normals, mesh.vertices - centre, camera - mesh.vertices], axis=1)
        carried = carry(frame.astype(np.float32), mesh.faces, triangle, weights)
        away = (carried[:, :3] * carried[:, 6:]).sum(axis=1) < 0
        carried[away, :3] *= -1
        colour, gloss, cover = self._paint(solids, mesh, triangle, weights, np.zeros(len(flat), np.bool_))
        sky = np.full(len(flat), 0.85, np.float32)
        light = shade(lights, shadows, colour, gloss, carried[:, :3], carried[:, 3:], sky, np.zeros_like(sky))
        behind = canvas.reshape(-1, 3)
        behind[flat] += cover[:, None] * (light * exposure - behind[flat])
        hidden.ravel()[flat] = cover > 0.5
        return hidden

    def _shade_eyes(self, canvas: Array, eyes: Array, subject: Subject, view: Pinhole) -> None:
        """The upper lid throws a soft shadow on the eyeball, and the corners are darker."""
        rows, columns = np.flatnonzero(eyes.any(axis=1)), np.flatnonzero(eyes.any(axis=0))
        if len(rows) < 2 or len(columns) < 2:
            return
        metre = self._size / 2 / view.half
        pad = int(0.006 * metre) + 2
        r0, r1 = max(rows[0] - pad, 0), min(rows[-1] + pad + 1, self._size)
        c0, c1 = max(columns[0] - pad, 0), min(columns[-1] + pad + 1, self._size)
        part = eyes[r0:r1, c0:c1]
        shift = np.array([[1, 0, -subject.up[0] * 0.0022 * metre], [0, 1, subject.up[1] * 0.0022 * metre]], np.float32)
        lid = cv2.warpAffine(1 - part, shift, part.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        dark = cv2.GaussianBlur(lid, (0, 0), max(0.5, 0.0013 * metre))
        canvas[r0:r1, c0:c1] *= (1 - 0.72 * part * np.clip(dark, 0, 1))[..., None]

    def _draw_lashes(self, canvas: Array, depth: Array, subject: Subject, view: Pinhole) -> None:
        metre = self._size / 2 / view.half
        for lash in subject.lashes:
            width = lash.width_m * metre
            seen = view.crop(lash.lines)
            place = self._pixels(seen[..., :2])
            root = np.clip(place[:, 0].round().astype(np.int64), 0, self._size - 1)
            visible = seen[:, 0, 2] < depth[root[:, 1], root[:, 0]] + 0.004
            if not visible.any():
                continue
            low = np.clip(place[visible].min(axis=(0, 1)).astype(int) - 3, 0, self._size - 1)
            high = np.clip(place[visible].max(axis=(0, 1)).astype(int) + 4, 1, self._size)
            if (high - low < 2).any():
                continue
            mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
            fixed = ((place[visible] - low) * 16).round().astype(np.int32)
            cv2.polylines(mask, list(fixed), False, 255, 1, cv2.LINE_AA, 4)
            share = mask.astype(np.float32)[..., None] / 255 * min(1.0, lash.strength * width)
            part = canvas[low[1] : high[1], low[0] : high[0]]
            part += share * (np.square(lash.colour) * 0.3 - part)


def _exposure(lights: Lights, skin: Array) -> float:
    """What the camera multiplies light with: it brings skin near its target, but not all the way (dark stays dark)."""
    mean = float(np.mean(skin)) + 1e-4
    return float(np.clip((lights.target / mean) ** 0.75 * (0.30**0.25), 0.15, 6.0))


@numba.njit(cache=True, nogil=True)  # type: ignore[misc,untyped-decorator,unused-ignore]
def _carry(values: Array, faces: Ints, triangle: Ints, weights: Array, out: Array) -> None:
    for p in range(triangle.shape[0]):
        t = triangle[p]
        i, j, k = faces[t, 0], faces[t, 1], faces[t, 2]
        a, b, c = weights[p, 0], weights[p, 1], weights[p, 2]
        for n in range(values.shape[1]):
            out[p, n] = a * values[i, n] + b * values[j, n] + c * values[k, n]


def carry(values: Array, faces: Ints, triangle: NDArray[np.integer], weights: Array) -> Array:
    """Per-vertex `values` (V, C) at points (P,) given by triangle and barycentric weights (P, 3): (P, C)."""
    out = np.empty((len(triangle), values.shape[1]), np.float32)
    _carry(
        np.ascontiguousarray(values, np.float32),
        np.ascontiguousarray(faces),
        np.ascontiguousarray(triangle, np.int64),
        np.ascontiguousarray(weights),
        out,
    )
    return out

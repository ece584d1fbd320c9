"""One synthetic face a seed: a picture as the encoder would get it, and the truth behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.encoders.crops import CROP_SCALE
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.raster import rasterise
from neuface_core.training.synth.appearance import Look, albedo, hair_displacement, sample_look
from neuface_core.training.synth.background import background, occlude, shoulders
from neuface_core.training.synth.camera_faults import photograph
from neuface_core.training.synth.lighting import sample_lights, shade
from neuface_core.training.synth.parameters import sample_params
from neuface_core.training.synth.skin_map import skin_map, vertex_normals

Array = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class SyntheticFaces:
    """N pictures and what they show.

    Attributes
    ----------
    images : (N, 3, S, S) uint8
        RGB.
    params : HeadParams
        The truth; the weak-perspective camera is the one nearest to the pinhole that the picture was taken with.
    landmarks : (N, 68, 2) float32
        Static landmarks as the pinhole projects them, crop coordinates (y down).
    views : (N, 4) float32
        What `Pinhole` is made of: distance of the pinhole to the centre of the head in metres, shift (2) and half side
        of the crop, so that more points than the 68 can be projected later.
    """

    images: NDArray[np.uint8]
    params: HeadParams
    landmarks: Array
    views: Array


@dataclass(frozen=True)
class Pinhole:
    """A pinhole looking at the head's centre, and the crop: crop coordinates = (focal * x / depth - shift) / half."""

    distance: float
    shift: NDArray[np.float64]
    half: float

    def crop(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Model points (..., 3) to crop coordinates and depth (..., 3)."""
        depth = self.distance - points[..., 2:]
        plane = points[..., :2] * [1.0, -1.0] * self.distance / depth
        return np.concatenate([(plane - self.shift) / self.half, depth], axis=-1)


class FaceSynthesiser:
    """Renders faces of one head model.

    Parameters
    ----------
    head
        The head model, with static landmarks.
    size
        Side of the pictures in pixels.
    supersample
        The face is drawn this much larger and averaged.
    """

    def __init__(self, head: HeadModel, size: int, supersample: float = 1.5) -> None:
        self.head = head
        self.size = size
        self._fine = round(size * supersample)
        self._skin = skin_map(head)
        self._faces = np.asarray(head.faces, np.int64)
        self._face_vertices = np.flatnonzero(head.vertex_masks["face"])
        self._glasses = _glasses_outline(self._skin.landmarks)

    def faces(self, seeds: Sequence[int]) -> SyntheticFaces:
        """Pictures for `seeds`; what a seed shows does not depend on the others (but for rounding in the last bit)."""
        params = sample_params(seeds, self.head.n_shape, self.head.expression_names)
        with torch.no_grad():
            vertices = self.head(params).numpy().astype(np.float64)
            landmarks = self.head.landmarks(params, "static").numpy().astype(np.float64)
        rows = [
            self._face(seed, vertices[i], landmarks[i], params.global_orient[i].numpy()) for i, seed in enumerate(seeds)
        ]
        images, cameras, points, views = zip(*rows, strict=True)
        camera = torch.as_tensor(np.stack(cameras), dtype=torch.float32)
        return SyntheticFaces(
            images=np.stack(images).transpose(0, 3, 1, 2),
            params=HeadParams(**{**vars(params), "camera": camera}),
            landmarks=np.stack(points).astype(np.float32),
            views=np.array([[v.distance, *v.shift, v.half] for v in views], np.float32),
        )

    def _face(
        self, seed: int, vertices: NDArray[np.float64], landmarks: NDArray[np.float64], orient: NDArray[np.float32]
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64], Pinhole]:
        rng = np.random.default_rng([seed, 2])
        view = _sample_view(rng, landmarks)
        seen = view.crop(vertices)
        look = sample_look(rng)
        picture = background(rng, self._fine)
        if rng.random() < 0.75:
            self._draw_shoulders(rng, picture, seen)
        if not look.bald and rng.random() < 0.25:
            self._draw_long_hair(rng, picture, seen, look)
        self._draw_head(rng, picture, vertices, view, look)
        if rng.random() < 0.15:
            rotation = cv2.Rodrigues(orient.astype(np.float64))[0]
            self._draw_glasses(rng, picture, view, rotation, landmarks)
        if rng.random() < 0.10:
            occlude(rng, picture)
        picture = cv2.resize(picture, (self.size, self.size), interpolation=cv2.INTER_AREA)
        camera = nearest_weak_perspective(vertices[self._face_vertices], seen[self._face_vertices, :2])
        return photograph(rng, picture), camera, view.crop(landmarks)[:, :2], view

    def _pixels(self, crop: NDArray[np.float64]) -> NDArray[np.float64]:
        return (crop + 1) / 2 * self._fine - 0.5

    def _draw_head(self, rng: Rng, picture: Array, vertices: NDArray[np.float64], view: Pinhole, look: Look) -> None:
        normals = vertex_normals(vertices, self._faces)
        hairy = vertices + normals * hair_displacement(look, self._skin)[:, None]
        seen = view.crop(hairy)
        screen = np.column_stack([self._pixels(seen[:, :2]), seen[:, 2]])
        raster = rasterise(screen, self._faces, self._fine, self._fine, cull_back=True, perspective=True)
        hit = raster.hit
        corners = self._faces[raster.triangle[hit]]
        weights = raster.barycentric[hit]
        normals = vertex_normals(hairy, self._faces)
        carried = np.concatenate([self._skin.vertex, normals.astype(np.float32)], axis=1)
        pixels = sum(carried[corners[:, k]] * weights[:, k, None] for k in range(3))
        assert isinstance(pixels, np.ndarray)
        colour = albedo(look, self._skin, pixels[:, :-3])
        sky = pixels[:, self._skin.names.index("sky")]
        picture[hit] = shade(sample_lights(rng), colour, pixels[:, -3:], sky)

    def _draw_shoulders(self, rng: Rng, picture: Array, seen: NDArray[np.float64]) -> None:
        neck = self._pixels(seen[self.head.vertex_masks["neck"], :2])
        lowest = neck[neck[:, 1] >= np.quantile(neck[:, 1], 0.85)].mean(axis=0)
        shoulders(rng, picture, lowest.astype(np.float32), 0.15 / _metres_per_pixel(seen, self._fine))

    def _draw_long_hair(self, rng: Rng, picture: Array, seen: NDArray[np.float64], look: Look) -> None:
        place = self._pixels(seen[:, :2])
        low, high = place.min(axis=0), place.max(axis=0)
        centre, half = (low + high) / 2, (high - low) / 2
        half *= rng.uniform([0.95, 0.9], [1.25, 1.3])
        centre[1] += half[1] * rng.uniform(-0.1, 0.3)
        paint = tuple(float(c) * float(rng.uniform(0.5, 0.9)) for c in look.hair)
        cv2.ellipse(picture, centre.astype(int).tolist(), half.astype(int).tolist(), 0, 0, 360, paint, -1, cv2.LINE_AA)

    def _draw_glasses(
        self, rng: Rng, picture: Array, view: Pinhole, rotation: NDArray[np.float64], landmarks: NDArray[np.float64]
    ) -> None:
        # The frame is stiff: it is laid on the bridge of the nose of this person.
        neutral = self._skin.landmarks
        spread = np.linalg.norm(landmarks[45] - landmarks[36]) / np.linalg.norm(neutral[45] - neutral[36])
        bridge = landmarks[[36, 39, 42, 45]].mean(axis=0)
        round_or_square = rng.uniform(2.0, 5.0)
        paint = tuple(float(c) for c in rng.uniform(0, 0.5, 3)) if rng.random() < 0.8 else (0.8, 0.75, 0.6)
        width = max(1, round(self._fine * rng.uniform(0.004, 0.014)))
        dark = rng.random() < 0.15
        for outline in self._glasses(round_or_square, rng.uniform(0.85, 1.15)):
            points = (outline * spread) @ rotation.T + bridge
            pixels = self._pixels(view.crop(points)[:, :2])
            fixed = [(pixels * 16).round().astype(np.int32)]
            closed = len(outline) > 8
            if dark and closed:
                cv2.fillPoly(picture, fixed, tuple(0.3 * c for c in paint), cv2.LINE_AA, shift=4)
            cv2.polylines(picture, fixed, closed, paint, width, cv2.LINE_AA, shift=4)


def _metres_per_pixel(seen: NDArray[np.float64], size: int) -> float:
    return 0.18 / max(1.0, float(np.ptp(seen[:, 0])) / 2 * size)


def _glasses_outline(neutral: Array):  # type: ignore[no-untyped-def]
    """A function of roundness and size that gives the outlines of a frame, metres, about the middle of the eyes."""
    middle = neutral[[36, 39, 42, 45]].mean(axis=0)
    centres = [neutral[36:42].mean(axis=0) - middle, neutral[42:48].mean(axis=0) - middle]
    out = np.array([0.0, -0.004, 0.014])

    def outlines(roundness: float, size: float) -> list[NDArray[np.float64]]:
        turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        cos, sin = np.cos(turn), np.sin(turn)
        rim = np.stack(
            [
                0.026 * size * np.sign(cos) * np.abs(cos) ** (2 / roundness),
                0.020 * size * np.sign(sin) * np.abs(sin) ** (2 / roundness),
                np.zeros_like(turn),
            ],
            axis=1,
        )
        left, right = centres[1] + out, centres[0] + out
        side = np.array([0.026 * size, 0.0, 0.0])
        back = np.array([0.012, 0.0, -0.085])
        lines = [np.stack([right + side, left - side])]
        lines += [np.stack([left + side, left + side + back])]
        lines += [np.stack([right - side, right - side + back * [-1, 1, 1]])]
        return [right + rim, left + rim, *lines]

    return outlines


def _sample_view(rng: Rng, landmarks: NDArray[np.float64]) -> Pinhole:
    """Distance of the camera and the square around the 68 points, placed as inexactly as a detector would."""
    distance = float(np.exp(rng.uniform(np.log(0.35), np.log(2.5)))) if rng.random() < 0.7 else 20.0
    points = Pinhole(distance, np.zeros(2), 1.0).crop(landmarks)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    side = float((high - low).max())
    half = CROP_SCALE * side / 2 * float(np.exp(rng.normal(0, 0.06)))
    shift = (low + high) / 2 + rng.normal(0, 0.03, 2) * side
    return Pinhole(distance, shift, half)


def nearest_weak_perspective(points: NDArray[np.floating], crop: NDArray[np.floating]) -> NDArray[np.float64]:
    """The camera [s, tx, ty] (3,) that projects model points (P, 3) nearest to crop coordinates (P, 2)."""
    flat = points[:, :2] * [1.0, -1.0]
    mean_points, mean_crop = flat.mean(axis=0), crop.mean(axis=0)
    centred = flat - mean_points
    scale = float((centred * (crop - mean_crop)).sum() / np.square(centred).sum())
    shift = mean_crop / scale - mean_points
    return np.array([scale, shift[0], -shift[1]])

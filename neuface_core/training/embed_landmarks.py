"""Find where the detectors' landmarks lie on the open head: ``python -m neuface_core.training.embed_landmarks``.

Random heads are drawn from many sides, the face-mesh network looks at them, and every point it gives is cast through
the z-buffer onto the mesh. The median over the pictures, made mirror-symmetric and put back onto the surface, is the
embedding. Points of the eyelids and lips are then moved to the margins they belong to (embed_margins.py), and the
sliding contour is derived from the mesh itself (embed_contour.py).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from trimesh.triangles import closest_point, points_to_barycentric

from neuface_core.geometry import vertex_normals_np
from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.bundle_file import read_bundle, write_bundle
from neuface_core.heads.data import SurfacePoints
from neuface_core.heads.model import HeadModel
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.landmarks.ibug import MESH_TO_IBUG
from neuface_core.raster import Raster, rasterise
from neuface_core.resource_files import resource_path
from neuface_core.training.embed_contour import sliding_contour
from neuface_core.training.embed_margins import snap_to_margins
from neuface_core.training.embed_mirror import mirror_partners, symmetric, symmetric_contour, symmetric_points

Array = NDArray[np.float64]

IRIS_CENTRES = (("right_eye", 4), ("left_eye", 3))
"""Regions and joints of the eyes in the order of the iris points 468..472 and 473..477, of which the first is kept."""

_EYEBALL_RADIUS = 0.015

_FACE_EDGE = frozenset(
    (
        *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
        *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
    )
)
"""Points of the face mesh on the outline of the face."""
_PICTURE_PX = 512
_HALF_WIDTH = 0.13
"""Metres from the middle to the edge of a picture: the face's box is then about 2/3 of it."""

_MIN_COSINE = 0.35
"""A hit counts only where the surface faces the camera: at grazing angles a pixel is many millimetres."""

_MIN_HITS = 12


def pictures(head: HeadModel, count: int, seed: int) -> Iterator[tuple[NDArray[np.uint8], Raster, Array]]:
    """Random heads from random sides: (picture, raster, vertices (V, 3))."""
    random = np.random.default_rng(seed)
    colours = _colours(head)
    params = head.neutral(count)
    params.shape[:] = torch.tensor(random.normal(0.0, 0.8, params.shape.shape), dtype=torch.float32)
    params.global_orient[:, 0] = torch.tensor(random.uniform(-0.3, 0.3, count), dtype=torch.float32)
    yaw = random.uniform(0.0, 0.85, count) * np.where(np.arange(count) % 2, 1.0, -1.0)  # as often left as right
    params.global_orient[:, 1] = torch.tensor(yaw, dtype=torch.float32)
    middle = _face_middle(head)
    for index in range(count):
        vertices = head(params[[index]])[0].double().numpy()
        place = head.vertices_local(params[[index]])[0].double().numpy()
        turned = middle @ np.linalg.lstsq(place, vertices, rcond=None)[0]
        scale = _PICTURE_PX / (2 * _HALF_WIDTH)
        screen = (vertices - turned) * [scale, -scale, -1.0] + [(_PICTURE_PX - 1) / 2, (_PICTURE_PX - 1) / 2, 0.0]
        raster = rasterise(screen, head.faces, _PICTURE_PX, _PICTURE_PX)
        normals = raster.interpolate(vertex_normals_np(vertices, head.faces), head.faces)
        light = np.array([random.uniform(-0.6, 0.6), random.uniform(0.1, 0.7), 1.0])
        shade = 0.35 + 0.65 * np.clip(normals @ (light / np.linalg.norm(light)), 0.0, 1.0)
        picture = raster.interpolate(colours, head.faces) * shade[..., None]
        picture[~raster.hit] = random.uniform(0.3, 0.8)
        yield np.round(255 * np.clip(picture, 0.0, 1.0)).astype(np.uint8), raster, vertices


def _face_middle(head: HeadModel) -> Array:
    return np.asarray(head.data.mean[head.vertex_masks["face"]].mean(0), np.float64)


def _colours(head: HeadModel) -> NDArray[np.float32]:
    """Plain skin, darker lips and hair, white eyeballs with a dark iris: enough for the network to see a face."""
    colours = np.tile(np.array([0.86, 0.66, 0.55], np.float32), (head.n_vertices, 1))
    colours[head.vertex_masks["scalp"]] = (0.25, 0.18, 0.14)
    colours[head.vertex_masks["lips"]] = (0.74, 0.42, 0.40)
    colours[head.vertex_masks["inner_mouth"]] = (0.25, 0.08, 0.08)
    for name, joint in (("left_eye", 3), ("right_eye", 4)):
        ball = np.flatnonzero(head.vertex_masks[name])
        offset = head.data.mean[ball] - head.data.joints[joint]
        outward = offset[:, 2] / np.linalg.norm(offset, axis=1)
        colours[ball] = (0.92, 0.92, 0.92)
        colours[ball[outward > 0.86]] = (0.20, 0.13, 0.10)
    return colours


def cast(points: Array, raster: Raster, head: HeadModel, vertices: Array) -> tuple[Array, Array]:
    """Image points (P, 2) in pixels to places on the mean head (P, 3), with the cosine of the surface to the camera.

    NaN where nothing, or only a slope, was hit.
    """
    column = np.round(points[:, 0]).astype(int)
    row = np.round(points[:, 1]).astype(int)
    inside = (column >= 0) & (row >= 0) & (column < raster.triangle.shape[1]) & (row < raster.triangle.shape[0])
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    triangle = raster.triangle[row, column]
    corners = head.faces[np.maximum(triangle, 0)]
    place = np.einsum("pk,pkc->pc", raster.barycentric[row, column], head.data.mean[corners]).astype(np.float64)
    a, b, c = (vertices[corners[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    cosine = normal[:, 2] / np.linalg.norm(normal, axis=1)
    place[~inside | (triangle < 0) | (cosine < _MIN_COSINE)] = np.nan
    return place, np.where(np.isnan(place[:, 0]), np.nan, cosine)


def on_surface(points: Array, head: HeadModel, allowed: NDArray[np.bool_]) -> SurfacePoints:
    """Nearest places on the triangles of the mean head whose corners are all `allowed` (V,)."""
    kept = np.flatnonzero(allowed[head.faces].all(1))
    triangles = head.data.mean.astype(np.float64)[head.faces[kept]]
    _, near = cKDTree(triangles.mean(1)).query(points, k=40)
    candidates = triangles[near.ravel()]
    nearest = closest_point(candidates, np.repeat(points, near.shape[1], axis=0)).reshape(*near.shape, 3)
    best = np.linalg.norm(nearest - points[:, None], axis=-1).argmin(1)
    rows = np.arange(len(points))
    face = near[rows, best]
    weights = np.clip(points_to_barycentric(triangles[face], nearest[rows, best]), 0.0, 1.0)
    return SurfacePoints(kept[face], (weights / weights.sum(1, keepdims=True)).astype(np.float32))


def places(points: SurfacePoints, head: HeadModel) -> Array:
    """Surface points (...,) to places (..., 3) on the mean head."""
    corners = head.data.mean[head.faces[points.faces]]
    return np.asarray((corners * points.weights[..., None]).sum(-2), np.float64)


def detect_places(head: HeadModel, mesh: FaceMesh, count: int, seed: int) -> tuple[Array, NDArray[np.int64]]:
    """Where the network sees its points on the mean head, (P, 3), and the mirror partner of each, (P,).

    Raises
    ------
    ValueError
        When some point was hit in too few of the pictures.
    """
    size = mesh.input_size
    hits = []
    for picture, raster, vertices in pictures(head, count, seed):
        image = torch.tensor(picture).permute(2, 0, 1)[None].float() / 255
        small = torch.nn.functional.interpolate(image, (size, size), mode="bilinear", antialias=True)
        with torch.no_grad():
            points, _ = mesh(small)
        back = (points[0, :, :2].double().numpy() + 0.5) * (_PICTURE_PX / size) - 0.5
        hits.append(cast(back, raster, head, vertices))
    seen, cosine = (np.stack(part) for part in zip(*hits, strict=True))
    if np.isfinite(cosine).sum(0).min() < _MIN_HITS:
        raise ValueError("a landmark was seen in too few pictures; draw more")
    partner = mirror_partners(np.nanmedian(seen, axis=0))
    points_on_head = np.empty(seen.shape[1:])
    for index in range(len(points_on_head)):
        # At the face's edge only the better half of the views: seen at a slant, a point slides with every pixel.
        good = cosine[:, index] >= (np.nanmedian(cosine[:, index]) if index in _FACE_EDGE else _MIN_COSINE)
        points_on_head[index] = np.median(seen[good, index], axis=0)
    return symmetric(points_on_head, partner), partner


def embed(path: Path, count: int = 90, seed: int = 7) -> None:
    """Add the embeddings to the bundle at `path`."""
    head = load_head(path)
    mesh = FaceMesh.load("v1")
    points, partner = detect_places(head, mesh, count, seed)
    masks = head.vertex_masks
    skin = ~(masks["inner_mouth"] | masks["tongue"] | masks["eye_sockets"] | masks["teeth"] | masks["eyes"])
    points = snap_to_margins(places(on_surface(points, head, skin), head), head)
    valid = np.ones(len(points), bool)
    dense = on_surface(points, head, skin)
    for name, joint in IRIS_CENTRES:
        pupil = head.data.joints[[joint]] + [0.0, 0.0, _EYEBALL_RADIUS]
        iris = on_surface(pupil.astype(np.float64), head, masks[name])
        rest = SurfacePoints(np.repeat(iris.faces, 5), np.repeat(iris.weights, 5, axis=0))  # centre, then its ring
        dense = SurfacePoints(np.append(dense.faces, rest.faces), np.append(dense.weights, rest.weights, axis=0))
        valid = np.append(valid, [True, False, False, False, False])
    right_iris = len(points) + np.arange(5)
    dense = symmetric_points(dense, np.concatenate([partner, right_iris + 5, right_iris]), head)
    static = SurfacePoints(dense.faces[list(MESH_TO_IBUG)], dense.weights[list(MESH_TO_IBUG)])
    contour = sliding_contour(places(static, head)[:17], head)
    bins = contour.points.shape[:3]
    flat = on_surface(contour.points.reshape(-1, 3), head, skin)
    sliding = symmetric_contour(SurfacePoints(flat.faces.reshape(bins), flat.weights.reshape(*bins, 3)), head)
    info, arrays = read_bundle(path)
    write_bundle(
        path,
        info,
        arrays
        | {
            "static_faces": static.faces.astype(np.int32),
            "static_weights": static.weights,
            "dense_faces": dense.faces.astype(np.int32),
            "dense_weights": dense.weights,
            "dense_valid": valid.astype(np.uint8),
            "contour_yaw": contour.yaw.astype(np.float32),
            "contour_pitch": contour.pitch.astype(np.float32),
            "contour_faces": sliding.faces.astype(np.int32),
            "contour_weights": sliding.weights,
        },
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, default=None, help="bundle to change; default: the open head")
    parser.add_argument("--pictures", type=int, default=90)
    arguments = parser.parse_args()
    embed(arguments.head or resource_path(OPEN_HEAD), arguments.pictures)


if __name__ == "__main__":
    main()

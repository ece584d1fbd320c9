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
from scipy.optimize import linear_sum_assignment
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

Array = NDArray[np.float64]

IRIS_CENTRES = {468: "right_eye", 473: "left_eye"}
"""Points of the 478-point mesh at the centres of the irises; right and left are the subject's."""

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
    params.global_orient[:, 1] = torch.tensor(random.uniform(-0.85, 0.85, count), dtype=torch.float32)
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


def cast(points: Array, raster: Raster, head: HeadModel, vertices: Array) -> Array:
    """Image points (P, 2) in pixels to places on the mean head (P, 3); NaN where nothing, or only a slope, was hit."""
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
    return place


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


def symmetric(points: Array) -> Array:
    """Average every point of (P, 3) with the mirror image of its partner, which is found by assignment."""
    flipped = points * [-1.0, 1.0, 1.0]
    _, partner = linear_sum_assignment(np.linalg.norm(points[:, None] - flipped[None], axis=-1))
    if not np.array_equal(partner[partner], np.arange(len(points))):
        raise ValueError("the landmarks do not pair up under a mirror; draw more pictures")
    return np.asarray((points + flipped[partner]) / 2)


def detect_places(head: HeadModel, mesh: FaceMesh, count: int, seed: int) -> tuple[Array, NDArray[np.bool_]]:
    """Where the network sees its points on the mean head: (P, 3), and (P,) whether enough pictures agree."""
    size = mesh.input_size
    hits = []
    for picture, raster, vertices in pictures(head, count, seed):
        image = torch.tensor(picture).permute(2, 0, 1)[None].float() / 255
        small = torch.nn.functional.interpolate(image, (size, size), mode="bilinear", antialias=True)
        with torch.no_grad():
            points, _ = mesh(small)
        back = (points[0, :, :2].double().numpy() + 0.5) * (_PICTURE_PX / size) - 0.5
        hits.append(cast(back, raster, head, vertices))
    stack = np.stack(hits)
    valid = np.isfinite(stack[..., 0]).sum(0) >= _MIN_HITS
    return np.where(valid[:, None], np.nanmedian(np.where(valid[:, None], stack, 0.0), axis=0), 0.0), valid


def embed(path: Path, count: int = 90, seed: int = 7) -> None:
    """Add the embeddings to the bundle at `path`."""
    head = load_head(path)
    mesh = FaceMesh.load("v1")
    points, valid = detect_places(head, mesh, count, seed)
    masks = head.vertex_masks
    skin = ~(masks["inner_mouth"] | masks["tongue"] | masks["eye_sockets"] | masks["left_eye"] | masks["right_eye"])
    points[valid] = symmetric(points[valid])
    points[valid] = places(on_surface(points[valid], head, skin), head)
    points = symmetric_valid(snap_to_margins(points, head), valid)
    dense = on_surface(points, head, skin)
    static = SurfacePoints(dense.faces[list(MESH_TO_IBUG)], dense.weights[list(MESH_TO_IBUG)])
    contour = sliding_contour(places(static, head)[:17], head)
    sliding = on_surface(contour.points.reshape(-1, 3), head, skin)
    bins = contour.points.shape[:2]
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
            "contour_faces": sliding.faces.reshape(bins).astype(np.int32),
            "contour_weights": sliding.weights.reshape(*bins, 3),
        },
    )


def symmetric_valid(points: Array, valid: NDArray[np.bool_]) -> Array:
    """`symmetric` for the valid points only."""
    result = points.copy()
    result[valid] = symmetric(points[valid])
    return result


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, default=None, help="bundle to change; default: the open head")
    parser.add_argument("--pictures", type=int, default=90)
    arguments = parser.parse_args()
    embed(arguments.head or resource_path(OPEN_HEAD), arguments.pictures)


if __name__ == "__main__":
    main()

"""Where the face-mesh detectors put their points on the open head, for every yaw.

Run with ``python -m neuface_core.training.embed_detectors`` after `embed_landmarks`.

A detector does not see anatomy but what its training taught it: the jaw points of a turned face, for example, lie
neither on the bone line nor on the outline. So synthetic faces are read (embed_readings.py), and every point gets the
place on the surface that comes nearest to the readings, in the picture, over all faces of about one yaw. Half of the
work is done by the mirror: each reading also counts for the mirrored point at the opposite yaw.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from neuface_core.heads.bundle import OPEN_HEAD, load_head
from neuface_core.heads.bundle_file import read_bundle, write_bundle
from neuface_core.heads.data import SlidingPoints, SurfacePoints
from neuface_core.heads.model import HeadModel
from neuface_core.landmarks.face_mesh import FaceMesh
from neuface_core.landmarks.ibug import MESH_TO_IBUG
from neuface_core.resource_files import resource_path
from neuface_core.training.embed_margins import margin_edges
from neuface_core.training.embed_mirror import mirror_image, mirror_partners
from neuface_core.training.embed_readings import Readings, read_faces, shown

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

YAW_DEG = np.arange(-75.0, 75.1, 15.0)
DETECTORS = (("open-v1", "v1"), ("open-v2", "v2"))

_SPREAD_DEG = 6.0
"""Standard deviation of the window of yaws that a place is fitted to: windows overlap, so the places slide smoothly."""

_REACH_M = 0.025
_PULLS = 0.01, 0.1
"""Where the surface runs along the line of sight the picture can't tell: this share of the squared distance to the
anatomical place is added, and in a second round of that to the place which neighbouring yaws suggest."""

_ROBUST_MM = 10.0
_FAILED_MM = 9.0
"""A face whose median error is larger was not found, or is hidden by something."""

_LEAST_SCORE = 0.5
_FIRST_IRIS = 468
_IRIS_PARTNER = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)
"""Mirror images of the iris points: centre, then the ring of four."""


@dataclass(frozen=True)
class Sight:
    """Every vertex and every reading of N faces in one picture plane.

    Attributes
    ----------
    vertices : (N, V, 2), points : (N, P, 2) float32
        Millimetres at the distance of the head's centre.
    yaw : (N,) float32
        Radians.
    """

    vertices: NDArray[np.float32]
    points: NDArray[np.float32]
    yaw: NDArray[np.float32]


def sight(readings: Readings, head: HeadModel, anatomical: SurfacePoints) -> Sight:
    """The faces that were found; `anatomical` (P,) places tell which were not."""
    vertices, points, kept = [], [], []
    corners = head.faces[anatomical.faces]
    for index, (seen, metres) in enumerate(shown(readings, head)):
        flat = (seen * metres * 1000).astype(np.float32)
        read = (readings.points[index] * metres * 1000).astype(np.float32)
        expected = (flat[corners] * anatomical.weights[..., None]).sum(1)[: len(read)]
        miss = float(np.median(np.linalg.norm(read[: len(expected)] - expected, axis=1)))
        vertices.append(flat)
        points.append(read)
        kept.append(miss < _FAILED_MM and readings.scores[index] > _LEAST_SCORE)
    keep = np.array(kept)
    return Sight(np.stack(vertices)[keep], np.stack(points)[keep], readings.yaw[keep])


def doubled(view: Sight, partner: Ints, mirror: Ints) -> Sight:
    """The faces and their mirror images."""
    flip = np.array([-1.0, 1.0], np.float32)
    return Sight(
        np.concatenate([view.vertices, view.vertices[:, mirror] * flip]),
        np.concatenate([view.points, view.points[:, partner] * flip]),
        np.concatenate([view.yaw, -view.yaw]),
    )


def fit_places(
    view: Sight, head: HeadModel, anatomical: SurfacePoints, partner: Ints, simplices: Callable[[int, bool], Ints]
) -> SlidingPoints:
    """The place (Y, 1, P) of every point at every yaw of `YAW_DEG`.

    Parameters
    ----------
    view
        Doubled: every face with its mirror image.
    head, anatomical, partner
        The head, where its points lie by anatomy (P,), and each point's mirror image (P,).
    simplices
        For a point, and whether it must lie on the middle line, the triangles (C, 3) that may hold it, as vertices; two
        equal ones make an edge.
    """
    n_points = len(partner)
    mean = head.data.mean.astype(np.float64) * 1000
    start = (mean[head.faces[anatomical.faces]] * anatomical.weights[..., None]).sum(1)
    number = {tuple(sorted(face)): index for index, face in enumerate(head.faces.tolist())}
    faces = np.zeros((len(YAW_DEG), n_points), np.int64)
    weights = np.zeros((len(YAW_DEG), n_points, 3), np.float32)
    degrees = np.degrees(view.yaw)
    for point in np.flatnonzero(partner >= np.arange(n_points)).tolist():
        goal = np.tile(start[point], (len(YAW_DEG), 1))
        for pull in _PULLS:
            for row, centre in enumerate(YAW_DEG):
                allowed = simplices(point, partner[point] == point and centre == 0.0)
                allowed = allowed[np.linalg.norm(mean[allowed].mean(1) - start[point], axis=1) < 1000 * _REACH_M]
                used, corners = np.unique(allowed, return_inverse=True)
                window = np.exp(-0.5 * ((degrees - centre) / _SPREAD_DEG) ** 2)
                rows = window > 0.02
                miss = (view.points[rows, point, None] - view.vertices[np.ix_(rows, used)]).astype(np.float64)
                away = np.sqrt(pull) * (mean[used] - goal[row])
                best, share = _nearest(miss, window[rows], away, corners.reshape(-1, 3))
                faces[row, point], weights[row, point] = _as_face(allowed[best], share, head.faces, number)
            found = (mean[head.faces[faces[:, point]]] * weights[:, point, :, None]).sum(1)
            goal = gaussian_filter1d(found, 1.0, axis=0, mode="nearest")
    table = SurfacePoints(faces, weights)
    return SlidingPoints(
        np.deg2rad(YAW_DEG).astype(np.float32), np.zeros(1, np.float32), _mirrored(table, partner, head)
    )


def _nearest(miss: Array, window: Array, away: Array, corners: Ints) -> tuple[int, Array]:
    """The simplex (number) and the weights (3,) whose point comes nearest to the readings.

    `miss` (N, C, 2) is the way from every candidate vertex to the reading, `away` (C, 3) its weighted way from where
    the point is expected. Of a point with weights w the squared error is quadratic in w: one small system a triangle.
    """
    factor = window / window.sum()
    pull = away @ away.T
    best, share = 0, np.array([1.0, 0.0, 0.0])
    for _ in range(2):
        rows = (miss * np.sqrt(factor)[:, None, None]).transpose(0, 2, 1).reshape(-1, miss.shape[1])
        gram = rows.T @ rows + pull
        share_of, error = _simplex_minimum(gram[corners[:, :, None], corners[:, None, :]])
        best = int(error.argmin())
        share = share_of[best]
        residual = np.einsum("nkc,k->nc", miss[:, corners[best]], share)
        factor = window / (1.0 + (residual**2).sum(1) / _ROBUST_MM**2)
        factor = factor / factor.sum()
    return best, share


def _simplex_minimum(gram: Array) -> tuple[Array, Array]:
    """For each (T, 3, 3) the weights >= 0 with sum 1 that make w G w smallest, and that value (T,)."""
    best = np.stack([gram[:, k, k] for k in range(3)], axis=1)
    corner = best.argmin(1)
    weights = np.eye(3)[corner]
    value = best.min(1)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        curve = gram[:, a, a] - 2 * gram[:, a, b] + gram[:, b, b]
        t = np.clip((gram[:, a, a] - gram[:, a, b]) / np.maximum(curve, 1e-12), 0.0, 1.0)
        candidate = np.zeros_like(weights)
        candidate[:, a], candidate[:, b] = 1 - t, t
        weights, value = _better(weights, value, candidate, gram)
    bordered = np.zeros((len(gram), 4, 4))
    bordered[:, :3, :3] = gram + 1e-9 * np.eye(3)
    bordered[:, :3, 3] = bordered[:, 3, :3] = 1.0
    distinct = np.abs(np.linalg.det(bordered)) > 1e-12
    inner = np.zeros_like(weights)
    right = np.tile(np.array([[0.0], [0.0], [0.0], [1.0]]), (int(distinct.sum()), 1, 1))
    inner[distinct] = np.linalg.solve(bordered[distinct], right)[:, :3, 0]
    inside = distinct & (inner > 0).all(1)
    inner[~inside] = weights[~inside]
    return _better(weights, value, inner, gram)


def _better(weights: Array, value: Array, candidate: Array, gram: Array) -> tuple[Array, Array]:
    found = np.einsum("ta,tab,tb->t", candidate, gram, candidate)
    better = found < value
    return np.where(better[:, None], candidate, weights), np.where(better, found, value)


def _as_face(vertices: Ints, share: Array, faces: Ints, number: dict[tuple[int, ...], int]) -> tuple[int, Array]:
    """A point of a triangle or an edge of vertices (3,) as a face of the mesh and its weights."""
    face = number.get(tuple(sorted(vertices.tolist())))
    if face is None:  # an edge or a vertex: any triangle that has it will do
        face = int(np.flatnonzero(np.isin(faces, vertices).sum(1) == len(set(vertices.tolist())))[0])
    corners = faces[face].tolist()
    weights = np.zeros(3)
    for vertex, part in zip(vertices.tolist(), share.tolist(), strict=True):
        weights[corners.index(vertex)] += part
    return face, weights


def _mirrored(table: SurfacePoints, partner: Ints, head: HeadModel) -> SurfacePoints:
    """Fill in the other half: at the opposite yaw the mirror image. (Y, P) to (Y, 1, P)."""
    image = mirror_image(table, head)
    faces, weights = table.faces.copy(), table.weights.copy()
    other = partner < np.arange(len(partner))
    faces[:, other] = image.faces[::-1, partner[other]]
    weights[:, other] = image.weights[::-1, partner[other]]
    own = np.flatnonzero(partner == np.arange(len(partner)))
    middle = len(YAW_DEG) // 2
    faces[:middle, own], weights[:middle, own] = image.faces[:middle:-1, own], image.weights[:middle:-1, own]
    return SurfacePoints(faces[:, None], weights[:, None])


def places_of(head: HeadModel) -> Callable[[int, bool], Ints]:
    """Where points may lie: skin, eyeballs for the irises, and for lids and inner lips the margins that move."""
    masks = head.vertex_masks
    inside = masks["inner_mouth"] | masks["tongue"] | masks["teeth"] | masks["eye_sockets"] | masks["eyes"]
    skin = head.faces[~inside[head.faces].any(1)]
    eyes = head.faces[masks["eyes"][head.faces].all(1)]
    edges = np.unique(np.sort(skin[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    middle = edges[(np.abs(head.data.mean[edges, 0]) < 1e-6).all(1)]
    on_margin = {index: _as_triangles(chain) for index, chain in margin_edges(head).items()}

    def allowed(point: int, in_the_middle: bool) -> Ints:
        found = eyes if point >= _FIRST_IRIS else on_margin.get(point, _as_triangles(middle) if in_the_middle else skin)
        if in_the_middle and point in on_margin:
            found = found[(np.abs(head.data.mean[found, 0]) < 1e-6).any(1)]
            centre = np.abs(head.data.mean[found, 0]).argmin(1)
            found = np.repeat(found[np.arange(len(found)), centre][:1, None], 3, axis=1)
        return found

    return allowed


def _as_triangles(edges: Ints) -> Ints:
    return edges[:, [0, 1, 1]]


def embed(path: Path, count: int, seed: int) -> None:
    """Add the detectors' tables to the bundle at `path`."""
    head = load_head(path)
    assert head.data.dense is not None
    assert head.data.mirror is not None
    info, arrays = read_bundle(path)
    added: dict[str, NDArray[np.generic]] = {}
    meshes = [FaceMesh.load("v1" if version == "v1" else "v2") for _, version in DETECTORS]
    readings: tuple[Readings, ...] = ()
    for step in read_faces(head, meshes, range(seed, seed + count)):
        if isinstance(step, tuple):
            readings = step
    for (name, _), read in zip(DETECTORS, readings, strict=True):
        added |= tensors(name, read, head)
    write_bundle(path, info, dict(arrays) | added)


def tensors(name: str, readings: Readings, head: HeadModel) -> dict[str, NDArray[np.generic]]:
    """The arrays of one detector."""
    data = head.data
    assert data.dense is not None
    assert data.mirror is not None
    count = readings.points.shape[1]
    dense = SurfacePoints(data.dense.faces[:count], data.dense.weights[:count])
    partner = mirror_partners((data.mean[head.faces[dense.faces]] * dense.weights[..., None]).sum(1)[:_FIRST_IRIS])
    partner = np.concatenate([partner, np.array(_IRIS_PARTNER, np.int64)])[:count]
    view = doubled(sight(readings, head, dense), partner, data.mirror)
    table = fit_places(view, head, dense, partner, places_of(head))
    ibug = list(MESH_TO_IBUG)
    return {
        f"{name}_yaw": table.yaw,
        f"{name}_pitch": table.pitch,
        f"{name}_faces": table.points.faces[:, :, ibug].astype(np.int32),
        f"{name}_weights": table.points.weights[:, :, ibug],
        f"{name}_dense_yaw": table.yaw,
        f"{name}_dense_pitch": table.pitch,
        f"{name}_dense_faces": table.points.faces.astype(np.int32),
        f"{name}_dense_weights": table.points.weights,
        f"{name}_dense_valid": np.ones(count, np.uint8),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, default=None, help="bundle to change; default: the open head")
    parser.add_argument("--pictures", type=int, default=700)
    parser.add_argument("--seed", type=int, default=6_000_000)
    arguments = parser.parse_args()
    embed(arguments.head or resource_path(OPEN_HEAD), arguments.pictures, arguments.seed)


if __name__ == "__main__":
    main()

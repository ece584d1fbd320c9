"""Distance of a scan to a mesh (NeuFace Table 5; protocol of the NoW benchmark): any topologies, any scale.

1. Seven landmarks lay the mesh on the scan, by a similarity (or rigidly, for meshes that claim a true size).
2. The scan is cut to a ball around the face, whose size follows from the scan's landmarks.
3. The mesh is moved on until the points of the scan are as near to its surface as they get: iterated closest points.
4. What is reported are the distances of the scan's points to the surface, without sign.

The benchmark minimises the same distance in step 3 by a trust region method; its code is not used here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from trimesh.triangles import closest_point

from neuface_core.geometry import Similarity, procrustes

Floats = NDArray[np.float64]

NOW_LANDMARKS = (36, 39, 42, 45, 33, 48, 54)
"""0-based iBUG numbers of NoW's seven: corners of the right eye (outer, inner), of the left one (inner, outer), below
the nose, corners of the mouth."""
LIMITS_MM = (1.0, 2.0, 3.0)

_CANDIDATES = 12
_CHUNK = 2000  # points that are looked at at once: bounds the memory
_FIT_POINTS = 2000
_ROUNDS = 60
_STILL_M = 5e-7
_OUTER_RIGHT, _INNER_RIGHT, _INNER_LEFT, _OUTER_LEFT, _NOSE = range(5)


class Surface:
    """The triangles of a mesh, ready to be asked for nearest points.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (T, 3) int
        At least one triangle.
    """

    def __init__(self, vertices: NDArray[np.floating], faces: NDArray[np.integer]) -> None:
        if not len(faces):
            raise ValueError("a surface needs triangles")
        self._triangles = np.asarray(vertices, np.float64)[np.asarray(faces, np.int64)]
        self._centres = self._triangles.mean(axis=1)
        self._reach = np.linalg.norm(self._triangles - self._centres[:, None], axis=2).max(axis=1)
        self._tree = cKDTree(self._centres)
        # Triangles of like size share a tree: a few large ones would else make every search as wide as they are.
        size = np.round(np.log2(np.maximum(self._reach, 1e-9))).astype(np.int64)
        classes = [np.flatnonzero(size == value) for value in np.unique(size)]
        self._classes = [(rows, cKDTree(self._centres[rows]), float(self._reach[rows].max())) for rows in classes]

    def nearest(self, points: NDArray[np.floating], exact: bool = True) -> tuple[Floats, Floats]:
        """Nearest points on the surface (P, 3), and the distances (P,) to them.

        Parameters
        ----------
        points : (P, 3) float
        exact
            False looks only at the triangles whose centres are nearest, which is seldom wrong and much faster.
        """
        asked: Floats = np.asarray(points, np.float64)
        found, distance = np.empty_like(asked), np.empty(len(asked))
        for start in range(0, len(asked), _CHUNK):
            rows = slice(start, start + _CHUNK)
            found[rows], distance[rows] = self._by_centres(asked[rows])
            if exact:
                found[rows], distance[rows] = self._nearer(asked[rows], found[rows], distance[rows])
        return found, distance

    def _by_centres(self, points: Floats) -> tuple[Floats, Floats]:
        count = min(_CANDIDATES, len(self._centres))
        index = self._tree.query(points, k=count)[1].reshape(len(points), count)
        on = closest_point(self._triangles[index.ravel()], np.repeat(points, count, axis=0)).reshape(-1, count, 3)
        length = np.linalg.norm(on - points[:, None], axis=2)
        best = length.argmin(axis=1)
        rows = np.arange(len(points))
        return on[rows, best], length[rows, best]

    def _nearer(self, points: Floats, found: Floats, distance: Floats) -> tuple[Floats, Floats]:
        """Look at every triangle that could still be nearer: its centre lies within the distance and its own reach."""
        for rows, tree, reach in self._classes:
            lists = tree.query_ball_point(points, distance + reach, return_sorted=False)
            owner = np.repeat(np.arange(len(points)), [len(chosen) for chosen in lists])
            if not len(owner):
                continue
            triangle = rows[np.concatenate([np.asarray(chosen, np.int64) for chosen in lists])]
            away = np.linalg.norm(points[owner] - self._centres[triangle], axis=1)
            possible = away - self._reach[triangle] < distance[owner]
            owner, triangle = owner[possible], triangle[possible]
            if not len(owner):
                continue
            on = closest_point(self._triangles[triangle], points[owner])
            length = np.linalg.norm(on - points[owner], axis=1)
            order = np.lexsort((length, owner))
            first = order[np.unique(owner[order], return_index=True)[1]]
            better = first[length[first] < distance[owner[first]]]
            found[owner[better]], distance[owner[better]] = on[better], length[better]
        return found, distance


@dataclass(frozen=True)
class ScanDistance:
    """How far the points of one scan lie from a mesh.

    Attributes
    ----------
    distances_mm : (P,) float64
        Of the points within the ball.
    move : Similarity
        What laid the mesh on the scan.
    rounds
        Of iterated closest points.
    """

    distances_mm: Floats
    move: Similarity
    rounds: int

    def summary(self) -> dict[str, float]:
        """Median, mean and standard deviation in mm, percent of the points within each of `LIMITS_MM`, their number."""
        return summary(self.distances_mm)


def summary(distances_mm: Floats) -> dict[str, float]:
    """See `ScanDistance.summary`; of the points of one scan, or of all."""
    within = {f"within_{limit:g}mm": float(100 * (distances_mm <= limit).mean()) for limit in LIMITS_MM}
    return {
        "median_mm": float(np.median(distances_mm)),
        "mean_mm": float(distances_mm.mean()),
        "std_mm": float(distances_mm.std()),
        **within,
        "points": float(len(distances_mm)),
    }


def face_ball(landmarks: NDArray[np.floating]) -> tuple[Floats, float]:
    """Centre (3,) and radius of the ball to which NoW cuts scans, from seven landmarks (7, 3)."""
    points = np.asarray(landmarks, np.float64)
    bridge = (points[_INNER_RIGHT] + points[_INNER_LEFT]) / 2
    centre = points[_NOSE] + 0.3 * (bridge - points[_NOSE])
    width = np.linalg.norm(points[_OUTER_RIGHT] - points[_OUTER_LEFT])
    return centre, float(1.4 * (width + np.linalg.norm(bridge - points[_NOSE])) / 2)


def scan_to_mesh(
    scan: NDArray[np.floating],
    scan_landmarks: NDArray[np.floating],
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    landmarks: NDArray[np.floating],
    *,
    with_scale: bool = True,
    cut: bool = True,
) -> ScanDistance:
    """Distance of a scan's points to a mesh after alignment, by the steps above.

    Parameters
    ----------
    scan : (P, 3) float
        Metres.
    scan_landmarks, landmarks : (L, 3) float
        Corresponding points on the scan and on the mesh, at least three; the seven of `NOW_LANDMARKS` where the scan is
        to be cut.
    vertices : (V, 3), faces : (T, 3)
        The mesh; metres, or any unit where it is scaled.
    with_scale
        Whether the mesh may be scaled ("non-metrical" in NoW).
    cut
        Whether only the points in the face's ball count.

    Raises
    ------
    ValueError
        When landmarks do not correspond, or no point of the scan lies in the ball.
    """
    if np.shape(scan_landmarks) != np.shape(landmarks) or len(landmarks) < 3:
        raise ValueError(f"landmarks have shape {np.shape(landmarks)}, those of the scan {np.shape(scan_landmarks)}")
    points = np.asarray(scan, np.float64)
    if cut:
        centre, radius = face_ball(scan_landmarks)
        points = points[np.linalg.norm(points - centre, axis=1) < radius]
    if not len(points):
        raise ValueError("no point of the scan lies at the face")
    move = procrustes(landmarks, scan_landmarks, with_scale=with_scale)
    surface = Surface(vertices, faces)
    move, rounds = _refined(points, surface, move, with_scale)
    _, distance = surface.nearest(_back(move, points))
    return ScanDistance(1000.0 * float(move.scale) * distance, move, rounds)


def _refined(points: Floats, surface: Surface, move: Similarity, with_scale: bool) -> tuple[Similarity, int]:
    """Iterated closest points from `move`, on a fair part of the scan; the best move met, and the rounds it took.

    The mesh stays and the scan is moved back into its frame, so that the search tree is built once. Each round lays the
    found points of the mesh on those of the scan: the error is that of the scan, and a scale of zero is never the best.
    """
    part = points[:: max(1, len(points) // _FIT_POINTS)]
    best, best_error = move, np.inf
    rounds = 0
    for rounds in range(1, _ROUNDS + 1):
        on, distance = surface.nearest(_back(move, part), exact=False)
        error = float(move.scale) * float(distance.mean())
        if error < best_error:
            improved = best_error - error
            best, best_error = move, error
            if improved < _STILL_M:
                break
        elif rounds > 5:
            break
        move = procrustes(on, part, with_scale=with_scale)
    return best, rounds


def _back(move: Similarity, points: Floats) -> Floats:
    """Points (P, 3) of the scan in the frame of the mesh."""
    return np.asarray((points - move.translation) @ move.rotation / move.scale)

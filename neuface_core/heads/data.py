"""The arrays of a head model, checked: what every loader (the open head, FLAME) hands to `HeadModel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

JOINTS = ("root", "neck", "jaw", "left_eye", "right_eye")


@dataclass(frozen=True)
class SurfacePoints:
    """Points fixed to the surface: point = sum of the weights times the corners of a triangle.

    Attributes
    ----------
    faces : (..., P) int64
        Triangle indices.
    weights : (..., P, 3) float32
        Barycentric weights, sum 1.
    """

    faces: Ints
    weights: Floats


@dataclass(frozen=True)
class SlidingPoints:
    """Points that lie elsewhere on the surface for every view: one embedding a view.

    Attributes
    ----------
    yaw : (Y,), pitch : (P,) float32
        Radians, rising in equal steps; a single one means that the angle doesn't matter. Looking down is positive.
    points
        (Y, P, K) surface points.
    rule
        "blend": between neighbouring views, so that nothing jumps. "flame": the nearest yaw, as FLAME's loaders choose
        among whole degrees; points jump by a step of the table.
    """

    yaw: Floats
    pitch: Floats
    points: SurfacePoints
    rule: Literal["blend", "flame"] = "blend"


@dataclass(frozen=True)
class DetectorPoints:
    """Where a detector of the face-mesh family puts its points on the head, measured on renders.

    Attributes
    ----------
    sliding
        The 68 iBUG points, for each yaw.
    dense
        All points of the mesh, for each yaw.
    dense_valid : (P,) bool
        Which of `dense` are trustworthy.
    """

    sliding: SlidingPoints
    dense: SlidingPoints
    dense_valid: NDArray[np.bool_]


@dataclass(frozen=True)
class Phenotypes:
    """What the sliders of the source say of an identity; not a statement about a person.

    Attributes
    ----------
    names
        Length P, for example "age", "female".
    weights : (K_s, P), bias : (P,) float32
        ``shape @ weights + bias``: the sliders, about [0, 1] for people of the prior, not clipped.
    r2 : (P,) float32
        Share of the variance explained on sampled people who were not used.
    people_shape : (M, K_s), people : (M, P) float32
        Such people: their identities in standard deviations, and the sliders that they were made with.
    """

    names: tuple[str, ...]
    weights: Floats
    bias: Floats
    r2: Floats
    people_shape: Floats
    people: Floats


@dataclass(frozen=True)
class HeadData:
    """A FLAME-like head: linear shape and expression, five joints, linear blend skinning.

    Attributes
    ----------
    head_id, licence
        As in the bundle.
    expression_names
        Length K_e.
    mean : (V, 3) float32
        Metres, model frame.
    shape : (V, 3, K_s), expression : (V, 3, K_e) float32
        Metres for one unit of a coefficient.
    joints : (5, 3), joints_shape : (5, 3, K_s) float32
        Rest joints and how they follow the identity.
    skin_weights : (V, 5) float32
        Sum 1.
    faces : (T, 3) int64
        Counter-clockwise seen from outside.
    static
        68 iBUG points, jaw on the bone line; None where the file has none.
    contour
        The sliding jaw; None where the file has none.
    dense
        Points of the face-mesh detector, with `dense_valid` (P,) where they are trustworthy; None where absent.
    detectors
        Name of a detector to where it puts its points; empty where the file has none.
    uv : (T, 3, 2) float32 or None
        Texture coordinates of the corners.
    mirror : (V,) int64, shape_mirror : (K_s,) float32, expression_mirror : (K_e,) int64; or None
        The vertex at the mirrored place; the sign of a component under the mirror; the partner of an expression.
    vertex_masks
        Name to (V,) bool.
    hairline : (V,) float32 or None
        Height in metres above the line where hair begins; its zero is a smooth line, the mask "scalp" a jagged one.
    phenotypes
        None where the file has none.
    joints_expression : (5, 3, K_e) float32 or None
        How the rest joints follow the expression (FLAME: they are regressed from the shaped vertices).
    pose_correctives : (V, 3, 36) float32 or None
        Metres for one unit of an entry of R - I, row by row, of neck, jaw, left and right eye (FLAME's `posedirs`).
    expression_spread
        Usual spread of an expression coefficient in clips: 1 where it counts in standard deviations, as FLAME's do;
        0.25 of the open head's strengths in [0, 1].
    """

    head_id: str
    licence: str
    expression_names: tuple[str, ...]
    mean: Floats
    shape: Floats
    expression: Floats
    joints: Floats
    joints_shape: Floats
    skin_weights: Floats
    faces: Ints
    static: SurfacePoints | None = None
    contour: SlidingPoints | None = None
    dense: SurfacePoints | None = None
    dense_valid: NDArray[np.bool_] | None = None
    uv: Floats | None = None
    mirror: Ints | None = None
    shape_mirror: Floats | None = None
    expression_mirror: Ints | None = None
    vertex_masks: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    hairline: Floats | None = None
    phenotypes: Phenotypes | None = None
    detectors: Mapping[str, DetectorPoints] = field(default_factory=dict)
    joints_expression: Floats | None = None
    pose_correctives: Floats | None = None
    expression_spread: float = 0.25

    def problems(self) -> list[str]:
        """What is wrong with the arrays, in words; empty when the head can be used."""
        v, k_s, k_e = len(self.mean), self.shape.shape[-1], len(self.expression_names)
        wanted: list[tuple[str, NDArray[np.generic], tuple[int, ...]]] = [
            ("mean", self.mean, (v, 3)),
            ("shape", self.shape, (v, 3, k_s)),
            ("expression", self.expression, (v, 3, k_e)),
            ("joints", self.joints, (len(JOINTS), 3)),
            ("joints_shape", self.joints_shape, (len(JOINTS), 3, k_s)),
            ("skin_weights", self.skin_weights, (v, len(JOINTS))),
            ("faces", self.faces, (len(self.faces), 3)),
        ]
        if self.joints_expression is not None:
            wanted.append(("joints_expression", self.joints_expression, (len(JOINTS), 3, k_e)))
        if self.pose_correctives is not None:
            wanted.append(("pose_correctives", self.pose_correctives, (v, 3, 9 * (len(JOINTS) - 1))))
        if self.hairline is not None:
            wanted.append(("hairline", self.hairline, (v,)))
        if (read := self.phenotypes) is not None:
            p, m = len(read.names), len(read.people)
            wanted += [
                ("phenotype weights", read.weights, (k_s, p)),
                ("phenotype bias", read.bias, (p,)),
                ("phenotype r2", read.r2, (p,)),
                ("people's shape", read.people_shape, (m, k_s)),
                ("people's phenotypes", read.people, (m, p)),
            ]
        wanted += [(f"mask {name}", mask, (v,)) for name, mask in self.vertex_masks.items()]
        found = [f"{name} has shape {a.shape}, wanted {shape}" for name, a, shape in wanted if a.shape != shape]
        if found:
            return found
        for name, array, _ in wanted:
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                found.append(f"{name} has values that are not finite")
        if v == 0 or not len(self.faces) or self.faces.min() < 0 or self.faces.max() >= v:
            found.append(f"faces must name vertices 0..{v - 1}")
        if np.abs(self.skin_weights.sum(1) - 1.0).max(initial=0.0) > 1e-3:
            found.append("skin weights do not add up to 1")
        return found + self._landmark_problems()

    def _landmark_problems(self) -> list[str]:
        found: list[str] = []
        embeddings: list[tuple[str, SurfacePoints | None, tuple[int, ...]]] = [("static", self.static, (68,))]
        tables = [] if self.contour is None else [("contour", self.contour, 17)]
        tables += [(name, points_of.sliding, 68) for name, points_of in self.detectors.items()]
        tables += [(f"{name} dense", of.dense, len(of.dense_valid)) for name, of in self.detectors.items()]
        for name, table, count in tables:
            embeddings.append((name, table.points, (len(table.yaw), len(table.pitch), count)))
            if (
                not len(table.yaw)
                or not len(table.pitch)
                or any((np.diff(x) <= 0).any() for x in (table.yaw, table.pitch))
            ):
                found.append(f"the angles of the {name} landmarks do not rise")
        if self.dense is not None:
            embeddings.append(("dense", self.dense, (len(self.dense.faces),)))
        for name, points, lead in embeddings:
            if points is not None:
                found += _embedding_problems(name, points, lead, len(self.faces))
        return found


def _embedding_problems(name: str, points: SurfacePoints, lead: tuple[int, ...], n_faces: int) -> list[str]:
    if points.faces.shape != lead or points.weights.shape != (*lead, 3):
        return [
            f"{name} landmarks have shapes {points.faces.shape}, {points.weights.shape}, wanted {lead} and 3 weights"
        ]
    if points.faces.size and (points.faces.min() < 0 or points.faces.max() >= n_faces):
        return [f"{name} landmarks name triangles that are not there"]
    if not np.isfinite(points.weights).all() or np.abs(points.weights.sum(-1) - 1.0).max(initial=0.0) > 1e-3:
        return [f"{name} landmarks have weights that do not add up to 1"]
    return []

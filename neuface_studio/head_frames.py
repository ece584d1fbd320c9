"""The mesh of any frame of a fit, made when it is looked at: the cost of a frame does not grow with the clip."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.fitting.fit import Fit
from neuface_core.fitting.visibility import vertex_confidence
from neuface_core.geometry import vertex_normals
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.rendering.overlay import screen_points
from neuface_core.rendering.part_light import part_light

KEPT = 96
"""Meshes of a fit that stay in memory."""

_REACH_M = 0.012  # how far from a landmark its error colours the skin


@dataclass(frozen=True)
class HeadFrame:
    """One head.

    Attributes
    ----------
    vertices, normals : (V, 3) float32
        Metres, model frame; posed, or upright where the camera follows the head.
    screen : (V, 3) float32
        Pixels of the original frame and a depth in pixels (smaller is nearer), always posed.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    screen: NDArray[np.float32]


class HeadFrames:
    """Meshes of one fit; used by one thread."""

    def __init__(self, head: HeadModel, fit: Fit, kept: int = KEPT) -> None:
        self._head = head
        self._fit = fit
        self._limit = kept
        self._faces = head.faces_tensor
        self.faces = np.ascontiguousarray(head.faces, np.int32)
        self.light = part_light(head)
        self._kept: OrderedDict[tuple[int, bool, bool], HeadFrame] = OrderedDict()
        self._canonical: OrderedDict[tuple[int, bool], NDArray[np.float32]] = OrderedDict()
        self._spread: NDArray[np.float32] | None = None

    @property
    def head(self) -> HeadModel:
        """The model; evaluated without gradient by any thread."""
        return self._head

    @property
    def n_vertices(self) -> int:
        return self._head.n_vertices

    @property
    def licence(self) -> str:
        return str(self._head.licence)

    def frame(self, index: int, *, before: bool = False, upright: bool = False) -> HeadFrame | None:
        """The head of frame `index`; None where the frame has no mesh."""
        if not self._fit.valid[index]:
            return None
        key = (index, before, upright)
        if key not in self._kept:
            self._kept[key] = self._make(index, before, upright)
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    @torch.no_grad()
    def canonical(self, index: int, *, before: bool = False) -> NDArray[np.float32] | None:
        """Vertices (V, 3) with the orientation undone, in which views are compared (CVD); None without a mesh."""
        if not self._fit.valid[index]:
            return None
        key = (index, before)
        if key not in self._canonical:
            params = (self._fit.params_encoder if before else self._fit.params)[slice(index, index + 1)]
            self._canonical[key] = self._head.vertices_local(params)[0].numpy().astype(np.float32)
            while len(self._canonical) > self._limit:
                self._canonical.popitem(last=False)
        self._canonical.move_to_end(key)
        return self._canonical[key]

    @torch.no_grad()
    def normals(self, vertices: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit normals (V, 3) of vertices (V, 3) of this head."""
        return np.asarray(vertex_normals(torch.from_numpy(vertices), self._faces).numpy(), np.float32)

    @torch.no_grad()
    def _make(self, index: int, before: bool, upright: bool) -> HeadFrame:
        params = (self._fit.params_encoder if before else self._fit.params)[slice(index, index + 1)]
        posed: torch.Tensor = self._head(params)
        shown = self._head(_upright(params)) if upright else posed
        screen = screen_points(posed.numpy(), params.camera.numpy(), self._fit.crops, np.array([index]))
        return HeadFrame(
            vertices=shown[0].numpy().astype(np.float32),
            normals=vertex_normals(shown[0], self._faces).numpy().astype(np.float32),
            screen=screen[0],
        )

    def errors(self, index: int, *, before: bool = False) -> NDArray[np.float32]:
        """Landmark error of frame `index` spread over the skin, (V,) float32 in percent of the box; 0 far from any."""
        per_point = landmark_errors(self._fit, index, before=before)
        return np.asarray(self._weights() @ np.nan_to_num(per_point), np.float32)

    def doubt(self, index: int) -> NDArray[np.float32]:
        """How unsure the detector was of each landmark of frame `index`, spread as `errors`, (V,) in percent."""
        found = self._fit.landmarks
        unsure = 100 * (1 - found.confidence[index]) if found.detected[index] else np.full(68, 100.0, np.float32)
        return np.asarray(self._weights() @ unsure, np.float32)

    @torch.no_grad()
    def hidden(self, index: int, *, before: bool = False) -> NDArray[np.float32]:
        """How little the camera sees of each vertex (`fitting.visibility`), (V,) in percent; zeros without a mesh."""
        head = self.frame(index, before=before)
        if head is None:
            return np.zeros(self.n_vertices, np.float32)
        seen = vertex_confidence(torch.from_numpy(head.vertices)[None], self._faces)[0]
        return np.asarray(100 * (1 - seen.numpy()), np.float32)

    @torch.no_grad()
    def _weights(self) -> NDArray[np.float32]:
        if self._spread is None:
            neutral = self._head.neutral(1)
            vertices = self._head(neutral)[0].numpy()
            points = self._head.landmarks(neutral, self._fit.landmarks.contour)[0].numpy()
            distance2 = ((vertices[:, None] - points[None]) ** 2).sum(-1)
            weights = np.exp(-distance2 / (2 * _REACH_M**2))
            self._spread = (weights / np.maximum(weights.sum(1, keepdims=True), 0.5)).astype(np.float32)
        return self._spread


def _upright(params: HeadParams) -> HeadParams:
    return replace(
        params,
        global_orient=torch.zeros_like(params.global_orient),
        neck_pose=torch.zeros_like(params.neck_pose),
    )


def landmark_errors(fit: Fit, index: int, *, before: bool = False) -> NDArray[np.float32]:
    """Distance of every fitted landmark from its detection, (68,) float32 in percent of the box's size, NaN if unknown.

    The size of a box is the square root of its area, as in `nme_bbox`.
    """
    projected = fit.projected_encoder if before else fit.projected
    x0, y0, x1, y1 = fit.landmarks.boxes[index]
    size = np.sqrt(max((x1 - x0) * (y1 - y0), 1e-6)) if np.isfinite(x0) else np.nan
    return np.asarray(100 * np.linalg.norm(projected[index] - fit.landmarks.points[index], axis=-1) / size, np.float32)

"""What ties the views of a clip together in the loop: Lmultiview, the votes of the views, and the settled answer."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.fitting.observed import Batch, Observed
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_targets import (
    agreed,
    bootstrapped_mesh,
    disagreement,
    multiview_loss,
    to_canonical,
    vote,
)
from neuface_core.fitting.visibility import vertex_confidence
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

COMPARED_VERTICES = 400
"""Vertices that Lmultiview compares, spread over the head: its gradient is smooth, more of them only cost time."""
VOTES_EVERY = 20
CHUNK = 64


class ViewTerm:
    """State of the E-step across views of one clip.

    Parameters
    ----------
    observed
        What is fitted, N rows of two or more views.
    first
        The answer of N rows that the fit starts from. What a view sees of the head, and whether its landmarks are those
        of the face that the encoder sees, is judged by it: later, a fit has bent to wrong landmarks.

    Attributes
    ----------
    weight : (F, V)
        Vote of every view.
    """

    def __init__(self, observed: Observed, head: HeadModel, settings: NeuFaceSettings, first: HeadParams) -> None:
        self._observed, self._head, self._settings = observed, head, settings
        device = observed.target.device
        self._table = torch.as_tensor(observed.rows_of_moment, device=device)
        self._known = self._table >= 0
        step = max(1, head.n_vertices // COMPARED_VERTICES)
        self._vertices = torch.arange(0, head.n_vertices, step, device=device)
        self._part = head.part(self._vertices)
        self._confidence = self._seen(first)
        self._landmark_vote = self._trust_in_landmarks(first)
        self.weight = self._landmark_vote
        self._distance = torch.zeros_like(self.weight)
        self._passes = 0

    @torch.no_grad()
    def _seen(self, first: HeadParams) -> Tensor:
        """(N, P) confidence of the compared vertices."""
        if self._settings.view_average == "uniform":
            return self._observed.weight.new_ones(len(first), len(self._vertices))
        parts = [
            vertex_confidence(self._head(first[i : i + CHUNK]), self._head.faces_tensor)[:, self._vertices]
            for i in range(0, len(first), CHUNK)
        ]
        return torch.cat(parts)

    @torch.no_grad()
    def _trust_in_landmarks(self, first: HeadParams) -> Tensor:
        seen = self._observed
        detected = seen.weight.sum(dim=1) > 0
        known = self._known & detected[self._table.clamp_min(0)]
        if not self._settings.robust_views:
            return known.to(seen.weight.dtype)
        parts = []
        for start in range(0, len(first), CHUNK):
            part = first[start : start + CHUNK]
            projected = self._head.project(self._head.landmarks(part, seen.convention), part.camera)
            rows = slice(start, start + CHUNK)
            distance = torch.linalg.vector_norm(projected - seen.target[rows], dim=-1) * (seen.weight[rows] > 0)
            parts.append(distance.sum(dim=1) / (seen.weight[rows] > 0).sum(dim=1).clamp_min(1))
        return vote(torch.cat(parts)[self._table.clamp_min(0)], known)

    def row_weight(self) -> Tensor:
        """(N,) vote of every row: its landmarks count as much as its mesh."""
        weight = self.weight.new_zeros(self._observed.n_rows)
        weight[self._table[self._known]] = self.weight[self._known]
        return weight

    def e_step(self) -> bool:
        """Count the votes anew; once a pass. Says whether they may have changed."""
        due = self._settings.robust_views and self._passes > 0 and self._passes % VOTES_EVERY == 0
        if due:
            # Two views disagree with each other, and neither can be outvoted: only landmarks decide.
            mesh = vote(self._distance, self._known) if self._observed.n_views > 2 else 1.0
            self.weight = self._landmark_vote * mesh
        self._passes += 1
        return due

    def loss(self, params: HeadParams, batch: Batch) -> Tensor:
        """Lmultiview of the rows of a batch."""
        local = self._head.vertices_local(params, self._part)
        moments, known = batch.moments.clamp_min(0), batch.moments >= 0
        weight = self.weight[batch.frames]
        with torch.no_grad():
            counted = torch.where((weight * known).sum(1, keepdim=True) > 0, weight * known, known.to(weight.dtype))
            share = counted / counted.sum(dim=1, keepdim=True)
            reference = (share[..., None, None] * local[moments]).sum(dim=1)
        canonical = to_canonical(local, reference[batch.moment_of_row])
        with torch.no_grad():
            meshes = canonical[moments]
            confidence = self._confidence[batch.rows][moments] * known[..., None]
            target, _ = bootstrapped_mesh(meshes, confidence, weight)
            if self._passes % VOTES_EVERY == 0 and self._settings.robust_views:
                self._distance[batch.frames] = disagreement(meshes, known)
        return multiview_loss(canonical, target[batch.moment_of_row])

    def settled(self, params: HeadParams) -> HeadParams:
        """The answer with the face that the views agree on: weighted by their votes and by how much they see."""
        sees = self._confidence.mean(dim=1)[self._table.clamp_min(0)]
        return agreed(params, self._table, self.weight * sees)

    def unseen_share(self) -> float:
        """Share of vertices that no view with a vote sees, over the whole clip."""
        total, count = 0.0, 0
        for start in range(0, len(self._table), CHUNK):
            rows = slice(start, start + CHUNK)
            confidence = self._confidence[self._table[rows].clamp_min(0)] * self._known[rows, :, None]
            voting = self._known[rows].any(dim=1)
            seen = (confidence * self.weight[rows, :, None]).sum(dim=1)[voting] > 0
            total, count = total + float((~seen).sum()), count + seen.numel()
        return total / max(count, 1)

    def votes(self) -> NDArray[np.float32]:
        """`weight` as an array."""
        return self.weight.cpu().numpy().astype(np.float32)

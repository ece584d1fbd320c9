"""Where the views look from, corrected by what all of them show (ours).

The encoder reads the orientation of a head from one picture, and is wrong by a few degrees that hardly change through a
clip. One view cannot tell such an error from another face. Several can: the face is the same in all of them. So each
view's course of orientations q̂ is turned as a whole, by the one small rotation that brings the face that the views
agree on nearest to the view's landmarks. Motion is left as it was.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from neuface_core.fitting.observed import Rows

LANDMARK_SD = 0.03
"""Crop units; what landmarks of a person differ from those of the head by, in each frame alike."""
TURN_SD_RAD = math.radians(3.0)
"""What the encoder's orientations are wrong by on the average of a clip, in a view."""


class ViewTurns:
    """The turn of each view so far, and what the next one is estimated from.

    Parameters
    ----------
    runs
        Half-open runs of rows of continuous motion, each of one view: each gets a turn of its own.
    """

    def __init__(self, runs: list[tuple[int, int]], device: torch.device) -> None:
        lengths = torch.tensor([stop - start for start, stop in runs], device=device)
        self._run = torch.repeat_interleave(torch.arange(len(runs), device=device), lengths)
        self._normal = torch.zeros(len(self._run), 3, 3, device=device)
        self._right = torch.zeros(len(self._run), 3, device=device)
        self._counted = torch.zeros(len(self._run), device=device)
        self.total = torch.zeros(len(runs), 3, device=device)

    @torch.no_grad()
    def look(self, rows: Rows, points: Tensor, camera: Tensor, target: Tensor, weight: Tensor) -> None:
        """Keep what the landmarks of some rows say; see `turn_equations`."""
        self._normal[rows], self._right[rows] = turn_equations(points, camera, target, weight)
        self._counted[rows] = (weight.sum(dim=1) > 0).to(points.dtype)

    @torch.no_grad()
    def estimate(self) -> Tensor:
        """The further turn (N, 3) of every row, axis-angle in the frame of the camera."""
        runs = len(self.total)
        frames = torch.zeros(runs, device=self.total.device).index_add(0, self._run, self._counted).clamp_min(1.0)
        normal = torch.zeros(runs, 3, 3, device=self.total.device).index_add(0, self._run, self._normal)
        right = torch.zeros(runs, 3, device=self.total.device).index_add(0, self._run, self._right)
        prior = 1.0 / TURN_SD_RAD**2
        normal = normal / frames[:, None, None] + prior * torch.eye(3, device=self.total.device)
        further = torch.linalg.solve(normal, right / frames[:, None] - prior * self.total)
        self.total = self.total + further
        of_rows: Tensor = further[self._run]
        return of_rows


def turn_equations(points: Tensor, camera: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Normal equations, (N, 3, 3) and (N, 3), of the turns that lay heads on their landmarks.

    Place and size of every frame are free: they are the camera's.

    Parameters
    ----------
    points : (N, 68, 3)
        Landmarks of the head, metres, turned by the global orientation.
    camera : (N, 3)
        Weak perspective.
    target : (N, 68, 2)
        Crop coordinates, y down.
    weight : (N, 68)
        0 for what was not detected.
    """
    share = weight / weight.sum(dim=1, keepdim=True).clamp_min(1e-9)

    def centred(values: Tensor) -> Tensor:
        return values - (share[..., None] * values).sum(dim=1, keepdim=True)

    x, y, z = (camera[:, None, :1] * centred(points)).unbind(-1)
    zero = torch.zeros_like(x)
    # Columns: what a turn about x, y and z does to the picture (y up here).
    moves = torch.stack([torch.stack([zero, -z], -1), torch.stack([z, zero], -1), torch.stack([-y, x], -1)], dim=-1)
    root = share.sqrt()[..., None]
    flat = (torch.stack([x, y], -1) * root).flatten(1)
    wanted = (centred(target) * target.new_tensor([1.0, -1.0]) * root).flatten(1) - flat
    moves = (moves * root[..., None]).flatten(1, 2)
    # Without what a change of size would do.
    size = torch.nn.functional.normalize(flat, dim=1)[..., None]
    moves = moves - size @ (size.mT @ moves)
    precision = points.shape[1] / LANDMARK_SD**2
    return precision * (moves.mT @ moves), precision * (moves.mT @ wanted[..., None])[..., 0]

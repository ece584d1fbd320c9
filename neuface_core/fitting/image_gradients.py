"""What of a picture moves the mesh: data-dependent gradients (NeuFace Fig. 3, Eqs. (6) and (7)).

FLAME fitting descends on the parameters themselves (Eq. (6)). The picture has been turned into landmarks before it
starts, so ∂L/∂I is zero (but for a photometric term, which reads colours), and all that the picture can pull at are
those points: the paper's map of it is "sparse along the face landmarks", |∂L/∂j| where each is projected to. NeuFace
descends on the weights of Φ (Eq. (7)), whose gradient is a function of the pixels: its map is |∂L/∂I| through the
whole encoder. Both are of one loss at one point, the first step of a fit, where encoder and parameters agree; what
differs is only what is asked.

Maps lie in the crop that the encoder sees; `in_frames` lays them in the video.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.encoders.base import Encoder
from neuface_core.encoders.crops import CropTrack
from neuface_core.fitting import losses
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import Batch, Observed, observe
from neuface_core.fitting.photometric import PhotometricTerm
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress

_MAPS = ("neuface", "flame", "flame_pixels")
ROWS_AT_A_TIME = 8
"""Pictures whose activations are held at once: about 60 MB each."""


@dataclass(frozen=True)
class GradientMaps:
    """Gradients of the whole clip's loss, for the F moments of one view; zero where there is no mesh.

    Attributes
    ----------
    neuface : (F, S, S) float32
        |∂L/∂I|: length over RGB of what one unit of a pixel's colour, [0, 1], changes in the loss.
    flame : (F, S, S) float32
        |∂L/∂j| in the pixel of each of the 68 landmarks, per unit of the crop's coordinates; zero elsewhere. Of every
        view alike, before views vote.
    flame_pixels : (F, S, S) float32
        |∂L/∂I| of FLAME fitting: zero, unless the loss has a photometric term.
    valid : (F,) bool
        Which moments have a mesh.
    """

    neuface: NDArray[np.float32]
    flame: NDArray[np.float32]
    flame_pixels: NDArray[np.float32]
    valid: NDArray[np.bool_]

    def covered(self) -> tuple[float, float]:
        """Over how large a share of the crop the gradient of NeuFace and of FLAME fitting is spread.

        (Σ g)² / (P Σ g²), the mean over frames: 1 when all P pixels have the same, 1 / P when one has all.
        """
        return _spread(self.neuface[self.valid]), _spread(self.flame[self.valid])

    def on_face(self) -> float:
        """NeuFace's mean gradient inside the hull of the landmarks over that outside of it, all frames together."""
        inside, outside = np.zeros(2), np.zeros(2)
        for ours, theirs in zip(self.neuface[self.valid], self.flame[self.valid], strict=True):
            places = np.argwhere(theirs > 0)[:, ::-1].astype(np.int32)
            hull = np.zeros(ours.shape, np.uint8)
            if len(places) > 2:
                cv2.fillConvexPoly(hull, cv2.convexHull(places), 1)
            inside += ours[hull > 0].sum(dtype=np.float64), int(hull.sum())
            outside += ours[hull == 0].sum(dtype=np.float64), int((hull == 0).sum())
        means = [total / count if count else 0.0 for total, count in (inside, outside)]
        return float(means[0] / means[1]) if means[1] else float("nan")


def image_gradients(
    views: Sequence[ViewInput],
    encoder: Encoder,
    head: HeadModel,
    settings: NeuFaceSettings,
    device: torch.device | str = "cpu",
    clip: str = "",
) -> Job[tuple[GradientMaps, ...]]:
    """Maps of every view of one clip, at the first step of its fit.

    Parameters
    ----------
    views
        As for a fit.
    encoder
        Φ with its weights w⁰; left as it is. The way back goes through all of it, whichever part a fit would train.
    settings
        The loss and its targets.

    Raises
    ------
    FitError
        When a view has no frame with landmarks, or the views do not belong together.
    """
    device = torch.device(device)
    observed = observe(views, tuple(head.data.detectors), settings.max_gap, device, clip)
    batches = observed.batches(ROWS_AT_A_TIME)
    first = yield from _first_answer(views, observed, encoder, batches, device, clip)
    album = _Album(views, observed, device)
    photometric = PhotometricTerm(album.pictures, batches, head, first) if settings.photometric_weight > 0 else None
    objective = Objective(observed, head, settings, first, photometric)
    objective.e_step()
    size = encoder.input_size
    found = {name: np.zeros((observed.n_rows, size, size), np.float32) for name in _MAPS}
    done = 0
    for batch in batches:
        rows = _numbers(batch)
        pictures = album.open(batch)
        # A batch's loss is a mean over its rows: of the clip's loss it is this share.
        share = batch.n_rows / observed.n_rows
        with torch.enable_grad():
            params = encoder.answer(encoder.features(pictures, "all"), "all")
            (by_colour,) = torch.autograd.grad(share * objective.loss(params, batch), pictures)
            found["neuface"][rows] = _length(by_colour)
            params = params.map(Tensor.detach)
            if photometric is not None:
                read = share * settings.photometric_weight * photometric.loss(params, batch)
                found["flame_pixels"][rows] = _length(torch.autograd.grad(read, pictures)[0])
        found["flame"][rows] = _landmark_map(params, head, observed, settings, batch, size)
        done += batch.n_rows
        yield Progress("gradients", done, observed.n_rows, clip)
    return tuple(_of_view(observed, k, found) for k in range(observed.n_views))


def in_frames(
    maps: NDArray[np.float32], crops: CropTrack, frames: NDArray[np.intp], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Maps (n, S, S) of these frames' crops, laid in the frames of the video: (n, H, W), zero outside of the crop.

    A pixel's share is spread over the frame's pixels that it covers, so that sums stay what they are.

    Parameters
    ----------
    size
        (W, H) of the video.
    """
    laid = np.zeros((len(maps), size[1], size[0]), np.float32)
    for i, frame in enumerate(frames):
        scale = maps.shape[-1] / float(crops.size[frame])
        shift = maps.shape[-1] / 2 - 0.5 - scale * crops.centre[frame]
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        laid[i] = scale**2 * cv2.warpAffine(maps[i], matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT)
    return laid


def gradient_sheet(
    images: NDArray[np.uint8], maps: GradientMaps, moments: NDArray[np.intp], side: int = 256
) -> NDArray[np.uint8]:
    """A picture like NeuFace Fig. 3 (RGB): a row a moment, with its crop, FLAME fitting's map and NeuFace's.

    Every column is drawn to its own scale, the same for all rows: its brightest is the 99.5th percentile of what is not
    zero. Landmarks are drawn as dots, wider than the pixel that they are; the other map is averaged over a few pixels,
    since neighbours pull to and fro.

    Parameters
    ----------
    images : (n, 3, S, S) uint8
        Crops of `moments`.
    """
    columns = [_dots(maps.flame[moments]), _soft(maps.neuface[moments])]
    scales = [float(np.percentile(c[c > 0], 99.5)) if (c > 0).any() else 1.0 for c in columns]
    rows = []
    for i in range(len(moments)):
        crop = cv2.resize(images[i].transpose(1, 2, 0), (side, side), interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB).astype(np.float32)
        cells = [crop]
        for column, scale in zip(columns, scales, strict=True):
            strength = cv2.resize(np.clip(column[i] / scale, 0, 1), (side, side), interpolation=cv2.INTER_LINEAR)
            heat = cv2.applyColorMap((255 * strength).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
            cells.append(np.clip(0.25 * grey + heat, 0, 255).astype(np.uint8))
        rows.append(np.concatenate(cells, axis=1))
    return np.concatenate(rows, axis=0)


def _first_answer(
    views: Sequence[ViewInput],
    observed: Observed,
    encoder: Encoder,
    batches: Sequence[Batch],
    device: torch.device,
    clip: str,
) -> Job[HeadParams]:
    """Φ_w⁰(I) of all rows in their order."""
    answers, order = [], []
    for batch in batches:
        rows = _numbers(batch)
        with torch.no_grad():
            answers.append(encoder.answer(encoder.features(_pictures(views, observed, rows, device), "all"), "all"))
        order.append(rows)
        yield Progress("encode", sum(map(len, order)), observed.n_rows, clip)
    place = torch.as_tensor(np.argsort(np.concatenate(order)), device=device)
    return HeadParams.cat(answers)[place]


def _landmark_map(
    params: HeadParams, head: HeadModel, observed: Observed, settings: NeuFaceSettings, batch: Batch, size: int
) -> NDArray[np.float32]:
    """(n, S, S): |∂L/∂j| at the landmarks; the terms of L that compare points in the picture."""
    with torch.no_grad():
        projected = head.project(head.landmarks(params, observed.convention), params.camera)
    points = projected.requires_grad_()
    target, weight = observed.target[batch.rows], observed.weight[batch.rows]
    with torch.enable_grad():
        loss = settings.landmark_weight * losses.landmark_loss(points, target, weight)
        if settings.closure_weight > 0:
            loss = loss + settings.closure_weight * losses.closure_loss(points, target, weight)
        (by_point,) = torch.autograd.grad(batch.n_rows / observed.n_rows * loss, points)
    length = torch.linalg.vector_norm(by_point, dim=-1).cpu().numpy()
    place = np.floor((points.detach().cpu().numpy() + 1) * size / 2).astype(np.int64)
    drawn = np.zeros((batch.n_rows, size, size), np.float32)
    row, point = np.nonzero(((place >= 0) & (place < size)).all(-1))
    np.add.at(drawn, (row, place[row, point, 1], place[row, point, 0]), length[row, point])
    return drawn


def _of_view(observed: Observed, view: int, found: dict[str, NDArray[np.float32]]) -> GradientMaps:
    valid, rows = observed.valid[view], observed.view_rows(view)
    laid = {}
    for name, maps in found.items():
        laid[name] = np.zeros((len(valid), *maps.shape[1:]), np.float32)
        laid[name][valid] = maps[rows]
    return GradientMaps(**laid, valid=valid)


class _Album:
    """The pictures of every batch; those of the open one are the same tensor, whoever asks, for the way back."""

    def __init__(self, views: Sequence[ViewInput], observed: Observed, device: torch.device) -> None:
        self._views, self._observed, self._device = views, observed, device
        self._open: tuple[Batch, Tensor] | None = None

    def open(self, batch: Batch) -> Tensor:
        found = _pictures(self._views, self._observed, _numbers(batch), self._device).requires_grad_()
        self._open = batch, found
        return found

    def pictures(self, batch: Batch) -> Tensor:
        if self._open is not None and self._open[0] is batch:
            return self._open[1]
        return _pictures(self._views, self._observed, _numbers(batch), self._device)


def _length(by_colour: Tensor) -> NDArray[np.float32]:
    return np.asarray(torch.linalg.vector_norm(by_colour, dim=1).cpu().numpy(), np.float32)


def _numbers(batch: Batch) -> NDArray[np.int64]:
    rows = batch.rows
    return np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows.cpu().numpy()


def _pictures(views: Sequence[ViewInput], observed: Observed, rows: NDArray[np.int64], device: torch.device) -> Tensor:
    """Images (n, 3, S, S) in [0, 1] of rows in ascending order."""
    parts = []
    for k, view in enumerate(views):
        own = observed.view_rows(k)
        inside = rows[(rows >= own.start) & (rows < own.stop)] - own.start
        if len(inside):
            parts.append(view.images[np.flatnonzero(observed.valid[k])[inside]])
    return torch.as_tensor(np.concatenate(parts), device=device).float() / 255.0


def _dots(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Single pixels as dots that can be seen."""
    radius = max(1, maps.shape[-1] // 96)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.stack([cv2.dilate(one, kernel) for one in maps])


def _soft(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([cv2.GaussianBlur(one, (0, 0), maps.shape[-1] / 128) for one in maps])


def _spread(maps: NDArray[np.float32]) -> float:
    flat = maps.reshape(len(maps), -1).astype(np.float64)
    squares = (flat**2).sum(1)
    shares = np.divide(flat.sum(1) ** 2, flat.shape[1] * squares, out=np.zeros(len(flat)), where=squares > 0)
    return float(shares.mean()) if len(shares) else 0.0

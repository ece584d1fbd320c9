"""The schedule of the published NeuFace code (kaist-ami/NeuFace), preset "released": what made the paper's figures.

It departs from the paper's text, and each departure is kept here, because choices of ours are to be compared with it:
batches of 20 moments in order, the last ones left over never trained; targets that gradients flow through, estimated
inside a batch; an average of orientations over the four frames t-2 to t+1, squared, that leaves out the first and last
two frames of a batch; in a batch every image has the identity of the first one; meshes of all views merged by a softmax
over how much a vertex faces the camera, in five random moments of a batch; a fixed number of passes at one step size.

Where it cannot be the same: the network is the one that is given, not DECA, so that a step of the same size moves
answers by another amount; landmarks are those that were detected, not FAN's; an image without a face is left out, where
the published code stops; and what `trainable` says is trained, where the published code trains all of DECA's coarse
encoder ("all").
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from neuface_core.encoders.base import Encoder
from neuface_core.fitting.clip_encoder import ClipEncoder, Improved, fit_from_first_answer, refuse_diverged
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.fitting.observed import Batch, Observed
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.view_input import ViewInput
from neuface_core.geometry import quaternion_from_rotvec, vertex_normals
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress

TAPS = (-2, -1, 0, 1)
"""Frames of the average: t+2 is missing, so that the target lags by half a frame."""
EDGE = 2
"""Frames at either end of a batch without a temporal term."""
TEMPERATURE = 0.1
LEAST_COSINE = 0.28
LEAST_DEPTH_M = -0.08
UNSEEN = -100.0
"""Score of a vertex that is turned away or lies behind; the paper wants both, the code takes either."""
MERGED_MOMENTS = 5


def landmark_term(projected: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute difference of the coordinates of what was detected, crop units; confidence does not count."""
    seen = (weight > 0).to(projected.dtype)
    distance = (projected - target).abs().sum(dim=-1)
    return (seen * distance).sum() / (2.0 * seen.sum().clamp_min(1.0))


def temporal_term(quaternions: Tensor) -> Tensor:
    """Squared distance to the lopsided average, over time and components; gradients flow through the average.

    Parameters
    ----------
    quaternions : (T, 4)
        Of one view of a batch, in the order of time.
    """
    count = len(quaternions)
    if count <= 2 * EDGE:
        return quaternions.sum() * 0.0
    inner = quaternions[EDGE : count - EDGE]
    mean = torch.stack([quaternions[EDGE + tap : count - EDGE + tap] for tap in TAPS]).mean(dim=0)
    target = torch.nn.functional.normalize(mean, dim=-1)
    return (inner - target).square().sum() / (4.0 * count)


def view_term(posed: Tensor, local: Tensor, faces: Tensor) -> Tensor:
    """L1 of the views' meshes to the mesh merged from them, metres; gradients flow through the merged mesh.

    Parameters
    ----------
    posed, local : (M, V, P, 3)
        Meshes of M moments seen by V views, with and without the global orientation.
    faces : (T, 3)
    """
    cosine = vertex_normals(posed, faces)[..., 2]
    unseen = (cosine < LEAST_COSINE) | (posed[..., 2] < LEAST_DEPTH_M)
    weight = torch.softmax(torch.where(unseen, UNSEEN, cosine) / TEMPERATURE, dim=1)
    merged = (weight[..., None] * local).sum(dim=1, keepdim=True)
    return (local - merged).abs().mean()


class Schedule:
    """Loss of a batch as the published code has it."""

    def __init__(self, observed: Observed, head: HeadModel, settings: NeuFaceSettings) -> None:
        self.observed, self.head, self.settings = observed, head, settings
        self.random = torch.Generator().manual_seed(settings.seed)

    def loss(self, params: HeadParams, batch: Batch) -> Tensor:
        params = one_identity(params, _first_row(batch))
        settings, seen = self.settings, self.observed
        projected = self.head.project(self.head.landmarks(params, seen.convention), params.camera)
        target, weight = seen.target[batch.rows], seen.weight[batch.rows]
        total = settings.landmark_weight * landmark_term(projected, target, weight)
        if settings.temporal_weight > 0:
            quaternions = quaternion_from_rotvec(params.global_orient)
            views = [column[column >= 0] for column in batch.moments.unbind(dim=1)]
            total = total + settings.temporal_weight * sum(temporal_term(quaternions[rows]) for rows in views)
        if settings.multiview_weight > 0 and batch.moments.shape[1] > 1:
            total = total + settings.multiview_weight * self._view_loss(params, batch)
        return total

    def _view_loss(self, params: HeadParams, batch: Batch) -> Tensor:
        whole = torch.nonzero((batch.moments >= 0).all(dim=1))[:, 0]
        if len(whole) == 0:
            return params.shape.sum() * 0.0
        drawn = torch.randperm(len(whole), generator=self.random)[:MERGED_MOMENTS].to(whole.device)
        table = batch.moments[whole[drawn]]
        some = params[table.flatten()]
        shape = (*table.shape, self.head.n_vertices, 3)
        local = self.head.vertices_local(some).reshape(shape)
        return view_term(self.head(some).reshape(shape), local, self.head.faces_tensor)


def one_identity(params: HeadParams, row: int) -> HeadParams:
    """All rows with the identity of one of them; gradients reach that one alone."""
    return HeadParams(**{**vars(params), "shape": params.shape[row : row + 1].expand_as(params.shape)})


def trained_batches(batches: Sequence[Batch], moments: int) -> list[int]:
    """Which batches train: whole ones. A clip of fewer moments than one batch has trains on nothing."""
    return [index for index, batch in enumerate(batches) if len(batch.moments) == moments]


def fit_released(
    views: Sequence[ViewInput],
    encoder: Encoder,
    head: HeadModel,
    settings: NeuFaceSettings,
    fps: float,
    device: torch.device | str = "cpu",
    clip: str = "",
) -> Job[MultiViewFit]:
    """Fit all views of one clip by the published schedule; parameters, events and errors as of `neuface.fit_views`.

    `settings` are those of the preset "released"; of them count the weights of the three losses, `learning_rate`,
    `iterations`, `batch_frames` (moments of a batch), `trainable`, `max_gap` and `seed`. What is in no setting is what
    makes it this schedule.
    """
    # One batch of the settings is so many moments with all their views.
    rows = {"batch_frames": settings.batch_frames * len(views), "shared_identity": False}
    improve = functools.partial(_improve, head=head, settings=settings, clip=clip)
    about = {"neuface": settings.model_dump(mode="json")}
    by_rows = settings.model_copy(update=rows)
    return (yield from fit_from_first_answer(views, encoder, head, by_rows, fps, device, clip, improve, about))


def _improve(
    clip_encoder: ClipEncoder, first: HeadParams, head: HeadModel, settings: NeuFaceSettings, clip: str
) -> Job[Improved]:
    observed, batches = clip_encoder.observed, clip_encoder.batches
    schedule = Schedule(observed, head, settings)
    optimiser = torch.optim.Adam(clip_encoder.weights, lr=clip_encoder.learning_rate)
    trained = trained_batches(batches, settings.batch_frames)
    history: list[float] = []
    for iteration in range(settings.iterations if trained else 0):
        pass_loss = torch.zeros((), device=clip_encoder.device)
        for index in trained:
            loss = schedule.loss(clip_encoder.answer(index), batches[index])
            clip_encoder.step(loss, optimiser)
            pass_loss += loss.detach() / len(trained)
            yield Progress("fit", iteration, settings.iterations, clip)
        history.append(float(pass_loss))
        refuse_diverged(history[-1], f"The fit of {clip or 'the clip'}", f"{iteration + 1} passes")
        yield Progress("fit", iteration + 1, settings.iterations, clip, {"loss": history[-1]})
    # Exported is the identity of the first image of the front view; a clip that trained on nothing has it too.
    front = observed.view_rows(_front(clip_encoder.views)).start
    return Improved(one_identity(clip_encoder.answers(), front), history)


def _first_row(batch: Batch) -> int:
    """The batch's row of its first image: the first view that has one at the first moment."""
    row = batch.moments[0]
    return int(row[row >= 0][0])


def _front(views: Sequence[ViewInput]) -> int:
    names = [view.name for view in views]
    return names.index("front") if "front" in names else 0

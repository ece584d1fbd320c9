"""What the loop minimises: the E-step's targets over a whole clip, and the loss of the M-step for a batch of rows.

It knows nothing of the network: FLAME fitting minimises the same (NeuFace Eq. (5)).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from neuface_core.fitting import losses
from neuface_core.fitting.observed import Batch, Observed, Rows
from neuface_core.fitting.photometric import PhotometricTerm
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.fitting.targets import Smoother, orientation_target
from neuface_core.fitting.view_orientation import ViewTurns
from neuface_core.fitting.view_term import ViewTerm
from neuface_core.geometry import (
    matrix_from_rotvec,
    nearest_rotvec,
    quaternion_from_rotvec,
    rotvec_from_matrix,
    rotvec_from_quaternion,
)
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

FAR_TURNED_RAD = 2.5
"""Only a head that is nearly upside down is turned so far; there axis-angle jumps and cannot be subtracted as it is."""
TURN_EVERY = 20
"""Passes between two corrections of where the views look from."""
TURN_UNTIL = 100
"""The last of these passes: well before the loop may stop, so that the faces follow the last turn."""


@dataclass
class _Latest:
    """What was answered last for every row: what the E-step estimates its targets from."""

    quaternions: Tensor
    motion: Tensor
    shape: Tensor
    shape_sum: Tensor

    @classmethod
    def of(cls, params: HeadParams, expression_spread: float) -> _Latest:
        return cls(
            quaternion_from_rotvec(params.global_orient).clone(),
            losses.steady_motion_features(params, expression_spread),
            params.shape.clone(),
            params.shape.sum(dim=0, keepdim=True),
        )

    def mean_shape(self, shape: Tensor, rows: Rows) -> Tensor:
        """Mean identity (1, n) of all rows, those of a batch replaced by what was answered now."""
        if len(shape) == len(self.shape):
            self.shape[rows] = shape
            self.shape_sum = shape.sum(dim=0, keepdim=True)
        else:  # not all rows of a long clip again in every step
            self.shape_sum = self.shape_sum + (shape - self.shape[rows]).sum(dim=0, keepdim=True)
            self.shape[rows] = shape
        return self.shape_sum / len(self.shape)


class Objective:
    """Targets and loss of one clip.

    Parameters
    ----------
    observed
        What is fitted, N rows.
    first
        The answer of N rows that the fit starts from; the first E-step is made of it.
    photometric
        The term of NeuFace Table S2 (a), where it is wanted.
    """

    def __init__(
        self,
        observed: Observed,
        head: HeadModel,
        settings: NeuFaceSettings,
        first: HeadParams,
        photometric: PhotometricTerm | None = None,
    ) -> None:
        self.observed, self.head, self.settings, self._photometric = observed, head, settings, photometric
        device = observed.target.device
        self._smoother = Smoother(observed.runs, settings.temporal_window, settings.temporal_average, device)
        self._motion_smoother = Smoother(observed.runs, settings.motion_window, settings.temporal_average, device)
        bases = torch.as_tensor(head.data.shape), torch.as_tensor(head.data.expression)
        self._metric = losses.surface_metric(*bases).to(device)
        self._spread = head.data.expression_spread
        self._latest = _Latest.of(first, self._spread)
        self.target = orientation_target(self._latest.quaternions, observed.runs, self._smoother)
        self._far_turned = bool((torch.linalg.vector_norm(first.global_orient, dim=-1) > FAR_TURNED_RAD).any())
        # Staying close to the raw first answer would keep its noise; q̂ and this reference are smoothed alike.
        smooth = rotvec_from_quaternion(self.target) if self._far_turned else self._smoother(first.global_orient)
        self._first = HeadParams(**{**vars(first), "global_orient": smooth})
        self.views = ViewTerm(observed, head, settings, first) if observed.n_views > 1 else None
        self._landmark_weight = self._voted()
        turn = observed.n_views > 1 and settings.turn_views and settings.multiview_weight > 0
        self._turns = ViewTurns(observed.runs, device) if turn else None
        self._passes = 0
        self._identity: Tensor | None = None

    def continue_from(self, present: HeadParams, identity: Tensor, settled: Tensor) -> None:
        """Go on from a result of N rows, one part of a longer one.

        Parameters
        ----------
        present
            Its rows; their orientations are what q̂ was, wherever they are `settled`.
        identity : (1, n)
            Mean identity of the whole result, which the rows are held to.
        settled : (N,) bool
            Rows that were fitted before; the others begin with the encoder's own answer.
        """
        self._latest = _Latest.of(present, self._spread)
        self.target = torch.where(settled[:, None], self._latest.quaternions, self.target)
        self._identity = identity

    def _voted(self) -> Tensor:
        return self.observed.weight if self.views is None else self.observed.weight * self.views.row_weight()[:, None]

    def e_step(self) -> None:
        """Estimate the targets from what was answered last; once a pass."""
        if not self.settings.freeze_target:
            self.target = orientation_target(self._latest.quaternions, self.observed.runs, self._smoother)
        if self.views is not None and self.views.e_step():
            self._landmark_weight = self._voted()
        # The last passes are for the face alone, so that it settles.
        last = min(TURN_UNTIL, 0.6 * self.settings.iterations)
        if self._turns is not None and 0 < self._passes <= last and self._looks():
            self._turn(self._turns.estimate())
        self._passes += 1

    def _looks(self) -> bool:
        return self._passes % TURN_EVERY == 0

    def _turn(self, further: Tensor) -> None:
        """Turn q̂, and the orientation that is stayed close to, of every row (N, 3)."""
        turn = matrix_from_rotvec(further)

        def turned(rotvec: Tensor) -> Tensor:
            return rotvec_from_matrix(turn @ matrix_from_rotvec(rotvec))

        self.target = quaternion_from_rotvec(turned(rotvec_from_quaternion(self.target)))
        self._first = HeadParams(**{**vars(self._first), "global_orient": turned(self._first.global_orient)})

    def _look(self, landmarks: Tensor, params: HeadParams, batch: Batch) -> None:
        """Let the views see how they would lie better, had the answer the orientation q̂."""
        assert self._turns is not None
        rows = batch.rows
        wanted = matrix_from_rotvec(rotvec_from_quaternion(self.target[rows]))
        change = wanted @ matrix_from_rotvec(params.global_orient.detach()).mT
        seen = self.observed.target[rows], self._landmark_weight[rows]
        self._turns.look(rows, landmarks.detach() @ change.mT, params.camera.detach(), *seen)

    def loss(self, params: HeadParams, batch: Batch) -> Tensor:
        """L of the M-step for the rows of a batch; keeps what they were for the next E-step."""
        settings, seen, rows = self.settings, self.observed, batch.rows
        target, weight = seen.target[rows], self._landmark_weight[rows]
        landmarks = self.head.landmarks(params, seen.convention)
        projected = self.head.project(landmarks, params.camera)
        total = settings.landmark_weight * losses.landmark_loss(projected, target, weight)
        if settings.closure_weight > 0:
            total = total + settings.closure_weight * losses.closure_loss(projected, target, weight)
        quaternions = quaternion_from_rotvec(params.global_orient)
        self._latest.quaternions[rows] = quaternions.detach()
        if settings.temporal_weight > 0:
            if settings.target_style == "em":
                temporal = losses.temporal_loss(quaternions, self.target[rows])
            else:
                temporal = losses.pairwise_loss(quaternions, batch.joined)
            total = total + settings.temporal_weight * temporal
        if settings.steady_motion_weight > 0:
            motion = losses.steady_motion_features(params, self._spread)
            self._latest.motion[rows] = motion.detach()
            steady = losses.steady_motion_loss(motion, self._motion_smoother(self._latest.motion, rows))
            total = total + settings.steady_motion_weight * steady
        if settings.stay_close_weight > 0:
            close = losses.stay_close_loss(params, self._reference(params, rows), self._metric, self._spread)
            total = total + settings.stay_close_weight * close
        if settings.steady_shape_weight > 0:
            total = total + settings.steady_shape_weight * self._steady_shape(params.shape, rows)
        if self._photometric is not None:
            total = total + settings.photometric_weight * self._photometric.loss(params, batch)
        if self._turns is not None and self._looks():
            self._look(landmarks, params, batch)
        if self.views is not None and settings.multiview_weight > 0:
            total = total + settings.multiview_weight * self.views.loss(params, batch)
        return total

    def _reference(self, params: HeadParams, rows: Rows) -> HeadParams:
        """The first answer that `params` are to stay close to."""
        first = self._first[rows]
        if not self._far_turned:
            return first
        orient = nearest_rotvec(first.global_orient, params.global_orient.detach())
        return HeadParams(**{**vars(first), "global_orient": orient})

    def _steady_shape(self, shape: Tensor, rows: Rows) -> Tensor:
        mean = self._identity if self._identity is not None else self._latest.mean_shape(shape.detach(), rows)
        return losses.steady_shape_loss(shape, mean)

    def settled(self, params: HeadParams) -> HeadParams:
        """The answer with the orientations q̂ that the passes held it to, and the face that the views agree on.

        What is left between the two is noise of the features that the weights have not yet learned to ignore.
        """
        if self.settings.settle and self.settings.target_style == "em":
            params = HeadParams(**{**vars(params), "global_orient": rotvec_from_quaternion(self.target)})
        if self.views is not None and self.settings.settle_views and self.settings.multiview_weight > 0:
            params = self.views.settled(params)
        return params

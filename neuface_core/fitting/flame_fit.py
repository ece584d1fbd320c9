"""The baseline: FLAME fitting, the head's parameters and cameras moved directly (NeuFace Eq. (5), Sec. E.1).

It starts from the encoder's answer, like the loop, and has the same three losses with the same targets; what holds its
parameters, in place of a network that has seen the picture, are regularisers. Coarse to fine: first orientation and
camera, then everything but the camera.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from neuface_core.fitting.clip_encoder import refuse_diverged
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.objective import Objective
from neuface_core.fitting.observed import Batch
from neuface_core.heads.params import HeadParams
from neuface_core.jobs import Job, Progress

UNIT = {
    "shape": 1.0,
    "expression": 1.0,  # of the head's `expression_spread`
    "global_orient": 0.1,
    "neck_pose": 0.1,
    "jaw_pose": 0.1,
    "eye_pose": 0.1,
    "camera": 0.05,
}
"""Usual spread of each parameter: Adam's steps and the regularisers count in it.

Radians for turns. The scale of a camera counts relative to itself and its shift in metres, a tenth of the unit."""
COARSE = ("global_orient", "camera")
FINE = ("global_orient", "neck_pose", "jaw_pose", "eye_pose", "shape", "expression")
CHECK_EVERY = 10


@dataclass(frozen=True)
class Moved:
    """What came of moving parameters directly: the parameters (N rows) and the loss of every step."""

    params: HeadParams
    history: list[float]


def move_parameters(
    first: HeadParams, objective: Objective, batches: Sequence[Batch], settings: FlameFitSettings, clip: str = ""
) -> Job[Moved]:
    """Minimise NeuFace Eq. (5) over the parameters of N rows, one step a pass.

    Parameters
    ----------
    first
        The encoder's answer: where the descent starts.
    objective
        L2D + λtemp Ltemporal + λview Lmultiview with their targets.
    batches
        Rows that are evaluated together, all of them once; their gradients are summed before a step is made.
    settings
        Steps and weights; those of the three losses are in `objective` already.

    Raises
    ------
    FitError
        When the loss is no longer finite.
    """
    start = first.map(Tensor.detach)
    spread = objective.head.data.expression_spread
    unit = _units(start, spread)
    # Strengths of actions cannot be negative; whether a head's expressions are such shows in its encoder's answer.
    strengths = bool((start.expression >= 0).all())
    moved = {name: torch.zeros_like(getattr(start, name), requires_grad=True) for name in unit}
    history: list[Tensor] = []

    def present(rows: slice | Tensor) -> HeadParams:
        values = {n: getattr(start, n)[rows] + unit[n].expand_as(moved[n])[rows] * moved[n][rows] for n in unit}
        return HeadParams(**values)

    total = settings.coarse_iterations + settings.fine_iterations
    fine = FINE + (("camera",) if settings.learn_rest_with_camera else ())
    for names, steps in ((COARSE, settings.coarse_iterations), (fine, settings.fine_iterations)):
        free = [moved[name] for name in names]
        optimiser = torch.optim.Adam(free, lr=settings.learning_rate)
        for step in range(steps):
            share = 0.5 * (1 + math.cos(math.pi * step / steps))
            optimiser.param_groups[0]["lr"] = settings.learning_rate * (0.05 + 0.95 * share)
            objective.e_step()
            value = torch.zeros((), device=start.shape.device)
            optimiser.zero_grad()
            for batch in batches:
                params, own = present(batch.rows), start[batch.rows]
                part = objective.loss(params, batch) + regularisers(params, own, settings, spread)
                part = part * (batch.n_rows / len(start))
                torch.autograd.backward(part, inputs=free)
                value = value + part.detach()
            optimiser.step()
            if strengths and "expression" in names:
                with torch.no_grad():
                    moved["expression"].clamp_(min=-start.expression / unit["expression"])
            history.append(value)
            done = len(history)
            if done % CHECK_EVERY == 0 or done == total:
                now = float(value)
                refuse_diverged(now, f"FLAME fitting of {clip or 'the clip'}", f"{done} steps")
                yield Progress("fit", done, total, clip, {"loss": now})
            else:
                yield Progress("fit", done, total, clip)
    return Moved(present(slice(None)).map(Tensor.detach), [float(value) for value in history])


def regularisers(params: HeadParams, first: HeadParams, settings: FlameFitSettings, expression_spread: float) -> Tensor:
    """λr Lr + λθ Lθ + λβ Lβ + λψ Lψ of NeuFace Eq. (5): mean squared departures, each in its usual spread.

    The paper takes them from Li et al. 2017 and Wood et al. 2022 without weights: squared lengths of β and ψ, and of θ
    from the rest pose. Nothing there can hold r, whose origin has no meaning: it is held to the first answer.
    """

    def departure(name: str) -> Tensor:
        value: Tensor = getattr(params, name)
        if settings.toward == "first" or name == "global_orient":
            value = value - getattr(first, name)
        size = UNIT[name] * (expression_spread if name == "expression" else 1.0)
        return (value / size).square().mean()

    pose = departure("jaw_pose") + departure("neck_pose") + departure("eye_pose")
    return (
        settings.orient_weight * departure("global_orient")
        + settings.pose_weight * pose
        + settings.shape_weight * departure("shape")
        + settings.expression_weight * departure("expression")
    )


def _units(first: HeadParams, expression_spread: float) -> dict[str, Tensor]:
    """What one unit of the descent is of each parameter, to multiply with."""
    units = {f.name: getattr(first, f.name).new_full((1,), UNIT[f.name]) for f in fields(first)}
    units["expression"] = units["expression"] * expression_spread
    shift = torch.full_like(first.camera[:, 1:], 0.1 * UNIT["camera"])
    units["camera"] = torch.cat([UNIT["camera"] * first.camera[:, :1], shift], dim=1)
    return units

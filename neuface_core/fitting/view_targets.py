"""The E-step across views: meshes in one frame, the mesh that they agree on, and which views have a vote.

Symbols of shapes: F moments, V views, P vertices. A view without a mesh at a moment has confidence and weight 0, and
any finite numbers for vertices.
"""

from __future__ import annotations

import roma
import torch
from torch import Tensor

from neuface_core.heads.params import HeadParams

FULL_VOTE, NO_VOTE = 2.0, 4.0
"""A view that is up to twice as wrong as is usual in the clip keeps its vote; from four times on it has none."""
_SHARED = ("shape", "expression", "neck_pose", "jaw_pose", "eye_pose")


def rigid_to(moved: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """Rotations (N, 3, 3) and shifts (N, 3) that lay meshes on a reference best (least squares), without gradient.

    The size is not touched: in weak perspective it belongs to the camera, and meshes of different sizes are different.

    Parameters
    ----------
    moved, reference : (N, P, 3)

    Notes
    -----
    S. Umeyama, Least-squares estimation of transformation parameters between two point patterns, PAMI 13(4), 1991.
    """
    with torch.no_grad():
        mean_a, mean_b = moved.mean(dim=1, keepdim=True), reference.mean(dim=1, keepdim=True)
        # A sum of products of centred points: one of them being centred is enough.
        products = (reference - mean_b).mT @ moved
        # Apple's MPS knows no double precision: there the processor does the little that needs it.
        # Closed form: singular values would make a processor wait for a graphics card in every pass.
        wide = (products.cpu() if products.device.type == "mps" else products).double()
        rotation = roma.special_procrustes(wide).to(moved)
        return rotation, (mean_b - mean_a @ rotation.mT)[:, 0]


def to_canonical(vertices: Tensor, reference: Tensor) -> Tensor:
    """Meshes (N, P, 3) with the orientation undone, laid rigidly on `reference` (N, P, 3).

    The gradient reaches the meshes, not the alignment: a view is to change its face, not to be turned.
    """
    rotation, shift = rigid_to(vertices, reference)
    return vertices @ rotation.mT + shift[:, None]


def bootstrapped_mesh(canonical: Tensor, confidence: Tensor, view_weight: Tensor) -> tuple[Tensor, Tensor]:
    """M̂, the mesh of every moment put together from what each view sees of it (NeuFace Sec. 3.2).

    Parameters
    ----------
    canonical : (F, V, P, 3)
    confidence : (F, V, P)
    view_weight : (F, V)

    Returns
    -------
    (F, P, 3)
        Weighted mean; the plain mean of the views that have a vote (of all, where none has) for a vertex that none of
        them sees.
    (F, P) bool
        Those vertices.
    """
    known = (confidence.amax(dim=-1) > 0).to(canonical.dtype)
    voting = torch.where((view_weight * known).sum(dim=1, keepdim=True) > 0, view_weight * known, known)
    weight = confidence * voting[..., None]
    total = weight.sum(dim=1)
    unseen = total <= 0
    weight = torch.where(unseen[:, None], voting[..., None], weight)
    share = weight / weight.sum(dim=1, keepdim=True).clamp_min(1e-12)
    return (share[..., None] * canonical).sum(dim=1), unseen


def vote(error: Tensor, known: Tensor) -> Tensor:
    """What a view counts (F, V) in [0, 1], by how wrong it is against what is usual in the clip.

    Usual is the median over the moments of a view, and of those the lower median over the views: of two views the
    better one, since no view can be outvoted there.

    Parameters
    ----------
    error : (F, V)
        Any number that grows with how wrong a view is, 0 or more.
    known : (F, V) bool
        Where there is one; elsewhere the answer is 0.
    """
    by_view = torch.where(known, error, torch.nan).nanmedian(dim=0).values
    usual = by_view.nanmedian().nan_to_num(0.0).clamp_min(1e-9)
    weight = ((NO_VOTE - error / usual) / (NO_VOTE - FULL_VOTE)).clamp(0.0, 1.0)
    return torch.where(known, weight, 0.0)


def disagreement(canonical: Tensor, known: Tensor) -> Tensor:
    """Median distance (F, V) of a view's vertices to the median of the views, metres; 0 where there is no mesh.

    Parameters
    ----------
    canonical : (F, V, P, 3)
    known : (F, V) bool
    """
    meshes = torch.where(known[..., None, None], canonical, torch.nan)
    middle = meshes.nanmedian(dim=1, keepdim=True).values
    distance = torch.linalg.vector_norm(meshes - middle, dim=-1).nan_to_num(0.0)
    return torch.where(known, distance.median(dim=-1).values, 0.0)


def multiview_loss(canonical: Tensor, target: Tensor) -> Tensor:
    """Lmultiview, NeuFace Eq. (4): mean over meshes and vertices of the L1 distance, in decimetres.

    A decimetre is about a unit of crop coordinates, so that the weight of this loss compares with that of L2D.

    Parameters
    ----------
    canonical, target : (N, P, 3)
        Metres; no gradient flows into the target.
    """
    return 10.0 * (canonical - target.detach()).abs().sum(dim=-1).mean()


def agreed(params: HeadParams, moments: Tensor, weight: Tensor) -> HeadParams:
    """Parameters with identity, expression, neck, jaw and eyes of the views' weighted mean at every moment.

    Orientation and camera stay those of each view.

    Parameters
    ----------
    params
        N rows.
    moments : (F, V) int64
        Row of a view at a moment, -1 where it has none; every row is named once.
    weight : (F, V)
        What a view counts; where no view of a moment counts, all count alike.
    """
    known = moments >= 0
    counted = torch.where((weight * known).sum(dim=1, keepdim=True) > 0, weight * known, known.to(weight.dtype))
    share = counted / counted.sum(dim=1, keepdim=True).clamp_min(1e-12)
    moment_of_row = torch.zeros(len(params), dtype=torch.int64, device=moments.device)
    moment_of_row[moments[known]] = torch.arange(len(moments), device=moments.device)[:, None].expand_as(moments)[known]
    rows = moments.clamp_min(0)

    def mean(values: Tensor) -> Tensor:
        return (share[..., None] * values[rows]).sum(dim=1)[moment_of_row]

    return HeadParams(**{**vars(params), **{name: mean(getattr(params, name)) for name in _SHARED}})

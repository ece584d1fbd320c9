"""Errors of answers on faces whose truth is known, one number a face and metric."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.evaluation.face_readings import (
    angle_between_deg,
    direction_angle_deg,
    lid_aperture,
    mouth_opening,
    yaw_pitch_deg,
)
from neuface_core.evaluation.landmark_error import frame_nme
from neuface_core.evaluation.mesh_distance import constant_mesh, vertex_error_mm
from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

Floats = NDArray[np.float64]
Errors = dict[str, Floats]
_CHUNK = 128
ANCESTRIES = ("african", "asian", "caucasian")
"""Sliders of the head's source, by the source's own names; not a statement about people."""

MIN_IOD_SHARE = 0.2
"""Outer eye corners nearer than this share of the box are no measure of a face: its NME (iod) is left out."""


@dataclass(frozen=True)
class Metric:
    """What a number is.

    Attributes
    ----------
    name
        Key in JSON and CSV.
    label, unit
        For people.
    about
        "head": shape and expression in the head's own frame, which a mean head can be compared on; "picture": where it
        lies in the picture.
    sliced
        Whether it stands in the table of slices.
    """

    name: str
    label: str
    unit: str
    about: Literal["head", "picture"]
    sliced: bool = False


METRICS: tuple[Metric, ...] = (
    Metric("nme_bbox", "NME (box)", "%", "picture", sliced=True),
    Metric("nme_iod", "NME (outer eye corners)", "%", "picture"),
    Metric("rotation_deg", "Head rotation", "°", "picture", sliced=True),
    Metric("camera_scale", "Camera: size", "%", "picture"),
    Metric("camera_place", "Camera: place, of the box", "%", "picture"),
    Metric("mpve_similarity", "MPVE, face, similarity", "mm", "head", sliced=True),
    Metric("mpve_rigid", "MPVE, face, rigid", "mm", "head"),
    Metric("mpve_head_similarity", "MPVE, whole head, similarity", "mm", "head"),
    Metric("mpve_head_rigid", "MPVE, whole head, rigid", "mm", "head"),
    Metric("identity", "Identity alone, face", "mm", "head"),
    Metric("expression", "Expression alone, face", "mm", "head", sliced=True),
    Metric("expression_jaw", "Expression and jaw, face", "mm", "head"),
    Metric("jaw_deg", "Jaw", "°", "head"),
    Metric("gaze_deg", "Gaze in the head", "°", "head"),
    Metric("lids", "Lid aperture", "mm", "head"),
    Metric("mouth", "Mouth opening", "mm", "head"),
)
BY_NAME = {metric.name: metric for metric in METRICS}
SLICED = tuple(metric.name for metric in METRICS if metric.sliced)


@torch.no_grad()
def picture_errors(head: HeadModel, answer: HeadParams, truth: HeadParams, landmarks: NDArray[np.floating]) -> Errors:
    """How far N answers lie from the truth in the picture: every metric about "picture", (N,) each.

    Parameters
    ----------
    answer, truth
        N heads each, on the head model's device.
    landmarks : (N, 68, 2) float
        True landmarks with the static contour, crop coordinates.
    """
    found = head.project(head.landmarks(answer, "static"), answer.camera).cpu().numpy()
    box = np.sqrt(np.ptp(landmarks, axis=1).prod(axis=1))
    iod = np.linalg.norm(landmarks[:, 36] - landmarks[:, 45], axis=1)
    nme_iod = np.where(iod > MIN_IOD_SHARE * box, frame_nme(found, landmarks, "iod"), np.nan)
    place = [head.project(head.rest_joints(p)[:, :1], p.camera)[:, 0].cpu().numpy() for p in (answer, truth)]
    scale = answer.camera[:, 0] / truth.camera[:, 0]
    return {
        "nme_bbox": frame_nme(found, landmarks, "bbox"),
        "nme_iod": nme_iod,
        "rotation_deg": angle_between_deg(_matrix(truth.global_orient), _matrix(answer.global_orient)),
        "camera_scale": 100 * np.abs(scale.cpu().numpy().astype(np.float64) - 1),
        "camera_place": 100 * np.linalg.norm(place[0] - place[1], axis=1) / box,
    }


@torch.no_grad()
def head_errors(head: HeadModel, answer: HeadParams, truth: HeadParams) -> Errors:
    """How far N answers are from the truth in the head's own frame: every metric about "head", (N,) each.

    MPVE is of the whole answer: identity, expression and jaw, with the eyes ahead and the head unturned in both.
    Identity and expression alone compare what their bases add to the mean head, without any alignment.

    Parameters
    ----------
    answer, truth
        N heads each, on the head model's device.
    """
    parts = [
        _head_errors(head, answer[rows], truth[rows])
        for rows in (slice(start, start + _CHUNK) for start in range(0, len(truth), _CHUNK))
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _head_errors(head: HeadModel, answer: HeadParams, truth: HeadParams) -> Errors:
    face = head.vertex_masks["face"]
    found, wanted = meshes(head, answer), meshes(head, truth)
    spoken = meshes(head, replace(answer, shape=truth.shape))
    points = [head.landmarks(p, "static").cpu().numpy() for p in (answer, truth)]
    gaze = [_matrix(p.eye_pose.reshape(-1, 3))[..., 2].reshape(-1, 2, 3) for p in (answer, truth)]
    return {
        "mpve_similarity": vertex_error_mm(found[:, face], wanted[:, face], "similarity"),
        "mpve_rigid": vertex_error_mm(found[:, face], wanted[:, face], "rigid"),
        "mpve_head_similarity": vertex_error_mm(found, wanted, "similarity"),
        "mpve_head_rigid": vertex_error_mm(found, wanted, "rigid"),
        "identity": basis_distance_mm(head.data.shape[face], answer.shape - truth.shape),
        "expression": basis_distance_mm(head.data.expression[face], answer.expression - truth.expression),
        "expression_jaw": 1000 * np.linalg.norm(spoken[:, face] - wanted[:, face], axis=2).mean(axis=1),
        "jaw_deg": angle_between_deg(_matrix(truth.jaw_pose), _matrix(answer.jaw_pose)),
        "gaze_deg": direction_angle_deg(gaze[0], gaze[1]).mean(axis=1),
        "lids": 1000 * np.abs(lid_aperture(points[0]) - lid_aperture(points[1])).mean(axis=1),
        "mouth": 1000 * np.abs(mouth_opening(points[0]) - mouth_opening(points[1])),
    }


@torch.no_grad()
def constant_errors(head: HeadModel, truth: HeadParams) -> Errors:
    """MPVE (similarity) of the best answer that is the same for every picture, for the face and for the whole head."""
    starts = range(0, len(truth), _CHUNK)
    wanted = np.concatenate([meshes(head, truth[start : start + _CHUNK]).astype(np.float32) for start in starts])
    errors: Errors = {}
    for name, part in (("mpve_similarity", wanted[:, head.vertex_masks["face"]]), ("mpve_head_similarity", wanted)):
        best = constant_mesh(part).astype(np.float32)
        errors[name] = vertex_error_mm(np.broadcast_to(best, part.shape), part, "similarity")
    return errors


def meshes(head: HeadModel, params: HeadParams) -> Floats:
    """Vertices (N, V, 3) of identity, expression and jaw: head unturned, eyes ahead; metres."""
    still = replace(params, eye_pose=torch.zeros_like(params.eye_pose), neck_pose=torch.zeros_like(params.neck_pose))
    return np.asarray(head.vertices_local(still).cpu().numpy(), np.float64)


def basis_distance_mm(basis: NDArray[np.floating], difference: Tensor) -> Floats:
    """Mean length (N,) in mm of what coefficients (N, K) add to the vertices of a basis (V, 3, K) in metres."""
    moved = difference.cpu().numpy() @ basis.reshape(-1, basis.shape[-1]).T
    lengths = np.linalg.norm(moved.reshape(len(moved), -1, 3), axis=2)
    return np.asarray(1000.0 * lengths.mean(axis=1), np.float64)


@torch.no_grad()
def truth_attributes(head: HeadModel, truth: HeadParams) -> dict[str, NDArray[np.generic]]:
    """What the truth says of N faces, to slice by, (N,) each.

    Head pose, strength of expression and identity, jaw, mouth, lids, and the read-outs of the sliders that the head was
    made from.
    """
    yaw, pitch = yaw_pitch_deg(_matrix(truth.global_orient))
    face = head.vertex_masks["face"]
    points = head.landmarks(truth, "static").cpu().numpy()
    rested = replace(truth, expression=torch.zeros_like(truth.expression), jaw_pose=torch.zeros_like(truth.jaw_pose))
    own = lid_aperture(head.landmarks(rested, "static").cpu().numpy())
    attributes: dict[str, NDArray[np.generic]] = {
        "yaw": np.abs(yaw),
        "turned": yaw,
        "pitch": pitch,
        "expression": basis_distance_mm(head.data.expression[face], truth.expression),
        "jaw": np.degrees(truth.jaw_pose[:, 0].cpu().numpy()),
        "mouth": 1000 * mouth_opening(points),
        "lids": (lid_aperture(points) / own).min(axis=1),
        "identity": basis_distance_mm(head.data.shape[face], truth.shape),
    }
    if head.data.phenotypes is not None:
        attributes |= _slider_attributes({n: v.cpu().numpy() for n, v in head.phenotypes(truth.shape).items()})
    return attributes


def _slider_attributes(read: dict[str, NDArray[np.floating]]) -> dict[str, NDArray[np.generic]]:
    """Read-outs by name; of the ancestries, which are shares of one whole, the largest."""
    origins = [name for name in ANCESTRIES if name in read]
    found: dict[str, NDArray[np.generic]] = {f"slider {n}": v for n, v in read.items() if n not in origins}
    if origins:
        largest = np.argmax(np.stack([read[name] for name in origins]), axis=0)
        found["slider ancestry"] = np.asarray(origins)[largest]
    return found


def _matrix(rotvec: Tensor) -> Floats:
    return np.asarray(matrix_from_rotvec(rotvec).cpu().numpy(), np.float64)

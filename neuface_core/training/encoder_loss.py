"""What the encoder's head is trained on: distances in the picture and on the surface, not of bare parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.ibug import CLOSURE_PAIRS
from neuface_core.training.encoder_data import pinhole_crop

_METRES_TO_CROP = 7.0  # typical camera scale: puts distances in metres on the scale of crop coordinates
WEIGHTS = {
    "landmarks_2d": 1.0,
    "points_2d": 0.5,
    "points_3d": 0.5,
    "shape": 0.5,
    "expression": 1.8,
    "jaw": 0.15,
    "rotation": 0.3,
    "strengths": 0.02,
    "eyes": 0.05,
    "apertures": 0.5,
    "constancy": 1.0,
    "prior": 2e-4,
}


class EncoderLoss:
    """L1 distances between two heads, on landmarks and on a few hundred points of the surface.

    Parameters
    ----------
    head
        The head model.
    contour
        Which landmarks are compared: those of the detector that belongs to the trunk.
    n_points
        Points of the surface that stand for all vertices; most of them on the face.
    """

    def __init__(self, head: HeadModel, contour: str = "static", n_points: int = 160) -> None:
        data = head.data
        face = np.flatnonzero(head.vertex_masks["face"])
        rest = np.flatnonzero(head.vertex_masks["ears"] | head.vertex_masks["scalp"])
        picked = np.concatenate([_spread(data.mean, face, n_points * 5 // 6), _spread(data.mean, rest, n_points // 6)])
        flat = 3 * len(picked)
        self._shape = torch.tensor(data.shape[picked].reshape(flat, -1).T.copy())
        self._expression = torch.tensor(data.expression[picked].reshape(flat, -1).T.copy())
        self.head = head
        self._contour = contour
        # Posing only these points is a thirtieth of the work of posing all vertices.
        self._points = HeadModel(
            replace(
                data,
                mean=data.mean[picked],
                shape=data.shape[picked],
                expression=data.expression[picked],
                skin_weights=data.skin_weights[picked],
                faces=np.array([[0, 1, 2]]),
                static=None,
                contour=None,
                detectors={},
                dense=None,
                dense_valid=None,
                uv=None,
                mirror=None,
                vertex_masks={},
            )
        )

    def landmarks(self, params: HeadParams) -> Tensor:
        """The landmarks (N, 68, 3) that are compared."""
        return self.head.landmarks(params, self._contour)

    def __call__(self, answer: HeadParams, truth: HeadParams, views: Tensor) -> tuple[Tensor, dict[str, float]]:
        """Loss of N answers, and its unweighted terms.

        Parameters
        ----------
        answer, truth
            N heads each; rows 2i and 2i + 1 are the same person.
        views : (N, 4)
            Through which the pictures were taken, of `TrainingSet`.
        """
        project = self.head.project
        with torch.no_grad():
            true_points = self._points(truth)
            true_points_2d = pinhole_crop(true_points, views)
            true_landmarks = self.landmarks(truth)
            true_landmarks_2d = pinhole_crop(true_landmarks, views)
            true_gaps = _gaps(true_landmarks)
        points = self._points(answer)
        landmarks = self.landmarks(answer)
        landmarks_2d = project(landmarks, answer.camera)
        change = (answer.shape[0::2] - answer.shape[1::2]) @ self._shape
        shape = (answer.shape - truth.shape) @ self._shape
        expression = (answer.expression - truth.expression) @ self._expression
        turn = matrix_from_rotvec(answer.global_orient) - matrix_from_rotvec(truth.global_orient)
        terms = {
            "landmarks_2d": (landmarks_2d - true_landmarks_2d).abs().mean(),
            "points_2d": (project(points, answer.camera) - true_points_2d).abs().mean(),
            "points_3d": (points - true_points).abs().mean() * _METRES_TO_CROP,
            "shape": shape.abs().mean() * _METRES_TO_CROP,
            "expression": expression.abs().mean() * _METRES_TO_CROP,
            "jaw": (answer.jaw_pose - truth.jaw_pose).abs().mean(),
            "rotation": turn.abs().mean(),
            "strengths": (answer.expression - truth.expression).abs().mean(),
            "eyes": (answer.eye_pose - truth.eye_pose).abs().mean(),
            "apertures": (_gaps(landmarks) - true_gaps).abs().mean() * _METRES_TO_CROP,
            "constancy": change.abs().mean() * _METRES_TO_CROP,
            "prior": answer.shape.square().mean(),
        }
        total = torch.stack([WEIGHTS[name] * term for name, term in terms.items()]).sum()
        return total, {name: float(term.detach()) for name, term in terms.items()}


def _gaps(landmarks: Tensor) -> Tensor:
    """(N, 7): how far lids and lips are open, metres."""
    one, other = zip(*CLOSURE_PAIRS, strict=True)
    gaps: Tensor = (landmarks[:, one] - landmarks[:, other]).norm(dim=2)
    return gaps


def _spread(vertices: NDArray[np.float32], among: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """`count` of the vertices `among`, each as far as possible from those before."""
    places = vertices[among]
    chosen = [0]
    distance = np.linalg.norm(places - places[0], axis=1)
    while len(chosen) < min(count, len(among)):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(places - places[chosen[-1]], axis=1))
    picked: NDArray[np.int64] = among[np.sort(chosen)]
    return picked

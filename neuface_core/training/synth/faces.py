"""One synthetic face a seed: a picture as the encoder would get it, and the truth behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.geometry import matrix_from_rotvec
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.training.synth.attributes import OCCLUDERS, FaceAttributes
from neuface_core.training.synth.background import background
from neuface_core.training.synth.camera_faults import Faults, photograph
from neuface_core.training.synth.lighting import Lights, sample_lights
from neuface_core.training.synth.look import Look, sample_look
from neuface_core.training.synth.parameters import age_and_sex, person_of, sample_params
from neuface_core.training.synth.person import PosedHead, dress
from neuface_core.training.synth.pinhole import Pinhole, nearest_weak_perspective, sample_view
from neuface_core.training.synth.scene import Drawn, Stage
from neuface_core.training.synth.skin_map import skin_map

__all__ = ["FaceSynthesiser", "Pinhole", "SyntheticFaces", "nearest_weak_perspective"]

Array = NDArray[np.float32]
Rng = np.random.Generator

_P_OCCLUDER = (0.79, 0.08, 0.05, 0.025, 0.025, 0.03)
_LOOK_STREAM, _SCENE_STREAM = 6, 7


@dataclass(frozen=True)
class SyntheticFaces:
    """N pictures and what they show.

    Attributes
    ----------
    images : (N, 3, S, S) uint8
        RGB.
    params : HeadParams
        The truth; the weak-perspective camera is the one nearest to the pinhole that the picture was taken with.
    landmarks : (N, 68, 2) float32
        Static landmarks as the pinhole projects them, crop coordinates (y down).
    views : (N, 4) float32
        What `Pinhole` is made of: distance of the pinhole to the centre of the head in metres, shift (2) and half side
        of the crop, so that more points than the 68 can be projected later.
    attributes : FaceAttributes
        Skin, hair, light, camera and so on, for telling errors apart.
    """

    images: NDArray[np.uint8]
    params: HeadParams
    landmarks: Array
    views: Array
    attributes: FaceAttributes


class FaceSynthesiser:
    """Renders faces of one head model.

    Parameters
    ----------
    head
        The head model, with static and dense landmarks.
    size
        Side of the pictures in pixels.
    supersample
        The face is drawn this much larger and averaged.
    """

    def __init__(self, head: HeadModel, size: int, supersample: float = 1.35) -> None:
        self.head = head
        self.size = size
        self._fine = round(size * supersample)
        self._skin = skin_map(head)
        self._faces = np.asarray(head.faces, np.int64)
        self._face_vertices = np.flatnonzero(head.vertex_masks["face"])
        self._neck = np.asarray(head.vertex_masks["neck"], np.bool_)
        self._stage = Stage(self._skin, self._faces, self._fine)

    def faces(self, seeds: Sequence[int], *, people: int = 1, balanced: bool = False) -> SyntheticFaces:
        """Pictures for `seeds`; what a seed shows does not depend on the others (but for rounding in the last bit).

        Parameters
        ----------
        people
            Every `people` consecutive seeds (0..people-1 and so on) show one person: identity and look are shared,
            pose, expression, light, background and camera are not.
        balanced
            Every yaw within ±75° is equally frequent, as a test with slices wants it.
        """
        params = sample_params(
            seeds,
            self.head.n_shape,
            self.head.expression_names,
            people=people,
            balanced=balanced,
            phenotypes=self.head.data.phenotypes,
        )
        heads, vertices, landmarks = self._pose(params)
        images, cameras, points, views, rows = [], [], [], [], []
        for i, seed in enumerate(seeds):
            person = person_of(seed, people)
            age, female = age_and_sex(params.shape[i].numpy(), self.head.data.phenotypes)
            look = sample_look(np.random.default_rng([person, _LOOK_STREAM]), age, female)
            rng = np.random.default_rng([seed, _SCENE_STREAM])
            view = sample_view(rng, landmarks[i])
            image, row = self._picture(rng, heads[i], look, view)
            face = vertices[i][self._face_vertices]
            images.append(image)
            cameras.append(nearest_weak_perspective(face, view.crop(face)[:, :2]))
            points.append(view.crop(landmarks[i])[:, :2])
            views.append([view.distance, *view.shift, view.half])
            rows.append({**row, "distance_m": view.distance, "person": person})
        camera = torch.as_tensor(np.stack(cameras), dtype=torch.float32)
        return SyntheticFaces(
            images=np.stack(images).transpose(0, 3, 1, 2),
            params=replace(params, camera=camera),
            landmarks=np.stack(points).astype(np.float32),
            views=np.array(views, np.float32),
            attributes=FaceAttributes.from_rows(rows),
        )

    @torch.no_grad()
    def _pose(self, params: HeadParams) -> tuple[list[PosedHead], NDArray[np.float64], NDArray[np.float64]]:
        """The heads as they are drawn, and the truth: posed vertices (N, V, 3) and landmarks (N, 68, 3)."""
        still = params.map(lambda t: torch.zeros_like(t))
        ahead = replace(params, global_orient=still.global_orient)
        resting = replace(still, shape=params.shape)
        joints = self.head.rest_joints(params).numpy().astype(np.float64)
        local, points, dense, rest = (
            tensor.numpy().astype(np.float64)
            for tensor in (
                self.head(ahead),
                self.head.landmarks(ahead, "static"),
                self.head.dense_landmarks(ahead),
                self.head.landmarks(resting, "static"),
            )
        )
        rotation = matrix_from_rotvec(params.global_orient).numpy().astype(np.float64)
        root = joints[:, :1]
        heads = [
            PosedHead(
                local[i],
                points[i],
                dense[i],
                rest[i],
                params.global_orient[i].numpy().astype(np.float64),
                params.jaw_pose[i].numpy().astype(np.float64),
                joints[i, 0],
                joints[i, 2],
                joints[i, 3:5],
            )
            for i in range(len(params))
        ]
        turned = rotation.transpose(0, 2, 1)
        return heads, (local - root) @ turned + root, (points - root) @ turned + root

    def _picture(
        self, rng: Rng, head: PosedHead, look: Look, view: Pinhole
    ) -> tuple[NDArray[np.uint8], dict[str, object]]:
        """One picture (S, S, 3), and its attributes but for those of the view."""
        thing = str(rng.choice(OCCLUDERS, p=_P_OCCLUDER))
        lights = sample_lights(rng)
        picture = background(rng, self._fine)
        subject = dress(rng, head, look, self._skin, self._faces, self._neck, thing)
        drawn = self._stage.draw(picture, subject, look, lights, view)
        stored, faults = photograph(rng, picture, self.size)
        return stored, self._describe(look, lights, thing, drawn, stored, faults)

    def _describe(
        self, look: Look, lights: Lights, thing: str, drawn: Drawn, stored: NDArray[np.uint8], faults: Faults
    ) -> dict[str, object]:
        mask = cv2.resize(drawn.skin.astype(np.uint8), (self.size, self.size), interpolation=cv2.INTER_NEAREST)
        grey = stored.mean(axis=2)[mask > 0] / 255.0 if mask.any() else np.zeros(1)
        return {
            "skin_tone": look.skin_tone,
            "skin_ita_deg": look.ita_deg,
            "age": look.age,
            "hair": look.hair_style,
            "beard": look.beard_style,
            "glasses": look.glasses,
            "hat": look.hat,
            "occluder": thing,
            "light": lights.word,
            "brightness": float(grey.mean()),
            "contrast": float(grey.std()),
            **asdict(faults),
        }

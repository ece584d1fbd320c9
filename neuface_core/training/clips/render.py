"""Renders one performance as every camera of a rig sees it, at the same moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.geometry import matrix_from_rotvec, rotvec_from_matrix
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.training.clips.performance import Performance
from neuface_core.training.clips.rig import View, turn_lights, turn_subject
from neuface_core.training.synth.background import background
from neuface_core.training.synth.faces import FaceSynthesiser
from neuface_core.training.synth.lighting import sample_lights
from neuface_core.training.synth.look import Look, sample_look
from neuface_core.training.synth.parameters import age_and_sex
from neuface_core.training.synth.person import dress
from neuface_core.training.synth.pinhole import nearest_weak_perspective

Floats = NDArray[np.float64]

_CHUNK = 16  # moments that are posed at once: bounds the memory


@dataclass(frozen=True)
class ViewTruth:
    """What one camera sees, frame by frame.

    Attributes
    ----------
    params : HeadParams of F rows
        In the frame of this camera; its weak perspective is left at [1, 0, 0], since it belongs to no crop yet.
    offset : (F, 3) float32
        Metres: what the camera sees is the head model of `params`, moved by this.
    camera_px : (F, 3) float32
        Weak perspective [a, ux, uy] nearest to the pinhole: pixel = (a x + ux, -a y + uy).
    landmarks : mapping of name to (F, 68, 2) float32
        Pixels, by what the head's `landmarks` is asked for: "static", "dynamic", and each detector it knows.
    """

    params: HeadParams
    offset: NDArray[np.float32]
    camera_px: NDArray[np.float32]
    landmarks: dict[str, NDArray[np.float32]]


@torch.no_grad()
def view_truth(head: HeadModel, performance: Performance, view: View) -> ViewTruth:
    """Where everything lies in the pictures of one camera; no picture is drawn."""
    params, offset = _seen(head, performance, view)
    face = torch.as_tensor(head.vertex_masks["face"])
    names = ["static", "dynamic", *sorted(head.data.detectors)]
    cameras: list[list[float]] = []
    points: dict[str, list[Floats]] = {name: [] for name in names}
    for start in range(0, len(params), _CHUNK):
        rows = slice(start, start + _CHUNK)
        vertices = head(params[rows])[:, face].numpy().astype(np.float64)
        pixels = view.project(vertices + offset[rows, None])
        for seen, at in zip(vertices, pixels, strict=True):
            scale, x, y = nearest_weak_perspective(seen, at)
            cameras.append([scale, scale * x, -scale * y])
        for name in names:
            found = head.landmarks(params[rows], name).numpy().astype(np.float64)
            points[name].append(view.project(found + offset[rows, None]))
    landmarks = {name: np.concatenate(parts).astype(np.float32) for name, parts in points.items()}
    return ViewTruth(params, offset.astype(np.float32), np.array(cameras, np.float32), landmarks)


def _seen(head: HeadModel, performance: Performance, view: View) -> tuple[HeadParams, Floats]:
    """Parameters in the frame of a camera, and how far the head has moved there, (F, 3)."""
    turn = torch.as_tensor(view.rotation, dtype=torch.float64)
    orient = rotvec_from_matrix(turn @ matrix_from_rotvec(performance.params.global_orient.double())).float()
    root = head.rest_joints(performance.params)[:, 0].numpy().astype(np.float64)
    return replace(performance.params, global_orient=orient), (root + performance.sway) @ view.rotation.T - root


class ViewSynthesiser(FaceSynthesiser):
    """Renders clips of several views: one person, one light, one room a camera; all cameras at the same moments."""

    def frames(
        self, seed: int, performance: Performance, views: tuple[View, ...], starts: tuple[int, ...]
    ) -> Iterator[tuple[int, int, NDArray[np.uint8]]]:
        """Pictures (H, W, 3) RGB with the moment and the number of their view, moment by moment.

        Parameters
        ----------
        starts
            The first moment that each view sees.
        """
        look = person_look(self.head, seed, performance)
        lights = sample_lights(np.random.default_rng([seed, 31]))
        rooms = [background(np.random.default_rng([seed, 32, k]), self._fine) for k in range(len(views))]
        turned = [turn_lights(lights, view.rotation) for view in views]
        for start in range(0, len(performance.params), _CHUNK):
            heads, _, _ = self._pose(performance.params[start : start + _CHUNK])
            for moment, head in enumerate(heads, start):
                rng = np.random.default_rng([seed, 33])  # the same clothes at every moment
                subject = dress(rng, head, look, self._skin, self._faces, self._neck, "none")
                for k, view in enumerate(views):
                    if moment < starts[k]:
                        continue
                    picture = rooms[k].copy()
                    seen = turn_subject(subject, view.rotation, view.rotation @ performance.sway[moment])
                    self._stage.draw(picture, seen, look, turned[k], view.pinhole)
                    yield moment, k, self._taken(np.random.default_rng([seed, 34, moment, k]), picture, look, view)

    def _taken(
        self, rng: np.random.Generator, picture: NDArray[np.float32], look: Look, view: View
    ) -> NDArray[np.uint8]:
        """A drawn square as the camera stores it: a little noise, and only the middle."""
        small = cv2.resize(picture, (self.size, self.size), interpolation=cv2.INTER_AREA)
        column, row = view.cut
        small = small[row : row + view.height, column : column + view.width]
        noisy = small + 0.006 * rng.standard_normal(small.shape, np.float32)
        stored: NDArray[np.uint8] = (np.clip(noisy, 0, 1) * 255 + 0.5).astype(np.uint8)
        return stored


def person_look(head: HeadModel, seed: int, performance: Performance) -> Look:
    """The first look of the seed that hides neither eyes nor mouth."""
    age, female = age_and_sex(performance.params.shape[0].numpy(), head.data.phenotypes)
    rng = np.random.default_rng([seed, 30])
    look = sample_look(rng, age, female)
    while look.glasses == "dark":
        look = sample_look(rng, age, female)
    return look

"""Cameras around a synthetic head: the rigs of one, three and seven views, and the world as each of them sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.training.synth.lighting import Lights
from neuface_core.training.synth.pinhole import Pinhole
from neuface_core.training.synth.scene import Subject

Floats = NDArray[np.float64]

RIGS: dict[int, tuple[tuple[str, float, float], ...]] = {
    1: (("front", 0, 0),),
    3: (("front", 0, 0), ("left_30", 30, 0), ("right_30", -30, 0)),
    7: (
        ("front", 0, 0),
        ("left_30", 30, 0),
        ("left_60", 60, 0),
        ("right_30", -30, 0),
        ("right_60", -60, 0),
        ("top", 0, 30),
        ("down", 0, -30),
    ),
}
"""Name of each view, where its camera stands: degrees to the subject's left, degrees above the eyes (MEAD's rig)."""

_HALF_M = 0.19
"""Half of what the shorter side of a picture shows at the head, metres."""


@dataclass(frozen=True)
class View:
    """One camera.

    Attributes
    ----------
    name
        Also the name of its video.
    rotation : (3, 3) float64
        Turns the world (the model frame of a head that looks at the front camera) into the frame of this camera, about
        the origin.
    distance_m, focal_px, principal_px
        A point (x, y, z) in the frame of the camera lies at pixel ``principal + focal (x, -y) / (distance - z)``.
    width, height
        Of the pictures, pixels.
    """

    name: str
    rotation: Floats
    distance_m: float
    focal_px: float
    principal_px: Floats
    width: int
    height: int

    @property
    def side(self) -> int:
        """Side of the square that is drawn, of which the picture is the middle."""
        return max(self.width, self.height)

    @property
    def cut(self) -> NDArray[np.int64]:
        """Columns and rows of the square that are cut off before the picture begins."""
        return np.array([self.side - self.width, self.side - self.height]) // 2

    @property
    def pinhole(self) -> Pinhole:
        """The camera of the square."""
        half = self.distance_m / self.focal_px * self.side / 2
        shift = half * (1 - (self.principal_px + self.cut + 0.5) * 2 / self.side)
        return Pinhole(self.distance_m, shift, half)

    def project(self, points: NDArray[np.floating]) -> Floats:
        """Points (..., 3) in the frame of the camera to pixels (..., 2)."""
        depth = self.distance_m - points[..., 2:]
        return np.asarray(self.principal_px + self.focal_px * points[..., :2] * [1.0, -1.0] / depth)


def rig(seed: int, views: int, width: int, height: int) -> tuple[View, ...]:
    """The cameras of a rig, placed as inexactly as people place tripods; the same seed gives the same ones.

    Raises
    ------
    KeyError
        When there is no rig of so many views.
    """
    return tuple(
        _place(np.random.default_rng([seed, 21, number]), name, yaw, height_deg, width, height)
        for number, (name, yaw, height_deg) in enumerate(RIGS[views])
    )


def _place(rng: np.random.Generator, name: str, yaw: float, height_deg: float, width: int, height: int) -> View:
    yaw, height_deg = yaw + rng.normal(0, 1.5), height_deg + rng.normal(0, 1.5)
    # First the camera comes to the front, then down to the eyes; last it is held a little askew.
    rotation = Rotation.from_euler("YXZ", [-yaw, 0, 0], degrees=True)
    rotation = Rotation.from_euler("XZ", [height_deg, rng.normal(0, 1.0)], degrees=True) * rotation
    distance = float(np.exp(rng.uniform(np.log(1.1), np.log(1.8))))
    half = _HALF_M * float(np.exp(rng.normal(0, 0.04))) * max(width, height) / min(width, height)
    focal = distance / half * max(width, height) / 2
    aim = np.array([0.0, 0.012]) + rng.normal(0, 0.006, 2)
    principal = np.array([width, height]) / 2 - 0.5 - focal * aim / distance
    return View(name, rotation.as_matrix(), distance, float(focal), principal, width, height)


def turn_subject(subject: Subject, rotation: Floats, shift: Floats) -> Subject:
    """The person as a camera sees it: turned by `rotation` (3, 3) about the origin, then moved by `shift` (3,)."""

    def moved(points: Floats) -> Floats:
        return np.asarray(points @ rotation.T + shift)

    return replace(
        subject,
        vertices=moved(subject.vertices),
        solids=[solid.moved(rotation, np.zeros(3), shift) for solid in subject.solids],
        lashes=[replace(lash, lines=moved(lash.lines)) for lash in subject.lashes],
        up=rotation @ subject.up,
        eyes=moved(subject.eyes),
    )


def turn_lights(lights: Lights, rotation: Floats) -> Lights:
    """Lights that stay where they are in the room, in the frame of a camera."""
    return replace(
        lights,
        surround=(_turned_harmonics(rotation) @ lights.surround).astype(np.float32),
        directions=(lights.directions @ rotation.T).astype(np.float32),
    )


def _turned_harmonics(rotation: Floats) -> Floats:
    """What turns coefficients (9, ...) of `Lights.surround`: the turned function is one of the same basis."""
    rng = np.random.default_rng(0)
    ways = rng.standard_normal((64, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    return np.asarray(np.linalg.pinv(_harmonics(ways)) @ _harmonics(ways @ rotation))


def _harmonics(way: Floats) -> Floats:
    """The basis of `Lights.surround` (N, 9) in directions (N, 3); a test holds it to the renderer's."""
    x, y, z = way.T
    return np.stack([np.ones_like(x), x, y, z, x * y, y * z, (3 * z * z - 1) / 2, x * z, (x * x - y * y) / 2], axis=1)

"""Cameras of other tools: weak perspective in pixels, pinhole, and weak perspective in a square that is not known yet.

All take points of the posed head (`HeadModel.forward`: metres, +y up, turned by the global orientation) to pixels of
the frame, with the centre of the first pixel at (0, 0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Doubles = NDArray[np.float64]
Rows = NDArray[np.bool_] | NDArray[np.integer] | slice
LOOKING = np.diag([1.0, -1.0, -1.0])
"""R of a pinhole that looks at the face: OpenCV's axes have y down and z ahead, ours y up and z towards the camera."""
_NEWTON_STEPS = 20


@dataclass(frozen=True)
class WeakPerspective:
    """``pixel = centre + scale * (x, -y)``.

    Attributes
    ----------
    scale : (F,) float64
        Pixels a metre, > 0.
    centre : (F, 2) float64
        Pixel of the origin of the model frame.
    """

    scale: Doubles
    centre: Doubles

    @property
    def n_rows(self) -> int:
        return len(self.scale)

    def rows(self, index: Rows) -> WeakPerspective:
        """Some of the F frames."""
        return WeakPerspective(self.scale[index], self.centre[index])

    def project(self, points: NDArray[np.floating]) -> Doubles:
        """Pixels (F, P, 2) of points (F, P, 3)."""
        flat = np.asarray(points, np.float64)[..., :2] * [1.0, -1.0]
        return np.asarray(self.centre[:, None] + self.scale[:, None, None] * flat, np.float64)

    @classmethod
    def of_crop(cls, camera: NDArray[np.floating], centre: NDArray[np.floating], size: NDArray[np.floating]) -> Self:
        """From DECA's [s, tx, ty] (F, 3) in squares around `centre` (F, 2), `size` (F,) pixels wide."""
        scale = np.asarray(camera, np.float64)[:, 0] * np.asarray(size, np.float64) / 2
        shift = np.asarray(camera, np.float64)[:, 1:] * [1.0, -1.0]
        return cls(scale, np.asarray(centre, np.float64) + scale[:, None] * shift)

    def in_crop(self, centre: NDArray[np.floating], size: NDArray[np.floating]) -> Doubles:
        """Inverse of `of_crop`: [s, tx, ty] (F, 3) in these squares."""
        shift = (self.centre - centre) / self.scale[:, None] * [1.0, -1.0]
        return np.column_stack([2 * self.scale / np.asarray(size, np.float64), shift])


@dataclass(frozen=True)
class Pinhole:
    """``pixel = K (R x + t)``, divided by depth; OpenCV's axes: x right, y down, z ahead.

    Attributes
    ----------
    intrinsics, rotation : (F, 3, 3) float64
        K in pixels, and R.
    translation : (F, 3) float64
        Metres.
    """

    intrinsics: Doubles
    rotation: Doubles
    translation: Doubles

    @property
    def n_rows(self) -> int:
        return len(self.translation)

    def rows(self, index: Rows) -> Pinhole:
        """Some of the F frames."""
        return Pinhole(self.intrinsics[index], self.rotation[index], self.translation[index])

    @property
    def upright(self) -> bool:
        """Whether it looks along -z of the model frame, +y up: the head is posed as the camera sees it."""
        return bool(np.abs(self.rotation - LOOKING).max(initial=0.0) < 1e-6)

    def project(self, points: NDArray[np.floating]) -> Doubles:
        """Pixels (F, P, 2) of points (F, P, 3)."""
        seen = np.asarray(points, np.float64) @ np.swapaxes(self.rotation, -1, -2) + self.translation[:, None]
        homogeneous = seen @ np.swapaxes(self.intrinsics, -1, -2)
        return np.asarray(homogeneous[..., :2] / homogeneous[..., 2:], np.float64)


@dataclass(frozen=True)
class InCrop:
    """DECA's weak perspective in crop coordinates; which square of the frame the crop was, the file does not say.

    Attributes
    ----------
    camera : (F, 3) float64
        [s, tx, ty]: crop (x, y) = (s (X + tx), -s (Y + ty)).
    """

    camera: Doubles

    @property
    def n_rows(self) -> int:
        return len(self.camera)

    def rows(self, index: Rows) -> InCrop:
        """Some of the F frames."""
        return InCrop(self.camera[index])


Camera = WeakPerspective | Pinhole | InCrop


def nearest_weak(pixels: NDArray[np.floating], points: NDArray[np.floating]) -> tuple[WeakPerspective, Doubles]:
    """The weak perspective that puts points nearest to pixels, in the least-squares sense, frame by frame.

    Parameters
    ----------
    pixels : (F, P, 2)
        NaN where a point is not known; at least two of each frame are.
    points : (F, P, 3)
        Of the posed head, metres.

    Returns
    -------
    The camera (NaN in frames with fewer than two points), and what is left, (F,): root mean square distance in pixels.
    """
    target = np.asarray(pixels, np.float64)
    flat = np.asarray(points, np.float64)[..., :2] * [1.0, -1.0]
    known = np.isfinite(target).all(-1, keepdims=True)
    count = known.sum(1)
    target, flat = np.where(known, target, 0.0), np.where(known, flat, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_target, mean_flat = target.sum(1) / count, flat.sum(1) / count
        a, b = np.where(known, flat - mean_flat[:, None], 0.0), np.where(known, target - mean_target[:, None], 0.0)
        scale = np.where(count[:, 0] > 1, (a * b).sum((1, 2)) / (a * a).sum((1, 2)), np.nan)
        left = np.sqrt(((b - scale[:, None, None] * a) ** 2).sum((1, 2)) / count[:, 0])
    return WeakPerspective(scale, mean_target - scale[:, None] * mean_flat), left


def pinhole_like(weak: WeakPerspective, points: NDArray[np.floating], intrinsics: Doubles) -> Pinhole:
    """The upright pinhole whose `nearest_weak` over these points is `weak`: the way back from weak perspective.

    Parameters
    ----------
    points : (F, P, 3)
        Of the posed head, metres; the same that the way back is measured on.
    intrinsics : (F, 3, 3)
        K in pixels, one focal length.

    Notes
    -----
    Three equations for three unknowns of every frame, solved by Newton's method from where the points' centre is right.
    """
    x = np.asarray(points, np.float64)
    k = np.asarray(intrinsics, np.float64)
    rotation = np.broadcast_to(LOOKING, k.shape)

    def camera(at: Doubles) -> Pinhole:
        return Pinhole(k, rotation, at)

    def seen(at: Doubles) -> Doubles:
        found, _ = nearest_weak(camera(at).project(x), x)
        return np.column_stack([np.log(found.scale), found.centre / found.scale[:, None]])

    wanted = np.column_stack([np.log(weak.scale), weak.centre / weak.scale[:, None]])
    depth = k[:, 0, 0] / weak.scale
    shift = (weak.centre - k[:, :2, 2]) / weak.scale[:, None]
    at = np.column_stack([shift, depth + x[..., 2].mean(1)])
    for _ in range(_NEWTON_STEPS):
        error = seen(at) - wanted
        if np.abs(error).max(initial=0.0) < 1e-13:
            break
        slopes = [(seen(at + step) - seen(at - step)) / 2e-5 for step in np.eye(3) * 1e-5]
        at = at - np.linalg.solve(np.stack(slopes, axis=-1), error[..., None])[..., 0]
    return camera(at)


def upright(pinhole: Pinhole, orient: NDArray[np.floating], root: NDArray[np.floating]) -> tuple[Doubles, Pinhole]:
    """A turned camera as a turned head: the same pixels, with a camera that looks along -z.

    Parameters
    ----------
    orient : (F, 3)
        Global orientation of the head, axis-angle.
    root : (F, 3)
        The joint about which it turns, metres.

    Returns
    -------
    Global orientation (F, 3) as the camera sees it, and the camera.
    """
    turn = Rotation.from_matrix(LOOKING @ pinhole.rotation) * Rotation.from_rotvec(np.asarray(orient, np.float64))
    joint = np.asarray(root, np.float64)
    moved = np.einsum("fij,fj->fi", pinhole.rotation - LOOKING, joint) + pinhole.translation
    rotation = np.broadcast_to(LOOKING, pinhole.rotation.shape)
    return turn.as_rotvec(), Pinhole(pinhole.intrinsics, rotation, moved)

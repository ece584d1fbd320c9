"""The skeleton of a clip: five joints whose turns, and where needed shifts, give exactly what `HeadModel` computes.

`HeadModel` turns each joint about its place at rest, which follows identity and expression of the frame, while a glTF
skin is bound once. A node that turns by R about p while it was bound at b stands at p + R (b - p), seen from its parent
at that one's b: with that translation the skin's matrices are those of the head model for any p.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.heads.data import JOINTS
from neuface_core.heads.flame_arrays import PARENTS
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

Floats = NDArray[np.float32]

_STILL_M, _STILL = 1e-7, 1e-7
_SLIGHT_WEIGHT = 2e-5
"""What a fifth joint may hold of a vertex before it counts: a hundredth of a hair's breadth."""


@dataclass(frozen=True)
class Rig:
    """Joints in the order of `JOINTS`, over N frames.

    Attributes
    ----------
    bound : (5, 3) float32
        Where the joints are when the skin is bound, metres.
    at_rest : (5, 3) float32
        Translation of each node when nothing turns: from the parent's place.
    rotations : (N, 5, 4) float32
        Unit quaternions x, y, z, w; neighbours in time on the same side.
    translations : (N, 5, 3) float32
        Of each node in each frame.
    """

    bound: Floats
    at_rest: Floats
    rotations: Floats
    translations: Floats

    def turning(self) -> list[int]:
        """Joints that turn in some frame."""
        return np.flatnonzero(np.abs(self.rotations[..., :3]).max(axis=(0, 2)) > _STILL).tolist()

    def shifting(self) -> list[int]:
        """Joints whose nodes do not stay at their distance from the parent."""
        return np.flatnonzero(np.abs(self.translations - self.at_rest).max(axis=(0, 2)) > _STILL_M).tolist()


@torch.no_grad()
def clip_rig(head: HeadModel, params: HeadParams, mean_shape: Floats) -> Rig:
    """The joints of the frames `params`, bound on the head of the identity `mean_shape` (n_shape,) at rest."""
    neutral = head.neutral(1)
    neutral.shape[:] = torch.as_tensor(mean_shape, device=head.device)
    bound = head.rest_joints(neutral).double().cpu().numpy()[0]
    places = head.rest_joints(params).double().cpu().numpy()
    arrays = params.to_arrays()
    turns = [arrays[name] for name in ("global_orient", "neck_pose", "jaw_pose", "eye_pose")]
    vectors = np.concatenate(turns, axis=1).reshape(-1, len(JOINTS), 3).astype(np.float64)
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3))
    from_parent = np.where(np.array(PARENTS)[:, None] < 0, 0.0, bound[list(PARENTS)])
    turned = rotations.apply((bound - places).reshape(-1, 3)).reshape(places.shape)
    return Rig(
        bound.astype(np.float32),
        (bound - from_parent).astype(np.float32),
        _one_side(rotations.as_quat().reshape(-1, len(JOINTS), 4)).astype(np.float32),
        (places - from_parent + turned).astype(np.float32),
    )


def skin_columns(weights: Floats) -> list[tuple[NDArray[np.uint8], Floats]]:
    """Joints and weights of (V, 5) skin weights, in sets of four a vertex: two where some vertex hangs on all five."""
    order = np.argsort(-weights, axis=1, kind="stable")
    sorted_weights = np.take_along_axis(weights.astype(np.float64), order, axis=1)
    count = 4 if sorted_weights[:, 4:].max(initial=0.0) <= _SLIGHT_WEIGHT else 8
    padded = np.zeros((len(weights), count))
    joints = np.zeros((len(weights), count), np.uint8)
    width = min(count, weights.shape[1])
    padded[:, :width], joints[:, :width] = sorted_weights[:, :width], order[:, :width]
    # glTF wants joint 0 where nothing hangs on it, and weights that add up to 1.
    joints[padded == 0] = 0
    padded /= padded.sum(axis=1, keepdims=True)
    return [(joints[:, k : k + 4].copy(), padded[:, k : k + 4].astype(np.float32)) for k in range(0, count, 4)]


def _one_side(quaternions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same rotations (N, J, 4) without jumps of the sign from one frame to the next."""
    flips = np.sign((quaternions[1:] * quaternions[:-1]).sum(axis=-1))
    signs = np.cumprod(np.concatenate([np.ones((1, quaternions.shape[1])), np.where(flips < 0, -1.0, 1.0)]), axis=0)
    return np.asarray(quaternions * signs[..., None], np.float64)

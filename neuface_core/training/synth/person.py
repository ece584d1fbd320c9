"""Puts a synthetic person together: the posed head with its hair, teeth, lashes, and what it wears."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.training.synth.hair import Profile, hair_solids, scalp_swelling
from neuface_core.training.synth.look import Look
from neuface_core.training.synth.mouth import teeth
from neuface_core.training.synth.occluders import occluder
from neuface_core.training.synth.paint import beard_share
from neuface_core.training.synth.scene import Lash, Subject
from neuface_core.training.synth.skin_map import SkinMap, vertex_normals
from neuface_core.training.synth.solids import Floats, Solid
from neuface_core.training.synth.worn import clothes, surgical_mask, worn_solids

Rng = np.random.Generator

_OPEN_LID_M = 0.008
# Outer to inner corner of the subject's right eye on the detector's mesh, and the same on the left.
_LIDS = {
    "upper": ((33, 246, 161, 160, 159, 158, 157, 173, 133), (263, 466, 388, 387, 386, 385, 384, 398, 362)),
    "lower": ((33, 7, 163, 144, 145, 153, 154, 155, 133), (263, 249, 390, 373, 374, 380, 381, 382, 362)),
}


@dataclass(frozen=True)
class PosedHead:
    """One head's truth, from which it is drawn; metres.

    Attributes
    ----------
    local : (V, 3), landmarks : (68, 3), dense : (P, 3)
        As the head looks ahead, with its expression.
    resting : (68, 3)
        Landmarks without expression and with the jaw shut.
    orient, jaw : (3,)
        Axis-angle, radians.
    root, jaw_joint : (3,)
        What they turn about.
    eyes : (2, 3)
        Centres of the eyeballs, as the head looks ahead.
    """

    local: Floats
    landmarks: Floats
    dense: Floats
    resting: Floats
    orient: Floats
    jaw: Floats
    root: Floats
    jaw_joint: Floats
    eyes: Floats

    @property
    def rotation(self) -> Floats:
        """(3, 3)."""
        return np.asarray(Rotation.from_rotvec(self.orient).as_matrix())

    def pose(self, points: Floats) -> Floats:
        """Points (..., 3) of the head that looks ahead, turned as the head is."""
        return np.asarray((points - self.root) @ self.rotation.T + self.root)


def dress(
    rng: Rng, head: PosedHead, look: Look, skin: SkinMap, faces: NDArray[np.int64], neck: NDArray[np.bool_], thing: str
) -> Subject:
    """Everything that is drawn of one person.

    Parameters
    ----------
    rng
        For what belongs to the moment: clothes, and the occluder `thing` (a word of `attributes.OCCLUDERS`).
    neck : (V,)
        Vertices of the neck.
    """
    drawn = head.local + vertex_normals(head.local, faces) * _standing_off(look, skin, thing)[:, None]
    ears, neck_part = skin.vertex[:, skin.column("ears")] > 0.5, skin.vertex[:, skin.column("neck")] > 0.5
    profile = Profile.of(drawn[~ears & ~neck_part])
    bare = Profile.of(head.local[~ears & ~neck_part])
    if look.hair_style in ("medium", "long") or look.hat == "scarf":  # hair and cloth press the ears to the head
        side = np.sign(drawn[ears, 0])
        drawn[ears, 0] -= side * np.clip(np.abs(drawn[ears, 0]) - 0.071, 0, None) * 0.75
    solids: list[Solid] = [
        *hair_solids(look, profile, bare),
        *worn_solids(look, profile, head.landmarks),
    ]
    if not skin.vertex[:, skin.column("teeth")].any():
        solids += teeth(look, head.resting, Rotation.from_rotvec(head.jaw).as_matrix(), head.jaw_joint)
    if thing == "mask":
        solids += surgical_mask(rng, head.landmarks)
    posed = [solid.moved(head.rotation, head.root) for solid in solids]
    if rng.random() < 0.97:
        ring = head.local[neck]
        end = head.pose(ring[ring[:, 1] < np.quantile(ring[:, 1], 0.15)].mean(axis=0))
        forward = head.rotation[:, 2]
        yaw = float(np.arctan2(forward[0], forward[2]))
        posed += clothes(rng, look, end, yaw * float(rng.uniform(0.1, 0.9)) + float(rng.normal(0, 0.15)))
    if thing not in ("none", "mask"):
        posed += occluder(rng, thing, look, head.pose(head.landmarks))
    right, left = (float(np.linalg.norm(head.dense[a] - head.dense[b])) for a, b in ((159, 145), (386, 374)))
    lids = min(right / _OPEN_LID_M, 1.0), min(left / _OPEN_LID_M, 1.0)
    return Subject(head.pose(drawn), posed, _lashes(look, head), head.rotation[:, 1], lids, head.pose(head.eyes))


def _standing_off(look: Look, skin: SkinMap, thing: str) -> NDArray[np.float32]:
    """Metres (V,) that hair and beard lift the drawn surface."""
    lift = scalp_swelling(look, skin)
    if look.beard_style in ("full", "goatee") and thing != "mask":
        share = beard_share(look, skin, skin.vertex[:, :3], skin.vertex[:, skin.column("lips")])
        rng = np.random.default_rng([look.seed, 4])
        hidden = (
            skin.vertex[:, skin.column("inner_mouth")]
            + skin.vertex[:, skin.column("teeth")]
            + skin.vertex[:, skin.column("tongue")]
            > 0
        )
        lift = np.where(hidden, lift, np.maximum(lift, share * float(rng.uniform(0.0015, 0.009))))
    return lift.astype(np.float32)


def _lashes(look: Look, head: PosedHead) -> list[Lash]:
    rng = np.random.default_rng([look.seed, 5])
    colour = (look.hair * 0.3).astype(np.float32)
    lashes = []
    for lid, count, length, sign in (
        ("upper", 26, look.lash_length_m, 1.0),
        ("lower", 18, look.lash_length_m * 0.5, -1.0),
    ):
        for side, rim, other in zip(
            (-1.0, 1.0), _LIDS[lid], _LIDS["lower" if lid == "upper" else "upper"], strict=True
        ):
            place = np.linspace(0.06, 0.94, count) * (len(rim) - 1)
            points = head.dense[list(rim)]
            root = np.stack([np.interp(place, np.arange(len(rim)), points[:, k]) for k in range(3)], axis=1)
            # With the lid down the lashes point down and ahead, with the eye open ahead and up.
            opening = float(np.linalg.norm(head.dense[rim[4]] - head.dense[other[4]]))
            rise = sign * np.clip(opening / 0.008 - 0.55, -0.7, 0.8)
            fan = (0.5 - np.linspace(0, 1, count)) * 1.1 * side
            way = np.stack([fan, np.full(count, rise), np.full(count, 0.75)], axis=1)
            way /= np.linalg.norm(way, axis=1, keepdims=True)
            own = length * rng.uniform(0.6, 1.1, count)[:, None] * (0.6 + 0.4 * np.linspace(1, 0, count))[:, None]
            curl = np.array([0.0, 0.35 * sign * (1 if opening > 0.004 else 0.4), 0.0]) * own
            lines = np.stack([root, root + way * own * 0.55, root + way * own + curl], axis=1)
            lashes.append(Lash(head.pose(lines), look.lash * (1.0 if lid == "upper" else 0.5), colour, 0.0007))
    return lashes

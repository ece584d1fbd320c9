"""Plays a GLB back with plain numpy, by the text of glTF 2.0 alone: nothing here knows how ours is written."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Player:
    """A GLB with one skinned mesh of one primitive."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        magic, version, length = struct.unpack_from("<4sII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        chunks, at = {}, 12
        while at < length:
            size, kind = struct.unpack_from("<I4s", data, at)
            chunks[kind] = data[at + 8 : at + 8 + size]
            at += 8 + size
        self.document: dict[str, Any] = json.loads(chunks[b"JSON"])
        self._binary = chunks[b"BIN\0"]
        self.primitive = self.document["meshes"][0]["primitives"][0]
        self.animation = self.document["animations"][0]
        self._parents = {c: n for n, node in enumerate(self.document["nodes"]) for c in node.get("children", [])}
        attributes = self.primitive["attributes"]
        sets = [name.removeprefix("JOINTS_") for name in attributes if name.startswith("JOINTS_")]
        self._joints = np.concatenate([self.accessor(attributes[f"JOINTS_{n}"]) for n in sets], axis=1)
        self._weights = np.concatenate([self.accessor(attributes[f"WEIGHTS_{n}"]) for n in sets], axis=1)
        self._base = self.accessor(attributes["POSITION"])
        self._targets = [self.accessor(target["POSITION"]) for target in self.primitive.get("targets", [])]

    @property
    def faces(self) -> np.ndarray:
        return self.accessor(self.primitive["indices"]).reshape(-1, 3).astype(int)

    def accessor(self, number: int) -> np.ndarray:
        """(count, width) of an accessor, sparse ones filled in."""
        about = self.document["accessors"][number]
        width, kind = _WIDTHS[about["type"]], _TYPES[about["componentType"]]
        if "bufferView" in about:
            values = self._view(about["bufferView"], about.get("byteOffset", 0), kind, about["count"] * width)
        else:
            values = np.zeros(about["count"] * width, kind)
        values = values.reshape(-1, width).astype(float if kind == "<f4" else int)
        if sparse := about.get("sparse"):
            rows = self._view(
                sparse["indices"]["bufferView"], 0, _TYPES[sparse["indices"]["componentType"]], sparse["count"]
            )
            assert (np.diff(rows.astype(int)) > 0).all()
            values[rows] = self._view(sparse["values"]["bufferView"], 0, kind, len(rows) * width).reshape(-1, width)
        return values

    def _view(self, number: int, offset: int, kind: str, count: int) -> np.ndarray:
        view = self.document["bufferViews"][number]
        return np.frombuffer(self._binary, kind, count, view.get("byteOffset", 0) + offset)

    def pose(self, time: float) -> dict[tuple[int, str], np.ndarray]:
        """Every animated property at `time`, by node and path."""
        found = {}
        for channel in self.animation["channels"]:
            sampler = self.animation["samplers"][channel["sampler"]]
            times = self.accessor(sampler["input"])[:, 0]
            values = self.accessor(sampler["output"])
            if channel["target"]["path"] == "weights":
                values = values.reshape(len(times), -1)
            time = float(np.clip(time, times[0], times[-1]))
            low = max(int(np.searchsorted(times, time + 1e-9, side="right")) - 1, 0)
            high = min(low + 1, len(times) - 1)
            share = (time - times[low]) / (times[high] - times[low]) if high > low else 0.0
            share = 0.0 if sampler["interpolation"] == "STEP" else share
            mixed = (1 - share) * values[low] + share * values[high]
            if channel["target"]["path"] == "rotation":
                mixed /= np.linalg.norm(mixed)
            found[channel["target"]["node"], channel["target"]["path"]] = mixed
        return found

    def vertices(self, time: float) -> np.ndarray:
        """(P, 3) of the mesh at `time`."""
        pose = self.pose(time)
        mesh_node = next(n for n, node in enumerate(self.document["nodes"]) if "mesh" in node)
        points = self._base.copy()
        weights = pose.get((mesh_node, "weights"), np.zeros(len(self._targets)))
        for weight, target in zip(weights, self._targets, strict=True):
            points += weight * target
        skin = self.document["skins"][0]
        inverse = self.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        matrices = np.stack([self._world(node, pose) for node in skin["joints"]]) @ inverse
        blended = (matrices[self._joints] * self._weights[..., None, None]).sum(axis=1)
        return (blended @ np.append(points, np.ones((len(points), 1)), axis=1)[..., None])[:, :3, 0]

    def _world(self, number: int, pose: dict[tuple[int, str], np.ndarray]) -> np.ndarray:
        node = self.document["nodes"][number]

        def of(path: str, default: list[float]) -> np.ndarray:
            return np.asarray(pose.get((number, path), node.get(path, default)), float)

        x, y, z, w = of("rotation", [0, 0, 0, 1])
        turn = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        local = np.eye(4)
        local[:3, :3] = turn * of("scale", [1, 1, 1])
        local[:3, 3] = of("translation", [0, 0, 0])
        parent = self._parents.get(number)
        return local if parent is None else self._world(parent, pose) @ local

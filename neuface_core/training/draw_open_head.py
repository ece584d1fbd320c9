"""The two pictures of docs/open_head.md: ``python -m neuface_core.training.draw_open_head``.

Plain shading and no skin: what is shown is the head, not the renderer. The same bundle gives the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.geometry import matrix_from_rotvec, vertex_normals_np
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.raster import rasterise

Array = NDArray[np.float64]
Picture = NDArray[np.uint8]

_SUPERSAMPLE = 2
_BACKGROUND = 0.93
_SKIN = (0.80, 0.70, 0.63)
_COLOURS = {
    "lips": (0.72, 0.47, 0.45),
    "inner_mouth": (0.35, 0.12, 0.12),
    "tongue": (0.70, 0.35, 0.36),
    "teeth": (0.95, 0.94, 0.88),
    "eyes": (0.96, 0.96, 0.96),
}
_HAIR = (0.62, 0.54, 0.49)
_IRIS = (0.24, 0.27, 0.25)
_LIGHT = np.array([0.35, 0.45, 0.82])
_DOTS = {"jaw": (31, 119, 60), "brows": (180, 40, 40), "rest": (40, 70, 190)}


def draw(head: HeadModel, params: HeadParams, half_m: float, side: int) -> Picture:
    """One head (side, side, 3) in orthographic view; `half_m` metres from the middle to the edge."""
    vertices = head(params)[0].double().numpy()
    size = side * _SUPERSAMPLE
    scale, middle = size / (2 * half_m), (size - 1) / 2
    screen = (vertices - _centre(head, params)) * [scale, -scale, -1.0] + [middle, middle, 0.0]
    raster = rasterise(screen, head.faces, size, size, cull_back=True)
    normals = raster.interpolate(vertex_normals_np(vertices, head.faces), head.faces).astype(np.float64)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    shade = 0.42 + 0.58 * np.clip(normals @ (_LIGHT / np.linalg.norm(_LIGHT)), 0.0, 1.0)
    colours = raster.interpolate(_colours(head), head.faces)
    if head.data.hairline is not None:
        bare = head.vertex_masks["ears"] | head.vertex_masks["neck"]
        above = raster.interpolate(np.stack([head.data.hairline, bare], axis=1), head.faces)
        colours[(above[..., 0] > 0.0) & (above[..., 1] < 0.5)] = _HAIR
    picture = colours * shade[..., None]
    picture[~raster.hit] = _BACKGROUND
    small = cv2.resize(picture.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(np.round(255 * np.clip(small, 0.0, 1.0)), np.uint8)


def _centre(head: HeadModel, params: HeadParams) -> Array:
    """The middle of the mean head, turned as the head is: the picture's centre."""
    mean = head.data.mean.astype(np.float64)
    middle = (mean.min(0) + mean.max(0)) / 2 + [0.0, 0.012, 0.0]
    return np.asarray(matrix_from_rotvec(params.global_orient)[0].double().numpy() @ middle)


def _colours(head: HeadModel) -> NDArray[np.float32]:
    colours = np.tile(np.array(_SKIN, np.float32), (head.n_vertices, 1))
    for name, colour in _COLOURS.items():
        colours[head.vertex_masks[name]] = colour
    for name, joint in (("left_eye", 3), ("right_eye", 4)):
        ball = np.flatnonzero(head.vertex_masks[name])
        offset = head.data.mean[ball] - head.data.joints[joint]
        colours[ball[offset[:, 2] / np.linalg.norm(offset, axis=1) > 0.86]] = _IRIS
    return colours


def _turned(head: HeadModel, yaw_deg: float) -> HeadParams:
    params = head.neutral(1)
    params.global_orient[0, 1] = float(np.deg2rad(yaw_deg))
    return params


def sheet(head: HeadModel) -> Picture:
    """24 random people of the prior, from three sides in turn."""
    shapes = np.random.default_rng(24).normal(size=(24, head.n_shape))
    pictures = []
    for index, shape in enumerate(shapes):
        params = _turned(head, (0.0, 32.0, -55.0)[index % 3])
        params.shape[0] = torch.tensor(shape)
        pictures.append(draw(head, params, 0.165, 168))
    return np.vstack([np.hstack(pictures[row : row + 8]) for row in range(0, 24, 8)])


def landmarks(head: HeadModel) -> Picture:
    """The landmarks of three meanings from three sides: one row each for static, dynamic and open-v2."""
    side, half = 300, 0.150
    rows = []
    for kind in ("static", "dynamic", "open-v2"):
        row = []
        for yaw in (0.0, 35.0, 60.0):
            params = _turned(head, yaw)
            picture = draw(head, params, half, side)
            points = head.landmarks(params, kind)[0].double().numpy() - _centre(head, params)
            for index, (x, y, _) in enumerate(points):
                place = (round(16 * (side / 2 + x * side / (2 * half))), round(16 * (side / 2 - y * side / (2 * half))))
                colour = _DOTS["jaw" if index < 17 else "brows" if index < 27 else "rest"]
                cv2.circle(picture, place, 2 * 16, colour, -1, cv2.LINE_AA, shift=4)
            cv2.putText(
                picture, f"{kind} {yaw:.0f}", (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (60, 60, 60), 1, cv2.LINE_AA
            )
            row.append(picture)
        rows.append(np.hstack(row))
    return np.vstack(rows)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--head", type=Path, default=None, help="bundle; default: the open head")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    head = load_head(arguments.head)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, picture in (("open_head_people", sheet(head)), ("open_head_landmarks", landmarks(head))):
        path = arguments.out / f"{name}.png"
        cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()

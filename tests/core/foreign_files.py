"""Files in the exact formats of other tools, made from drawn parameters, with the pixels that the tool itself draws.

Everything is computed here with NumPy alone, from the tool's own conventions: FLAME vertex by vertex in double
precision, then the tool's projection formula. Nothing of the product is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.io import savemat
from scipy.spatial.transform import Rotation

Arrays = dict[str, NDArray[Any]]
POSES = ("global_orient", "neck_pose", "jaw_pose", "eye_pose")


@dataclass(frozen=True)
class Performance:
    """Parameters of F frames; `wide` has all of FLAME's coefficients, zeros behind those that are drawn."""

    shape: NDArray[np.float64]
    expression: NDArray[np.float64]
    poses: Arrays

    @property
    def frames(self) -> int:
        return len(self.expression)


def perform(frames: int = 6, n_shape: int = 300, n_expression: int = 100, seed: int = 5) -> Performance:
    """A head that turns and talks; neck and eyes move as well."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, frames)[:, None]
    poses = {
        "global_orient": np.hstack([0.1 * np.sin(3 * t), 0.4 * t - 0.2, 0.05 * np.cos(4 * t)]),
        "neck_pose": 0.05 * np.hstack([np.sin(2 * t), np.cos(t), t]),
        "jaw_pose": np.hstack([0.2 * np.abs(np.sin(6 * t)), 0.02 * t, 0 * t]),
        "eye_pose": 0.1 * np.tile(np.sin(5 * t), 6) * [1, 0.5, 0, 1, 0.5, 0],
    }
    shape = np.repeat(rng.normal(0, 0.8, (1, n_shape)), frames, axis=0)
    expression = rng.normal(0, 0.7, (1, n_expression)) * np.sin(4 * t) + rng.normal(0, 0.05, (frames, n_expression))
    return Performance(shape, expression, poses)


def flame_landmarks(entries: dict[str, Any], points: Arrays, performance: Performance) -> NDArray[np.float64]:
    """The 68 fixed landmarks (F, 68, 3) by FLAME's formula (FORMATS section 1.4)."""
    corners = entries["f"][points["full_faces"]]
    found = []
    for i in range(performance.frames):
        shape, expression = performance.shape[i], performance.expression[i]
        rest = entries["v_template"] + entries["shapedirs"][:, :, : len(shape)] @ shape
        rest = rest + entries["shapedirs"][:, :, 300 : 300 + len(expression)] @ expression
        joints = entries["J_regressor"] @ rest
        vectors = np.concatenate([performance.poses[name][i] for name in POSES]).reshape(5, 3)
        turns = Rotation.from_rotvec(vectors).as_matrix()
        rest = rest + entries["posedirs"] @ (turns[1:] - np.eye(3)).reshape(-1)
        placed: list[NDArray[np.float64]] = []
        posed = np.zeros_like(rest)
        for joint, parent in enumerate((-1, 0, 1, 1, 1)):
            about = np.eye(4)
            about[:3, :3] = turns[joint]
            about[:3, 3] = joints[joint] - turns[joint] @ joints[joint]
            placed.append(about if parent < 0 else placed[parent] @ about)
            posed += entries["weights"][:, joint, None] * (rest @ placed[joint][:3, :3].T + placed[joint][:3, 3])
        found.append(np.einsum("pci,pc->pi", posed[corners], points["full_weights"]))
    return np.stack(found)


# --- VHAP: OpenGL camera at (0, 0, 1), focal length over the longer side, pixels from the corner of the picture


def vhap_translation(performance: Performance) -> NDArray[np.float64]:
    t = np.linspace(0, 1, performance.frames)[:, None]
    return np.hstack([0.06 * t - 0.02, 0.03 * np.sin(3 * t), -0.15 + 0.1 * t])


def write_vhap(path: Path, performance: Performance, size: tuple[int, int], focal: float = 2.1, **more: Any) -> None:
    """As `save_result` of its tracker: float32, focal_length (1,), image_size (height, width)."""
    p = {name: values.astype(np.float32) for name, values in performance.poses.items()}
    np.savez(
        path,
        rotation=p["global_orient"],
        translation=vhap_translation(performance).astype(np.float32),
        neck_pose=p["neck_pose"],
        jaw_pose=p["jaw_pose"],
        eyes_pose=p["eye_pose"],
        shape=performance.shape[0].astype(np.float32),
        expr=performance.expression.astype(np.float32),
        timestep_id=np.array([f"{i:05d}" for i in range(performance.frames)]),
        n_processed_frames=np.array(performance.frames),
        focal_length=np.array([focal], np.float32),
        image_size=np.array(size[::-1]),
        static_offset=np.zeros((1, 5143, 3), np.float32),
        **more,
    )


def vhap_pixels(
    landmarks: NDArray[np.float64], translation: NDArray[np.float64], size: tuple[int, int], focal: float = 2.1
) -> NDArray[np.float64]:
    """Clip space, then the viewport: what its renderer rasterises. The centre of the first pixel is at 0 here."""
    world = landmarks + translation[:, None]
    x, y, z = np.moveaxis(world - np.array([0, 0, 1.0]), -1, 0)
    f, (w, h) = focal * max(size), size
    ndc = np.stack([2 * f / w * x / -z, 2 * f / h * y / -z], axis=-1)
    return (ndc * [1, -1] + 1) / 2 * np.array(size) - 0.5


# --- GaussianAvatars: one npz a frame, cameras as a NeRF data set


def write_gaussian_avatars(folder: Path, performance: Performance, size: tuple[int, int]) -> NDArray[np.float64]:
    """Two cameras beside the head; returns camera to world of each."""
    (folder / "flame_param").mkdir(parents=True)
    to_world = []
    for turn in (-0.5, 0.3):
        matrix = np.eye(4)
        matrix[:3, :3] = Rotation.from_rotvec([0, turn, 0]).as_matrix()
        matrix[:3, 3] = matrix[:3, :3] @ [0.02, 0.01, 1.1]
        to_world.append(matrix)
    rows = []
    for i in range(performance.frames):
        p = {name: values[i : i + 1].astype(np.float32) for name, values in performance.poses.items()}
        np.savez(
            folder / "flame_param" / f"{i:05d}.npz",
            translation=vhap_translation(performance)[i : i + 1].astype(np.float32),
            rotation=p["global_orient"],
            neck_pose=p["neck_pose"],
            jaw_pose=p["jaw_pose"],
            eyes_pose=p["eye_pose"],
            shape=performance.shape[0].astype(np.float32),
            expr=performance.expression[i : i + 1].astype(np.float32),
        )
        for camera, matrix in enumerate(to_world):
            rows.append(
                {
                    "timestep_index": i,
                    "camera_index": camera,
                    "camera_id": f"cam{camera}",
                    "file_path": f"images/{i:05d}_{camera:02d}.png",
                    "flame_param_path": f"flame_param/{i:05d}.npz",
                    "transform_matrix": matrix.tolist(),
                    **{"cx": size[0] / 2 + 3, "cy": size[1] / 2 - 2, "fl_x": 900.0, "fl_y": 900.0},
                    **{"w": size[0], "h": size[1]},
                }
            )
    train, test = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    (folder / "transforms_train.json").write_text(json.dumps({"frames": train}))
    (folder / "transforms_test.json").write_text(json.dumps({"frames": test}))
    return np.stack(to_world)


def gaussian_avatars_pixels(
    landmarks: NDArray[np.float64],
    translation: NDArray[np.float64],
    to_world: NDArray[np.float64],
    size: tuple[int, int],
) -> NDArray[np.float64]:
    world = landmarks + translation[:, None]
    seen = (world - to_world[:3, 3]) @ to_world[:3, :3]  # into the camera: x right, y up, -z ahead
    u = 900.0 * seen[..., 0] / -seen[..., 2] + size[0] / 2 + 3
    v = -900.0 * seen[..., 1] / -seen[..., 2] + size[1] / 2 - 2
    return np.stack([u, v], axis=-1) - 0.5


# --- metrical-tracker: pytorch3d's camera turns around the head; two rows of every rotation


def six(rotvec: NDArray[np.float64]) -> NDArray[np.float32]:
    return Rotation.from_rotvec(rotvec).as_matrix()[..., :2, :].reshape(1, 6).astype(np.float32)


def pytorch3d_camera(
    i: int, frames: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float, NDArray[np.float64]]:
    """R and T for row vectors, focal length and principal point in NDC: what the tracker optimises."""
    away = np.diag([-1.0, 1.0, -1.0])  # look_at_view_transform(dist=1)
    turn = Rotation.from_euler("yx", [0.3 - 0.5 * i / frames, 0.1]).as_matrix()
    return away @ turn, np.array([0.03 - 0.01 * i, 0.02, 1.05]), 5.2, np.array([0.04, -0.03])


def write_metrical(folder: Path, performance: Performance, size: int, evil: Any = None) -> None:
    """As `save_checkpoint`: `opencv` is what pytorch3d makes of its own camera."""
    (folder / "checkpoint").mkdir(parents=True)
    for i in range(performance.frames):
        r, t, focal, point = pytorch3d_camera(i, performance.frames)
        rows, half = r * [-1, -1, 1], size / 2
        k = np.array([[focal * half, 0, half - point[0] * half], [0, focal * half, half - point[1] * half], [0, 0, 1]])
        eyes = performance.poses["eye_pose"][i]
        frame = {
            "flame": {
                "exp": performance.expression[i : i + 1].astype(np.float32),
                "shape": performance.shape[i : i + 1].astype(np.float32),
                "tex": np.zeros((1, 140), np.float32),
                "sh": np.zeros((1, 9, 3), np.float32),
                "eyes": np.hstack([six(eyes[:3]), six(eyes[3:])]),
                "eyelids": np.array([[0.2, 0.1 * i]], np.float32),
                "jaw": six(performance.poses["jaw_pose"][i]),
            },
            "camera": {"R": six(np.zeros(3)), "t": t[None], "fl": np.array([[focal]]), "pp": point[None]},
            "opencv": {
                "R": rows.T[None].astype(np.float32),
                "t": (t * [-1, -1, 1])[None].astype(np.float32),
                "K": k[None].astype(np.float32),
            },
            "img_size": np.array([size, size]),
            "frame_id": f"{i:05d}",
            "global_step": 17 * i,
        }
        torch.save(frame if evil is None else frame | {"evil": evil}, folder / "checkpoint" / f"{i:05d}.frame")


def metrical_pixels(landmarks: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """`transform_points_screen` of pytorch3d: NDC with x to the left and y up, the picture from its corner."""
    found = []
    for i, points in enumerate(landmarks):
        r, t, focal, principal = pytorch3d_camera(i, len(landmarks))
        view = points @ r + t
        ndc = focal * view[:, :2] / view[:, 2:] + principal
        found.append((1 - ndc) * size / 2)
    return np.stack(found) - 0.5


# --- DECA, EMOCA, SMIRK and the released NeuFace: weak perspective in a crop


def deca_camera(frames: int) -> NDArray[np.float64]:
    t = np.linspace(0, 1, frames)
    return np.column_stack([7.5 + np.sin(3 * t), 0.01 * t, -0.02 + 0.01 * t])


def deca_tform(frames: int) -> NDArray[np.float64]:
    """From pixels of the frame to those of the crop: `estimate_transform` of the corners of a square."""
    t = np.linspace(0, 1, frames)
    size, centre = np.floor(210 + 20 * t), np.column_stack([300 + 30 * t, 170 + 10 * np.sin(4 * t)])
    found = np.zeros((frames, 3, 3))
    scale = 223 / size
    found[:, 0, 0] = found[:, 1, 1] = scale
    found[:, :2, 2] = -scale[:, None] * (centre - size[:, None] / 2)
    found[:, 2, 2] = 1
    return found


def deca_crop(landmarks: NDArray[np.float64], camera: NDArray[np.float64]) -> NDArray[np.float64]:
    """`batch_orth_proj`, then y turned over: crop coordinates in [-1, 1]."""
    moved = landmarks[..., :2] + camera[:, None, 1:]
    return camera[:, None, :1] * moved * [1, -1]


def deca_pixels(crop: NDArray[np.float64], tform: NDArray[np.float64]) -> NDArray[np.float64]:
    """`transform_points`: pixels of a crop of 224, then the transform backwards."""
    pixels = (crop * 0.5 + 0.5) * 224
    whole = np.concatenate([pixels, np.ones((*pixels.shape[:2], 1))], axis=-1)
    return (whole @ np.swapaxes(np.linalg.inv(tform), 1, 2))[..., :2]


def of_deca(performance: Performance) -> Performance:
    """The same without turns of neck and eyes, which DECA does not have."""
    still = {"neck_pose": np.zeros((performance.frames, 3)), "eye_pose": np.zeros((performance.frames, 6))}
    return Performance(performance.shape, performance.expression, {**performance.poses, **still})


def deca_pose(performance: Performance) -> NDArray[np.float32]:
    return np.hstack([performance.poses["global_orient"], performance.poses["jaw_pose"]]).astype(np.float32)


def write_deca(folder: Path, performance: Performance, *, tform: bool = True) -> None:
    """NAME/NAME.mat for every frame of a video, with the `codedict` beside what the demo saves."""
    camera, transforms = deca_camera(performance.frames), deca_tform(performance.frames)
    for i in range(performance.frames):
        name = f"talk_frame{i:04d}"
        (folder / name).mkdir(parents=True)
        row = {
            "shape": performance.shape[i : i + 1].astype(np.float32),
            "tex": np.zeros((1, 50), np.float32),
            "exp": performance.expression[i : i + 1].astype(np.float32),
            "pose": deca_pose(performance)[i : i + 1],
            "cam": camera[i : i + 1].astype(np.float32),
            "light": np.zeros((1, 9, 3), np.float32),
            "verts": np.zeros((1, 5023, 3), np.float32),
        }
        if tform:
            row["tform"] = transforms[i]
        savemat(folder / name / f"{name}.mat", row)


def write_emoca(folder: Path, performance: Performance) -> None:
    """FRAME_FACE/{shape,exp,tex,pose,detail}.npy; frames count from 1, and a second face is there once."""
    for i in range(performance.frames):
        for face in (0, 1) if i == 2 else (0,):
            row = folder / f"{i + 1:06d}_{face:03d}"
            row.mkdir(parents=True)
            np.save(row / "shape.npy", performance.shape[i].astype(np.float32))
            np.save(row / "exp.npy", performance.expression[i].astype(np.float32))
            np.save(row / "tex.npy", np.zeros(50, np.float32))
            np.save(row / "pose.npy", deca_pose(performance)[i])
            np.save(row / "detail.npy", np.zeros(128, np.float32))


def write_smirk(path: Path, performance: Performance) -> None:
    """The encoder's `outputs` of all frames, as torch saves them, with the transform of the crop."""
    frames = performance.frames
    torch.save(
        {
            "pose_params": torch.tensor(performance.poses["global_orient"], dtype=torch.float32),
            "cam": torch.tensor(deca_camera(frames), dtype=torch.float32),
            "shape_params": torch.tensor(performance.shape, dtype=torch.float32),
            "expression_params": torch.tensor(performance.expression, dtype=torch.float32),
            "eyelid_params": torch.full((frames, 2), 0.3),
            "jaw_params": torch.tensor(performance.poses["jaw_pose"], dtype=torch.float32),
            "tform": torch.tensor(deca_tform(frames)),
        },
        path,
    )


def write_release(
    path: Path, performance: Performance, landmarks: NDArray[np.float64], rows: NDArray[np.int64]
) -> None:
    """The released `params.npz`; `rows` are the frames of the performance, view after view of each moment."""
    np.savez(
        path,
        cam=deca_camera(performance.frames)[rows].astype(np.float32),
        pose=deca_pose(performance)[rows],
        expr=performance.expression[rows].astype(np.float32),
        shapes=performance.shape[rows].astype(np.float32),
        landmarks2d=landmarks.astype(np.float32),
    )

"""FLAME's formula in plain NumPy, vertex by vertex and joint by joint (FORMATS sections 1.4 and 2)."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams

POSES = ("global_orient", "neck_pose", "jaw_pose", "eye_pose")


def some_params(head: HeadModel, n: int, *, dtype: torch.dtype = torch.float32) -> HeadParams:
    """Heads whose yaw is nearest to one whole degree, from beyond one end of the contour's table to the other's."""
    rng = np.random.default_rng(3)

    def draw(width: int, size: float) -> torch.Tensor:
        return torch.tensor(size * rng.normal(size=(n, width)), dtype=dtype)

    yaw = np.round(np.linspace(-60, 60, n)) + rng.uniform(-0.4, 0.4, n)
    angles = np.stack([rng.uniform(-20, 20, n), yaw, rng.uniform(-30, 30, n)], axis=1)
    return HeadParams(
        shape=draw(head.n_shape, 1.0),
        expression=draw(head.n_expression, 1.0),
        global_orient=torch.tensor(Rotation.from_euler("xyz", angles, degrees=True).as_rotvec(), dtype=dtype),
        # Nodding only: it leaves FLAME's yaw alone, which smplx takes from the root without the neck.
        neck_pose=draw(3, 0.3) * torch.tensor([1.0, 0.0, 0.0], dtype=dtype),
        jaw_pose=draw(3, 0.3),
        eye_pose=draw(6, 0.3),
        camera=torch.tensor([[7.0, 0.01, -0.02]], dtype=dtype).expand(n, 3),
    )


def by_the_book(
    entries: dict[str, Any],
    head: HeadModel,
    params: HeadParams,
    i: int,
    eyelids: tuple[NDArray[np.float64], ...] = (),
) -> NDArray[np.float64]:
    """Vertices of head `i`, in double precision; the last coefficients of expression are those of the eyelids."""
    p = {name: value[i].double().numpy() for name, value in vars(params).items()}
    n_expression = head.n_expression - len(eyelids)
    rest = entries["v_template"] + entries["shapedirs"][:, :, : head.n_shape] @ p["shape"]
    rest = rest + entries["shapedirs"][:, :, 300 : 300 + n_expression] @ p["expression"][:n_expression]
    joints = entries["J_regressor"] @ rest
    for lid, closed in zip(eyelids, p["expression"][n_expression:], strict=True):
        rest = rest + closed * lid
    vectors = np.concatenate([p[name] for name in POSES]).reshape(5, 3)
    turns = Rotation.from_rotvec(vectors).as_matrix()
    rest = rest + entries["posedirs"] @ (turns[1:] - np.eye(3)).reshape(-1)
    placed: list[NDArray[np.float64]] = []
    result = np.zeros_like(rest)
    for joint, parent in enumerate((-1, 0, 1, 1, 1)):
        about = np.eye(4)
        about[:3, :3] = turns[joint]
        about[:3, 3] = joints[joint] - turns[joint] @ joints[joint]
        placed.append(about if parent < 0 else placed[parent] @ about)
        moved = rest @ placed[joint][:3, :3].T + placed[joint][:3, 3]
        result += entries["weights"][:, joint, None] * moved
    return result


def contour_by_the_book(
    entries: dict[str, Any], points: dict[str, NDArray[Any]], vertices: NDArray[np.float64], orient: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The 68 landmarks with the contour's row for a whole degree."""
    degrees = int(np.clip(np.round(Rotation.from_rotvec(orient).as_euler("xyz", degrees=True)[1]), -39, 39))
    row = degrees if degrees >= 0 else 39 - degrees
    faces = np.concatenate([points["dynamic_faces"][row], points["full_faces"][17:]])
    weights = np.concatenate([points["dynamic_weights"][row], points["full_weights"][17:]])
    return np.einsum("pci,pc->pi", vertices[entries["f"][faces]], weights)

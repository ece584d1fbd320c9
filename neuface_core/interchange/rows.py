"""From the arrays of one file to a `ForeignTrack`: sizes checked, rows that are no numbers left out and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from neuface_core.errors import TrackError
from neuface_core.interchange.cameras import Camera, WeakPerspective
from neuface_core.interchange.track import ForeignTrack

N_SHAPE, N_EXPRESSION = 300, 100
"""Most that FLAME has."""
CROP_PIXELS = 224
_WIDTHS = {"global_orient": 3, "neck_pose": 3, "jaw_pose": 3, "eye_pose": 6}


@dataclass(frozen=True)
class Parameters:
    """Parameters of F frames under our names, as a reader finds them; what is not there is zero.

    Attributes
    ----------
    shape : (F, n_shape), expression : (F, n_expression)
    poses
        Any of global_orient, neck_pose, jaw_pose (F, 3), eye_pose (F, 6); axis-angle.
    """

    shape: NDArray[np.floating]
    expression: NDArray[np.floating]
    poses: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)


def track_of(
    path: Path,
    system: str,
    release: str,
    frames: Sequence[int] | NDArray[np.integer],
    params: Parameters,
    camera: Camera | None,
    *,
    eyelids: NDArray[np.floating] | None = None,
    landmarks: NDArray[np.floating] | None = None,
    frame_names: Sequence[str] = (),
    notes: Sequence[str] = (),
    **rest: Any,
) -> ForeignTrack:
    """Check what was read of `path` and put it in the order of the frames.

    Parameters
    ----------
    release
        Of FLAME, as `load_head` knows it: "flame-2020".
    rest
        Further fields of `ForeignTrack`.

    Raises
    ------
    TrackError
        When there are more coefficients than FLAME has, a frame comes twice, or no row is of numbers.
    """
    for name, array, most in (
        ("identity", params.shape, N_SHAPE),
        ("expression", params.expression, N_EXPRESSION),
    ):
        if array.shape[1] > most:
            raise TrackError(
                f"The file has {array.shape[1]} coefficients of {name}; FLAME has at most {most}.",
                remedy="Tracks of other head models cannot be imported.",
                path=path,
            )
    numbers = np.asarray(frames, np.int64)
    arrays = {
        "shape": params.shape,
        "expression": params.expression,
        **{name: params.poses.get(name, np.zeros((len(numbers), width))) for name, width in _WIDTHS.items()},
    }
    good = np.logical_and.reduce([np.isfinite(array).all(axis=1) for array in arrays.values()])
    if camera is not None:
        good &= _finite(camera)
    order = np.argsort(numbers, kind="stable")
    order = order[good[order]]
    if not len(order):
        raise TrackError("No row of the file consists of numbers.", remedy="Track the clip again.", path=path)
    said = list(notes)
    if not good.all():
        first = int(numbers[np.flatnonzero(~good)[0]])
        said.append(f"{int((~good).sum())} of {len(good)} rows hold NaN (first: frame {first}) and were left out.")
    twice = np.flatnonzero(np.diff(numbers[order]) == 0)
    if len(twice):
        raise TrackError(
            f"Frame {numbers[order][twice[0]]} comes twice.",
            remedy="Put the files of one person of one clip into a folder of their own.",
            path=path,
        )
    chosen = {name: np.asarray(array[order], np.float32) for name, array in arrays.items()}
    return ForeignTrack(
        system=system,
        head=f"{release}:{params.shape.shape[1]},{params.expression.shape[1]}",
        frames=numbers[order],
        shape=chosen["shape"],
        expression=chosen["expression"],
        global_orient=chosen["global_orient"],
        neck_pose=chosen["neck_pose"],
        jaw_pose=chosen["jaw_pose"],
        eye_pose=chosen["eye_pose"],
        camera=None if camera is None else camera.rows(order),
        eyelids=None if eyelids is None else np.asarray(eyelids[order], np.float32),
        landmarks=None if landmarks is None else np.asarray(landmarks[order], np.float32),
        frame_names=tuple(np.asarray(frame_names)[order].tolist()) if len(frame_names) else (),
        notes=tuple(said),
        source=path,
        **rest,
    )


def axis_angle_of_6d(six: NDArray[np.floating]) -> NDArray[np.float64]:
    """Axis-angle (F, 3) of rotations whose matrix has these as its first two rows (F, 6), orthonormalised.

    Zhou et al., On the continuity of rotation representations, CVPR 2019; rows as in pytorch3d.
    """
    rows = np.asarray(six, np.float64).reshape(-1, 2, 3)
    first = rows[:, 0] / np.linalg.norm(rows[:, 0], axis=1, keepdims=True)
    second = rows[:, 1] - (first * rows[:, 1]).sum(1, keepdims=True) * first
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    turns = Rotation.from_matrix(np.stack([first, second, np.cross(first, second)], axis=1))
    return np.asarray(turns.as_rotvec(), np.float64)


def of_tform(camera: NDArray[np.floating], tform: NDArray[np.floating]) -> WeakPerspective:
    """DECA's camera [s, tx, ty] (F, 3) in pixels of the frame, by the transform from frame to crop pixels.

    Parameters
    ----------
    tform : (F, 3, 3)
        Similarity without rotation that takes frame pixels to pixels of a crop of 224 (skimage, DECA's `tform.params`);
        crop coordinates are ``pixel / 224 * 2 - 1``.
    """
    t = np.asarray(tform, np.float64)
    half = CROP_PIXELS / 2
    size = 2 * half / t[:, 0, 0]
    centre = (half - t[:, :2, 2]) / t[:, [0, 1], [0, 1]]
    return WeakPerspective.of_crop(camera, centre, size)


def deca_square(points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre (F, 2) and side (F,) of the squares that DECA's and NeuFace's loaders cut around 68 points (F, 68, 2).

    The box of the points, 1.1 times the mean of its sides, times 1.25, in whole pixels; the square's corners go to the
    centres of the first and the last of 224 pixels, while crop coordinates divide by 224: hence 224 / 223 and the half
    pixel (FORMATS section 3).
    """
    p = np.asarray(points, np.float64)
    low, high = p.min(axis=1), p.max(axis=1)
    side = np.floor((high - low).mean(axis=1) * 1.1 * 1.25)
    step = side / (CROP_PIXELS - 1)
    centre = (low + high) / 2
    return centre + (step * CROP_PIXELS / 2 - side / 2)[:, None], step * CROP_PIXELS


def _finite(camera: Camera) -> NDArray[np.bool_]:
    arrays = [np.asarray(value, np.float64) for value in vars(camera).values()]
    finite: NDArray[np.bool_] = np.logical_and.reduce([np.isfinite(a.reshape(len(a), -1)).all(axis=1) for a in arrays])
    return finite

"""A head out of the arrays of a FLAME model file, however they were read (FORMATS sections 1 and 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from neuface_core.errors import ModelError
from neuface_core.heads.data import Floats, HeadData, SlidingPoints, SurfacePoints

N_SHAPE, N_EXPRESSION = 300, 100
"""What the columns of FLAME's `shapedirs` are: identity first, then expression."""
PARENTS = (-1, 0, 1, 1, 1)
CONTOUR_DEGREES = 39
"""The dynamic contour has a row for every whole degree of yaw up to this, to either side."""


@dataclass(frozen=True)
class FlameArrays:
    """The entries of a FLAME file that a head needs, under their names there.

    Attributes
    ----------
    v_template : (V, 3)
        Metres.
    f : (T, 3) integer
    shapedirs : (V, 3, 400)
        300 identity columns, then 100 expression columns.
    posedirs : (V, 3, 36)
    J_regressor : (5, V), dense or sparse
    weights : (V, 5)
    kintree_table : (2, 5) integer
        Parents in the first row; that of the root is any number that is no joint.
    """

    v_template: NDArray[np.floating]
    f: NDArray[np.integer]
    shapedirs: NDArray[np.floating]
    posedirs: NDArray[np.floating]
    J_regressor: NDArray[np.floating] | sparse.spmatrix
    weights: NDArray[np.floating]
    kintree_table: NDArray[np.integer]

    @classmethod
    def of(cls, entries: Mapping[str, object]) -> FlameArrays:
        """From the dictionary that a FLAME file holds; surplus entries are ignored.

        Raises
        ------
        ModelError
            When an entry is missing.
        """
        names = list(cls.__dataclass_fields__)
        if missing := [name for name in names if name not in entries]:
            raise ModelError(
                f"The FLAME model lacks {', '.join(missing)}.", remedy="Choose the file of a FLAME 2019-2023 model."
            )
        return cls(**{name: entries[name] for name in names})  # type: ignore[arg-type]


def flame_head(
    arrays: FlameArrays,
    *,
    head_id: str,
    licence: str,
    n_shape: int = N_SHAPE,
    n_expression: int = N_EXPRESSION,
    static: SurfacePoints | None = None,
    contour: SlidingPoints | None = None,
) -> HeadData:
    """The head of a FLAME file, with the first coefficients of identity and expression.

    Joints are regressed from the shaped vertices, so they move with identity and expression; the regressor is applied
    to the bases once, in double precision, instead of to every head.

    Parameters
    ----------
    arrays
        Of the file.
    head_id, licence
        As in `HeadData`.
    n_shape, n_expression
        How many of the 300 and 100 columns to take (DECA: 100 and 50).
    static, contour
        Landmarks (`flame_contour`).

    Raises
    ------
    ModelError
        When the arrays do not make a head of FLAME's kind.
    """
    parents = [int(parent) if parent < len(PARENTS) else -1 for parent in np.asarray(arrays.kintree_table)[0].tolist()]
    if tuple(parents) != PARENTS:
        raise ModelError(
            f"The model has the joint tree {parents}, not that of FLAME {list(PARENTS)}.",
            remedy="Choose a FLAME model; bodies and hands are not supported.",
        )
    columns = arrays.shapedirs.shape[-1] if arrays.shapedirs.ndim == 3 else 0
    if columns != N_SHAPE + N_EXPRESSION or n_shape > N_SHAPE or n_expression > N_EXPRESSION:
        raise ModelError(
            f"The model has {columns} columns of shape, of which {n_shape} + {n_expression} were wanted; "
            f"FLAME has {N_SHAPE} + {N_EXPRESSION}.",
            remedy="Choose a full FLAME model, and no more coefficients than it has.",
        )
    shape = np.asarray(arrays.shapedirs[:, :, :n_shape])
    expression = np.asarray(arrays.shapedirs[:, :, N_SHAPE : N_SHAPE + n_expression])
    joints, joints_shape, joints_expression = (
        _regressed(arrays.J_regressor, part) for part in (np.asarray(arrays.v_template), shape, expression)
    )
    data = HeadData(
        head_id=head_id,
        licence=licence,
        expression_names=tuple(f"expression_{i}" for i in range(n_expression)),
        mean=_floats(arrays.v_template),
        shape=_floats(shape),
        expression=_floats(expression),
        joints=joints,
        joints_shape=joints_shape,
        skin_weights=_floats(arrays.weights),
        faces=np.asarray(arrays.f, np.int64),
        static=static,
        contour=contour,
        joints_expression=joints_expression,
        pose_correctives=_floats(arrays.posedirs),
        expression_spread=1.0,
    )
    if problems := data.problems():
        raise ModelError(
            f"The FLAME model cannot be used: {'; '.join(problems)}.", remedy="Choose an undamaged FLAME file."
        )
    return data


def flame_contour(
    faces: NDArray[np.integer], weights: NDArray[np.floating], *, turns: int = 1, smooth: bool = False
) -> SlidingPoints:
    """The dynamic contour of FLAME's landmark embedding as a table over yaw.

    Parameters
    ----------
    faces : (79, 17), weights : (79, 17, 3)
        Row r for +r degrees up to 39, row 39 + r for -r degrees.
    turns
        1: degrees count as in DECA, positive when the face turns to the image's right. -1: as the `smplx` package reads
        the same file.
    smooth
        Blend between the rows; without it points jump from one whole degree to the next, as in every FLAME loader.
    """
    degrees = np.arange(-CONTOUR_DEGREES, CONTOUR_DEGREES + 1)
    signed = turns * degrees
    rows = np.where(signed >= 0, signed, CONTOUR_DEGREES - signed)
    points = SurfacePoints(np.asarray(faces[rows], np.int64)[:, None], _floats(weights[rows])[:, None])
    yaw = np.deg2rad(degrees).astype(np.float32)
    return SlidingPoints(yaw, np.zeros(1, np.float32), points, "blend" if smooth else "flame")


def _regressed(regressor: NDArray[np.floating] | sparse.spmatrix, vertices: NDArray[np.floating]) -> Floats:
    """(5, 3, ...) joints of (V, 3, ...) vertices."""
    flat = regressor @ vertices.reshape(len(vertices), -1).astype(np.float64)
    return _floats(np.asarray(flat).reshape(-1, *vertices.shape[1:]))


def _floats(array: NDArray[np.floating]) -> Floats:
    return np.ascontiguousarray(array, np.float32)

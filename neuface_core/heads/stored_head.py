"""FLAME heads out of the user's own files, which `neuface models add` has put into the store.

Asked for by name: "flame-2020" has all 300 + 100 components, "flame-2020:100,50" the first of them, which is the head
of DECA and EMOCA. "+eyelids" adds two expression columns that close the eyes (SMIRK's, in [0, 1]), "+smooth" lets the
contour slide without steps: ``flame-2020:100,50+eyelids+smooth``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import ModelError
from neuface_core.heads.data import HeadData, SlidingPoints, SurfacePoints
from neuface_core.heads.flame_arrays import N_EXPRESSION, N_SHAPE, FlameArrays, flame_contour, flame_head
from neuface_core.models import StoredModel, model_arrays, stored_model, stored_models

EYELIDS = ("eyelid_left", "eyelid_right")
_SPEC = re.compile(r"(flame-[a-z0-9-]+)(?::(\d+),(\d+))?((?:\+[a-z]+)*)")
_OPTIONS = ("eyelids", "smooth")
_N_INNER = 51
# Regions of FLAME_masks.pkl under the names that the open head has for the same; the others keep theirs.
_OUR_NAMES = {"left_eyeball": "left_eye", "right_eyeball": "right_eye"}
_FACE_REACH_M = 0.035
_LEFT_EYE, _RIGHT_EYE = 3, 4  # joints


@dataclass(frozen=True)
class FlameSpec:
    """What a name asks for.

    Attributes
    ----------
    model
        Name in the store.
    n_shape, n_expression
        How many components; without the eyelids.
    eyelids
        Whether two expression columns are added.
    smooth
        Whether the contour slides without steps.
    """

    model: str
    n_shape: int = N_SHAPE
    n_expression: int = N_EXPRESSION
    eyelids: bool = False
    smooth: bool = False

    @property
    def head_id(self) -> str:
        """As fits name the head: what its parameters mean. How the contour slides does not belong to it."""
        whole = (self.n_shape, self.n_expression) == (N_SHAPE, N_EXPRESSION)
        parts = "" if whole else f":{self.n_shape},{self.n_expression}"
        return f"{self.model}{parts}{'+eyelids' if self.eyelids else ''}"


def flame_spec(name: str) -> FlameSpec | None:
    """What `name` asks for; None where it is no name of a FLAME head.

    Raises
    ------
    ModelError
        When it asks for more components than FLAME has, or for something unknown.
    """
    found = _SPEC.fullmatch(name.strip())
    if found is None:
        return None
    n_shape, n_expression = int(found[2] or N_SHAPE), int(found[3] or N_EXPRESSION)
    options = [option for option in found[4].split("+") if option]
    if unknown := [option for option in options if option not in _OPTIONS]:
        raise ModelError(f"A FLAME head has no option {unknown[0]!r}.", remedy=f"There are {' and '.join(_OPTIONS)}.")
    if not (1 <= n_shape <= N_SHAPE and 1 <= n_expression <= N_EXPRESSION):
        raise ModelError(
            f"{found[1]} has {N_SHAPE} components of identity and {N_EXPRESSION} of expression, "
            f"not {n_shape} and {n_expression}.",
            remedy=f'Ask for fewer, for example "{found[1]}:100,50".',
        )
    return FlameSpec(found[1], n_shape, n_expression, "eyelids" in options, "smooth" in options)


def stored_head_data(spec: FlameSpec) -> HeadData:
    """The head that `spec` asks for, with landmarks and regions as far as they were added.

    Raises
    ------
    ModelError
        When the model, or the eyelids that were asked for, were not added, or a file is damaged.
    """
    model = stored_model(spec.model)
    if model.kind != "flame":
        raise ModelError(f"{model.name} is no head model.", remedy='"neuface models list" shows which are.')
    static, contour = _landmarks(smooth=spec.smooth)
    data = flame_head(
        FlameArrays.of(model_arrays(model)),
        head_id=spec.head_id,
        licence=model.licence,
        n_shape=spec.n_shape,
        n_expression=spec.n_expression,
        static=static,
        contour=contour,
    )
    if spec.eyelids:
        data = with_eyelids(data, model_arrays(stored_model("flame-eyelids")))
    return replace(data, vertex_masks=_masks(data))


def with_eyelids(data: HeadData, eyelids: Mapping[str, NDArray[Any]]) -> HeadData:
    """The head with two more expression columns that close its eyes; joints do not follow them.

    Parameters
    ----------
    eyelids
        (V, 3) metres for a closed eye, under the names `EYELIDS`.
    """
    columns = np.stack([np.asarray(eyelids[name], np.float32) for name in EYELIDS], axis=-1)
    still = data.joints_expression
    if still is not None:
        still = np.concatenate([still, np.zeros((*still.shape[:2], len(EYELIDS)), np.float32)], axis=-1)
    return replace(
        data,
        expression=np.concatenate([data.expression, columns], axis=-1),
        expression_names=(*data.expression_names, *EYELIDS),
        joints_expression=still,
    )


def _landmarks(*, smooth: bool) -> tuple[SurfacePoints | None, SlidingPoints | None]:
    """The 68 points and the sliding contour out of whichever tables were added; the fullest first."""
    there = {model.name: model for model in stored_models() if model.kind == "landmarks"}
    for name in ("flame-landmarks", "flame-landmarks-eyes"):
        if name in there:
            table = model_arrays(there[name])
            full = _points(table["full_lmk_faces_idx"][0, :68], table["full_lmk_bary_coords"][0, :68])
            sliding = table["dynamic_lmk_faces_idx"], table["dynamic_lmk_bary_coords"]
            return full, flame_contour(*sliding, smooth=smooth)
    contour = _read(there.get("flame-contour"))
    slides = None if contour is None else flame_contour(*contour, smooth=smooth)
    full_table, inner = _read(there.get("flame-landmarks-68")), _read(there.get("flame-landmarks-51"))
    if full_table is not None:
        return _points(*full_table), slides
    if inner is None or contour is None:
        return None, None
    # RingNet's tables: the jaw as it is seen from the front is the first row of the contour.
    faces, weights = (np.concatenate([c[0], i[:_N_INNER]]) for c, i in zip(contour, inner, strict=True))
    return _points(faces, weights), slides


def _read(model: StoredModel | None) -> tuple[NDArray[Any], NDArray[Any]] | None:
    if model is None:
        return None
    table = model_arrays(model)
    return table["lmk_face_idx"], table["lmk_b_coords"]


def _points(faces: NDArray[Any], weights: NDArray[Any]) -> SurfacePoints:
    return SurfacePoints(np.asarray(faces, np.int64), np.asarray(weights, np.float32))


def _masks(data: HeadData) -> dict[str, NDArray[np.bool_]]:
    """Regions out of FLAME_masks.pkl; without it, the eyes by their joints and the face by its landmarks."""
    n = len(data.mean)
    masks: dict[str, NDArray[np.bool_]] = {}
    if any(model.name == "flame-masks" for model in stored_models()):
        for name, vertices in model_arrays(stored_model("flame-masks")).items():
            mask = np.zeros(n, bool)
            mask[vertices] = True
            masks[_OUR_NAMES.get(name, name)] = mask
        if {"left_ear", "right_ear"} <= set(masks):
            masks["ears"] = masks["left_ear"] | masks["right_ear"]
    else:
        masks["left_eye"], masks["right_eye"] = (data.skin_weights[:, eye] > 0.5 for eye in (_LEFT_EYE, _RIGHT_EYE))
    if {"left_eye", "right_eye"} <= set(masks):
        masks["eyes"] = masks["left_eye"] | masks["right_eye"]
    if "face" not in masks and data.static is not None:
        corners = data.mean[data.faces[data.static.faces]]
        points = (corners * data.static.weights[..., None]).sum(1)
        distance = np.linalg.norm(data.mean[:, None] - points[None], axis=-1).min(1)
        masks["face"] = (distance < _FACE_REACH_M) & ~masks["eyes"]
    return masks

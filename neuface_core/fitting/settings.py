"""One settings object for the method; every ablation is a switch on it, not a second code path."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Trainable = Literal["all", "last_stage", "head"]


_AS_THE_PAPER: dict[str, Any] = {
    "trainable": "all",
    "temporal_average": "mean",
    "temporal_window": 5,
    "freeze_target": False,
    "settle": False,
    "closure_weight": 0.0,
    "stay_close_weight": 0.0,
    "steady_shape_weight": 0.0,
    "steady_motion_weight": 0.0,
    "settle_views": False,
    "turn_views": False,
    "robust_views": False,
}
"""A plain moving average, all weights, none of our additions."""


class NeuFaceSettings(BaseModel):
    """Settings of the NeuFace loop (NeuFace Sec. 3.2, METHOD).

    The defaults are the preset "default", tuned on two of the real clips. `stay_close_weight`, `steady_shape_weight`,
    `steady_motion_weight` and the target that keeps motion are additions of ours: off in the preset "paper".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    preset: Literal["default", "paper", "released"] = "default"
    trainable: Trainable = Field("head", description="Which weights of the encoder are optimised.")
    feature_axes: int = Field(
        256, ge=0, description="Axes of a clip's features along which the head's first layer is trained; 0: all of it."
    )
    iterations: int = Field(200, ge=0, description="Passes over the clip at most; 0 keeps the encoder's own answer.")
    min_iterations: int = Field(
        200, ge=0, description="Passes before the convergence stop may act; as many as there are at most: no stop."
    )
    tolerance: float = Field(
        0.0005, ge=0.0, description="Stop when the loss drops less than this share in `patience` passes."
    )
    patience: int = Field(20, ge=1, description="Passes over which the drop of the loss is measured.")
    learning_rate: float = Field(
        2e-3,
        gt=0.0,
        description="Adam's largest step size; it grows for a fifth of the passes and falls along a cosine.",
    )
    landmark_weight: float = Field(1.0, ge=0.0, description="L2D, NeuFace Eq. (2).")
    closure_weight: float = Field(0.01, ge=0.0, description="Openings of eyes and mouth (ours).")
    temporal_weight: float = Field(10.0, ge=0.0, description="Ltemporal, NeuFace Eq. (3).")
    target_style: Literal["em", "pairwise"] = Field("em", description="E-step target or neighbours (Table S3).")
    temporal_average: Literal["savgol", "mean", "median"] = Field(
        "savgol", description="How the E-step smooths head orientation; mean and median are Table S1."
    )
    temporal_window: int = Field(11, ge=3, description="Odd number of frames of the E-step's window.")
    freeze_target: bool = Field(True, description="Estimate q̂ once, from the encoder's own answer, not in every pass.")
    settle: bool = Field(True, description="Give the result the orientations q̂ that it was held to (ours).")
    multiview_weight: float = Field(4.0, ge=0.0, description="Lmultiview, NeuFace Eq. (4).")
    view_average: Literal["visibility", "uniform"] = Field(
        "visibility", description="How the views' meshes are averaged: by what each sees of a vertex, or all alike."
    )
    settle_views: bool = Field(True, description="Give the result of all views the face that they agree on (ours).")
    turn_views: bool = Field(True, description="Correct where each view looks from by what all of them show (ours).")
    robust_views: bool = Field(True, description="A view that failed, or disagrees with the others, loses its vote.")
    photometric_weight: float = Field(0.0, ge=0.0, description="Colours of the face, NeuFace Table S2 (a).")
    stay_close_weight: float = Field(6e-4, ge=0.0, description="Distance to the encoder's own first answer (ours).")
    steady_shape_weight: float = Field(1.0, ge=0.0, description="Spread of the identity over the clip (ours).")
    steady_motion_weight: float = Field(
        0.006, ge=0.0, description="Distance of expression, jaw and eyes to their smoothed selves (ours)."
    )
    motion_window: int = Field(7, ge=3, description="Odd number of frames of that smoothing.")
    shared_identity: bool = Field(False, description="One identity for all frames of a clip.")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="Of the trained part of the encoder; bfloat16 pays on a GPU with trainable all."
    )
    batch_frames: int = Field(512, ge=8, description="Frames of one optimisation step; bounds the memory.")
    max_gap: int = Field(5, ge=0, description="Frames without a detection that are bridged between two with one.")
    seed: int = 0

    @model_validator(mode="after")
    def _odd_window(self) -> Self:
        if self.temporal_window % 2 == 0 or self.motion_window % 2 == 0:
            raise ValueError("temporal_window and motion_window must be odd, so that the targets have no lag")
        return self

    @classmethod
    def of_preset(cls, preset: str) -> NeuFaceSettings:
        """Settings by name.

        Parameters
        ----------
        preset
            "default", "paper" (plain moving average, all weights, none of our additions) or "released" (the published
            code's schedule; its loop is `released.py`).
        """
        if preset == "default":
            return cls()
        if preset == "paper":
            return cls(
                preset="paper",
                **_AS_THE_PAPER,
                iterations=320,
                min_iterations=150,
                learning_rate=1e-4,
                temporal_weight=1.0,
                multiview_weight=1.0,
            )
        if preset == "released":
            return cls(
                preset="released",
                **_AS_THE_PAPER,
                iterations=100,
                min_iterations=100,
                learning_rate=2e-5,
                landmark_weight=10.0,
                temporal_weight=100.0,
                multiview_weight=200.0,
                shared_identity=True,
                batch_frames=20,
            )
        raise ValueError(f"unknown preset {preset!r}; there are 'default', 'paper' and 'released'")

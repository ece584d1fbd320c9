"""Settings of the baseline that fits the head's parameters directly (NeuFace Eq. (5))."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from neuface_core.fitting.settings import NeuFaceSettings

OURS_OFF: dict[str, object] = {
    "closure_weight": 0.0,
    "stay_close_weight": 0.0,
    "steady_shape_weight": 0.0,
    "steady_motion_weight": 0.0,
}
"""Terms of the loop that NeuFace Eq. (1) does not have: Eq. (5) takes only the three that it has."""


class FlameFitSettings(BaseModel):
    """Settings of FLAME fitting; the weights of the three losses replace those of the loop, the rest is shared with it.

    How orientations are smoothed, what the multi-view term compares and how short gaps are bridged are settings of the
    loop (`NeuFaceSettings`), so that both methods are held to the same targets.

    The defaults are the best of 24 random draws on two real clips and a synthetic one (`benchmarks/tune_flame_fit.py`,
    docs/adr/0013-flame-fitting-is-tuned.md).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    coarse_iterations: int = Field(30, ge=0, description="Steps on global orientation and camera alone.")
    fine_iterations: int = Field(120, ge=0, description="Steps on all but the camera.")
    learning_rate: float = Field(0.03, gt=0.0, description="Adam's step, in units of each parameter's usual spread.")
    landmark_weight: float = Field(1.0, ge=0.0, description="L2D, NeuFace Eq. (2).")
    temporal_weight: float = Field(10.0, ge=0.0, description="λtemp of Ltemporal, NeuFace Eq. (3).")
    multiview_weight: float = Field(1.0, ge=0.0, description="λview of Lmultiview, NeuFace Eq. (4).")
    orient_weight: float = Field(1e-3, ge=0.0, description="λr: departure of the global orientation, per 0.1 rad².")
    pose_weight: float = Field(2.3e-3, ge=0.0, description="λθ: jaw, neck and eyes, per 0.1 rad².")
    shape_weight: float = Field(1.8e-4, ge=0.0, description="λβ: identity, per standard deviation².")
    expression_weight: float = Field(1.5e-4, ge=0.0, description="λψ: expression, per usual strength².")
    toward: Literal["mean", "first"] = Field(
        "first",
        description="What the regularisers of pose, identity and expression draw to: the mean head, as priors of such "
        "fits do, or the encoder's answer, which is a stronger baseline. Orientation always keeps to the answer.",
    )
    learn_rest_with_camera: bool = Field(
        False, description="Do not fix the camera in the second stage (the paper fixes it)."
    )
    additions: bool = Field(
        False, description="Keep the loop's own additional terms too: then only the network is missing, not the terms."
    )
    seed: int = 0

    @classmethod
    def nearest_to_truth(cls) -> FlameFitSettings:
        """The draw of the same search whose meshes were nearest to the true ones; it trades landmarks for that."""
        return cls(pose_weight=8.3e-3, shape_weight=5e-3, expression_weight=8.1e-2, toward="mean")

    def losses(self, loop: NeuFaceSettings) -> NeuFaceSettings:
        """The loop's settings with the weights of this baseline.

        The terms that Eq. (5) does not have are off, unless `additions` keeps them.
        """
        weights = {name: getattr(self, name) for name in ("landmark_weight", "temporal_weight", "multiview_weight")}
        return loop.model_copy(update={**({} if self.additions else OURS_OFF), **weights})

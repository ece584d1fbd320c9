"""All settings of the way from a video to a fit, as one object: `[settings]` of `project.toml` and of every run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from neuface_core.encoders.crop_rule import CropRule
from neuface_core.errors import ProjectError, meant
from neuface_core.fitting.automatic_filter import FilterLimits
from neuface_core.fitting.settings import NeuFaceSettings


class PipelineSettings(BaseModel):
    """Settings of `pipeline.fit_clip`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    detector: Literal["open", "fan"] = Field("open", description="Who finds the 68 landmarks.")
    encoder: str = Field(
        "open", description="open, deca, emoca, emoca:NAME (as they were added), or the file of an encoder."
    )
    emoca_trains: Literal["both", "coarse", "expression"] = Field(
        "both", description="Which of EMOCA's two networks a fit optimises."
    )
    head: str = Field("", description="Name or file of a head model; empty for the one that the encoder answers for.")
    crop: Literal["auto", "smooth", "per_frame"] = Field(
        "auto",
        description="The square of each frame, smoothed over the clip or by its own box; auto: by its own where the "
        "encoder's authors do so and the preset is paper or released.",
    )
    min_face_share: float = Field(
        0.05, ge=0.0, le=1.0, description="A clip with a face in fewer of its frames is set aside."
    )
    max_shape_norm: float = Field(
        0.0, ge=0.0, description="A clip whose ‖β‖ is larger is set aside; 0: the head model's own limit."
    )
    max_outside_share: float = Field(
        0.5, ge=0.0, le=1.0, description="Nor may the face be out of crop or picture in more of its frames."
    )
    verify_landmarks: bool = Field(
        False, description="A person verifies the landmarks of a clip before it is fitted, and the mesh after."
    )
    neuface: NeuFaceSettings = NeuFaceSettings()

    def smooth_crop(self, rule: CropRule) -> bool:
        """Whether the squares of an encoder with this rule are smoothed over the clip."""
        as_published = rule.per_frame and self.neuface.preset != "default"
        return self.crop == "smooth" or (self.crop == "auto" and not as_published)

    @property
    def filter_limits(self) -> FilterLimits:
        """What the automatic filter of finished fits goes by."""
        return FilterLimits(shape_norm=self.max_shape_norm, outside_frames=self.max_outside_share)

    @classmethod
    def of_project(cls, stored: Mapping[str, Any], path: Path) -> Self:
        """Settings as they stand in the project at `path`; what is not named there has its default.

        Raises
        ------
        ProjectError
            When an entry is unknown or has an impossible value; the text names it.
        """
        try:
            return cls.model_validate(dict(stored))
        except ValidationError as error:
            first = error.errors()[0]
            entry = ".".join(str(part) for part in first["loc"])
            file = path / "project.toml"
            if first["type"] == "extra_forbidden":
                fields = {1: cls.model_fields, 2: NeuFaceSettings.model_fields}.get(len(first["loc"]), {})
                remedy = meant(str(first["loc"][-1]), fields, "neuface config lists all settings.")
                raise ProjectError(
                    f"There is no setting {entry!r}. Nothing was changed.", remedy=remedy, path=file
                ) from error
            raise ProjectError(
                f"The setting {entry!r} of the project cannot be used: {first['msg']}. Nothing was changed.",
                remedy="Correct it with a text editor, or with neuface config --set.",
                path=file,
            ) from error

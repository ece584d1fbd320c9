"""The table of what a project has already: every fitted clip, before (encoder only) and after (NeuFace)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neuface_core.errors import ProjectError
from neuface_core.evaluation.method_table import MethodTable, Row, pairs_by_name
from neuface_core.fitting.fit import MultiViewFit
from neuface_core.project import ClipRecord, Project

ENCODER, NEUFACE = "encoder only", "NeuFace"
_SCORES = ("nme_bbox", "nme_iod", "msi_l", "msi_v", "jitter_mm", "cvd_mm", "cvd_mm_loop")


def fitted_clips(project: Project, names: Sequence[str] = ()) -> list[ClipRecord]:
    """Records of the clips named, or of all that have a fit.

    Raises
    ------
    ProjectError
        When a clip is unknown or has no fit, or none has one.
    """
    records = [project.clip(name) for name in dict.fromkeys(names)] if names else project.clips()
    unfitted = [record.name for record in records if not record.run]
    if names and unfitted:
        raise ProjectError(f"{unfitted[0]!r} has no fit yet.", remedy="Fit it first: neuface fit.", path=project.path)
    fitted = [record for record in records if record.run]
    if not fitted:
        raise ProjectError("No clip of the project has a fit yet.", remedy="Fit one: neuface fit.", path=project.path)
    return fitted


def stored_table(project: Project, names: Sequence[str] = ()) -> MethodTable:
    """Scores of the latest fits, as they were measured when the clips were fitted; nothing is computed again.

    Raises
    ------
    ProjectError
        As `fitted_clips`.
    """
    rows = [row for record in fitted_clips(project, names) for row in stored_rows(project, record)]
    return MethodTable(f"Stored fits of {project.path.name}", tuple(rows), notes=(READING,))


def stored_rows(project: Project, record: ClipRecord) -> tuple[Row, Row]:
    """The encoder's own answer and the fit of one clip."""
    metrics = record.metrics
    before = {name: metrics[f"{name}_encoder"] for name in _SCORES if f"{name}_encoder" in metrics}
    after = {name: metrics[name] for name in _SCORES if name in metrics}
    if "motion_retained" in metrics:
        before["motion_retained"], after["motion_retained"] = 1.0, metrics["motion_retained"]
    after["seconds"] = record.seconds
    pairs_before: Mapping[str, float] = {}
    pairs_after: Mapping[str, float] = {}
    if record.n_views > 1 and isinstance(stored := project.load_views(record.name), MultiViewFit):
        pairs_before = pairs_by_name(stored.view_names, stored.cvd_encoder_mm)
        pairs_after = pairs_by_name(stored.view_names, stored.cvd_mm)
    return Row(record.name, ENCODER, before, pairs_before), Row(record.name, NEUFACE, after, pairs_after)


READING = (
    "NME is against the detector's landmarks, divided by the root of the box's area (box) or the distance of the outer "
    "eye corners (iod); the paper does not name its normaliser, so that its column is to be compared by ratio only. "
    "MSI is the mean of 1/σ of the acceleration (m/s²) and jitter the mean σ in mm a frame²; both get better when "
    "motion is erased, so that they are read beside the motion retained (range of head rotation over the encoder's)."
)

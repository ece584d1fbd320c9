"""The table of what a project has already: every clip before (encoder only), after (NeuFace), and by other tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from neuface_core.errors import ProjectError
from neuface_core.evaluation.method_table import MethodTable, Row, pairs_by_name
from neuface_core.evaluation.stability import motion_retained
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.project import ClipRecord, Project
from neuface_core.project.records import without_fit

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
    unfitted = [record for record in records if not record.run]
    if names and unfitted:
        raise without_fit(unfitted[0], project.path)
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
    rows: list[Row] = []
    notes: list[str] = []
    for group in clip_groups(project, names):
        if group.own is not None:
            rows += stored_rows(project, group.own)
        rows += imported_rows(project, group, notes)
    return MethodTable(f"Stored fits of {project.path.name}", tuple(rows), notes=(*notes, READING))


@dataclass(frozen=True)
class ClipGroup:
    """Fits of the same videos.

    Attributes
    ----------
    name
        Of the clip that is fitted here; of the first imported one, without its system, where there is none.
    own
        The clip that is fitted here.
    imported
        Those with tracks of other tools.
    """

    name: str
    own: ClipRecord | None
    imported: tuple[ClipRecord, ...]

    @property
    def records(self) -> tuple[ClipRecord, ...]:
        return self.imported if self.own is None else (self.own, *self.imported)


def clip_groups(project: Project, names: Sequence[str] = ()) -> list[ClipGroup]:
    """Fitted clips by their videos; of those named, all fits of the same videos.

    Raises
    ------
    ProjectError
        As `fitted_clips`.
    """
    of_video: dict[str, list[ClipRecord]] = {_video(record): [] for record in fitted_clips(project, names)}
    for record in fitted_clips(project):
        if _video(record) in of_video:
            of_video[_video(record)].append(record)
    return [_group(records) for records in of_video.values()]


def _video(record: ClipRecord) -> str:
    return record.fingerprint or record.name


def _group(records: Sequence[ClipRecord]) -> ClipGroup:
    own = next((record for record in records if not record.system), None)
    name = own.name if own is not None else records[0].name.removesuffix(f" ({records[0].system})")
    return ClipGroup(name, own, tuple(record for record in records if record.system))


def imported_rows(project: Project, group: ClipGroup, notes: list[str]) -> list[Row]:
    """One row a tool, under the name of the clip; what must be known to compare them is added to the notes."""
    reference = project.load_views(group.own.name) if group.own is not None and group.imported else None
    rows = []
    for record in group.imported:
        fit = project.load_views(record.name)
        values = {name: record.metrics[name] for name in _SCORES if name in record.metrics}
        views, known = _views(fit), _views(reference) if reference is not None else ()
        if len(views) == len(known):
            kept = [_motion(view, ours) for view, ours in zip(views, known, strict=True)]
            values["motion_retained"] = sum(kept) / len(kept)
        pairs = pairs_by_name(fit.view_names, fit.cvd_mm) if isinstance(fit, MultiViewFit) else {}
        rows.append(Row(group.name, record.system, values, pairs))
        notes += _cautions(group.name, record, views, known)
    return rows


def _views(fit: Fit | MultiViewFit) -> tuple[Fit, ...]:
    return (fit,) if isinstance(fit, Fit) else fit.views


def _motion(view: Fit, ours: Fit) -> float:
    """Range of rotation over that of our encoder, over the frames that both have."""
    both = view.valid & ours.valid
    rows = (view.params.global_orient.numpy()[both], ours.params_encoder.global_orient.numpy()[both])
    return motion_retained(*rows) if both.any() else float("nan")


def _cautions(clip: str, record: ClipRecord, views: Sequence[Fit], known: Iterable[Fit]) -> list[str]:
    """What makes a row of another tool not quite comparable."""
    said = []
    about = views[0].settings.get("import")
    if "nme_bbox" not in record.metrics:
        said.append(f"{record.system} on {clip} has no figures: its head model is not installed.")
    if isinstance(about, Mapping) and about.get("placed_on_landmarks"):
        said.append(f"{record.system} on {clip} was laid on the landmarks: its NME says nothing about its place.")
    detectors = {view.landmarks.detector for view in views}
    if len(detectors | {view.landmarks.detector for view in known}) > 1:
        others = ", ".join(sorted(detectors))
        said.append(f"{record.system} on {clip} is measured against {others}, not against the landmarks of our fit.")
    return said


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

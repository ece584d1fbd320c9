"""The ablations of the paper as switches of the one settings object (NeuFace Tables 3, S1, S2, S3).

Each is a list of settings; nothing here knows how a loss or a target is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.method_table import USUAL, MethodTable
from neuface_core.evaluation.paper_tables import (
    TABLE_3,
    TABLE_S1,
    TABLE_S2,
    TABLE_S3,
    PaperTable,
    beside_paper,
)
from neuface_core.fitting.methods import Method, encoder_only, method_of
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.study.run_methods import Contender
from neuface_core.study.stored_fits import ENCODER, READING

_PAPER = NeuFaceSettings.of_preset("paper")
_SCHEDULE = {
    *("preset", "trainable", "feature_axes", "learning_rate", "iterations", "min_iterations"),
    *("temporal_average", "temporal_window", "freeze_target"),
    *("landmark_weight", "temporal_weight", "multiview_weight", "photometric_weight"),
}
"""Where the preset of the paper differs without taking anything away."""
_OURS_OFF: Mapping[str, object] = {
    name: getattr(_PAPER, name)
    for name in NeuFaceSettings.model_fields
    if name not in _SCHEDULE and getattr(_PAPER, name) != getattr(NeuFaceSettings(), name)
}
"""What NeuFace Eq. (1) does not have. Left on, these terms would do the work of a loss that is taken away."""
OURS = "all, and our additions"


@dataclass(frozen=True)
class Variant:
    """One row of an ablation.

    Attributes
    ----------
    changes
        Settings that differ from the project's; None for the encoder's own answer.
    paper
        Key of the same row in the paper's table, if it has one.
    """

    label: str
    changes: Mapping[str, object] | None
    paper: str = ""


@dataclass(frozen=True)
class Ablation:
    """One table of the paper.

    Attributes
    ----------
    metrics
        Names of the columns.
    reference
        The variant that the others are divided by beside the paper.
    question
        What it asks, for the report.
    """

    table: str
    title: str
    question: str
    variants: tuple[Variant, ...]
    paper: PaperTable
    reference: str
    metrics: tuple[str, ...] = tuple(name for name in USUAL if name != "seconds")

    def contenders(self, settings: NeuFaceSettings) -> tuple[Contender, ...]:
        """Its variants as methods, on the settings of a project."""
        return tuple(Contender(variant.label, _method(variant, settings)) for variant in self.variants)

    def report(self, table: MethodTable) -> MethodTable:
        """The table with its columns, the paper's ratios beside ours, and how to read it."""
        keys = {variant.label: variant.paper for variant in self.variants if variant.paper}
        beside = (beside_paper(table, self.paper, keys, self.reference),) if keys else ()
        notes = (self.question, *table.notes, READING)
        return replace(table, metrics=self.metrics, beside=beside, notes=notes)


def _method(variant: Variant, settings: NeuFaceSettings) -> Method:
    if variant.changes is None:
        return encoder_only(settings)
    # Validated again: a variant must be a thing that a user could set as well.
    return method_of(NeuFaceSettings.model_validate({**settings.model_dump(), **variant.changes}))


def _losses(*, time: bool, views: bool) -> dict[str, object]:
    off: dict[str, object] = dict(_OURS_OFF)
    if not time:
        off["temporal_weight"] = 0.0
    if not views:
        off["multiview_weight"] = 0.0
    return off


_LOSSES = Ablation(
    "3",
    "Loss functions (NeuFace Table 3)",
    "Which loss does what: L2D alone, with Lmultiview, with Ltemporal, all three, and all three with our additions "
    "(the default preset). The additions are off in the rows above: they too steady motion and identity.",
    (
        Variant(ENCODER, None, "encoder"),
        Variant("L2D", _losses(time=False, views=False), "landmarks"),
        Variant("L2D + Lmultiview", _losses(time=False, views=True), "landmarks+views"),
        Variant("L2D + Ltemporal", _losses(time=True, views=False), "landmarks+time"),
        Variant("L2D + Lmultiview + Ltemporal", _losses(time=True, views=True), "full"),
        Variant(OURS, {}),
    ),
    TABLE_3,
    ENCODER,
)
_AVERAGES = Ablation(
    "s1",
    "How the E-step averages over time (NeuFace Table S1)",
    "Moving average, median and Savitzky-Golay, estimated in every pass as in the paper, and once from the first "
    "answer as in the default preset. The motion retained tells what smoothing has erased.",
    tuple(
        Variant(
            f"{average}, {'once' if once else 'every pass'}",
            {"temporal_average": average, "freeze_target": once},
            "" if once or average == "savgol" else average,
        )
        for once in (False, True)
        for average in ("mean", "median", "savgol")
    ),
    TABLE_S1,
    "mean, every pass",
)
_CHOICES = Ablation(
    "s2",
    "Photometric term and shared identity (NeuFace Table S2)",
    "(a) The photometric term with weights 2 and 5, as the paper's. (b) Whether identity converges by itself: the "
    "spread of β over a clip after 20, 80 and all passes, without any term of ours that holds it, and with one "
    "identity for all frames.",
    (
        Variant("photometric 0", {}, "photo 0"),
        Variant("photometric 2", {"photometric_weight": 2.0}, "photo 2"),
        Variant("photometric 5", {"photometric_weight": 5.0}, "photo 5"),
        Variant(ENCODER, None),
        Variant("β free, 20 passes", {**_OURS_OFF, "iterations": 20, "min_iterations": 20}),
        Variant("β free, 80 passes", {**_OURS_OFF, "iterations": 80, "min_iterations": 80}),
        Variant("β free, all passes", dict(_OURS_OFF)),
        Variant("one β for the clip", {**_OURS_OFF, "shared_identity": True}),
    ),
    TABLE_S2,
    "photometric 0",
)
_CHOICES = replace(_CHOICES, metrics=(*_CHOICES.metrics, "shape_std"))
_STYLES = Ablation(
    "s3",
    "EM or pairwise (NeuFace Table S3)",
    "Latent targets of an E-step against losses between neighbours and between pairs of views, with the paper's three "
    "losses and with our additions.",
    (
        Variant("pairwise", {**_OURS_OFF, "target_style": "pairwise"}, "pairwise"),
        Variant("EM", {**_OURS_OFF, "target_style": "em"}, "em"),
        Variant("pairwise, and our additions", {"target_style": "pairwise"}),
        Variant("EM, and our additions", {"target_style": "em"}),
    ),
    TABLE_S3,
    "pairwise",
)
_VIEWS = Ablation(
    "views",
    "Visibility or uniform weights of the views (NeuFace Sec. 3.2)",
    "How the meshes of several views become one. M̂ is the mesh that the views of a row give together, each vertex "
    "weighted by how well a view sees it, or all views alike, against the truth: of all views, and of the two at 60°. "
    "The rows below the second say what the loop makes of either weight, with and without the face that the views "
    "agree on in the end.",
    (
        Variant(ENCODER, None),
        Variant("each view alone", {"multiview_weight": 0.0}),
        Variant("uniform", {"view_average": "uniform"}),
        Variant("visibility", {"view_average": "visibility"}),
        Variant("uniform, not agreed", {"view_average": "uniform", "settle_views": False}),
        Variant("visibility, not agreed", {"view_average": "visibility", "settle_views": False}),
    ),
    PaperTable("Fig. 2", {}),
    ENCODER,
    (
        "nme_bbox", "cvd_mm", "mpve_rigid_mm", "mpve_similarity_mm",
        "together_visibility_mm", "together_uniform_mm", "sides_visibility_mm", "sides_uniform_mm",
    ),
)  # fmt: skip
ABLATIONS = {found.table: found for found in (_LOSSES, _AVERAGES, _CHOICES, _STYLES, _VIEWS)}


def ablation(table: str) -> Ablation:
    """By the name of the paper's table.

    Raises
    ------
    NeuFaceError
        When there is none of this name.
    """
    if table.lower() not in ABLATIONS:
        raise NeuFaceError(f"There is no ablation {table!r}.", remedy=f"There are {', '.join(ABLATIONS)}.")
    return ABLATIONS[table.lower()]

"""The methods of NeuFace Table 2 with the settings of a project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.method_table import MethodTable
from neuface_core.evaluation.paper_tables import TABLE_2, beside_paper
from neuface_core.fitting import methods
from neuface_core.fitting.flame_settings import FlameFitSettings
from neuface_core.fitting.methods import Method
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.study.run_methods import Contender
from neuface_core.study.stored_fits import ENCODER, NEUFACE, READING

FLAME = "FLAME fitting"
_MAKERS: dict[str, tuple[str, Callable[[NeuFaceSettings], Method]]] = {
    "encoder": (ENCODER, methods.encoder_only),
    "flame": (FLAME, lambda settings: methods.flame_fit(settings=settings)),
    "flame-truth": (
        "FLAME fitting, weights of best MPVE",
        lambda settings: methods.flame_fit(FlameFitSettings.nearest_to_truth(), settings),
    ),
    "neuface": (NEUFACE, methods.neuface),
    "released": ("released schedule", lambda settings: methods.released()),
    "paper": ("NeuFace, preset paper", lambda settings: methods.neuface(NeuFaceSettings.of_preset("paper"))),
}
METHODS = tuple(_MAKERS)
USUAL = tuple(name for name in METHODS if name != "paper")


def contenders(names: Sequence[str], settings: NeuFaceSettings) -> tuple[Contender, ...]:
    """Methods by name, in the order of the paper's table.

    Raises
    ------
    NeuFaceError
        When there is no such method.
    """
    unknown = [name for name in names if name not in _MAKERS]
    if unknown:
        raise NeuFaceError(f"There is no method {unknown[0]!r}.", remedy=f"There are {', '.join(METHODS)}.")
    wanted = names or USUAL
    return tuple(Contender(label, make(settings)) for name, (label, make) in _MAKERS.items() if name in wanted)


def with_paper(table: MethodTable) -> MethodTable:
    """The table with the paper's ratios beside ours."""
    keys = {ENCODER: "encoder", FLAME: "flame", NEUFACE: "neuface"}
    reference = next((label for label in (ENCODER, FLAME) if label in table.methods), "")
    beside = (beside_paper(table, TABLE_2, keys, reference),) if reference else ()
    return replace(table, beside=beside, notes=(*table.notes, READING))

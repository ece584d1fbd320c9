"""How well the views of a clip agree after the fit, in numbers and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuface_core.evaluation.mesh_distance import worst_pair
from neuface_core.fitting.fit import MultiViewFit
from neuface_studio.language import tr

_TELL_FROM_MM = 0.05
_LOST_BELOW = 0.05  # of a full vote: such a view no longer moves the mesh


def _worst(fit: MultiViewFit) -> tuple[str, str, float] | None:
    """The two views that are farthest apart, where there is a difference to speak of."""
    found = worst_pair(fit.cvd_mm, fit.view_names) if len(fit.view_names) > 2 else None
    return found if found is not None and found[2] >= _TELL_FROM_MM else None


@dataclass(frozen=True)
class Agreement:
    """Arrays have a column for every camera of the clip, in its order, NaN for one that was left out of the fit.

    Attributes
    ----------
    names
        Of the cameras.
    weight : (F, V) float32
        What a view counted in the mesh that is put together from all: 0 where it lost its vote, NaN where it has no
        mesh.
    cvd_mm, cvd_encoder_mm
        Mean distance of the meshes of two views, after and before the fit.
    worst
        The two views that agree least, and their distance; None where all agree, or there are only two.
    left_out
        Cameras without a face.
    """

    names: tuple[str, ...]
    weight: NDArray[np.float32]
    cvd_mm: float
    cvd_encoder_mm: float
    worst: tuple[str, str, float] | None
    left_out: tuple[str, ...]

    @classmethod
    def of(cls, fit: MultiViewFit, names: Sequence[str]) -> Agreement:
        """What `fit` says about the cameras `names` of its clip."""
        weight = np.full((fit.n_frames, len(names)), np.nan, np.float32)
        for k, (name, view) in enumerate(zip(fit.view_names, fit.views, strict=True)):
            if name in names:
                weight[:, list(names).index(name)] = np.where(view.valid, fit.view_weight[:, k], np.nan)
        return cls(
            tuple(names),
            weight,
            float(fit.metrics.get("cvd_mm", np.nan)),
            float(fit.metrics.get("cvd_mm_encoder", np.nan)),
            _worst(fit),
            tuple(name for name in names if name not in fit.view_names),
        )

    def lost(self, view: int) -> NDArray[np.bool_]:
        """(F,): moments at which `view` has a mesh that does not count, since it is far from the others."""
        return np.asarray(self.weight[:, view] < _LOST_BELOW)

    @property
    def voiceless(self) -> tuple[int, ...]:
        """Views that lost their vote at half of their moments or more."""
        return tuple(
            k for k in range(len(self.names)) if 2 * self.lost(k).sum() >= max(1, np.isfinite(self.weight[:, k]).sum())
        )

    def sentences(self) -> list[str]:
        """What a person should know about the views, the worst first; empty where all of them agree."""
        said = [tr("{name} was left out: no face was found in it.", name=name) for name in self.left_out]
        counts = [(int(self.lost(k).sum()), k) for k in range(len(self.names))]
        for count, k in sorted(counts, reverse=True):
            if count:
                total = int(np.isfinite(self.weight[:, k]).sum())
                where = (
                    tr("at every moment") if count == total else tr("at {n} of {total} moments", n=count, total=total)
                )
                said.append(
                    tr(
                        "{name} lost its vote {where}: it contradicts the others there.",
                        name=self.names[k],
                        where=where,
                    )
                )
        return said

    def words_at(self, frame: int, view: int) -> str:
        """What became of the vote of `view` at one moment; "" where nothing is to be said."""
        if self.names[view] in self.left_out:
            return tr("left out of the fit")
        return tr("lost its vote") if self.lost(view)[frame] else ""

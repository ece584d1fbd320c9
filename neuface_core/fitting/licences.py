"""Under which licences a fit stands: those of the models that made it."""

from __future__ import annotations

from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.models.licences import OPEN_DETECTOR, OPEN_ENCODER, OPEN_HEAD

_OPEN_IDS = (("open-head", OPEN_HEAD), ("open-encoder", OPEN_ENCODER), ("open-v", OPEN_DETECTOR))


def fit_licences(fit: Fit | MultiViewFit) -> dict[str, str]:
    """Identifier of each model behind a fit to its licence; of older fits, what is known of our own models."""
    first = fit if isinstance(fit, Fit) else fit.views[0]
    kept = first.settings.get("licences")
    found = {str(name): str(licence) for name, licence in kept.items()} if isinstance(kept, dict) else {}
    imported = first.settings.get("import")
    if isinstance(imported, dict) and imported.get("licence"):
        found[str(imported.get("system", first.encoder_id))] = str(imported["licence"])
    for identifier in (first.head_id, first.encoder_id, first.landmarks.detector):
        for ours, licence in _OPEN_IDS:
            if identifier not in found and identifier.startswith(ours):
                found[identifier] = licence
    return found

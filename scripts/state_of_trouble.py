"""States of a window in which something is wrong with the clips: what is flagged, set aside, or cannot be done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from every_dialog import open_dialog
from photographer import Photographer

from neuface_core.fitting.fit import Fit
from neuface_core.project import ClipState

_LOST = slice(12, 18)
"""Frames in which the mesh left the face."""


def trouble(look: Photographer, project: Path) -> None:
    """Flagged, set aside, landmarks to verify; what palette and keys refuse; pages of the settings; the welcome."""
    window = look.window
    window.files.open_project(project)
    opened = window.session.project
    assert opened is not None
    flagged, aside = window.model.records.names[:2]
    fit = opened.load_fit(flagged)
    assert isinstance(fit, Fit)
    projected, error = fit.projected.copy(), fit.error.copy()
    projected[_LOST] += np.float32(30)
    error[_LOST] = 9.0
    opened.save_fit(flagged, replace(fit, projected=projected, error=error))
    opened.set_state(aside, ClipState.SET_ASIDE, "No face found in 36 of 38 frames.")
    window.session.records_changed.emit()
    look.open_clip(flagged, 14)
    look.take("flagged")
    look.open_clip(aside, 4)
    look.take("set_aside")
    palette = open_dialog(window, "palette")
    palette.line.setText("cancel")  # type: ignore[attr-defined]
    look.take_over("palette_why_not", palette)
    keys = open_dialog(window, "keys")
    keys.choose("review.undo")  # type: ignore[attr-defined]
    keys.press.setKeySequence("R")  # type: ignore[attr-defined]
    keys.set.click()  # type: ignore[attr-defined]
    look.take_dialog("keys_taken", keys)
    settings = open_dialog(window, "settings")
    tabs = settings.pages  # type: ignore[attr-defined]
    for page in range(1, tabs.count()):
        tabs.setCurrentIndex(page)
        look.take_dialog(f"settings_{page}", settings, close=False)
    settings.close()
    opened.set_state(flagged, ClipState.DETECTED)
    window.session.records_changed.emit()
    look.open_clip(flagged, 14)
    look.take("landmarks_to_verify")
    window.welcome.begin()
    look.take("welcome")
    window.welcome.leave()

"""A clip with a result that is still being fitted, to be looked at while it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from neuface_core.fitting.outcome import project_landmarks
from neuface_core.fitting.refit import SpanPreview
from neuface_core.heads.params import HeadParams
from neuface_studio.head_frames import HeadFrames
from neuface_studio.opened_clip import OpenedClip, OpenedView


def with_previews(clip: OpenedClip, previews: Sequence[SpanPreview]) -> OpenedClip:
    """`clip` with the frames that are fitted anew as they are now; strips and numbers stay those of the stored fit."""
    by_name = {preview.view: preview for preview in previews}
    views = []
    for view in clip.views:
        preview = by_name.get(view.name) or (by_name.get("") if len(clip.views) == 1 else None)
        views.append(_shown(view, preview) if preview is not None else view)
    return replace(clip, views=tuple(views))


def _shown(view: OpenedView, preview: SpanPreview) -> OpenedView:
    fit, heads = view.fit, view.heads
    if fit is None or heads is None:
        return view
    # A frame that had no mesh has no square yet that its camera belongs to.
    known = fit.valid[preview.frames]
    frames = preview.frames[known]
    rows = preview.params[torch.as_tensor(np.flatnonzero(known))]
    arrays = {name: value.clone() for name, value in vars(fit.params).items()}
    for name, value in arrays.items():
        value[torch.as_tensor(frames)] = getattr(rows, name)
    changing = np.zeros(fit.n_frames, bool)
    changing[frames] = True
    projected = fit.projected.copy()
    projected[frames] = project_landmarks(heads.head, rows, fit.landmarks, fit.crops, changing)[frames]
    shown = replace(fit, params=HeadParams(**arrays), projected=projected)
    return replace(view, fit=shown, heads=HeadFrames(heads.head, shown))

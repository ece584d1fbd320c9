"""A view of a clip as the formats that hold one clip take it: its fit, its head model, and all that it came from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuface_core.errors import ExportError, ModelError
from neuface_core.export.left_out import excluded_mask, without_frames
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.licences import fit_licences
from neuface_core.heads.bundle import load_head_of
from neuface_core.heads.model import HeadModel
from neuface_core.heads.params import HeadParams
from neuface_core.project import ClipRecord, Project
from neuface_core.project.project_file import program
from neuface_core.video import FrameSource

VERTEX_BATCH = 64
ABOUT = "about.json"
"""In every folder that an export writes; one that has none is somebody else's and is never replaced."""
_AWKWARD = '<>:"/\\|?*'


@dataclass(frozen=True)
class ViewToExport:
    """One view of one clip, with its latest fit; frames that a person left out have no mesh in it.

    Attributes
    ----------
    name
        Of the clip.
    view, number
        Name of the view, "" for a clip of one, and its number in the project.
    times_s : (F,) float64
        When each frame is shown, seconds from the first; strictly rising. Row f is moment f of the clip.
    size
        Width and height of the video in pixels.
    offset
        Moment f is frame f + offset of the video.
    video
        Where it is, or was.
    about
        JSON-ready: program, project, video, head, encoder, licence, settings, and who accepted the clip.
    open
        Opens the video, its frames numbered by the moments.
    """

    name: str
    view: str
    number: int
    fit: Fit
    head: HeadModel
    times_s: NDArray[np.float64]
    size: tuple[int, int]
    offset: int
    video: Path
    about: Mapping[str, Any]
    open: Callable[[], FrameSource]

    @property
    def stem(self) -> str:
        """Name of the file or folder that holds this view, without a suffix."""
        return file_name(f"{self.name}.{self.view}" if self.view else self.name)

    @property
    def title(self) -> str:
        """Clip and view for people."""
        return f"{self.name} ({self.view})" if self.view else self.name

    @property
    def frames_with_mesh(self) -> NDArray[np.int64]:
        """(N,) rows of the fit."""
        return np.flatnonzero(self.fit.valid).astype(np.int64)

    @property
    def shown_rows(self) -> NDArray[np.int64]:
        """(F,) the row that each frame shows where none may be missing: the last one with a mesh, or the first."""
        valid = self.fit.valid
        shown = np.maximum.accumulate(np.where(valid, np.arange(len(valid)), -1))
        return np.where(shown < 0, int(np.argmax(valid)), shown).astype(np.int64)

    @property
    def params(self) -> HeadParams:
        """Of the N frames with a mesh."""
        return self.fit.params[self.frames_with_mesh]

    def write_about(self, folder: Path) -> None:
        """Where the files of `folder` come from, which frames they are of and when those are shown."""
        rows = self.frames_with_mesh
        about = dict(self.about) | {
            "length_unit": "m",
            "axes": "x left of the subject, y up, z out of the face",
            "frame_index": (rows + self.offset).tolist(),
            "time_s": [round(float(time), 6) for time in self.times_s[rows]],
        }
        (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False, default=str), encoding="utf-8")

    @torch.no_grad()
    def vertices(self, rows: NDArray[np.integer]) -> NDArray[np.float32]:
        """(n, V, 3) metres, model frame, turned by the global orientation, of these rows; all must have a mesh."""
        return np.asarray(self.head(self.fit.params[rows]).float().cpu().numpy(), np.float32)


def file_name(name: str) -> str:
    """`name` without what a file system stumbles over."""
    return "".join("_" if letter in _AWKWARD or letter < " " else letter for letter in name).strip(". ") or "clip"


def view_to_export(project: Project, record: ClipRecord, number: int, heads: dict[str, HeadModel]) -> ViewToExport:
    """Load a view of a clip; `heads` keeps the head models from one clip to the next.

    Raises
    ------
    ProjectError
        When the clip has no fit, or its file is damaged.
    ExportError
        When no frame has a mesh, or the head model is missing or another one.
    """
    stored = project.load_fit(record.name, number)
    fit = without_frames(stored, excluded_mask(record, stored.n_frames))
    assert isinstance(fit, Fit)
    if not fit.valid.any():
        why = "left in that has a mesh" if stored.valid.any() else "with a mesh"
        raise ExportError(f"{record.name!r} has no frame {why}.", remedy="Look at it again.", path=project.path)
    known = project.views(record.name)[number]
    size = (known.width or record.width, known.height or record.height)
    view = known.name if record.n_views > 1 else ""
    head = head_of(fit, record.name, heads)
    return ViewToExport(
        name=record.name,
        view=view,
        number=number,
        fit=fit,
        head=head,
        times_s=_times(project, record, fit.n_frames),
        size=size,
        offset=known.offset,
        video=record.views[number],
        about=_about(project, record, fit, head, view),
        open=lambda: project.open_view(record.name, number),
    )


def head_of(fit: Fit, name: str, heads: dict[str, HeadModel]) -> HeadModel:
    """The head model that the clip called `name` was fitted with.

    Raises
    ------
    ExportError
        When it is not on this machine, or what is there under its name is another one.
    """
    if fit.head_id in heads:
        return heads[fit.head_id]
    settings = fit.settings.get("pipeline")
    named = str(settings.get("head") or "") if isinstance(settings, dict) else ""
    try:
        head = load_head_of(fit.head_id, named)
    except ModelError as error:
        raise ExportError(
            f"{name!r} was fitted with the head model {fit.head_id!r}, which is not here: {error.message}",
            remedy=error.remedy or "Install that head model, or fit the clip again.",
            path=error.path,
        ) from error
    heads[head.head_id] = head
    return head


def _times(project: Project, record: ClipRecord, n_frames: int) -> NDArray[np.float64]:
    """Seconds from the first frame; from the time stamps, so that a variable rate is kept."""
    timing = project.frame_times(record.name)
    if timing is not None and len(timing[0]) == n_frames:
        pts = timing[0] - timing[0][0]
        return np.asarray(pts * float(timing[1]), np.float64)
    return np.arange(n_frames) / (record.fps or 25.0)


def _about(project: Project, record: ClipRecord, fit: Fit, head: HeadModel, view: str) -> dict[str, Any]:
    return {
        "generator": program(),
        "project": project.id,
        "clip": record.name,
        **({"view": view} if view else {}),
        "fingerprint": record.fingerprint,
        "state": str(record.state),
        "reviewer": record.decided_by,
        "reviewed_utc": record.decided_at.isoformat() if record.decided_at else "",
        "note": record.note,
        "tags": list(record.tags),
        "left_out": record.excluded,
        "run": record.run,
        "head": fit.head_id,
        "licence": head.licence,
        "licences": fit_licences(fit),
        "encoder": fit.encoder_id,
        "detector": fit.landmarks.detector,
        "frames": fit.n_frames,
        "fps": record.fps,
        "metrics": {k: float(v) for k, v in fit.metrics.items() if np.isfinite(v)},
        "settings": dict(fit.settings),
    }

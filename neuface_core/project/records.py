"""What a project says about its clips and the decisions taken on them, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Literal

from neuface_core.errors import ProjectError

Verdict = Literal["accept", "accept-repaired", "reject"]
Stage = Literal["landmarks", "mesh"]
EventKind = Literal["decide", "note", "exclude", "marks", "tag", "edit", "skip", "undo", "redo"]


WEIGHT_LOST = "weight_lost:"
"""Before the name of a view: the metric that says which share of its vote the view lost."""


class ClipState(StrEnum):
    """Where a clip stands on its way from video to verified mesh."""

    WAITING = "waiting"
    DETECTED = "detected"
    FITTING = "fitting"
    TO_REVIEW = "to_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SET_ASIDE = "set_aside"
    FAILED = "failed"


class RejectReason(StrEnum):
    """Why a clip was rejected; `key` is the digit that gives it in the window."""

    LANDMARKS_WRONG = "landmarks-wrong"
    MESH_WRONG = "mesh-wrong"
    JITTER = "jitter"
    OCCLUDED = "occluded"
    BLURRED_OR_SMALL = "blurred-or-small"
    MORE_THAN_ONE_FACE = "more-than-one-face"
    NOT_A_FACE = "not-a-face"
    OTHER = "other"

    @property
    def key(self) -> int:
        return list(RejectReason).index(self) + 1

    @property
    def words(self) -> str:
        """The reason as a person reads it."""
        return "blurred or too small" if self is RejectReason.BLURRED_OR_SMALL else self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class DecisionEvent:
    """One line of the append-only log of decisions.

    Attributes
    ----------
    id
        UUID as 32 hexadecimal digits.
    time
        When, UTC.
    kind
        "decide" and "note"; "exclude": which frames are left out; "marks": in and out mark; "tag": all tags; "edit": a
        correction of landmarks; "skip": the clip is left for later.
        "undo" and "redo" take back, or put back, the event `target`, and repeat what it said.
    clip
        Name of the clip.
    run
        Identifier of the fit that was looked at; "" for a clip without one.
    verdict
        "accept", "accept-repaired" or "reject" of a decision, "" of anything else. The program makes the second of the
        first where the fit follows landmarks that a person corrected.
    target
        Identifier of the event that an undo or redo is about, else "".
    value
        What an "exclude", "marks" or "tag" says from now on, as text: "3, 10-20", "10-20", "beard, glasses". Of a
        "decide": "landmarks" where these were judged, "" for the mesh. Of an "edit": `LandmarkEdit.text`, which an undo
        or redo does not repeat.
    """

    id: str
    time: datetime
    kind: EventKind
    clip: str
    run: str = ""
    verdict: Verdict | Literal[""] = ""
    reason: str = ""
    note: str = ""
    reviewer: str = ""
    target: str = ""
    value: str = ""

    @property
    def stage(self) -> Stage:
        """What a decision was about."""
        return "landmarks" if self.kind == "decide" and self.value == "landmarks" else "mesh"


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """A row of the catalogue.

    Attributes
    ----------
    name
        Unique in the project.
    views
        Absolute paths of the videos, one a camera; the files may be gone (`Project.source_path` tells).
    reason
        Why the clip is in this state: of a rejection a `RejectReason` or free text, of a clip that was set aside or
        failed a sentence.
    n_frames
        Moments that all views see.
    width, height, fps
        Of the first view; 0 where a file could not be read. Pixels, upright; frames a second.
    fingerprint
        Identity of the content of the video files.
    metrics
        Numbers of the latest fit (see `Fit.metrics`); empty before it. NaN where a number has no meaning.
    seconds
        How long the latest fit took; NaN before it.
    run
        Identifier of the latest fit, or "".
    decided_by, decided_at, note
        Of the decision that holds, if any.
    suspicion
        How much the clip deserves a look, larger is worse; None where nobody computed it.
    suspect
        The reasons for it in words, or "".
    excluded
        Frames that a person left out, as `frame_ranges.frames_text` writes them; "" for none.
    marks
        In and out mark, as `frame_ranges.Span.text` writes them.
    tags
        What a person called it, in alphabetical order.
    system
        Name of the other tool whose track is its fit; "" for a clip that is fitted here.
    landmarks_accepted
        A person accepted its landmarks; its fit is still to come.
    repaired
        It was accepted after a repair.
    skipped
        A person left it for later.
    judged_stage
        What the decision that holds is about.
    licences_json
        As stored; `licences` reads it.
    """

    name: str
    views: tuple[Path, ...]
    state: ClipState
    reason: str = ""
    n_frames: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    fingerprint: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = float("nan")
    run: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    note: str = ""
    suspicion: float | None = None
    suspect: str = ""
    excluded: str = ""
    marks: str = ""
    tags: tuple[str, ...] = ()
    system: str = ""
    landmarks_accepted: bool = False
    repaired: bool = False
    skipped: bool = False
    judged_stage: Stage = "mesh"
    licences_json: str = ""

    @property
    def licences(self) -> dict[str, str]:
        """Identifier of each model behind the latest fit to its licence; empty where it is not known."""
        return dict(json.loads(self.licences_json)) if self.licences_json else {}

    @property
    def n_views(self) -> int:
        return len(self.views)

    @property
    def weight_lost(self) -> dict[str, float]:
        """Of every view in the latest fit of a clip of several: the share of its vote that it lost, 0 to 1."""
        lost = {k.removeprefix(WEIGHT_LOST): v for k, v in self.metrics.items() if k.startswith(WEIGHT_LOST)}
        return lost if self.n_views > 1 else {}

    @property
    def stage(self) -> Stage:
        """What a decision on it would be about now: its landmarks, as long as only these are there, or its mesh."""
        if self.state in (ClipState.ACCEPTED, ClipState.REJECTED):
            return self.judged_stage
        return "landmarks" if self.state is ClipState.DETECTED else "mesh"

    @property
    def to_judge(self) -> bool:
        """Whether it waits for a person's decision."""
        return self.state in (ClipState.TO_REVIEW, ClipState.DETECTED)

    @property
    def decided(self) -> bool:
        """Whether a person accepted or rejected it."""
        return self.state in (ClipState.ACCEPTED, ClipState.REJECTED)


def without_fit(record: ClipRecord, project: Path) -> ProjectError:
    """Why nothing can be done with the fit of a clip: it has none yet, or a reason not to have one."""
    if record.reason:
        return ProjectError(f"{record.name!r} has no fit: {record.reason}", path=project)
    return ProjectError(f"{record.name!r} has no fit yet.", remedy="Fit it first: neuface fit.", path=project)

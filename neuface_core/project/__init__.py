"""A project on disk: clips, fits and decisions."""

from neuface_core.project.project import Project
from neuface_core.project.records import ClipRecord, ClipState, DecisionEvent, RejectReason, Verdict

__all__ = ["ClipRecord", "ClipState", "DecisionEvent", "Project", "RejectReason", "Verdict"]

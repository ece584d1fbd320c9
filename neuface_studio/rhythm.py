"""Pace and breaks in the window; both off until a person asks for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QObject

from neuface_studio.language import tr
from neuface_studio.pace import BREAK_AFTER, clips_an_hour, worked_without_rest
from neuface_studio.reviewing import Reviewing
from neuface_studio.session import Session, reviewer_name
from neuface_studio.views.banner import Kind
from neuface_studio.views.job_bar import JobBar


class Rhythm(QObject):
    """Follows the decisions of the person at the window."""

    def __init__(self, session: Session, review: Reviewing, bar: JobBar, tell: Callable[..., None]) -> None:
        super().__init__(review)
        self._session, self._review, self._bar, self._tell = session, review, bar, tell
        self._reminded: datetime | None = None
        review.habits_changed.connect(self._follow)

    def _follow(self) -> None:
        habits, now = self._review.habits, datetime.now(UTC)
        times = self._decided() if habits["pace"] or habits["breaks"] else []
        pace = clips_an_hour(times, now)
        words = tr("{pace:.0f} clips an hour", pace=pace) if pace is not None else tr("pace after three clips")
        self._bar.set_pace(words if habits["pace"] else "")
        worked = worked_without_rest(times, now)
        due = habits["breaks"] and worked >= BREAK_AFTER
        if due and (self._reminded is None or now - self._reminded >= BREAK_AFTER):
            self._reminded = now
            minutes = round(worked.total_seconds() / 60)
            self._tell(
                tr(
                    "You have judged for {minutes} minutes. A few minutes away from the screen do good.",
                    minutes=minutes,
                ),
                Kind.INFO,
            )

    def _decided(self) -> list[datetime]:
        project, me = self._session.project, reviewer_name()
        events = project.history() if project is not None else []
        return [event.time for event in events if event.kind == "decide" and event.reviewer in (me, "")]

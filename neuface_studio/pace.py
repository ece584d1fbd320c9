"""How fast a person judges, and when a break is due: plain numbers from the times of decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

WINDOW = timedelta(hours=1)
_REST = timedelta(minutes=5)
_LEAST = timedelta(minutes=2)
BREAK_AFTER = timedelta(minutes=50)


def clips_an_hour(decided: Sequence[datetime], now: datetime) -> float | None:
    """Pace over the last hour, rests of more than five minutes left out; None while there is too little to say.

    Parameters
    ----------
    decided
        When clips were judged, in order.
    """
    recent = [time for time in decided if now - time <= WINDOW]
    if len(recent) < 3:
        return None
    worked = sum((min(b - a, _REST) for a, b in pairwise(recent)), timedelta())
    return 3600 * (len(recent) - 1) / max(worked, _LEAST).total_seconds()


def worked_without_rest(decided: Sequence[datetime], now: datetime) -> timedelta:
    """How long a person has judged without a rest of five minutes."""
    began = last = now
    for time in reversed(decided):
        if last - time > _REST:
            break
        began = last = time
    return now - began

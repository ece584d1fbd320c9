"""What an encoder has to reach, and whether it does: a bar that was not measured does not hold."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One demand.

    Attributes
    ----------
    name
        What is demanded, for people.
    found, wanted
        In `unit`; `found` is NaN where it was not measured.
    at_least
        Whether more is better.
    detail
        Where `found` comes from, for example the worst clip.
    """

    name: str
    found: float
    wanted: float
    unit: str
    at_least: bool = False
    detail: str = ""

    @property
    def measured(self) -> bool:
        return math.isfinite(self.found)

    @property
    def holds(self) -> bool:
        """False where it was not measured."""
        return self.measured and (self.found >= self.wanted if self.at_least else self.found <= self.wanted)

    @property
    def verdict(self) -> str:
        """One word or two."""
        if not self.measured:
            return "NOT MEASURED"
        return "holds" if self.holds else "MISSED"


def drop_percent(found: float, reference: float) -> float:
    """By how much `found` lies below `reference`, in percent of it."""
    return 100.0 * (1.0 - found / reference) if reference > 0 else float("nan")

"""What a person chose once for all projects."""

from __future__ import annotations

from dataclasses import dataclass

from neuface_core.devices import DEVICE_CHOICES
from neuface_studio.heat_maps import HEAT_MAPS
from neuface_studio.language import mark

THEMES = {"dark": mark("Dark"), "light": mark("Light"), "system": mark("As the system")}
FONT_SCALES = (0.85, 1.0, 1.15, 1.3, 1.5)
CHOICES = {"theme": tuple(THEMES), "font_scale": FONT_SCALES, "device": DEVICE_CHOICES, "heat": tuple(HEAT_MAPS)}
"""The values that a setting can have, where these are few."""


@dataclass(frozen=True)
class UserSettings:
    """Settings of the person.

    Attributes
    ----------
    theme
        Key of `THEMES`.
    font_scale
        Times the usual size of all words.
    reviewer
        Name that stands beside decisions; "" for the name of the user of this machine.
    elsewhere
        Fits run in a process of their own.
    language
        Code of the language of the window from the next start on; "" for that of the system.
    device
        Where fits compute, one of `DEVICE_CHOICES`.
    heat
        Key of `HEAT_MAPS`.
    advance
        The next undecided clip follows a decision.
    comment, pace, breaks
        A comment is asked for after a decision; the pace is shown; breaks are called to mind.
    """

    theme: str = "dark"
    font_scale: float = 1.0
    reviewer: str = ""
    elsewhere: bool = False
    language: str = ""
    device: str = "auto"
    heat: str = "sea"
    advance: bool = True
    comment: bool = False
    pace: bool = False
    breaks: bool = False

"""What licences of models mean for what is made with them: whether it may be sold, and what must be told.

A result carries the licence of every model that had a part in it, as ``{identifier: licence}``: head, encoder and
detector. Identifiers are those that fits name, for example "flame-2020:100,50".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

OPEN_HEAD = "CC0-1.0"
OPEN_ENCODER = "CC0-1.0; its trunk, the face mesh network: Apache-2.0"
OPEN_DETECTOR = "Apache-2.0 (MediaPipe's face mesh); MIT (YuNet)"
_CLOSED = re.compile(r"non-?commercial|not for commerce|\bNC\b|-NC\b", re.IGNORECASE)
_OPEN = re.compile(r"\b(CC0|CC-BY-\d|Apache-2|MIT\b|BSD)")
_UNSTATED = re.compile(r"without a stated licence|no licence stated", re.IGNORECASE)

Licences = Mapping[str, str]


def commercial_use(licence: str) -> bool | None:
    """Whether a licence allows commercial use; None where its words do not say."""
    if _CLOSED.search(licence):
        return False
    if _UNSTATED.search(licence) or not _OPEN.search(licence):
        return None
    return True


def non_commercial(licences: Licences) -> dict[str, str]:
    """Those of some licences that forbid commercial use."""
    return {name: licence for name, licence in licences.items() if commercial_use(licence) is False}


def licence_notes(clips: Mapping[str, Licences]) -> tuple[str, ...]:
    """What somebody who passes on what was made of some clips has to know, in sentences.

    Parameters
    ----------
    clips
        Name of a clip to the licences of the models behind it.
    """
    every: dict[str, str] = {}
    for licences in clips.values():
        every |= licences
    notes = []
    if closed := non_commercial(every):
        words = "; ".join(f"{name}: {licence}" for name, licence in sorted(closed.items()))
        of = sorted(clip for clip, licences in clips.items() if non_commercial(licences))
        what = "all of this" if len(of) == len(clips) else _some(of)
        notes.append(f"Non-commercial: {what}, made with {words}.")
    if unstated := {name: text for name, text in every.items() if commercial_use(text) is None}:
        words = "; ".join(f"{name}: {licence}" for name, licence in sorted(unstated.items()))
        notes.append(f"Of these models nobody says what they allow; ask before you pass the result on: {words}.")
    return (*notes, *_mixed(clips))


def _mixed(clips: Mapping[str, Licences]) -> tuple[str, ...]:
    groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for clip, licences in clips.items():
        groups.setdefault(tuple(sorted(licences.items())), []).append(clip)
    if len({tuple(sorted({licence for _, licence in key})) for key in groups}) < 2:
        return ()
    words = "; ".join(
        f"{_some(names)}: {', '.join(f'{model} ({licence})' for model, licence in key) or 'not known'}"
        for key, names in groups.items()
    )
    return (f"Clips of different licences are mixed. {words}.",)


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{rest}"

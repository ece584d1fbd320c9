"""What a banner says of an error: what happened, to which clip, what to do."""

from __future__ import annotations

import traceback

from neuface_core.errors import NeuFaceError
from neuface_core.project.records import ClipRecord
from neuface_studio.language import tr
from neuface_studio.views.banner import Kind


def problem(error: Exception, clip: ClipRecord | str | None = None) -> tuple[str, Kind, str, str]:
    """The arguments of `tell`.

    Parameters
    ----------
    error
        Its remedy is said where it has one; else what helps with most: try again, or hand on the details.
    clip
        The one that it happened to; "" or None where it was none in particular.
    """
    words = str(error)
    if not isinstance(error, NeuFaceError) or not error.remedy:
        words = f"{words} {advice()}"
    details = "".join(traceback.format_exception(error))
    return of_clip(words, clip), Kind.PROBLEM, "", details


def of_clip(words: str, clip: ClipRecord | str | None) -> str:
    """`words` with the clip that they are about, where they do not name it."""
    name = clip.name if isinstance(clip, ClipRecord) else clip or ""
    return tr("{clip}: {what}", clip=name, what=words) if name and name not in words else words


def advice() -> str:
    """What to do where an error does not say it."""
    return tr("Try it again; if it stays so, copy the details and show them to whoever looks after the program.")

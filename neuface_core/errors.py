"""One family of errors: each says what happened, what was kept, and what to do; the path comes last."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class NeuFaceError(Exception):
    """Something a user can act on.

    Parameters
    ----------
    message
        What happened, in one sentence, without the path.
    remedy
        What the user can do about it.
    path
        The file or folder that it is about; printed last.
    """

    def __init__(self, message: str, *, remedy: str = "", path: Path | str | None = None) -> None:
        self.message = message
        self.remedy = remedy
        self.path = Path(path) if path is not None else None
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [self.message, self.remedy, f"({self.path})" if self.path is not None else ""]
        return " ".join(part for part in parts if part)


class VideoError(NeuFaceError):
    """A video cannot be opened, decoded or written."""


class ModelError(NeuFaceError):
    """A model file is missing, damaged, or of the wrong kind."""


class LandmarkError(NeuFaceError):
    """Landmarks cannot be detected or do not belong to the clip."""


class FitError(NeuFaceError):
    """A fit cannot be started or went wrong."""


class ProjectError(NeuFaceError):
    """A project cannot be opened, read or written."""


class ProjectLockedError(ProjectError):
    """Another program has the project open for writing."""


class TrackError(NeuFaceError):
    """A track of another tool cannot be read, or does not belong to the video."""


class PicturesMissingError(TrackError):
    """Which video a track belongs to is not known."""


class ExportError(NeuFaceError):
    """A dataset cannot be written, or a file that was read is not a valid dataset."""


class CancelledError(NeuFaceError):
    """The user stopped the job; what was finished before is kept."""


def meant(word: str, known: Iterable[str], otherwise: str) -> str:
    """A remedy for a name that is not `known`: the nearest one, or `otherwise` where none is near."""
    near = get_close_matches(word, list(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else otherwise

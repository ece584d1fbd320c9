"""Which result of a clip is drawn: the fit, or while a key is held another one to compare it with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from neuface_core.errors import NeuFaceError
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.heads.model import HeadModel
from neuface_core.project import Project
from neuface_core.study.comparison import has_flame, read_flame
from neuface_studio.head_frames import HeadFrames
from neuface_studio.state import Result

AnyFit = Fit | MultiViewFit
Loader = Callable[[], tuple[AnyFit, HeadModel | None]]


class OtherResults:
    """Fits of the clip besides the latest one, read when they are asked for the first time.

    Used by the compositor's thread alone, but for `available`.

    Parameters
    ----------
    loaders
        How to read each that there is.
    kept
        Meshes of each view that stay in memory.
    """

    def __init__(self, loaders: Mapping[Result, Loader], n_frames: int, kept: int) -> None:
        self._loaders, self._n_frames, self._kept = loaders, n_frames, kept
        self._read: dict[Result, dict[str, tuple[Fit, HeadFrames]]] = {}

    @property
    def available(self) -> frozenset[Result]:
        """Those that can be asked for."""
        return frozenset(self._loaders)

    def view(self, which: Result, name: str) -> tuple[Fit, HeadFrames] | None:
        """A result of the view called `name`; None where it has none, or it cannot be read."""
        if which not in self._loaders:
            return None
        if which not in self._read:
            self._read[which] = self._load(which)
        found = self._read[which]
        return found.get(name) or (found.get("") if len(found) == 1 else None)

    def _load(self, which: Result) -> dict[str, tuple[Fit, HeadFrames]]:
        try:
            fit, head = self._loaders[which]()
        except NeuFaceError:
            return {}  # it was removed, or damaged, since the clip was opened
        if head is None or fit.n_frames != self._n_frames:
            return {}
        if isinstance(fit, MultiViewFit):
            named = zip(fit.view_names, fit.views, strict=True)
            return {name: (view, HeadFrames(head, view, self._kept)) for name, view in named}
        return {"": (fit, HeadFrames(head, fit, self._kept))}


def other_results(project: Project, name: str, head: Callable[[str], HeadModel | None]) -> dict[Result, Loader]:
    """How to read the results that the project keeps of a clip besides its latest fit; `head` gives models by id."""

    def with_head(fit: AnyFit) -> tuple[AnyFit, HeadModel | None]:
        return fit, head((fit.views[0] if isinstance(fit, MultiViewFit) else fit).head_id)

    found: dict[Result, Loader] = {}
    runs = project.runs(name)
    if len(runs) > 1:
        found[Result.PREVIOUS] = lambda: with_head(project.load_views(name, runs[-2]))
    if has_flame(project, name):
        found[Result.FLAME] = lambda: with_head(read_flame(project, name))
    return found

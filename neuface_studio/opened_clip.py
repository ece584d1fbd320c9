"""A clip that can be shown: its videos, fits and meshes, and what the views say about each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neuface_core.errors import NeuFaceError
from neuface_core.evaluation.suspicion import Suspicion, Usual, judge_clip
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.signals import signals
from neuface_core.heads.model import HeadModel
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.study.gradient_maps import GradientFilm
from neuface_core.video import FrameSource
from neuface_studio.agreement import Agreement
from neuface_studio.head_frames import KEPT, HeadFrames
from neuface_studio.language import tr
from neuface_studio.results import Loader, OtherResults
from neuface_studio.state import Result
from neuface_studio.strips import Strip, strips_of
from neuface_studio.suspects import Stretch, stretches

_LEAST_KEPT = 12  # meshes of every view that stay in memory, however many views there are


@dataclass(frozen=True)
class ClipFiles:
    """What a clip is made of, before anything is read.

    Attributes
    ----------
    video
        Opens the video of a view, its frames numbered by the moments of the clip.
    fit
        The latest fit with its head, None where there is none.
    faces
        Which person of a view it is about, from 1, and how many were found there.
    views
        Names of the cameras.
    usual
        What is usual in the project; None where nobody says, and nothing is suspicious.
    others
        How to read the other results that there are.
    gradients
        Reads the gradient map of a view; None where there is none.
    landmarks
        What was detected in a view, with what a person corrected; None where nobody looked yet.
    """

    name: str
    video: Callable[[int], FrameSource]
    fit: Callable[[], tuple[Fit | MultiViewFit, HeadModel | None] | None]
    faces: Callable[[int], tuple[int, int]] = lambda _: (0, 0)
    views: tuple[str, ...] = ("",)
    usual: Callable[[], Usual | None] = lambda: None
    others: Callable[[], Mapping[Result, Loader]] = dict
    gradients: Callable[[int], Callable[[], GradientFilm | None] | None] = lambda _: None
    landmarks: Callable[[int], LandmarkTrack | None] = lambda _: None


@dataclass(frozen=True)
class OpenedView:
    """One camera of a clip.

    Attributes
    ----------
    source
        None where the video cannot be read (`problem` says why).
    fit
        None without a fit, and where this view was left out of it.
    heads
        Meshes; None without a fit, or where its head model is not here.
    faces
        Which person it is about, from 1, and how many were found; zeros where nobody looked yet.
    strips
        Its signals as the timeline shows them; empty without a fit.
    gradients
        Reads its gradient map, once; None where none was made.
    track
        Its landmarks where there is no fit to show them; None where nobody looked yet.
    """

    name: str
    source: FrameSource | None
    fit: Fit | None = None
    heads: HeadFrames | None = None
    problem: str = ""
    faces: tuple[int, int] = (0, 0)
    strips: tuple[Strip, ...] = ()
    gradients: Callable[[], GradientFilm | None] | None = None
    track: LandmarkTrack | None = None

    @property
    def worst_frame(self) -> int | None:
        """The frame with the largest landmark error; None where there is none."""
        if self.fit is None or not np.isfinite(self.fit.error).any():
            return None
        return int(np.nanargmax(self.fit.error))

    def face_box(self, frame: int) -> tuple[float, float, float, float] | None:
        """The square of the encoder in `frame`: x0, y0, x1, y1 in pixels; None where nobody looked yet."""
        if self.fit is None:
            return _around(self.track.boxes[frame]) if self.track is not None else None
        (x, y), half = self.fit.crops.centre[frame], 0.5 * self.fit.crops.size[frame]
        return float(x - half), float(y - half), float(x + half), float(y + half)


@dataclass(frozen=True)
class OpenedClip:
    """A clip that can be shown; at least one of its videos can be read.

    Attributes
    ----------
    ticket
        Number of the request that opened it.
    agreement
        How well the views of the fit agree; None for a clip of one view, and without a fit.
    problem
        Why something of it cannot be shown, or "".
    suspicion
        How much the fit deserves a look, and why; None without a fit.
    places
        Where in the clip a person should look.
    others
        Results besides the latest fit; None without one.
    """

    ticket: int
    name: str
    views: tuple[OpenedView, ...]
    agreement: Agreement | None = None
    problem: str = ""
    suspicion: Suspicion | None = None
    places: tuple[Stretch, ...] = ()
    others: OtherResults | None = None

    @property
    def source(self) -> FrameSource:
        """The first video that can be read: it gives the clip its time."""
        return next(view.source for view in self.views if view.source is not None)

    @property
    def fit(self) -> Fit | None:
        """That of the first view that has one."""
        return next((view.fit for view in self.views if view.fit is not None), None)

    @property
    def heads(self) -> HeadFrames | None:
        """Those of the first view that has some."""
        return next((view.heads for view in self.views if view.heads is not None), None)

    @property
    def results(self) -> frozenset[str]:
        """Results besides the latest fit that can be shown, by `state.Result`."""
        return self.others.available if self.others is not None else frozenset()

    def result(self, view: OpenedView, which: Result) -> tuple[Fit | None, HeadFrames | None]:
        """A result of a view, and its meshes; those of the latest fit where the view has no such result."""
        other = self.others.view(which, view.name) if self.others is not None else None
        return other if other is not None else (view.fit, view.heads)

    @property
    def first_frame(self) -> int:
        """The first moment with a mesh in any view; 0 where there is none."""
        valid = [view.fit.valid for view in self.views if view.fit is not None]
        return int(np.argmax(np.any(valid, axis=0))) if valid else 0

    @property
    def first_view(self) -> int:
        """The first view that can be read and has a mesh, else the first that can be read."""
        return next(
            (k for k, view in enumerate(self.views) if view.source is not None and view.heads is not None),
            next(k for k, view in enumerate(self.views) if view.source is not None),
        )


def open_clip(ticket: int, files: ClipFiles) -> OpenedClip | str:
    """Open every video and read the fit; words where not even one video can be read."""
    sources: list[FrameSource | None] = []
    problems: list[str] = []
    for k in range(len(files.views)):
        try:
            sources.append(files.video(k))
            problems.append("")
        except NeuFaceError as error:
            sources.append(None)
            problems.append(str(error))
        except Exception as error:
            sources.append(None)
            problems.append(tr("The video cannot be opened: {error}. See whether it plays elsewhere.", error=error))
    readable = [source for source in sources if source is not None]
    if not readable:
        return problems[0]
    views = [OpenedView(*parts[:2], problem=parts[2]) for parts in zip(files.views, sources, problems, strict=True)]
    problem = next((words for words in (*problems, *(s.info.warning for s in readable)) if words), "")
    agreement, suspicion, others = None, None, None
    try:
        views = [replace(view, faces=files.faces(k)) for k, view in enumerate(views)]
        found = files.fit()
        if found is None:
            views = [replace(view, track=files.landmarks(k)) for k, view in enumerate(views)]
        if found is not None:
            if found[0].n_frames != readable[0].info.n_frames:
                problem = tr("The fit belongs to another version of this video: fit the clip again.")
            else:
                views, missing = _with_fit(views, *found)
                views = [replace(view, gradients=_once(files.gradients(k))) for k, view in enumerate(views)]
                others = OtherResults(files.others(), found[0].n_frames, _kept(len(views)))
                agreement = Agreement.of(found[0], files.views) if isinstance(found[0], MultiViewFit) else None
                problem = missing or problem
                figures = files.usual()
                suspicion = judge_clip(signals(found[0]), figures) if figures is not None else None
    except NeuFaceError as error:
        problem = str(error)
    except Exception as error:
        problem = tr(
            "The fit cannot be shown: {kind}: {error}. Fit the clip again.", kind=type(error).__name__, error=error
        )
    places = stretches(suspicion, readable[0].info.n_frames) if suspicion is not None else ()
    return OpenedClip(ticket, files.name, tuple(views), agreement, problem, suspicion, places, others)


def _kept(n_views: int) -> int:
    return KEPT if n_views == 1 else max(_LEAST_KEPT, KEPT // n_views)


def _once(read: Callable[[], GradientFilm | None] | None) -> Callable[[], GradientFilm | None] | None:
    return cache(read) if read is not None else None


def _around(box: NDArray[np.float32]) -> tuple[float, float, float, float] | None:
    """A box with a margin of its own half size; None where there is none."""
    if not np.isfinite(box).all():
        return None
    x0, y0, x1, y1 = map(float, box)
    x, y = 0.5 * (x1 - x0), 0.5 * (y1 - y0)
    return x0 - x, y0 - y, x1 + x, y1 + y


def _with_fit(
    views: list[OpenedView], found: Fit | MultiViewFit, head: HeadModel | None
) -> tuple[list[OpenedView], str]:
    """The views with what the fit says about each, and words where its head is missing."""
    if isinstance(found, MultiViewFit):
        fits = dict(zip(found.view_names, found.views, strict=True))
    else:
        fits = {views[0].name: found}
    kept = _kept(len(views))
    result = []
    for view in views:
        fit = fits.get(view.name)
        heads = HeadFrames(head, fit, kept) if head is not None and fit is not None else None
        result.append(replace(view, fit=fit, heads=heads, strips=strips_of(fit) if fit is not None else ()))
    some = next(iter(fits.values()))
    words = (
        ""
        if head is not None
        else tr("The head model {head} is not installed: the mesh cannot be shown.", head=repr(some.head_id))
    )
    return result, words

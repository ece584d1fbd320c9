"""What the window shows: one play head, one set of layers. Views pull from here; nobody else keeps a frame number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from neuface_studio.language import mark

SHUTTLE_RATES = (1.0, 2.0, 4.0, 8.0)
_TICK_MS = 10


class Playhead(QObject):
    """The current frame: the single source of truth for video, overlay, mesh and timeline.

    Stepping works on the frame number and never skips. Playing follows the clock and the time stamps of the video, and
    drops the frames that come too late.

    Signals
    -------
    frame_changed(int)
        The current frame is another one.
    playing_changed(bool)
    rate_changed(float)
        Signed speed; 0 while it stands.
    clip_changed()
        Number of frames and time stamps are those of another clip.
    """

    frame_changed = Signal(int)
    playing_changed = Signal(bool)
    rate_changed = Signal(float)
    clip_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frame = 0
        self._times: NDArray[np.float64] = np.zeros(0)
        self._rate = 0.0
        self._direction = 1
        self.loop = True
        self._span: tuple[int, int] | None = None
        self._clock = QElapsedTimer()
        self._origin_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def frame(self) -> int:
        return self._frame

    @property
    def n_frames(self) -> int:
        return len(self._times)

    @property
    def span(self) -> tuple[int, int]:
        """First and last frame of what a loop plays: between the marks, or the whole clip."""
        end = max(0, self.n_frames - 1)
        return (min(self._span[0], end), min(self._span[1], end)) if self._span is not None else (0, end)

    def set_span(self, span: tuple[int, int] | None) -> None:
        """Let a loop play these frames, both included; None for the whole clip."""
        self._span = span

    @property
    def times(self) -> NDArray[np.float64]:
        """(F,) float64: seconds of every frame from the first one."""
        return self._times

    @property
    def time_s(self) -> float:
        return float(self._times[self._frame]) if self.n_frames else 0.0

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def rate(self) -> float:
        """Signed speed, 0 while it stands."""
        return self._rate if self.playing else 0.0

    @property
    def direction(self) -> int:
        """Where the play head moved last, 1 or -1: what to decode ahead."""
        return self._direction

    def set_clip(self, times: NDArray[np.float64], frame: int = 0) -> None:
        """Show another clip whose frames stand at `times` (F,) seconds, at `frame`."""
        self.pause()
        self._times = np.asarray(times, np.float64)
        self._direction = 1
        self._frame = int(np.clip(frame, 0, max(0, self.n_frames - 1)))
        self.clip_changed.emit()
        self.frame_changed.emit(self._frame)

    def _move(self, frame: int) -> None:
        frame = int(np.clip(frame, 0, max(0, self.n_frames - 1)))
        if frame != self._frame:
            self._direction = 1 if frame > self._frame else -1
            self._frame = frame
            self.frame_changed.emit(frame)

    def seek(self, frame: int) -> None:
        """Go to `frame`, clipped to the clip; playing goes on from there."""
        self._move(frame)
        self._restart_clock()

    def step(self, frames: int) -> None:
        """Stop and move by exactly `frames`."""
        self.pause()
        self._move(self._frame + frames)

    def play(self, rate: float = 1.0) -> None:
        """Play at the signed speed `rate` from the current frame."""
        if self.n_frames < 2:
            return
        first, last = self.span if self.loop else (0, self.n_frames - 1)
        ends = (last, first)
        if self._frame == ends[rate < 0] or not first <= self._frame <= last:
            self._move(ends[rate > 0])
        was = self.playing
        self._rate = rate
        self._direction = 1 if rate > 0 else -1
        self._restart_clock()
        self._timer.start()
        self.rate_changed.emit(rate)
        if not was:
            self.playing_changed.emit(True)

    def pause(self) -> None:
        if self.playing:
            self._timer.stop()
            self._rate = 0.0
            self.rate_changed.emit(0.0)
            self.playing_changed.emit(False)

    def toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    def shuttle(self, direction: int) -> None:
        """J and L: play in `direction`; again makes it faster, 1, 2, 4, 8 times."""
        speed = abs(self._rate) if self.playing and self._rate * direction > 0 else 0.0
        faster = [rate for rate in SHUTTLE_RATES if rate > speed]
        self.play(direction * (faster[0] if faster else SHUTTLE_RATES[-1]))

    def _restart_clock(self) -> None:
        self._origin_s = self.time_s
        self._clock.start()

    def _tick(self) -> None:
        now = self._origin_s + self._rate * self._clock.nsecsElapsed() * 1e-9
        # The last frame is shown as long as the others, before it wraps.
        step = float(np.median(np.diff(self._times)))
        first, last = self.span if self.loop else (0, self.n_frames - 1)
        end = float(self._times[last]) + step
        if not self._times[first] <= now < end:
            if not self.loop:
                self._move(first if self._rate < 0 else last)
                self.pause()
                return
            self._move(first if self._rate > 0 else last)
            self._direction = 1 if self._rate > 0 else -1
            self._restart_clock()
            return
        direction = self._direction
        self._move(int(np.searchsorted(self._times, now, side="right")) - 1)
        self._direction = direction


class Result(StrEnum):
    """What was made of the clip."""

    FIT = "fit"
    BEFORE = "before"
    FLAME = "flame"
    PREVIOUS = "previous"


RESULT_WORDS = {
    Result.FIT: "",
    Result.BEFORE: mark("before the fit"),
    Result.FLAME: mark("FLAME fitting"),
    Result.PREVIOUS: mark("previous run"),
}


class MeshColour(StrEnum):
    """What the skin of the mesh is coloured by."""

    NONE = "none"
    ERROR = "error"
    DETECTOR = "detector"
    HIDDEN = "hidden"
    DISTANCE = "distance"


_HELD = ("before", "flame", "previous", "bare")


@dataclass(frozen=True)
class Layers:
    """What is drawn over the frame and how.

    `before`, `flame`, `previous` and `bare` are true only while their key is held; `colour` is a `MeshColour`.
    """

    detected: bool = True
    projected: bool = True
    errors: bool = True
    mesh: bool = True
    crop: bool = False
    opacity: float = 0.7
    follow_head: bool = False
    colour: str = "none"
    gradient: bool = False
    gradient_opacity: float = 0.8
    slits: bool = True
    grid: bool = False
    before: bool = False
    flame: bool = False
    previous: bool = False
    bare: bool = False

    @property
    def result(self) -> Result:
        """Which result is drawn."""
        held = (Result.PREVIOUS, self.previous), (Result.FLAME, self.flame), (Result.BEFORE, self.before)
        return next((result for result, is_held in held if is_held), Result.FIT)

    @property
    def mesh_colour(self) -> MeshColour:
        """What the mesh is coloured by."""
        return MeshColour(self.colour) if self.colour in set(MeshColour) else MeshColour.NONE

    def stored(self) -> dict[str, object]:
        """What is worth remembering until the next start."""
        return {key: value for key, value in asdict(self).items() if key not in _HELD}

    @classmethod
    def from_stored(cls, values: dict[str, object]) -> Layers:
        """Inverse of `stored`; unknown and wrongly typed entries are ignored."""
        plain = cls()
        known = {f.name: type(getattr(plain, f.name)) for f in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known and isinstance(value, known[key])}
        return replace(plain, **kept)  # type: ignore[arg-type]


class LayerState(QObject):
    """The current `Layers`, with a signal."""

    changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._value = Layers()

    @property
    def value(self) -> Layers:
        return self._value

    def set(self, value: Layers) -> None:
        if value != self._value:
            self._value = value
            self.changed.emit(value)

    def toggle(self, name: str) -> None:
        self.set(replace(self._value, **{name: not getattr(self._value, name)}))  # type: ignore[arg-type]

    def hold(self, name: str, held: bool) -> None:
        """`name` is one of those that last while a key is held: "before", "flame", "previous", "bare"."""
        self.set(replace(self._value, **{name: held}))  # type: ignore[arg-type]

    def change_opacity(self, by: float) -> None:
        self.set(replace(self._value, opacity=round(float(np.clip(self._value.opacity + by, 0.1, 1.0)), 2)))

    def change_gradient_opacity(self, by: float) -> None:
        opacity = round(float(np.clip(self._value.gradient_opacity + by, 0.1, 1.0)), 2)
        self.set(replace(self._value, gradient_opacity=opacity))

    def next_colour(self, *, several: bool) -> None:
        """Colour the mesh by the next thing; how far views are apart is offered where there are `several`."""
        offered = [colour for colour in MeshColour if several or colour is not MeshColour.DISTANCE]
        now = self._value.mesh_colour
        at = offered.index(now) if now in offered else -1
        self.set(replace(self._value, colour=str(offered[(at + 1) % len(offered)])))


class Meshes(StrEnum):
    """What the 3D view shows of a clip of several views."""

    OWN = "own"
    ALL = "all"
    TOGETHER = "together"


MESH_WORDS = {
    Meshes.OWN: mark("this view"),
    Meshes.ALL: mark("all views"),
    Meshes.TOGETHER: mark("put together"),
}


class ViewState(QObject):
    """The cameras of the clip, which of them is large, and what the 3D view shows of them.

    Signals
    -------
    clip_changed()
        The cameras are those of another clip.
    changed()
        Another camera is large, or the 3D view shows something else.
    """

    clip_changed = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ("",)
        self._view = 0
        self._meshes = Meshes.OWN

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    @property
    def several(self) -> bool:
        return len(self._names) > 1

    @property
    def view(self) -> int:
        """Number of the large camera, from 0."""
        return self._view

    @property
    def name(self) -> str:
        """Name of the large camera; "" in a clip of one."""
        return self._names[self._view] if self.several else ""

    @property
    def meshes(self) -> Meshes:
        """What the 3D view shows; its own mesh in a clip of one camera, whatever was chosen for others."""
        return self._meshes if self.several else Meshes.OWN

    @property
    def wanted_meshes(self) -> Meshes:
        """What was chosen for clips of several cameras."""
        return self._meshes

    def set_clip(self, names: Sequence[str], view: int = 0) -> None:
        """Another clip with these cameras, `view` large; what the 3D view shows stays."""
        self._names = tuple(names) or ("",)
        self._view = int(np.clip(view, 0, len(self._names) - 1))
        self.clip_changed.emit()

    def choose(self, view: int) -> None:
        """Make a camera large; nothing where there is none of this number."""
        if 0 <= view < len(self._names) and view != self._view:
            self._view = view
            self.changed.emit()

    def set_meshes(self, meshes: Meshes) -> None:
        if meshes != self._meshes:
            self._meshes = meshes
            self.changed.emit()

    def next_meshes(self) -> None:
        """Of this view, of all views, put together, and of this view again."""
        every = tuple(Meshes)
        self.set_meshes(every[(every.index(self._meshes) + 1) % len(every)])

"""The play head: which frame is shown. Views pull from here; nobody else keeps a frame number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

SHUTTLE_RATES = (1.0, 2.0, 4.0, 8.0)
_TICK_MS = 10
_ALONE_MS = 40  # after so long without its picture the number of a frame is shown alone


class Playhead(QObject):
    """The current frame: the single source of truth for video, overlay, mesh and timeline.

    Stepping works on the frame number and never skips. Playing follows the clock and the time stamps of the video, and
    drops the frames that come too late.

    Signals
    -------
    frame_changed(int)
        The current frame is another one.
    settled(int)
        The views have taken it, or keep a person waiting: what shows its number alone follows now. A window is put
        together anew for every paint, so one paint a frame costs half of two.
    playing_changed(bool)
    rate_changed(float)
        Signed speed; 0 while it stands.
    clip_changed()
        Number of frames and time stamps are those of another clip.
    """

    frame_changed = Signal(int)
    settled = Signal(int)
    playing_changed = Signal(bool)
    rate_changed = Signal(float)
    clip_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frame = 0
        self._times: NDArray[np.float64] = np.zeros(0)
        self._step_s = 0.0
        self._rate = 0.0
        self._direction = 1
        self.loop = True
        self._span: tuple[int, int] | None = None
        self._clock = QElapsedTimer()
        self._origin_s = 0.0
        self._timer = QTimer(self, interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._alone = QTimer(self, interval=_ALONE_MS, singleShot=True)
        self._alone.timeout.connect(self.settle)

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
    def length_s(self) -> float:
        """Seconds of the clip; its last frame is shown as long as the others."""
        return float(self._times[-1]) + self._step_s if self.n_frames else 0.0

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
        self._step_s = float(np.median(np.diff(self._times))) if self.n_frames > 1 else 0.0
        self._direction = 1
        self._frame = int(np.clip(frame, 0, max(0, self.n_frames - 1)))
        self.clip_changed.emit()
        self.frame_changed.emit(self._frame)
        self.settle()

    def settle(self) -> None:
        """The views have taken a frame: what shows only its number may follow."""
        self._alone.stop()
        self.settled.emit(self._frame)

    def _move(self, frame: int) -> None:
        frame = int(np.clip(frame, 0, max(0, self.n_frames - 1)))
        if frame != self._frame:
            self._direction = 1 if frame > self._frame else -1
            self._frame = frame
            if not self._alone.isActive():
                self._alone.start()
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
        first, last = self.span if self.loop else (0, self.n_frames - 1)
        end = float(self._times[last]) + self._step_s  # the last frame is shown as long as the others
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

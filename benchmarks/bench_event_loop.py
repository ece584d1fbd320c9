"""event_loop_p99_ms_process, event_loop_p99_ms_thread: how late the window's event loop is while a fit runs.

A real window shows a fitted clip, a person steps through it once a second, and another clip of 120 frames is fitted
with the default settings: in the process of the fits, then on the background thread. A timer of 5 ms measures
meanwhile; how much later than that it fires is how long any key or click would have waited. The figures are the 99th
percentiles over the whole job, from the order to the stored result. `details` has the same without a fit, and while
the clip plays; a paint of the window on a processor alone takes most of what is left there.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from measure import hand_over
from real_window import RealWindow, make_project

FRAMES = 120
TICK_MS = 5
STEP_MS = 1000
SOME_S = 20.0


def main() -> None:
    """Measure and hand over."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = make_project(folder, ["seen", "process", "thread", "playing"], FRAMES, fitted=["seen"])
        studio = RealWindow(folder)
        window = studio.window
        studio.open(project)
        studio.wait(lambda: window.work.timeline.has_slits(0) and window.stage._compositor.idle)
        queue, ended = window.background.queue, list[str]()
        queue.ended.connect(lambda _task, outcome, _result: ended.append(outcome))
        late: dict[str, list[float]] = {"idle": _lateness(studio, _after(SOME_S))}
        for where in ("process", "thread"):
            window.background.elsewhere = where == "process"
            ended.clear()
            window.background.fit([where])
            late[where] = _lateness(studio, lambda: bool(ended))
            print(where, f"{np.percentile(late[where], 99):.1f} ms", file=sys.stderr, flush=True)
            if ended != ["done"]:
                raise RuntimeError(f"The fit in the {where} ended with {ended}: {window.work.banner.text}")
        window.background.elsewhere = True
        window.background.fit(["playing"])
        window.playhead.play()
        late["playing"] = _lateness(studio, _after(SOME_S))
        queue.cancel()
        studio.wait(lambda: queue.current is None)
        studio.close()
    found: dict[str, Any] = {
        where: {
            "p50_ms": round(float(np.percentile(values, 50)), 2),
            "p99_ms": round(float(np.percentile(values, 99)), 2),
            "longest_ms": round(max(values), 1),
            "ticks": len(values),
        }
        for where, values in late.items()
    }
    hand_over(
        {f"event_loop_p99_ms_{where}": found[where]["p99_ms"] for where in ("process", "thread")},
        {"late_ms": found, "frames": FRAMES, "tick_ms": TICK_MS},
    )


def _after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def _lateness(studio: RealWindow, done: Callable[[], bool]) -> list[float]:
    """How many milliseconds late every tick was until `done`; the window runs in its own event loop."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    window, loop = studio.window, QEventLoop()
    late: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        late.append(max(0.0, 1e3 * (now - last) - TICK_MS))
        last = now
        if done():
            loop.quit()

    def step() -> None:
        if not window.playhead.playing:
            window.playhead.step(1 if window.playhead.frame < FRAMES - 1 else 1 - FRAMES)

    timers = (
        QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer, timeout=tick),
        QTimer(interval=STEP_MS, timeout=step),
    )
    for timer in timers:
        timer.start()
    loop.exec()
    for timer in timers:
        timer.stop()
    return late


if __name__ == "__main__":
    main()

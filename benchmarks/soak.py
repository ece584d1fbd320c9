"""A long day in the real window, and what it forgets, complains about or leaves behind.

    python benchmarks/soak.py [--short] [--minutes M] [--out soak.json]

20,000 frame steps, 500 clip switches and 50 fits (every fifth in the process of the fits), with layers, strips, the
mesh view, marks, verdicts, edits of landmarks and their undo in between. Afterwards it holds that

- the memory of the window grew by at most 5 % since the warm-up, in which everything was done once;
- Qt said nothing;
- when the window is closed, no thread, no process and no open file of the project is left.

Writes what was measured as JSON and exits with 1 where something of that does not hold. `--minutes` ends earlier; the
JSON says what was done. Needs a display (`xvfb-run -a -s "-screen 0 1600x1000x24"`).
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from real_window import RealWindow, make_project

ALLOWED_GROWTH = 1.05
CLIPS = 6
FRAMES = 24
PASSES = 4
SIZE = 1000, 700
ELSEWHERE_EVERY = 5
_SHARED = "resource_tracker"  # of Python itself: one for the life of the program, whoever starts a process


@dataclass(frozen=True)
class Amount:
    """How much is done."""

    steps: int
    switches: int
    fits: int


FULL, SHORT = Amount(20_000, 500, 50), Amount(400, 20, 2)


def memory_mib() -> float:
    """What this process holds, after its garbage was collected."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def children() -> list[str]:
    """Command lines of the processes that this one started and that still run."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
                if words and _SHARED not in words:
                    found.append(words)
    return found


def open_files(below: Path) -> list[str]:
    """Files in a folder that this process has open."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if (target := str(entry.readlink())).startswith(str(below)):
                found.append(target)
    return sorted(found)


class Soak:
    """Somebody who works in the window."""

    def __init__(self, studio: RealWindow) -> None:
        from PySide6.QtCore import Qt

        self._studio, self._window, self._keys = studio, studio.window, Qt.Key
        self._right = True
        self.steps = self.switches = self.fits = 0
        self.outcomes: list[str] = []
        self._window.background.queue.ended.connect(lambda _task, outcome, _result: self.outcomes.append(outcome))

    def press(self, *keys: Any, shift: bool = False) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        held = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        for key in keys:
            QTest.keyClick(self._window, key, held)

    def _seen(self) -> None:
        """Until the frame is everywhere."""
        stage, video = self._window.stage, self._window.work.video
        self._studio.wait(lambda: stage.shown_frames[0] == self._window.playhead.frame == video._painted)

    def step(self) -> None:
        head = self._window.playhead
        if head.frame in (0, head.n_frames - 1):
            self._right = head.frame == 0
        self.press(self._keys.Key_Right if self._right else self._keys.Key_Left)
        self._seen()
        self.steps += 1

    def switch(self) -> None:
        self.press(self._keys.Key_N)
        self._look()
        self.switches += 1

    def _look(self) -> None:
        session, stage = self._window.session, self._window.stage
        current = session.current
        assert current is not None
        self._studio.wait(lambda: stage.clip is not None and stage.clip.name == current.name)
        self._seen()

    def act(self, number: int) -> None:
        """One of the things that are done between steps; after all of them everything is as before."""
        from PySide6.QtTest import QTest

        key, window = self._keys, self._window
        match number % 8:
            case 0:
                self.press(key.Key_M, key.Key_D, key.Key_T, key.Key_H)
                self.step()
                self.press(key.Key_M, key.Key_D, key.Key_T, key.Key_H, key.Key_H, key.Key_H)
            case 1:
                self.press(key.Key_S, shift=True)
                self.step()
                self.press(key.Key_S, shift=True)
            case 2:
                QTest.keyPress(window, key.Key_B)
                self._studio.wait(lambda: window.work.video.picture.wish.before)  # type: ignore[union-attr]
                QTest.keyRelease(window, key.Key_B)
                self._seen()
            case 3:
                camera = window.work.mesh.scene
                camera.turned()
                self.press(key.Key_C, key.Key_Z)
                self.step()
                self.press(key.Key_C, key.Key_0)
                window.looking.reset_camera()
            case 4:
                self.press(key.Key_E)
                self.press(*[key.Key_Tab] * (1 + number % 60))
                self.press(key.Key_Down, shift=True)
                self.press(key.Key_Escape, key.Key_Escape, key.Key_U)
            case 5:
                self.press(key.Key_I, key.Key_X, key.Key_U, key.Key_U)
            case 6:
                self.press(key.Key_A)
                self._look()
                self.press(key.Key_U)
                self._look()
            case 7:
                self.press(key.Key_L)
                until = time.monotonic() + 0.5
                self._studio.wait(lambda: time.monotonic() > until)
                self.press(key.Key_Space)
                self._seen()

    def order_fit(self) -> None:
        """A fit of the clip on show, beside which the work goes on; the one before has ended then."""
        self.wait_for_fits()
        self._window.background.elsewhere = self.fits % ELSEWHERE_EVERY == 0
        current = self._window.session.current
        assert current is not None
        self._window.background.fit([current.name])
        self.fits += 1

    def wait_for_fits(self) -> None:
        self._studio.wait(lambda: self._window.background.queue.current is None, 600)
        self._look()


def work(soak: Soak, amount: Amount) -> Iterator[None]:
    """All of it, evenly mixed; yields after every clip."""
    for number in range(amount.switches):
        if number * amount.fits // amount.switches < (number + 1) * amount.fits // amount.switches:
            soak.order_fit()
        wanted = (number + 1) * amount.steps // amount.switches
        soak.act(number)
        while soak.steps < wanted:
            soak.step()
        soak.switch()
        yield
    soak.wait_for_fits()


def run(amount: Amount, folder: Path, minutes: float) -> dict[str, Any]:
    """Work in a window; what was measured, and under "problems" what does not hold."""
    from PySide6.QtCore import QThread, qInstallMessageHandler

    said: list[str] = []
    qInstallMessageHandler(lambda kind, _context, words: said.append(f"{kind.name}: {words}"))
    names = [f"clip{k}" for k in range(CLIPS)]
    project = make_project(folder, names, FRAMES, fitted=names, iterations=PASSES)
    before = set(threading.enumerate())
    studio = RealWindow(folder, SIZE)
    studio.open(project)
    window = studio.window

    warm = Soak(studio)
    for _ in work(warm, Amount(80, 16, 2)):
        pass
    first, began = memory_mib(), time.monotonic()
    soak, memory = Soak(studio), [first]
    for _ in work(soak, amount):
        if soak.switches % max(1, amount.switches // 50) == 0:
            memory.append(memory_mib())
        if time.monotonic() - began > 60 * minutes:
            soak.wait_for_fits()
            break
    last = memory_mib()

    studio.close()
    drawing = [str(thread) for thread in window.findChildren(QThread) if thread.isRunning()]
    window.deleteLater()
    done, outcomes = {"steps": soak.steps, "switches": soak.switches, "fits": soak.fits}, soak.outcomes
    del window, warm, soak, studio.window
    for _ in range(20):
        studio.app.processEvents()
        time.sleep(0.01)
    gc.collect()
    threads = [thread.name for thread in threading.enumerate() if thread not in before and not thread.daemon]
    jobs = [thread.name for thread in threading.enumerate() if thread.name.startswith("neuface")]
    qInstallMessageHandler(None)
    found = {
        "done": done,
        "wanted": asdict(amount),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
        "minutes": round((time.monotonic() - began) / 60, 1),
        "memory_mib": {"warm": round(first), "end": round(last), "course": [round(mib) for mib in memory]},
        "growth": round(last / first - 1, 4),
        "qt_said": said,
        "left": {"threads": [*drawing, *threads, *jobs], "processes": children(), "files": open_files(folder)},
    }
    return found | {"problems": _problems(found)}


def _problems(found: dict[str, Any]) -> list[str]:
    problems = [f"left behind: {what}: {which}" for what, which in found["left"].items() if which]
    if found["growth"] > ALLOWED_GROWTH - 1:
        problems.append(f"the memory grew by {found['growth']:.1%}")
    if found["qt_said"]:
        problems.append(f"Qt said {len(found['qt_said'])} times something, first {found['qt_said'][0]!r}")
    if set(found["outcomes"]) - {"done"}:
        problems.append(f"fits ended otherwise than done: {found['outcomes']}")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description="A long day in the real window.")
    parser.add_argument("--short", action="store_true", help=f"{SHORT} instead of {FULL}")
    parser.add_argument("--minutes", type=float, default=1e9, help="end after so long")
    parser.add_argument("--out", type=Path, default=Path("soak.json"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(SHORT if arguments.short else FULL, Path(folder).resolve(), arguments.minutes)
    arguments.out.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))
    return 1 if found["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())

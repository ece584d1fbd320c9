"""Somebody who judges fifty clips by the keyboard alone, and notes down what was pressed.

`python -m tests.studio.annotator PROJECT NOTEBOOK` is the same person at a machine that is killed, without a word of
warning, right after every tenth clip.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from neuface_core.project.records import ClipState, RejectReason
from neuface_studio import qt_setup
from neuface_studio.main_window import MainWindow

CLIPS = 50
KILLED_EVERY = 10
UNDONE = (3, 13, 22, 31, 44)
"""The how many-th clips are first judged the other way; the decision is taken back."""
NOTES = {4: "left ear", 17: "glasses from frame 12", 38: "ask Kim"}
REPAIRED = {8: 1, 29: 30}
"""The how many-th clips have which landmark nudged."""
NUDGE = (2.0, 1.0)
"""Pixels to the right and down."""
SIZE = 1000, 700
"""Of the window: small, since the pictures are drawn without a graphics card."""
_PATIENCE_S = 120


@dataclass(frozen=True)
class Pressed:
    """One thing that was done; `words` is the reason of a rejection or the note, `point` the landmark of an edit."""

    kind: str
    clip: str
    verdict: str = ""
    words: str = ""
    point: int = -1


class Notebook:
    """What was pressed, in a file that outlives the program."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, pressed: Pressed) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(vars(pressed)) + "\n")

    def read(self) -> list[Pressed]:
        if not self._path.exists():
            return []
        return [Pressed(**json.loads(line)) for line in self._path.read_text(encoding="utf-8").splitlines()]

    def decisions(self) -> dict[str, Pressed]:
        """The decision that holds of every clip."""
        held: dict[str, Pressed] = {}
        for pressed in self.read():
            if pressed.kind == "decide":
                held[pressed.clip] = pressed
            elif pressed.kind == "undo":
                del held[pressed.clip]
        return held


class Annotator:
    """Presses keys in a window, and looks at it in between."""

    def __init__(self, window: MainWindow, notebook: Notebook) -> None:
        self._window, self._notebook = window, notebook

    # --- eyes and hands

    def wait(self, seen: Callable[[], bool]) -> None:
        """Look until something is seen."""
        end = time.monotonic() + _PATIENCE_S
        while not seen():
            assert time.monotonic() < end, f"waited in vain; the banner says: {self._window.work.banner.text}"
            QTest.qWait(5)

    def press(self, *keys: Qt.Key | str, ctrl: bool = False) -> None:
        """As a keyboard does: to the window in front, which gives the key to whatever has the focus."""
        modifiers = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        for key in keys:
            QTest.keyClick(self._front(), key, modifiers)  # type: ignore[call-overload]

    def _front(self) -> QWindow:
        handle = (QApplication.activeModalWidget() or self._window).windowHandle()
        assert handle is not None
        return handle

    @property
    def clip(self) -> str:
        """The clip on show."""
        current = self._window.session.current
        assert current is not None
        return current.name

    def _look(self) -> None:
        """Until the picture of the clip is there."""
        stage = self._window.stage
        self.wait(lambda: stage.clip is not None and stage.clip.name == self.clip)
        self.wait(lambda: stage.shown_frames[0] is not None)

    # --- the work

    def judge(self, clips: int) -> None:
        """Judge as many clips more, in the order in which the window brings them."""
        first = len(self._notebook.decisions())
        self._look()
        while self._window.session.current.state is not ClipState.TO_REVIEW:  # type: ignore[union-attr]
            self.press(Qt.Key.Key_N)
        for number in range(first, first + clips):
            self._look()
            if number in NOTES:
                self._note(NOTES[number])
            if number in REPAIRED:
                self._repair(REPAIRED[number])
            rejected = number % 3 == 2
            if number in UNDONE:
                self._decide(number, reject=not rejected)
                self._undo()
            self._decide(number, reject=rejected)

    def _decide(self, number: int, *, reject: bool) -> None:
        clip, digit = self.clip, 1 + number % (len(RejectReason) - 1)  # "other" would ask for words
        self.press(*("r", str(digit)) if reject else "a")
        reason = list(RejectReason)[digit - 1].value if reject else ""
        self._notebook.write(Pressed("decide", clip, "reject" if reject else "accept", reason))

    def _undo(self) -> None:
        last = self._notebook.read()[-1]
        self.press("u")
        self._notebook.write(Pressed("undo", last.clip))
        self.wait(lambda: self.clip == last.clip)
        self._look()

    def _note(self, words: str) -> None:
        self.press(Qt.Key.Key_N, ctrl=True)
        self.press(*words, Qt.Key.Key_Return)
        self._notebook.write(Pressed("note", self.clip, words=words))

    def _repair(self, point: int) -> None:
        self.press("e", *[Qt.Key.Key_Tab] * (point + 1))
        self.press(Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down)
        self.press(Qt.Key.Key_Escape, Qt.Key.Key_Escape)
        self._notebook.write(Pressed("edit", self.clip, point=point))

    def export(self) -> None:
        """Write the dataset to where the window suggests."""
        self.press(Qt.Key.Key_E, ctrl=True)
        self.press(Qt.Key.Key_Return)
        self.wait(lambda: "verified" in self._window.work.banner.text)


def main(project: Path, notebook: Path) -> None:
    """Judge ten clips; then the machine dies."""
    app = qt_setup.application(["annotator"])
    window = MainWindow(torch.device("cpu"), opengl=qt_setup.has_opengl())
    window.resize(*SIZE)
    window.show()
    window.activateWindow()
    assert window.files.open_project(project)
    Annotator(window, Notebook(notebook)).judge(KILLED_EVERY)
    del app
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

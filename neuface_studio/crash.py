"""Errors that nobody caught: shown in the window with their details, kept in a file, and never the end of the program.

What ends the program all the same (a fault in a library) writes into the same folder; the next start says so. Nothing
leaves the machine.
"""

from __future__ import annotations

import contextlib
import faulthandler
import sys
import traceback
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol

import platformdirs

from neuface_core.errors import NeuFaceError
from neuface_studio.language import tr
from neuface_studio.problems import advice, of_clip
from neuface_studio.views.banner import Kind

_REPORT, _FAULT, _SEEN = "error.txt", "fault.txt", "fault-before.txt"
_open_fault: list[IO[str]] = []  # faulthandler writes into it for as long as the program lives


class _Teller(Protocol):
    def tell(self, words: str, kind: Kind = ..., action: str = ..., details: str = ...) -> None: ...


class _Window(_Teller, Protocol):
    @property
    def clip_name(self) -> str: ...


def folder() -> Path:
    """Where reports lie."""
    return platformdirs.user_state_path("neuface-studio", appauthor=False)


def last_report() -> str:
    """The latest of the reports that were kept; "" where there is none."""
    found = [path for name in (_REPORT, _SEEN) if (path := folder() / name).is_file()]
    return max(found, key=lambda p: p.stat().st_mtime).read_text(encoding="utf-8", errors="replace") if found else ""


def keep(report: str) -> None:
    """Write a report; a disk that takes no more is no second error."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        (folder() / _REPORT).write_text(f"{datetime.now():%Y-%m-%d %H:%M:%S}\n{report}", encoding="utf-8")


def show_on(window: _Window) -> None:
    """Send uncaught errors of the GUI thread to the banner of `window`, to a file, and to the terminal."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, KeyboardInterrupt):
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        keep(details)
        words = str(error)
        if not isinstance(error, NeuFaceError):
            words = tr("Something unexpected went wrong: {error}.", error=repr(error))
        words = of_clip(f"{words} {advice()}", window.clip_name)
        window.tell(tr("{what} What was decided is on disk.", what=words), Kind.PROBLEM, "", details)

    sys.excepthook = hook


def watch_faults(window: _Teller) -> None:
    """Say whether the last session was ended by a fault, and write down the next one."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        path = folder() / _FAULT
        if path.is_file() and path.stat().st_size:
            before = path.replace(folder() / _SEEN)
            window.tell(
                tr(
                    "The last session was ended by a fault in a library. What was decided is on "
                    "disk; Help, What went wrong last shows the report."
                ),
                Kind.PROBLEM,
                "",
                before.read_text(encoding="utf-8", errors="replace"),
            )
        file = path.open("w", encoding="utf-8")
        _open_fault.append(file)
        faulthandler.enable(file)

"""Errors that nobody caught: shown in the window with their details, and never the end of the program."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType
from typing import Protocol

from neuface_core.errors import NeuFaceError
from neuface_studio.views.banner import Kind


class _Teller(Protocol):
    def tell(self, words: str, kind: Kind = ..., action: str = ..., details: str = ...) -> None: ...


def show_on(window: _Teller) -> None:
    """Send uncaught errors of the GUI thread to the banner of `window`, and to the terminal."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, KeyboardInterrupt):
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        words = str(error) if isinstance(error, NeuFaceError) else f"Something unexpected went wrong: {error!r}"
        window.tell(f"{words} What was decided is on disk.", Kind.PROBLEM, "", details)

    sys.excepthook = hook

"""Start-up: `neuface review PROJECT`, or `python -m neuface_studio`."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from neuface_studio import qt_setup


def make_window(device: str | None = None, projects_folder: Path | None = None) -> object:
    """The window, dressed but not shown; a QApplication must exist. Without `device` fits go where the person chose."""
    from neuface_core.devices import pick_device
    from neuface_core.errors import NeuFaceError
    from neuface_studio.language import tr
    from neuface_studio.main_window import MainWindow
    from neuface_studio.views.banner import Kind
    from neuface_studio.window_memory import Preferences

    gone = ""
    try:
        place = pick_device(device or Preferences().settings.device)
    except NeuFaceError as error:
        if device is not None:
            raise
        place, gone = pick_device("auto"), error.message
    window = MainWindow(place, opengl=qt_setup.has_opengl(), projects_folder=projects_folder)
    if gone:
        words = tr("{what} Fits compute on {device}; {window.settings} changes that.", what=gone, device=place)
        window.tell(words, Kind.PROBLEM)
    window.tailoring.take_settings(window.preferences.settings)
    gc.freeze()  # modules and the window itself live as long as the program: `GuiGarbage` need not look at them
    return window


def main(argv: Sequence[str] | None = None) -> int:
    """Open the Studio, on a project if one is named, and stay until the window is closed.

    Parameters
    ----------
    argv
        Arguments without the program's name: an optional project folder or videos, `--device`, `--theme`, `--language`.
    """
    parser = argparse.ArgumentParser(prog="neuface review", description="Review fits beside their video.")
    parser.add_argument("paths", nargs="*", type=Path, help="a project, or videos to add to a new one")
    parser.add_argument("--device", help="where fits run, for this time: auto, cpu, cuda, mps")
    parser.add_argument("--theme", choices=("dark", "light"), help="for this time")
    parser.add_argument("--language", default="", help='a code like "de", or "pseudo"; for this time')
    arguments = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    app = qt_setup.application(["neuface-studio"])
    from neuface_studio import crash, language, theme
    from neuface_studio.main_window import MainWindow
    from neuface_studio.window_memory import Preferences

    language.speak(app, arguments.language or os.environ.get(language.VARIABLE) or Preferences().language)

    # Ctrl+C in the terminal ends the program even while Qt waits in C++.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    window = make_window(arguments.device)
    assert isinstance(window, MainWindow)
    crash.show_on(window)
    crash.watch_faults(window)
    if arguments.theme:
        window.set_theme(theme.THEMES[arguments.theme])
    window.show()
    if arguments.paths:
        first = arguments.paths[0]
        if len(arguments.paths) == 1 and (first.is_dir() or not first.exists()):
            window.files.open_project(first)
        else:
            window.files.add_paths(arguments.paths)
    window.activateWindow()
    window.welcome.begin_if_new()
    status = int(app.exec())
    if not window.stopped:
        # A job that does not listen must not keep the program alive: everything that was decided is on disk.
        sys.stdout.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""A real window on a project of real fits, for the benchmarks that measure what a person feels."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from measure import face_video

PASSES = 4
SIZE = 1480, 920


def make_project(
    folder: Path, names: Sequence[str], frames: int, *, fitted: Sequence[str] = (), iterations: int | None = None
) -> Path:
    """A project of one clip a name, those in `fitted` with a short fit; `iterations` is for the fits to come."""
    import torch

    from neuface_core.clips import search
    from neuface_core.jobs import run
    from neuface_core.pipeline import fit_clip
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project

    videos = [face_video(folder / f"{name}.mp4", frames, start=7 * k) for k, name in enumerate(names)]
    path = folder / "bench.neuface"
    short = {"neuface": {"iterations": PASSES}}
    with Project.create(path, {"neuface": {"iterations": iterations}} if iterations else None) as project:
        project.add_clips(search(videos).clips)
        settings = PipelineSettings.of_project(short, path)
        for name in fitted:
            run(fit_clip(project, name, settings, torch.device("cpu")))
    return path


class RealWindow:
    """The Studio as `neuface review` opens it, with settings of its own in `folder`."""

    def __init__(self, folder: Path, size: tuple[int, int] = SIZE) -> None:
        for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            os.environ[variable] = str(folder / "settings")
        from neuface_studio import qt_setup
        from neuface_studio.app import make_window
        from neuface_studio.main_window import MainWindow

        self.app = qt_setup.application(["bench"])
        window = make_window("cpu", folder)
        assert isinstance(window, MainWindow)
        self.window = window
        window.resize(*size)
        window.show()
        window.activateWindow()

    def wait(self, done: Callable[[], object], seconds: float = 120.0) -> None:
        """Let the window live until something is so.

        Raises
        ------
        TimeoutError
            It never was.
        """
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise TimeoutError(f"The window did not come to it; its banner says {self.window.work.banner.text!r}.")
            self.app.processEvents()
            time.sleep(0.0005)

    def open(self, project: Path) -> None:
        """Open a project and wait until its first clip is painted."""
        self.window.files.open_project(project)
        self.wait(lambda: self.window.stage.shown_frames[0] is not None)

    def close(self) -> None:
        """Close without a question."""
        self.window.close_at_once()
        self.app.processEvents()

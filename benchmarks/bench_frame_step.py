"""frame_step_over_limit: a frame step in a real window over 1.25 times (decode of that frame + one VTK render).

The window shows a fitted clip with all its usual layers. A step is from the key to the moment when video, overlay and
mesh of the next frame are painted; then the same frame is decoded by a reader of its own and the same mesh is rendered
once more by the same widget, so that other work on the machine slows both alike. The figure is the ratio of the medians
of 500 of each.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from measure import face_video, hand_over

STEPS = 500
FRAMES = 96
PASSES = 4
ALLOWED = 1.25


def main() -> None:
    """Measure and hand over."""
    import torch
    from PySide6.QtCore import QEvent, QObject, Qt
    from PySide6.QtTest import QTest

    from neuface_core.clips import search
    from neuface_core.jobs import run
    from neuface_core.pipeline import fit_clip
    from neuface_core.pipeline_settings import PipelineSettings
    from neuface_core.project import Project
    from neuface_core.video import open_source
    from neuface_studio import qt_setup
    from neuface_studio.app import make_window
    from neuface_studio.main_window import MainWindow

    app = qt_setup.application(["bench"])

    class Painted(QObject):
        """Counts the paint events of a widget."""

        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            self.count += event.type() == QEvent.Type.Paint
            return False

    with tempfile.TemporaryDirectory() as folder:
        video = face_video(Path(folder) / "face.mp4", FRAMES)
        path = Path(folder) / "bench.neuface"
        with Project.create(path, {"neuface": {"iterations": PASSES}}) as project:
            project.add_clips(search([video]).clips)
            run(fit_clip(project, "face", PipelineSettings.of_project(project.settings, path), torch.device("cpu")))
        window = make_window("cpu", Path(folder))
        assert isinstance(window, MainWindow)
        window.resize(1480, 920)
        window.show()
        window.activateWindow()

        def wait(done: object) -> None:
            while not done():  # type: ignore[operator]
                app.processEvents()
                time.sleep(0.0005)

        window.files.open_project(path)
        wait(lambda: window.stage.shown_frames[0] is not None and window.work.timeline.has_slits(0))
        mesh, surface = window.work.mesh, window.work.mesh._surface
        drawn, seen = Painted(), Painted()
        surface.installEventFilter(drawn)
        window.work.video.installEventFilter(seen)
        step_ms, decode_ms, render_ms = [], [], []
        key = Qt.Key.Key_Right
        with open_source(video) as source:
            for _ in range(STEPS):
                frame = window.playhead.frame
                key = Qt.Key.Key_Left if frame == FRAMES - 1 else Qt.Key.Key_Right if frame == 0 else key
                frame += 1 if key == Qt.Key.Key_Right else -1
                drawn.count = seen.count = 0
                began = time.perf_counter()
                QTest.keyClick(window, key)
                wait(
                    lambda f=frame: (
                        set(window.stage.shown_frames) == {f} and window.work.video._painted == f and drawn.count
                    )
                )
                step_ms.append(1e3 * (time.perf_counter() - began))
                began = time.perf_counter()
                source.frame(frame)
                decode_ms.append(1e3 * (time.perf_counter() - began))
                head = window.stage.clip.heads.frame(frame)  # type: ignore[union-attr]
                assert head is not None
                began = time.perf_counter()
                mesh.scene._mesh.points[:] = head.vertices
                surface.repaint()
                render_ms.append(1e3 * (time.perf_counter() - began))
                app.processEvents()
        window.close_at_once()
        app.processEvents()
    middle = {n: float(np.median(v)) for n, v in (("step", step_ms), ("decode", decode_ms), ("render", render_ms))}
    hand_over(
        {"frame_step_over_limit": middle["step"] / (ALLOWED * (middle["decode"] + middle["render"]))},
        {"median_ms": middle, "p95_ms": float(np.percentile(step_ms, 95)), "steps": STEPS, "opengl": mesh.opengl},
    )


if __name__ == "__main__":
    main()

"""frame_step_over_limit: a frame step in a real window over 1.25 times (decode of that frame + one VTK render).

The window shows a fitted clip with all its usual layers. A step is from the key to the moment when video, overlay and
mesh of the next frame are on the screen, at the pace of a person: the next key comes when the window has nothing left
to do. By turns with the steps the same frame is decoded by a reader of its own and the same mesh is rendered once more
by the same widget, so that other work on the machine slows all alike. The figure is the ratio of the medians of 500 of
each. `frame_jump_over_limit` is that of the jumps among them, ten frames at once, to a frame that nobody made ahead.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
from measure import hand_over
from real_window import RealWindow, make_project

STEPS = 500
JUMP_EVERY = 10
FRAMES = 96
ALLOWED = 1.25


def main() -> None:
    """Measure and hand over."""
    from PySide6.QtCore import QEvent, QObject, Qt
    from PySide6.QtTest import QTest

    from neuface_core.video import open_source

    class Painted(QObject):
        """Counts the paint events of a widget."""

        count = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            self.count += event.type() == QEvent.Type.Paint
            return False

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = make_project(folder, ["face"], FRAMES, fitted=["face"])
        studio = RealWindow(folder)
        window = studio.window
        studio.open(project)
        studio.wait(lambda: window.work.timeline.has_slits(0))
        mesh, surface = window.work.mesh, window.work.mesh._surface
        drawn = Painted()
        surface.installEventFilter(drawn)
        spent: dict[str, list[float]] = {"step": [], "jump": [], "decode": [], "render": []}
        direction = 1
        with open_source(folder / "face.mp4") as source:
            for number in range(STEPS):
                studio.wait(lambda: window.stage._compositor.idle)
                by = 10 if number % JUMP_EVERY == JUMP_EVERY - 1 else 1
                if not 0 <= window.playhead.frame + direction * by < FRAMES:
                    direction = -direction
                frame = window.playhead.frame + direction * by
                key = Qt.Key.Key_Right if direction > 0 else Qt.Key.Key_Left
                held = Qt.KeyboardModifier.ShiftModifier if by > 1 else Qt.KeyboardModifier.NoModifier
                drawn.count = 0
                began = time.perf_counter()
                QTest.keyClick(window, key, held)
                studio.wait(
                    lambda f=frame: (
                        set(window.stage.shown_frames) == {f} and window.work.video._painted == f and drawn.count
                    )
                )
                spent["step" if by == 1 else "jump"].append(1e3 * (time.perf_counter() - began))
                studio.wait(lambda: window.stage._compositor.idle)
                began = time.perf_counter()
                source.frame(frame)
                spent["decode"].append(1e3 * (time.perf_counter() - began))
                head = window.stage.clip.heads.frame(frame)  # type: ignore[union-attr]
                assert head is not None
                began = time.perf_counter()
                mesh.scene._mesh.points[:] = head.vertices
                surface.repaint()
                spent["render"].append(1e3 * (time.perf_counter() - began))
        studio.close()
    middle = {name: float(np.median(values)) for name, values in spent.items()}
    limit = ALLOWED * (middle["decode"] + middle["render"])
    hand_over(
        {"frame_step_over_limit": middle["step"] / limit, "frame_jump_over_limit": middle["jump"] / limit},
        {
            "median_ms": middle,
            "p95_ms": {name: float(np.percentile(values, 95)) for name, values in spent.items()},
            "counts": {name: len(values) for name, values in spent.items()},
            "opengl": mesh.opengl,
        },
    )


if __name__ == "__main__":
    main()

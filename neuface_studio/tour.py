"""Drives the real window without a person: `python -m neuface_studio.tour PROJECT OUT_DIR`.

It opens the project, steps through the first clip that is to be reviewed, looks at the result before the fit, accepts
the clip, exports the dataset and saves a picture of the window: OUT_DIR/demo.h5 and OUT_DIR/studio.png; where the
project has a clip of several views, one of that, too: OUT_DIR/studio_views.png. Keys do it all, as a person would;
every step is checked and the first that fails ends it with exit status 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from neuface_studio import qt_setup

DATASET = "demo.h5"
PICTURE = "studio.png"
PICTURE_OF_VIEWS = "studio_views.png"
_PATIENCE_S = 60.0
_SIZE = (1560, 960)


class TourError(Exception):
    """A step did not have its effect."""


def _wait(condition: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S) -> None:
    """Let the window live until `condition` holds."""
    from PySide6.QtWidgets import QApplication

    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            raise TourError(f"waited {patience_s:g} s in vain: {what}")
        QApplication.processEvents()
        time.sleep(0.002)


def _pause(seconds: float) -> None:
    end = time.monotonic() + seconds
    _wait(lambda: time.monotonic() >= end, "time to pass")


def tour(project: Path, out: Path) -> list[str]:
    """Drive a window over `project`; files go to the folder `out`.

    Returns
    -------
    list of str
        What was done, a sentence each.

    Raises
    ------
    TourError
        When a step had no effect.
    """
    app = qt_setup.application(["neuface-studio"])
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from neuface_core.project.records import ClipState
    from neuface_studio import theme
    from neuface_studio.app import make_window
    from neuface_studio.main_window import MainWindow

    done: list[str] = []
    out.mkdir(parents=True, exist_ok=True)
    window = make_window()
    assert isinstance(window, MainWindow)
    try:
        window.set_theme(theme.DARK)
        window.resize(*_SIZE)
        window.show()
        window.activateWindow()  # without a window manager nobody else gives it the keyboard
        _wait(window.isActiveWindow, "the keyboard")
        if not window.files.open_project(project) or not window.session.writable:
            raise TourError(f"the project could not be opened: {window.work.banner.text}")
        reviewable = [r.name for r in window.model.records if r.state is ClipState.TO_REVIEW]
        if not reviewable:
            raise TourError("no clip of the project is to be reviewed")
        name = reviewable[0]
        window.review.show_clip(name)
        shown = window.stage
        _wait(lambda: shown.clip is not None and shown.clip.name == name, "the first clip")
        QTest.keyClick(window, Qt.Key.Key_Home)
        _wait(lambda: shown.shown_frames[0] == 0, "the first frame")
        done.append(f"opened {len(window.model.records)} clips, {len(reviewable)} of them to be reviewed")

        steps = min(12, window.playhead.n_frames - 1)
        for frame in range(1, steps + 1):
            QTest.keyClick(window, Qt.Key.Key_Right)
            _wait(lambda n=frame: shown.shown_frames[0] == n, f"frame {frame}")  # type: ignore[misc]
            # A frame without a face has no overlay; it has a number all the same in the other two views.
            if len(set(shown.shown_frames) - {None}) != 1 or shown.shown_frames[2] != frame:
                raise TourError(f"video, overlay and mesh show different frames: {shown.shown_frames}")
        done.append(f"stepped through {steps} frames; video, overlay and mesh agreed on each")

        QTest.keyPress(window, Qt.Key.Key_B)
        _wait(lambda: window.layers.value.before, "the result before the fit")
        _pause(0.3)
        QTest.keyRelease(window, Qt.Key.Key_B)
        _wait(lambda: not window.layers.value.before, "the result after the fit")

        QTest.keyClick(window, Qt.Key.Key_A)
        state = {r.name: r.state for r in window.model.records}[name]
        if state is not ClipState.ACCEPTED:
            raise TourError(f"{name} was not accepted: {window.work.banner.text}")
        done.append(f"accepted {name}")

        written: list[str] = []
        window.background.exported.connect(written.append)
        window.background.export(out / DATASET)
        _wait(lambda: bool(written) or window.background.queue.current is None, "the export")
        if not written:
            raise TourError(f"the dataset was not written: {window.work.banner.text}")
        done.append(f"exported and verified {DATASET}")

        _take_picture(window, name, out / PICTURE)
        done.append(f"saved a picture of the window, {PICTURE}")
        rig = next((r.name for r in window.model.records if r.n_views > 1 and r.run), None)
        if rig is not None:
            _take_picture_of_views(window, rig, out / PICTURE_OF_VIEWS)
            done.append(f"saved a picture of {rig}, {PICTURE_OF_VIEWS}")
    finally:
        window.close_at_once()
        app.processEvents()
    return done


def _take_picture(window: object, name: str, path: Path) -> None:
    """The accepted clip in the middle of its length, when everything is drawn."""
    from neuface_studio.main_window import MainWindow

    assert isinstance(window, MainWindow)
    stage = window.stage
    window.review.show_clip(name)
    _wait(lambda: stage.clip is not None and stage.clip.name == name, "the accepted clip")
    frame = window.playhead.n_frames // 2
    window.playhead.seek(frame)
    _wait(lambda: stage.shown_frames == (frame, frame, frame), "the frame of the picture")
    window.looking.zoom_to_face()
    window.work.banner.hide()
    _pause(3)  # thumbnails, the decoded range, and the first paint of the 3D view
    if not window.grab().save(str(path)):
        raise TourError(f"the picture could not be written to {path}")


def _take_picture_of_views(window: object, name: str, path: Path) -> None:
    """A clip of several views, the second one large, with the heads of all of them."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from neuface_studio.main_window import MainWindow

    assert isinstance(window, MainWindow)
    stage = window.stage
    window.review.show_clip(name)
    _wait(lambda: stage.clip is not None and stage.clip.name == name, "the clip of several views")
    frame = window.playhead.n_frames // 2
    window.playhead.seek(frame)
    QTest.keyClick(window, Qt.Key.Key_2)
    _wait(lambda: stage.video.shown_view == 1, "the second view")
    QTest.keyClick(window, Qt.Key.Key_Y)
    _wait(lambda: bool(stage.mesh.caption), "the heads of all views")
    _wait(lambda: set(stage.strip.shown_frames) == {frame}, "the small views at the same moment")
    window.work.banner.hide()
    _pause(3)
    if not window.grab().save(str(path)):
        raise TourError(f"the picture could not be written to {path}")


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the tour."""
    parser = argparse.ArgumentParser(prog="python -m neuface_studio.tour", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args(sys.argv[1:] if argv is None else list(argv))
    try:
        for line in tour(arguments.project, arguments.out):
            print(f"    {line}")
    except TourError as error:
        print(f"The tour of the Studio failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

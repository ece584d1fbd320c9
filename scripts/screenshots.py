"""`make screenshots`: the pictures of `docs/studio.md`, taken of the real window over people who do not exist.

Renders four short clips, fits them as a user would, drives the window with keys into the states that the guide tells
of, and writes what it looks like there to `docs/images/studio*.png`, in 256 colours. `--project` takes a project that
has the fits already; it is copied, and stays as it is. Settings and keys of the person who runs this are not used.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QDialog, QWidget

    from neuface_studio.main_window import MainWindow

REPOSITORY = Path(__file__).resolve().parent.parent
IMAGES = REPOSITORY / "docs" / "images"
NEUFACE = Path(sys.executable).with_name("neuface")
SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 3200x2000x24")
PEOPLE = {"synth_anna": 4, "synth_boris": 7, "synth_chiara": 9}
TRIO = "synth_trio"
_ONE = ("--seconds", "1.5", "--size", "512x512")
_THREE = ("--seed", "5", "--views", "3", "--seconds", "1", "--fps", "24", "--size", "320x240")
_SIZE = (1560, 960)
_PATIENCE_S = 120.0
_SETTLE_S = 1.5
_FLAT = 24


def make_project(folder: Path) -> Path:
    """Render the clips and fit them; some minutes."""
    videos = []
    for name, seed in PEOPLE.items():
        subprocess.run([NEUFACE, "synth", "clip", folder / name, "--seed", str(seed), *_ONE], check=True)
        videos.append(shutil.copy(folder / name / "front.mp4", folder / f"{name}.mp4"))
    subprocess.run([NEUFACE, "synth", "clip", folder / TRIO, *_THREE], check=True)
    project = folder / "people.neuface"
    subprocess.run([NEUFACE, "fit", *videos, folder / TRIO, "-p", project], check=True)
    return project


def save(pixmap: QPixmap, path: Path) -> None:
    """Write a picture in 256 colours: a guide is read over slow lines, too."""
    pixmap.save(str(path))
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.quantize(palette=_palette(picture), dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    print(f"    {path.name}  {path.stat().st_size / 1e3:.0f} kB", flush=True)


def _palette(picture: Image.Image) -> Image.Image:
    """256 colours: the flat ones of the window exactly, the others with the root of how often they are seen.

    Counted as they are, skin would take them all and leave none to the landmarks, which are few pixels.
    """
    colours, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    flat = colours[np.argsort(-counts)[:_FLAT]]
    shades, members = np.unique(colours >> 3, axis=0, return_inverse=True)
    seen = np.ceil(np.sqrt(np.bincount(members.ravel(), counts))).astype(int)
    weighed = Image.fromarray(np.repeat((shades << 3 | 4).astype(np.uint8), seen, axis=0)[None])
    rest = weighed.quantize(256 - _FLAT, Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*flat.ravel().tolist(), *rest[: 3 * (256 - _FLAT)]])
    return palette


class Photographer:
    """Drives a window by keys and takes pictures of it, or of a part of it."""

    def __init__(self, window: MainWindow, out: Path) -> None:
        self.window, self.out = window, out

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window live until `condition` holds."""
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + _PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"waited {_PATIENCE_S:g} s in vain: {what}")
            QApplication.processEvents()
            time.sleep(0.005)

    def settle(self) -> None:
        """Let everything be drawn that is made in the background."""
        end = time.monotonic() + _SETTLE_S
        self.wait(lambda: time.monotonic() >= end, "time to pass")

    def press(self, *keys: str) -> None:
        """Press keys, each written as the guide writes it."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        for key in keys:
            QTest.keySequence(self.window, QKeySequence(key))
            QApplication.processEvents()

    def open_clip(self, name: str, frame: int) -> None:
        """Show a frame of a clip, and nothing else over it."""
        window, stage = self.window, self.window.stage
        window.review.show_clip(name)
        self.wait(lambda: stage.clip is not None and stage.clip.name == name, name)
        self.go_to(frame)
        self.wait(lambda: window.work.timeline.has_slits(window.views.view), "the slit scan")
        self.settle()
        window.work.banner.hide()

    def go_to(self, frame: int) -> None:
        """Show a frame of the clip."""
        stage = self.window.stage
        self.window.playhead.seek(frame)
        self.wait(lambda: stage.shown_frames == (frame, frame, frame), f"frame {frame}")

    def take(self, name: str, *parts: QWidget) -> None:
        """A picture of what surrounds these parts of the window; of all of it where none is named."""
        from PySide6.QtCore import QRect

        self.settle()
        box = QRect()
        for part in parts:
            box = box.united(QRect(part.mapTo(self.window, part.rect().topLeft()), part.size()))
        save(self.window.grab(box) if parts else self.window.grab(), self.out / f"{name}.png")

    def take_dialog(self, name: str, dialog: QDialog | None) -> None:
        """A picture of a dialog, which is closed then."""
        assert dialog is not None, name
        self.settle()
        save(dialog.grab(), self.out / f"{name}.png")
        dialog.reject()
        self.settle()


def photograph_person(look: Photographer) -> None:
    """A clip of one camera: the window, marks, what a fit is compared with, repair."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window, work = look.window, look.window.work
    anna, boris = list(PEOPLE)[:2]
    look.open_clip(boris, 0)
    look.press("A")
    look.open_clip(anna, 18)
    look.press("Z")
    look.take("studio")

    look.go_to(10)
    look.press("I")
    look.go_to(16)
    look.press("O", "X")
    look.go_to(13)
    work.banner.hide()
    look.take("studio_marks", work.review, work.transport)
    look.press("U", "U", "U")
    work.banner.hide()

    look.go_to(18)
    QTest.keyPress(window, Qt.Key.Key_B)
    look.wait(lambda: window.layers.value.before, "the result before the fit")
    look.take("studio_before", work.halves)
    QTest.keyRelease(window, Qt.Key.Key_B)
    look.press("H")
    look.wait(lambda: bool(work.mesh.legend.words), "the colours of the mesh")
    look.take("studio_colours", work.halves)
    while window.layers.value.colour != "none":
        look.press("H")

    look.press("E", "Tab", "G", "Up", "Up")
    work.banner.hide()
    look.take("studio_repair", work.halves, work.edit_bar, work.transport)
    look.press("Shift+Del", "Esc", "Esc", "Esc")


def photograph_views(look: Photographer) -> None:
    """A clip of three cameras: one of them large, and all equally large."""
    look.open_clip(TRIO, 12)
    look.press("2", "Y")
    look.take("studio_views")
    look.press("Y", "Y", "Shift+Y")
    look.take("studio_grid", look.window.work.halves)
    look.press("Shift+Y")


def photograph_tools(look: Photographer) -> None:
    """The list with a threshold, and the dialogs."""
    from PySide6.QtTest import QTest

    from neuface_studio.queue_filter import Measure, Wanted

    window, queue = look.window, look.window.work.queue
    look.open_clip(next(iter(PEOPLE)), 18)
    scores = sorted(record.suspicion or 0.0 for record in window.model.records)
    queue.set_wanted(Wanted(measure=Measure.SUSPICION, least=scores[-2]))
    look.take("studio_queue", queue)
    queue.set_wanted(Wanted())
    look.press("A")  # something to export
    look.press("Ctrl+K")
    palette = window.tailoring.palette
    assert palette is not None
    QTest.keyClicks(palette.line, "mesh")
    look.take_dialog("studio_palette", palette)
    look.press("Ctrl+Shift+K")
    look.take_dialog("studio_keys", window.tailoring.key_editor)
    window.actions_["window.settings"].trigger()  # Qt reads a comma as the end of a key
    look.take_dialog("studio_settings", window.tailoring.settings_dialog)
    look.press("Ctrl+M")
    look.take_dialog("studio_models", window.files.models_dialog)
    look.press("Ctrl+E")
    look.take_dialog("studio_export", window.files.export_dialog)


SERIES: dict[str, Callable[[Photographer], None]] = {
    "person": photograph_person,
    "views": photograph_views,
    "tools": photograph_tools,
}


def show(project: Path, out: Path, theme_name: str, series: Sequence[str]) -> None:
    """Open the window on a copy of the project and take the pictures."""
    from neuface_studio import qt_setup

    folder = Path(tempfile.mkdtemp(prefix="people-"))  # short: it is seen in a dialog
    copy = folder / "people.neuface"
    shutil.copytree(project, copy)
    app = qt_setup.application(["neuface-studio"])
    from neuface_studio import theme
    from neuface_studio.app import make_window
    from neuface_studio.main_window import MainWindow

    window = make_window(projects_folder=folder)
    assert isinstance(window, MainWindow)
    window.session.reviewer = "ada"
    window.set_theme(theme.THEMES[theme_name])
    window.resize(*_SIZE)
    window.show()
    window.activateWindow()
    out.mkdir(parents=True, exist_ok=True)
    try:
        if not window.files.open_project(copy):
            raise SystemExit(f"the project could not be opened: {window.work.banner.text}")
        look = Photographer(window, out)
        for name in series:
            SERIES[name](look)
    finally:
        window.close_at_once()
        app.processEvents()
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the project where none is given, then take the pictures, on a virtual screen where there is no other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, help="a project that an earlier run made")
    parser.add_argument("--out", type=Path, default=IMAGES)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--series", choices=tuple(SERIES), action="append", help="these only")
    parser.add_argument("--here", action="store_true", help="on the present display")
    arguments = parser.parse_args(argv)
    series = arguments.series or list(SERIES)
    if arguments.here:
        show(arguments.project, arguments.out, arguments.theme, series)
        return 0
    with tempfile.TemporaryDirectory(prefix="neuface-screenshots-") as scratch:
        folder = Path(scratch)
        project = arguments.project or make_project(folder)
        own = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_DATA_HOME": str(folder / "data")}
        drawn = {"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1"}
        command = [*SCREEN, sys.executable, __file__, "--here", "--project", str(project)]
        command += ["--out", str(arguments.out), "--theme", arguments.theme]
        command += [word for name in series for word in ("--series", name)]
        return subprocess.run(command, env=os.environ | drawn | own, stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

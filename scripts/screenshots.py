"""`make screenshots`: the pictures of `docs/studio.md`, taken of the real window over people who do not exist.

Renders short clips, fits them as a user would, drives the window with keys into the states that the guide tells of, and
writes what it looks like there to `docs/images/studio*.png`, in 256 colours. `--project` takes a project that has the
fits already; it is copied, and stays as it is. Settings and keys of the person who runs this are not used.

`--all OUT` writes every state of the window instead, in both themes and at both scales of a screen, for a person to
look at all of them: nothing may be cut, and nothing may lie over anything else.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import every_state
from every_dialog import open_dialog
from photographer import Photographer

REPOSITORY = Path(__file__).resolve().parent.parent
IMAGES = REPOSITORY / "docs" / "images"
NEUFACE = Path(sys.executable).with_name("neuface")
SCREEN = ("xvfb-run", "-a", "-s", "-screen 0 3200x2000x24")
PEOPLE = {"synth_anna": 4, "synth_boris": 7, "synth_chiara": 9}
TRIO = "synth_trio"
SCALES = (1, 2)
_ONE = ("--seconds", "1.5", "--size", "512x512")
_THREE = ("--seed", "5", "--views", "3", "--seconds", "1", "--fps", "24", "--size", "320x240")
_SIZE = (1560, 960)
_LIST_HEIGHT = 400  # below there is nothing


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

    for name in ("mesh", "projected", "errors", "detected"):
        window.layers.toggle(name)
    look.press("G")
    look.wait(lambda: window.background.queue.current is None, "the gradient map")
    look.go_to(18)
    work.banner.hide()
    look.take("studio_gradient", work.halves)
    look.press("G")
    for name in ("mesh", "projected", "errors", "detected"):
        window.layers.toggle(name)

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
    look.press("Shift+Y", "Y")
    look.window.layers.hold("before", True)
    look.take("studio_heads", look.window.work.halves, look.window.work.strip)
    look.window.layers.hold("before", False)
    look.press("Y", "Y")


def photograph_tools(look: Photographer) -> None:
    """The list with a threshold, and the dialogs."""
    from PySide6.QtTest import QTest

    from neuface_studio.queue_filter import Measure, Wanted

    window, queue = look.window, look.window.work.queue
    look.open_clip(next(iter(PEOPLE)), 18)
    errors = sorted(record.metrics["nme_bbox"] for record in window.model.records)
    queue.set_wanted(Wanted(measure=Measure.NME, least=errors[-2] - 0.05))
    look.take("studio_queue", queue, high=_LIST_HEIGHT)
    queue.set_wanted(Wanted())
    look.press("A")  # something to export
    look.open_clip(next(iter(PEOPLE)), 18)
    palette = open_dialog(window, "palette")
    QTest.keyClicks(palette.line, "mesh")  # type: ignore[attr-defined]
    look.take_over("studio_palette", palette)
    for name in ("keys", "settings", "models"):
        look.take_dialog(f"studio_{name}", open_dialog(window, name))
    export = open_dialog(window, "export")
    export._path.setText("/home/ada/NeuFace/people.h5")  # type: ignore[attr-defined]  # not the folder of this run
    look.take_dialog("studio_export", export)


SERIES: dict[str, Callable[[Photographer], None]] = {
    "person": photograph_person,
    "views": photograph_views,
    "tools": photograph_tools,
}


def show(project: Path, arguments: argparse.Namespace) -> None:
    """Open the window and take pictures of it over a copy of the project."""
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
    window.set_theme(theme.THEMES[arguments.theme])
    window.resize(*_SIZE)
    window.show()
    window.activateWindow()
    out = arguments.all or arguments.out
    out.mkdir(parents=True, exist_ok=True)
    try:
        if arguments.all:
            every_state.copy_videos(copy)
            look = Photographer(window, out, tuple(theme.THEMES), f"-{round(window.devicePixelRatio())}x")
            for state in arguments.state or every_state.STATES:
                every_state.STATES[state](look, copy)
            return
        if not window.files.open_project(copy):
            raise SystemExit(f"the project could not be opened: {window.work.banner.text}")
        for name in arguments.series or SERIES:
            SERIES[name](Photographer(window, out, (arguments.theme,)))
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
    parser.add_argument("--series", choices=tuple(SERIES), action="append", help="these pictures of the guide only")
    parser.add_argument("--all", type=Path, metavar="OUT", help="every state, in both themes, at both scales")
    parser.add_argument("--state", choices=tuple(every_state.STATES), action="append", help="these states only")
    parser.add_argument("--scale", type=int, choices=SCALES, action="append", help="with --all, this scale only")
    parser.add_argument("--here", action="store_true", help="on the present display")
    arguments = parser.parse_args(argv)
    if arguments.here:
        show(arguments.project, arguments)
        return 0
    with tempfile.TemporaryDirectory(prefix="neuface-screenshots-") as scratch:
        folder = Path(scratch)
        project = arguments.project or make_project(folder)
        given = list(sys.argv[1:] if argv is None else argv)
        command = [*SCREEN, sys.executable, __file__, *given, "--here", "--project", str(project)]
        for scale in (arguments.scale or SCALES) if arguments.all else (1,):
            own = {"XDG_CONFIG_HOME": f"{folder}/config{scale}", "XDG_STATE_HOME": f"{folder}/state{scale}"}
            drawn = {"QT_QPA_PLATFORM": "xcb", "LIBGL_ALWAYS_SOFTWARE": "1", "QT_SCALE_FACTOR": str(scale)}
            done = subprocess.run(command, env=os.environ | drawn | own, stdin=subprocess.DEVNULL, check=False)
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())

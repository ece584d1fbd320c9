"""Every state of the window that a person can come into: for looking at all of them, not for the guide."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from every_dialog import REPORTS, open_dialog
from photographer import Photographer
from state_of_trouble import trouble

_LONG_WORDS = (
    "synth_anna could not be fitted. No face was found in more than 10 % of the frames: the clip is too dark, or the "
    "face too small. What was there before is kept."
)
_SMALL = (1280, 720)
_LARGE_WORDS = 1.5


def empty(look: Photographer, _project: Path) -> None:
    """Before there is anything."""
    look.take("empty")


def empty_project(look: Photographer, project: Path) -> None:
    """A project without clips, and what the start looks like when there are recent ones."""
    window = look.window
    window.files.open_project(project.with_name("nothing.neuface"), create=True)
    look.take("empty_project")
    window.session.close()
    window.preferences.remember(project)
    window._show_records()
    look.take("empty_recent")


def unfitted(look: Photographer, project: Path) -> None:
    """Clips that wait, then the fit of one of them: status bar, line of fits."""
    window = look.window
    videos = sorted(project.parent.glob("videos/*.mp4"))
    window.files.open_project(project.with_name("new.neuface"), create=True)
    window.background.add(videos)
    question = window.work.question
    look.wait(question.isVisible, "the question about views")
    look.take("question_views")
    question.buttons[0].click()
    look.wait(lambda: bool(window.model.records), "the clips")
    look.take("unfitted")
    look.press("Shift+F")
    spark = window.job_bar._spark
    look.wait(lambda: spark.isVisible() and len(spark._values) > 8, "the loss of the fit")
    window.work.banner.hide()
    look.take("fitting")
    look.take_dialog("fits_in_line", open_dialog(window, "fits"))
    window.close()
    look.take("question_leave")
    question.drop()
    window.background.queue.stop()
    look.wait(lambda: window.background.queue.current is None, "the end of the fit")


def clip(look: Photographer, project: Path) -> None:
    """A clip of one camera, layer by layer."""
    window, layers = look.window, look.window.layers
    window.files.open_project(project)
    first = window.model.records.names[0]
    look.open_clip(first, 18)
    look.press("Z")
    look.take("clip")
    for name in ("detected", "projected", "errors", "mesh"):
        layers.toggle(name)
    for name in ("mesh", "detected", "projected", "errors", "crop"):
        layers.toggle(name)
        look.take(f"layer_{name}", window.work.halves)
        layers.toggle(name)
    for name in ("detected", "projected", "errors", "mesh"):
        layers.toggle(name)
    layers.toggle("wire")
    look.take("wire", window.work.halves)
    layers.toggle("wire")
    layers.hold("before", True)
    look.take("before", window.work.halves, window.work.transport)
    layers.hold("before", False)
    look.press("G")
    look.wait(lambda: window.background.queue.current is None, "the gradient map")
    look.go_to(18)
    window.work.banner.hide()
    look.take("layer_gradient", window.work.halves)
    look.press("G")
    for colour in ("error", "detector", "hidden"):
        look.press("H")
        look.wait(lambda: bool(window.work.mesh.legend.words), "the colours of the mesh")
        look.take(f"colour_{colour}", window.work.halves)
    look.press("H")


def marks(look: Photographer, _project: Path) -> None:
    """Marks and frames that are left out; what the flag of the timeline says."""
    work = look.window.work
    for frame, key in ((10, "I"), (16, "O")):
        look.go_to(frame)
        look.press(key)
    look.press("X")
    look.go_to(13)
    look.take("marks_said")
    work.banner.hide()
    look.take("marks", work.review, work.transport)
    look.press("U", "U", "U")
    work.banner.hide()


def questions(look: Photographer, _project: Path) -> None:
    """What is asked in the window: reasons, notes, tags; and what it says by itself."""
    from neuface_studio.views.banner import Kind

    window = look.window
    look.press("R")
    look.take("reject")
    look.press("8")
    look.take("reject_other", window.work.halves, window.work.transport)
    window.review.stop_rejecting()
    look.press("Ctrl+N")
    look.take("note", window.work.halves, window.work.transport)
    window.work.hide_strips()
    window.session.tag(["glasses", "turns away"])
    window.session.add_note("left ear is covered by hair from frame 12 on")
    look.press("Shift+T")
    look.take("tags", window.work.halves, window.work.transport)
    window.work.hide_strips()
    look.take("inspector", window.work.inspector)
    window.tell("synth_anna accepted. U takes it back.", Kind.GOOD)
    look.take("banner_good", window.work.halves)
    window.tell(_LONG_WORDS, Kind.PROBLEM, "Fit all 3", "Traceback: …")
    look.take("banner_problem", window.work.halves)
    window.work.banner.hide()


def repair(look: Photographer, _project: Path) -> None:
    """Handles on the landmarks."""
    window = look.window
    look.go_to(18)
    look.press("E", "Tab", "G", "Up", "Up")
    window.work.banner.hide()
    look.take("repair")
    look.press("Shift+Del", "Esc", "Esc", "Esc")
    window.work.banner.hide()


def several(look: Photographer, _project: Path) -> None:
    """A clip of several cameras."""
    window = look.window
    look.open_clip(next(r.name for r in window.model.records if r.n_views > 1), 12)
    look.press("2")
    look.take("views_own")
    look.press("Y")
    look.take("views_all")
    look.press("Y")
    look.take("views_together")
    while window.layers.value.colour != "distance":
        look.press("H")
    look.take("views_apart", window.work.halves)
    look.press("H", "Y", "Shift+Y")
    look.take("grid")
    look.press("Shift+Y")
    window.layers.hold("before", True)
    look.press("Y")
    look.take("views_before", window.work.halves, window.work.transport)
    window.layers.hold("before", False)
    look.press("Y", "Y")


def filters(look: Photographer, _project: Path) -> None:
    """The list of clips, narrowed down."""
    from neuface_studio.queue_filter import Measure, Wanted

    queue = look.window.work.queue
    look.press("A")
    look.take("accepted")
    look.press("R", "4")
    look.take("list", queue)
    queue.set_wanted(Wanted(measure=Measure.NME, least=1.0, reason="occluded", tag="glasses"))
    look.take("list_filtered", queue)
    queue.search.setText("nobody")
    look.take("list_nothing")
    queue.search.clear()
    queue.set_wanted(Wanted())
    look.press("U", "U")
    look.window.work.banner.hide()


def dialogs(look: Photographer, project: Path) -> None:
    """Everything that opens over or beside the window."""
    from neuface_studio import crash
    from neuface_studio.dialogs.help_window import ReportWindow

    window = look.window
    look.open_clip(window.model.records.names[0], 18)
    look.press("A")
    look.take_over("palette", open_dialog(window, "palette"))
    palette = open_dialog(window, "palette")
    palette.line.setText("lay")  # type: ignore[attr-defined]
    look.take_over("palette_found", palette)
    for name in ("keys", "cheat_sheet", "settings", "models"):
        look.take_dialog(name, open_dialog(window, name))
    export = open_dialog(window, "export")
    look.take_dialog("export", export, close=False)
    export._format.setCurrentIndex(1)  # type: ignore[attr-defined]
    look.take_dialog("export_files", export)
    look.take_dialog("fits_none", open_dialog(window, "fits"))
    crash.keep('Traceback (most recent call last):\n  File "neuface_studio/stage.py", line 1\nValueError: the chin')
    for name in ("guide", *REPORTS):
        shown = open_dialog(window, name)
        if isinstance(shown, ReportWindow):
            look.wait(lambda report=shown: report.complete, name)  # type: ignore[misc]
        look.take_dialog(f"help_{name}", shown)
    for menu in window.menuBar().actions():
        popup = menu.menu()
        popup.popup(window.menuBar().mapToGlobal(window.menuBar().actionGeometry(menu).bottomLeft()))  # type: ignore[attr-defined]
        look.take_over(f"menu_{menu.text().strip('&').lower()}", popup)  # type: ignore[arg-type]


def small(look: Photographer, _project: Path) -> None:
    """A small screen."""
    window = look.window
    before = window.size()
    window.resize(*_SMALL)
    look.settle()
    look.take("small")
    look.press("E", "Tab", "G")
    window.work.banner.hide()
    look.take("small_repair")
    look.press("Esc", "Esc", "R")
    look.take("small_reject")
    look.press("Esc", "Tab")
    look.take("small_pictures")
    look.press("Tab")
    window.resize(before)
    look.settle()


def large_words(look: Photographer, _project: Path) -> None:
    """Words of one and a half times the usual size."""
    window, usual = look.window, look.window.preferences.settings
    window.preferences.settings = replace(usual, font_scale=_LARGE_WORDS)
    window.tailoring.take_settings(window.preferences.settings)
    look.open_clip(window.model.records.names[0], 18)
    look.take("large")
    look.press("E", "Tab", "G")
    window.work.banner.hide()
    look.take("large_repair")
    look.press("Esc", "Esc", "R")
    look.take("large_reject")
    look.press("Esc")
    look.open_clip(next(r.name for r in window.model.records if r.n_views > 1), 12)
    look.press("Y", "H")
    look.take("large_views")
    look.press("Y", "Y")
    while window.layers.value.colour != "none":
        look.press("H")
    for name in ("settings", "export", "fits", "keys", "cheat_sheet"):
        look.take_dialog(f"large_{name}", open_dialog(window, name))
    look.take_over("large_palette", open_dialog(window, "palette"))
    window.session.close()
    window._show_records()
    look.take("large_empty")
    window.preferences.settings = usual
    window.tailoring.take_settings(usual)


STATES: dict[str, Callable[[Photographer, Path], None]] = {
    state.__name__: state
    for state in (
        empty,
        empty_project,
        unfitted,
        clip,
        marks,
        questions,
        repair,
        several,
        filters,
        dialogs,
        small,
        trouble,
        large_words,
    )
}


def copy_videos(project: Path) -> None:
    """Put the videos of clips of one camera where `unfitted` finds them, beside the project."""
    from neuface_core.project import Project

    folder = project.parent / "videos"
    folder.mkdir()
    with Project.open(project) as opened:
        for record in opened.clip_list():
            if record.n_views == 1:
                shutil.copy(record.views[0], folder / f"{record.name}.mp4")

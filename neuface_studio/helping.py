"""The commands of the category "Help": guide, installation, what went wrong last time, licences."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, metadata

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from neuface_core.cli.checks import all_checks
from neuface_core.project.project_file import program
from neuface_studio import crash
from neuface_studio.dialogs.help_window import HelpWindow, ReportWindow, docs_folder
from neuface_studio.language import tr
from neuface_studio.views.banner import Kind
from neuface_studio.welcome import Welcome

_LIBRARIES = (
    "PySide6-Essentials",
    "vtk",
    "pyvista",
    "torch",
    "numpy",
    "av",
    "opencv-python",
    "h5py",
    "roma",
    "trimesh",
)


def doctor_lines() -> Iterator[str]:
    """What `neuface doctor` says, a line a check."""
    for check in all_checks():
        mark = {True: "✓", False: "✗", None: "!"}[check.ok]
        yield f"{mark} {check.name}: {check.found}" + (f" {check.remedy}" if check.remedy else "")


def about_lines() -> Iterator[str]:
    """The program, and what it stands on, each with version and licence."""
    yield f"{program()}, Apache-2.0"
    yield f"Python {platform.python_version()} on {platform.platform()}"
    yield ""
    for name in _LIBRARIES:
        try:
            about = metadata(name)
        except PackageNotFoundError:
            continue
        facts = about.json
        licence = str(facts.get("license_expression") or facts.get("license") or tr("see its page")).splitlines()[0]
        yield f"{about['Name']} {about['Version']}, {licence}"
    yield ""
    yield tr("The licence of the models behind a fit stands in the inspector and in every exported file.")


class Helping(QObject):
    """Opens windows beside the main one; `last` is the latest."""

    def __init__(self, window: QWidget, tell: Callable[[str, Kind], None], welcome: Welcome) -> None:
        super().__init__(window)
        self._window, self._tell, self._welcome = window, tell, welcome
        self.last: HelpWindow | ReportWindow | None = None

    def show_welcome(self) -> None:
        self._welcome.begin()

    def leave_welcome(self) -> None:
        self._welcome.leave()

    def show_guide(self) -> None:
        folder = docs_folder()
        if folder is None:
            self._tell(tr("The guide is missing from this installation: install NeuFace Studio again."), Kind.PROBLEM)
            return
        self._open(HelpWindow(folder, self._window))

    def show_doctor(self) -> None:
        self._open(ReportWindow(tr("Installation"), doctor_lines, self._window))

    def show_crash(self) -> None:
        report = crash.last_report()
        if report:
            self._open(ReportWindow(tr("What went wrong last"), report.splitlines, self._window))
        else:
            self._tell(tr("Nothing has gone wrong here so far."), Kind.INFO)

    def show_about(self) -> None:
        self._open(ReportWindow(tr("About NeuFace Studio"), about_lines, self._window))

    def _open(self, window: HelpWindow | ReportWindow) -> None:
        self.last = window
        window.show()

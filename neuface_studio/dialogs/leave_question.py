"""Something still runs: stop it and leave, or keep working."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from neuface_studio.language import tr, tr_n
from neuface_studio.worker import Task


class LeaveQuestion(QMessageBox):
    """Asks before a running job is stopped; the window lives on while it is open, and so does the job.

    Parameters
    ----------
    task, waiting
        What runs, and how many jobs stand in line behind it.
    leave
        Word for the button, for example "Stop and close".
    on_leave
        Called when the person wants that.
    """

    def __init__(self, task: Task, waiting: int, leave: str, on_leave: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(tr("Still at work"))
        self.setText(tr("A fit is running.") if task.kind == "fit" else tr("{job} is not done yet.", job=task.title))
        job = task.title
        if waiting:
            job = tr_n("{job}, and {n} more wait in line", "{job}, and {n} more waits in line", waiting, job=job)
        if task.kind == "fit":
            words = tr(
                "{job}. Decisions are safe. A fit that is stopped starts anew; the next start offers it.",
                job=job,
            )
        else:
            words = tr("Decisions are safe. What is stopped leaves no half file behind.")
        self.setInformativeText(words)
        self.leave: QPushButton = self.addButton(leave, QMessageBox.ButtonRole.DestructiveRole)
        self.keep: QPushButton = self.addButton(tr("Keep working"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self.keep)
        self.setEscapeButton(self.keep)
        self.leave.clicked.connect(on_leave)

"""Asks whether several videos are clips of their own, or one clip seen by several cameras."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from neuface_studio.grouping import Grouping
from neuface_studio.language import tr


class ViewsQuestion(QMessageBox):
    """Asks how videos become clips; `answered` is called with the choice, and not at all where nothing is added.

    Parameters
    ----------
    count
        How many videos; 0 for a folder of takes that were seen by several cameras.
    """

    def __init__(self, count: int, answered: Callable[[Grouping], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(tr("Several videos"))
        if count:
            self.setText(tr("Do these {count} videos show one clip from {count} sides?", count=count))
            apart = tr("{count} clips", count=count)
        else:
            self.setText(tr("Do the videos of this folder show the same takes from several sides?"))
            apart = tr("A clip for every video")
        self.setInformativeText(
            tr(
                "Views of one clip are fitted together: one face, seen by several cameras at the "
                "same moments. Where cameras did not start together, a views.toml beside the "
                "videos says by how many frames."
            )
        )
        self.together: QPushButton = self.addButton(tr("Views of one clip"), QMessageBox.ButtonRole.AcceptRole)
        self.apart: QPushButton = self.addButton(apart, QMessageBox.ButtonRole.AcceptRole)
        self.neither: QPushButton = self.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self.apart)
        self.setEscapeButton(self.neither)
        self.together.clicked.connect(lambda: answered(Grouping.TOGETHER))
        self.apart.clicked.connect(lambda: answered(Grouping.APART))

"""Landmark repair in the window: the bar in place of the verdicts, the fit of what was touched, its first sight."""

from __future__ import annotations

from collections.abc import Callable

import torch
from PySide6.QtCore import QObject

from neuface_studio.background import Background
from neuface_studio.editing import Editing
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.workspace import Workspace


class RepairDesk(QObject):
    """Ties `Editing` to the panels and to the line of jobs.

    Parameters
    ----------
    refresh
        Called when other commands can be given than before.
    """

    def __init__(
        self,
        session: Session,
        stage: Stage,
        work: Workspace,
        background: Background,
        device: torch.device,
        tell: Callable[..., None],
        refresh: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._stage, self._work, self._refresh = session, stage, work, refresh
        self._editing = False
        self.editing = Editing(session, stage, tell, device, self)
        self.editing.changed.connect(self._show)
        self.editing.refit_wanted.connect(background.refit)
        background.previewed.connect(self._on_preview)
        background.fitted.connect(self._on_result)
        background.detected.connect(self._on_result)
        stage.opened.connect(lambda _: self.editing.show_clip())

    def _show(self) -> None:
        editing = self.editing
        self._work.show_editing(editing.active)
        self._work.review.setVisible(not editing.active)
        if editing.active and not self._editing:
            self._stage.layers.put_mesh_away()
        elif self._editing and not editing.active:
            self._stage.layers.bring_mesh_back()
        self._editing = editing.active
        if editing.active:
            self._work.edit_bar.show_handles(editing.handles, editing.touched, editing.held)
        self._refresh()

    def _on_preview(self, name: str, previews: object) -> None:
        clip = self._stage.clip
        if clip is not None and clip.name == name and isinstance(previews, tuple):
            self._stage.show_preview(previews)

    def _on_result(self, name: str) -> None:
        """A new fit, or landmarks to verify: the clip on show takes it where it stands."""
        record = self._session.current
        if record is not None and record.name == name and self._session.project is not None:
            self._stage.show(record, self._session.files(record), self._stage.playhead.frame, keep_view=True)

"""What a fit is compared with, and what shows how it came about: FLAME fitting, gradient maps, colours of the mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject

from neuface_studio.background import Background
from neuface_studio.language import tr
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.banner import Kind


class Comparing(QObject):
    """The commands that make something to compare the fit with: in the background, to be kept in the project."""

    def __init__(
        self,
        session: Session,
        stage: Stage,
        background: Background,
        tell: Callable[..., None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._stage, self._background, self._tell = session, stage, background, tell

    def fit_flame(self) -> None:
        """FLAME fitting of the clip on show."""
        if self._may_write() and self._session.current is not None:
            self._background.fit_flame(self._session.current.name)

    def toggle_gradient(self) -> None:
        """Show the gradient map, or hide it; where there is none it is made first."""
        view, record, layers = self._stage.view, self._session.current, self._stage.layers
        if view is None or view.fit is None or record is None:
            return
        if view.gradients is not None:
            layers.toggle("gradient")
        elif self._may_write():
            layers.set(replace(layers.value, gradient=True))
            self._background.map_gradients(record.name)
            self._tell(tr("The gradient map is being made; it is shown when it is there."), Kind.INFO)

    def next_colour(self) -> None:
        """Colour the mesh by the next thing."""
        self._stage.layers.next_colour(several=self._stage.views.several)

    def _may_write(self) -> bool:
        if not self._session.writable:
            self._tell(tr("This project is open read-only: nothing can be made for it."), Kind.LOCKED)
        return self._session.writable

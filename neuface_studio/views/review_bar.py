"""Under the pictures: which clip this is, how it stands, and the two verdicts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from neuface_core.project.records import ClipRecord
from neuface_studio import icons
from neuface_studio.language import tr
from neuface_studio.views.controls import Elided, Pictogram
from neuface_studio.views.key_hint import KeyButton
from neuface_studio.views.queue import STATE_ROLE, state_colour
from neuface_studio.views.queue_model import STATE_WORDS, QueueModel, reason_words


def action_button(action: QAction, words: str, name: str = "", icon: str = "") -> KeyButton:
    """A button that does what `action` does and is enabled with it; its key stands beside the words and in the tip."""
    button = KeyButton(action, words)
    if name:
        button.setObjectName(name)
    if icon:
        button.setIcon(icons.icon(icon, {"accept": "good", "reject": "bad"}.get(name, "text")))
        button.set_icon_size(18)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(action.trigger)
    action.changed.connect(lambda: button.setEnabled(action.isEnabled()))
    button.setEnabled(action.isEnabled())
    return button


class ReviewBar(QFrame):
    """Name and state on the left, verdicts on the right."""

    def __init__(
        self,
        model: QueueModel,
        accept: QAction,
        reject: QAction,
        undo: QAction,
        fit: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        model.restated.connect(self._on_restated)
        self._icon = Pictogram(18, 2.4)
        self._name = Elided(8, Qt.TextElideMode.ElideMiddle)
        self._name.setObjectName("title")
        self._state = Elided()
        self._state.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._fit = action_button(fit, tr("Fit"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 10, 8)
        layout.setSpacing(10)
        layout.addWidget(self._name)
        layout.addWidget(self._icon)
        layout.addWidget(self._state, 1)
        layout.addWidget(self._fit)
        layout.addWidget(action_button(undo, tr("Undo"), icon="undo"))
        layout.addWidget(action_button(reject, tr("Reject"), "reject", "rejected"))
        layout.addWidget(action_button(accept, tr("Accept"), "accept", "accepted"))
        self._record: ClipRecord | None = None

    def set_record(self, record: ClipRecord | None) -> None:
        self._record = record
        if record is None:
            self._name.setText("")
            self._state.setText("")
            self._icon.show_icon("", "text")
            return
        self._name.setText(record.name)
        state, words = self._model.shown_state(record), self._model.state_words(record)
        if record.reason and words == tr(STATE_WORDS[record.state]):
            words += f": {reason_words(record.reason)}"
        self._state.setText(words)
        self._fit.set_words(tr("Fit again") if record.run else tr("Fit"))
        self._state.setStyleSheet(f"color: {state_colour(state).name()};")  # a state has its colour, icon and word
        self._icon.show_icon(str(state), STATE_ROLE[state])
        self._icon.setAccessibleName(words)

    def _on_restated(self, name: str) -> None:
        if self._record is not None and self._record.name == name:
            self.set_record(self._record)

    def apply_theme(self) -> None:
        self.set_record(self._record)

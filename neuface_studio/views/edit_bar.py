"""In place of the verdicts while landmarks are edited: what is chosen, and the keys that do something with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from neuface_studio.actions import ActionSet
from neuface_studio.handles import Handles
from neuface_studio.language import mark, tr, tr_n
from neuface_studio.views.controls import Elided
from neuface_studio.views.flow_layout import FlowLayout
from neuface_studio.views.key_hint import key_text
from neuface_studio.views.review_bar import action_button

_HINTS = (
    ("edit.next_point", mark("next point")),
    ("edit.choose_group", mark("whole part")),
    ("edit.mirror", mark("from the other side")),
    ("edit.confirm", mark("right as it is")),
    ("edit.toggle_hold", mark("hold or fade")),
    ("edit.guess", mark("second guess")),
    ("edit.other_face", mark("other face")),
    ("edit.reset_points", mark("back to detection")),
    ("edit.frame_on", mark("next frame")),
    ("edit.next_key", mark("next key frame")),
)


class EditBar(QFrame):
    """Teaches its keys; every hint can be clicked."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAccessibleName(tr("Editing landmarks"))
        title = QLabel(tr("Editing landmarks"))
        title.setObjectName("title")
        self._chosen = Elided()
        self._state = Elided()
        self._state.setObjectName("muted")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(title)
        head.addWidget(self._chosen, 1)
        head.addWidget(self._state, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(action_button(actions["edit.leave"], tr("Leave")))
        self._refit = action_button(actions["edit.refit"], tr("Fit anew"), "accept")
        head.addWidget(self._refit)
        hints = FlowLayout(gap=5)
        drag = QLabel(tr("drag, or arrows: 1 px · Shift 10 · Ctrl 0.1"))
        drag.setObjectName("muted")
        drag.setContentsMargins(10, 0, 0, 0)  # no chip: nothing to click
        for command, words in _HINTS:
            hints.addWidget(self._hint(actions, command, words))
        hints.addWidget(drag)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addLayout(hints)

    @staticmethod
    def _hint(actions: ActionSet, command: str, words: str) -> QPushButton:
        action = actions[command]
        button = action_button(action, "", "hint")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes through the points
        button.setFlat(True)

        def follow() -> None:
            button.setText(f"{key_text(action)}  {tr(words)}")

        action.changed.connect(follow)
        follow()
        return button

    def show_handles(self, handles: Handles | None, touched: int, held: bool) -> None:
        """What is chosen, and how many frames were touched since the latest fit."""
        self._chosen.setText(handles.words() if handles is not None else "")
        parts = []
        if handles is not None and handles.is_key:
            parts.append(tr("key frame, holds") if held else tr("key frame"))
        if handles is not None and handles.ghost is not None:
            parts.append(tr("Enter takes the second guess"))
        frames = tr_n("{n} frames to fit anew", "{n} frame to fit anew", touched)
        parts.append(frames if touched else tr("nothing to fit anew"))
        self._state.setText("  ·  ".join(parts))

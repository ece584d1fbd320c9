"""A question in the window: it waits for its answer, and nobody has to answer before going on with something else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from neuface_studio import theme

_PRESS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_MOVE = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


@dataclass(frozen=True)
class Question:
    """Something that only a person knows.

    Attributes
    ----------
    title, words
        What is asked, and what the answer means.
    choices
        Words of each answer and what follows.
    leave
        Words for no answer: nothing follows.
    careful
        The keyboard starts at `leave`, since something would be lost.
    name
        A question of the same name makes way for this one.
    """

    title: str
    words: str
    choices: tuple[tuple[str, Callable[[], None]], ...]
    leave: str
    careful: bool = False
    name: str = ""


class QuestionStrip(QFrame):
    """Asks one question after the other.

    While it has the keyboard, Enter and Space press a button, the arrows go from one to the next, Esc leaves the
    question; F6 brings the keyboard back to it.

    Signals
    -------
    ended()
        It was answered or left, and no other one waits.
    """

    ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._line: deque[Question] = deque()
        self.buttons: list[QPushButton] = []
        self._title = QLabel()
        self._title.setObjectName("title")
        self._words = QLabel()
        for label in (self._title, self._words):
            label.setWordWrap(True)
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(theme.SPACE)
        layout.addWidget(self._title)
        layout.addWidget(self._words)
        layout.addLayout(self._row)
        self.hide()

    @property
    def text(self) -> str:
        """What is asked now, or "" while nothing is."""
        return f"{self._title.text()}\n{self._words.text()}" if self._line else ""

    @property
    def leave_button(self) -> QPushButton:
        """The one for no answer."""
        return self.buttons[-1]

    def ask(self, question: Question) -> None:
        """Ask, after the questions that wait already."""
        if question.name:
            self._line = deque(other for other in self._line if other.name != question.name)
        self._line.append(question)
        self._show()

    def withdraw(self, name: str) -> None:
        """Questions of this name need no answer any more."""
        if any(question.name == name for question in self._line):
            self._line = deque(question for question in self._line if question.name != name)
            self._next()

    def drop(self) -> None:
        """No question needs an answer any more."""
        self._line.clear()
        self._next()

    def take_focus(self) -> None:
        """The keyboard goes to the answer that loses nothing."""
        if self._line:
            self.buttons[-1 if self._line[0].careful else 0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self) -> None:
        question = self._line[0]
        self._title.setText(question.title)
        self._words.setText(question.words)
        self.setAccessibleName(question.title)
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        while self._row.takeAt(0) is not None:
            pass
        self._row.addStretch()
        self.buttons = []
        for words, follow in (*question.choices, (question.leave, None)):
            button = QPushButton(words)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.clicked.connect(lambda _=False, then=follow: self._answer(then))
            self._row.addWidget(button)
            self.buttons.append(button)
        self.show()
        self.take_focus()

    def _answer(self, follow: Callable[[], None] | None) -> None:
        self._line.popleft()
        self._next()
        if follow is not None:
            follow()

    def _next(self) -> None:
        if self._line:
            self._show()
        elif not self.isHidden():
            self.hide()
            self.ended.emit()

    # --- the keyboard, before the commands of the window that have the same keys

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if event.key() in (*_PRESS, *_MOVE, Qt.Key.Key_Escape):
                event.accept()
                return True
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in _MOVE:
            self._move(_MOVE[Qt.Key(event.key())])
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        at = next((button for button in self.buttons if button.hasFocus()), None)
        if event.key() == Qt.Key.Key_Escape:
            self.leave_button.click()
        elif event.key() in _PRESS and at is not None:
            at.click()
        else:
            super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        at = next((i for i, button in enumerate(self.buttons) if button.hasFocus()), 0)
        self.buttons[(at + step) % len(self.buttons)].setFocus(Qt.FocusReason.TabFocusReason)

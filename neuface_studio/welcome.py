"""The first minute: three steps that a person really does, on the real controls, with the keys that hold for them.

A step is over when it was done, not when it was read: a frame was stepped, a clip was judged, the export was opened.
Whoever did something before it was asked for is not asked. One key ends it, and it comes back from the menu alone.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QEvent, QObject, QRect, QTimer
from PySide6.QtWidgets import QMainWindow, QWidget

from neuface_core.project.records import ClipState
from neuface_studio.actions import ActionSet
from neuface_studio.background import Background
from neuface_studio.desk import Situation
from neuface_studio.language import tr
from neuface_studio.reviewing import Reviewing
from neuface_studio.session import Session
from neuface_studio.stage import Stage
from neuface_studio.views.job_bar import JobBar
from neuface_studio.views.welcome_card import WelcomeCard
from neuface_studio.window_memory import Preferences
from neuface_studio.workspace import Workspace

_FAREWELL_MS = 20_000


class Step(Enum):
    """What there is to do, in its order."""

    CLIP = auto()
    LOOK = auto()
    JUDGE = auto()
    EXPORT = auto()
    END = auto()


_TAUGHT = (Step.LOOK, Step.JUDGE, Step.EXPORT)


@dataclass(frozen=True)
class _Page:
    """What the card says; `words` name keys by their commands."""

    title: str
    words: str
    target: QRect | None = None
    action: str = ""


class Welcome(QObject):
    """Leads through the first minute. `step` is None while the card is away.

    Signals come from the parts of the window; `refresh` is called whenever other commands can be given.
    """

    def __init__(
        self,
        window: QMainWindow,
        work: Workspace,
        bar: JobBar,
        actions: ActionSet,
        session: Session,
        stage: Stage,
        review: Reviewing,
        background: Background,
        preferences: Preferences,
        situation: Callable[[], Situation],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._window, self._work, self._bar, self._actions = window, work, bar, actions
        self._session, self._stage, self._background = session, stage, background
        self._preferences, self._situation, self._changed = preferences, situation, changed
        self._done: set[Step] = set()
        self._active = False
        self._seen: tuple[str, int] | None = None  # clip and frame when there was something to step through
        self.card = WelcomeCard(window)
        self.card.acted.connect(lambda: actions["help.demo"].trigger())
        self.card.left.connect(self.leave)
        stage.opened.connect(lambda _: self._arrive())
        stage.playhead.frame_changed.connect(self._on_frame)
        review.judged.connect(lambda: self._did(Step.JUDGE))
        actions["project.export"].triggered.connect(lambda: self._did(Step.EXPORT))
        self._farewell = QTimer(self)
        self._farewell.setSingleShot(True)
        self._farewell.setInterval(_FAREWELL_MS)
        self._farewell.timeout.connect(self.leave)
        # The card goes where its target goes, and out of the way of a question in the window.
        for watched in (window, work, work.review, work.transport, work.reject, work.note, work.tags):
            watched.installEventFilter(self)

    # --- coming and going

    @property
    def active(self) -> bool:
        """The person is being welcomed."""
        return self._active

    @property
    def step(self) -> Step | None:
        """What is to be done next."""
        if not self._active:
            return None
        if Step.EXPORT not in self._done and self._session.current is None:
            return Step.CLIP
        return next((step for step in _TAUGHT if step not in self._done), Step.END)

    def begin_if_new(self) -> None:
        """Welcome a person who is here for the first time."""
        if not self._preferences.welcomed:
            self.begin()

    def begin(self) -> None:
        """From the first step."""
        self._preferences.welcomed = True
        self._done.clear()
        self._active = True
        self._arrive()
        self._changed()
        self.refresh()
        if self.step is Step.CLIP:
            self.card.action.setFocus()

    def leave(self) -> None:
        """The card goes and does not come back by itself."""
        if self._active:
            self._active = False
            self._farewell.stop()
            self.card.hide()
            if self._work.shows_clips:
                self._work.queue.take_focus()
            self._changed()

    # --- what the person does

    def _arrive(self) -> None:
        clip = self._stage.clip
        self._seen = (clip.name, self._stage.playhead.frame) if clip is not None else None

    def _on_frame(self, frame: int) -> None:
        clip = self._stage.clip
        if self._active and clip is not None and self._seen is not None and self._seen != (clip.name, frame):
            if self._seen[0] == clip.name:
                self._did(Step.LOOK)
            self._seen = (clip.name, frame)

    def _did(self, step: Step) -> None:
        if self._active and step not in self._done:
            self._done.add(step)
            self.refresh()

    # --- what the card says

    def refresh(self) -> None:
        """Say what is true now."""
        step = self.step
        if step is None:
            return
        page = self._page(step)
        self.card.tell(
            _TAUGHT.index(step) + 1 if step in _TAUGHT else 0,
            len(_TAUGHT),
            page.title,
            self._actions.with_keys(html.escape(page.words), lambda key: f"<b>{html.escape(key)}</b>"),
            plain=self._actions.with_keys(page.words),
            action=page.action,
            leave=self._actions.with_keys(
                tr("Close  {help.leave_welcome}") if step is Step.END else tr("Skip  {help.leave_welcome}")
            ),
        )
        if step is Step.END and not self._farewell.isActive():
            self._farewell.start()
        self._place(page.target)

    def _page(self, step: Step) -> _Page:
        if step is Step.CLIP:
            return self._clip_page()
        if step is Step.LOOK:
            words = tr("{play.step_forward} and {play.step_back} step, {play.toggle} plays. Or drag the timeline.")
            if self._session.current is not None and self._session.current.run:
                words = tr(
                    "{play.step_forward} and {play.step_back} step, {play.toggle} plays. Or drag the timeline: where "
                    "its strips are pale, the fit is worst. Hold {look.hold_before} to see it before the fit."
                )
            return _Page(tr("Look through the clip"), words, self._rect(self._work.transport))
        if step is Step.JUDGE:
            return self._judge_page()
        if step is Step.EXPORT:
            words = tr("{project.export} writes the clips that were accepted, as a dataset or for other programs.")
            if not self._situation().accepted:
                words = tr(
                    "{project.export} writes what was accepted, and nothing is yet: {review.undo} takes the rejection "
                    "back, {review.accept} accepts."
                )
            return _Page(tr("Take it with you"), words, self._menu("project.export"))
        words = tr("{help.keys} shows every key, {window.commands} finds every command. This is in the menu Help, too.")
        return _Page(tr("That is all it takes"), words, self._menu("help.keys"))

    def _clip_page(self) -> _Page:
        title = tr("Look, judge, export: one minute")
        task = self._background.queue.current
        if task is not None and task.kind in ("demo", "add"):
            words = tr("The clip is being made. Down here you see how far it is; it opens by itself.")
            return _Page(title, words, self._rect(self._bar.job))
        words = tr(
            "Try it on a clip of a person who does not exist: rendered and fitted here, in a minute or two. Or drop "
            "videos of your own."
        )
        return _Page(title, words, action=tr("Make a demo clip"))

    def _judge_page(self) -> _Page:
        title, record, task = tr("Judge it"), self._session.current, self._background.queue.current
        if record is not None and not record.run and record.state is not ClipState.DETECTED:
            if task is not None and task.clip == record.name:
                words = tr("Its mesh is being fitted; down here you see how far it is. Then you accept or reject it.")
                return _Page(title, words, self._rect(self._bar.job))
            words = tr("{fit.clip} fits a mesh to the face. Then you accept or reject it.")
            return _Page(title, words, self._rect(self._work.review))
        words = tr(
            "{review.accept} accepts. {review.reject} and a digit reject, for a reason. It is on disk at once, and "
            "{review.undo} takes it back."
        )
        return _Page(title, words, self._rect(self._work.review))

    # --- where the card stands

    def _rect(self, widget: QWidget) -> QRect | None:
        """A control in coordinates of the window; None while it is not seen."""
        if not widget.isVisible():
            return None
        return QRect(widget.mapTo(self._window, widget.rect().topLeft()), widget.size())

    def _menu(self, command_id: str) -> QRect | None:
        """The title of the menu that has a command; None where menus are not in the window."""
        bar = self._window.menuBar()
        if bar.isNativeMenuBar() or not bar.isVisible():
            return None
        for title in bar.actions():
            menu = title.menu()
            if menu is not None and self._actions[command_id] in menu.actions():  # type: ignore[attr-defined]
                place = bar.actionGeometry(title)
                return QRect(bar.mapTo(self._window, place.topLeft()), place.size())
        return None

    def _place(self, target: QRect | None) -> None:
        asked = any(strip.isVisible() for strip in (self._work.reject, self._work.note, self._work.tags))
        if asked:
            self.card.hide()
            return
        area = self._rect(self._work) or self._window.rect()
        self.card.show()
        self.card.point_at(target, area)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._active and event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide):
            QTimer.singleShot(0, self, self.refresh)
        return False

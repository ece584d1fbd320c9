"""Judging: accept, reject with a reason, take back, go on to the next clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from neuface_core.errors import NeuFaceError
from neuface_core.project.records import ClipRecord, Stage, Verdict
from neuface_studio.language import tr
from neuface_studio.playhead import Playhead
from neuface_studio.problems import problem
from neuface_studio.session import Session, decision_words
from neuface_studio.views.banner import Kind
from neuface_studio.views.queue_model import QueueModel, reason_words
from neuface_studio.window_memory import Preferences
from neuface_studio.workspace import Workspace


class Reviewing(QObject):
    """The commands of the category "Review".

    Signals
    -------
    changed()
        A reason is being asked for, or no longer.
    judged()
        A clip was accepted or rejected.
    habits_changed()
        A clip was judged, or pace and breaks are wanted or no longer.
    """

    changed = Signal()
    judged = Signal()
    habits_changed = Signal()

    def __init__(
        self,
        session: Session,
        work: Workspace,
        model: QueueModel,
        playhead: Playhead,
        tell: Callable[..., None],
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._commenting = preferences, False
        self._session, self._work, self._model, self._playhead, self._tell = session, work, model, playhead, tell
        work.queue.chosen.connect(self.show_clip)
        work.reject.chosen.connect(lambda reason, note: self._decide("reject", reason, note))
        work.reject.left.connect(self.stop_rejecting)
        work.note.written.connect(self._keep_note)
        work.note.left.connect(self._leave_note)
        work.tags.written.connect(self._keep_tags)
        work.tags.left.connect(self._work.hide_strips)

    # --- which clip

    def show_clip(self, name: str) -> None:
        """Show another clip."""
        if self._session.current is None or self._session.current.name != name:
            try:
                self._session.show(name)
            except NeuFaceError as error:
                self._tell(*problem(error, name))

    def go_to_clip(self, step: int) -> None:
        current = self._session.current.name if self._session.current is not None else ""
        name = self._work.queue.neighbour(current, step)
        if name is not None:
            self.show_clip(name)

    def find_clip(self) -> None:
        self._work.show_panels(True)
        self._work.queue.focus_search()

    def sort_by_suspicion(self) -> None:
        """The most suspicious clips first; once more restores the order of the project."""
        self._work.show_panels(True)
        self._work.queue.sort_by_suspicion()

    # --- verdicts

    def accept(self) -> None:
        self._decide("accept")

    def start_rejecting(self) -> None:
        self._playhead.pause()
        self._work.hide_strips()
        self._work.reject.begin()
        self.changed.emit()

    def reject(self, digit: int) -> None:
        self._work.reject.choose(digit)

    def stop_rejecting(self) -> None:
        rejecting = self._work.rejecting
        self._work.hide_strips()
        if rejecting:
            self.changed.emit()

    # --- notes

    def start_note(self) -> None:
        if self._session.current is not None:
            self.stop_rejecting()
            self._commenting = False
            self._work.note.begin(self._session.current.note)

    def _keep_note(self, words: str) -> None:
        record, commenting = self._session.current, self._commenting
        self._work.hide_strips()
        if record is not None and words != record.note and (words or not commenting):
            try:
                self._session.add_note(words)
            except NeuFaceError as error:
                self._tell(*problem(error, self._session.current))
                return
            if not commenting:
                kept = (
                    tr("The note is kept. {review.undo} takes it back.")
                    if words
                    else tr("The note is gone. {review.undo} brings it back.")
                )
                self._tell(kept, Kind.GOOD)
        if commenting:
            self._advance()

    def _leave_note(self) -> None:
        self._work.hide_strips()
        if self._commenting:
            self._advance()

    def skip(self) -> None:
        """Leave the clip for later and go on."""
        try:
            record = self._session.skip()
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return
        following = self._work.queue.next_to_review(record.name)
        self._tell(tr("{name} is left for later. {review.undo} takes it back.", name=record.name), Kind.INFO)
        if following is not None:
            self.show_clip(following)

    # --- tags

    def start_tags(self) -> None:
        record = self._session.current
        if record is not None:
            self.stop_rejecting()
            known = {tag for text in self._model.records.tags() if text for tag in text.strip("|").split("|")}
            self._work.tags.begin(record.tags, sorted(known))

    def _keep_tags(self, tags: list[str]) -> None:
        record = self._session.current
        self._work.hide_strips()
        wanted = {" ".join(tag.split()) for tag in tags} - {""}
        if record is None or wanted == set(record.tags):
            return
        try:
            kept = self._session.tag(sorted(wanted))
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return
        some = tr("Tags: {tags}. {review.undo} takes it back.", tags=", ".join(kept.tags))
        self._tell(some if kept.tags else tr("The clip has no tag any more. {review.undo} takes it back."), Kind.GOOD)

    def _decide(self, verdict: Verdict, reason: str = "", note: str = "") -> None:
        stage = self._session.current.stage if self._session.current is not None else "mesh"
        try:
            record = self._session.decide(verdict, reason, note)
        except NeuFaceError as error:
            self._tell(*problem(error, self._session.current))
            return
        self.stop_rejecting()
        self._tell(self._what_was_decided(record, verdict, reason, stage), Kind.GOOD)
        self.judged.emit()
        self._after_decision(record.name)

    def _what_was_decided(self, record: ClipRecord, verdict: Verdict, reason: str, stage: Stage) -> str:
        what = tr("rejected: {reason}", reason=reason_words(reason)) if verdict == "reject" else tr("accepted")
        if record.repaired:
            what = tr("accepted after repair")
        if stage == "landmarks":
            what = tr("– landmarks {what}", what=what)
        if self._work.queue.next_to_review(record.name) is not None:
            return tr("{name} {what}. {review.undo} takes it back.", name=record.name, what=what)
        if stage == "landmarks":
            return tr(
                "{name} {what}. Nothing else is to be reviewed; {fit.waiting} fits what waits.",
                name=record.name,
                what=what,
            )
        return tr(
            "{name} {what}. Nothing else is to be reviewed; {project.export} writes the dataset.",
            name=record.name,
            what=what,
        )

    def _after_decision(self, name: str) -> None:
        """A comment where the person wants to be asked, then the next clip."""
        self.habits_changed.emit()
        if self.habits["ask_comment"]:
            self._commenting = True
            self._work.note.begin("", tr("Comment on {name}", name=name), tr("Enter goes on, with or without one"))
        else:
            self._advance()

    def _advance(self) -> None:
        self._commenting = False
        current = self._session.current
        following = self._work.queue.next_to_review(current.name) if current is not None else None
        if following is not None and self._on("advance"):
            self.show_clip(following)

    # --- habits

    @property
    def habits(self) -> dict[str, bool]:
        """What the person has switched on, by the names of `edit_commands.JUDGING`."""
        return {"ask_comment": self._on("comment"), "pace": self._on("pace"), "breaks": self._on("breaks")}

    def _on(self, habit: str) -> bool:
        return self._preferences.habit(habit)

    def take_habits(self, habits: Mapping[str, bool]) -> None:
        """Let habits hold, by their names in the settings."""
        changed = {name: on for name, on in habits.items() if on != self._on(name)}
        for name, on in changed.items():
            self._preferences.set_habit(name, on)
        if changed:
            self.habits_changed.emit()
            self.changed.emit()

    def toggle(self, habit: str) -> None:
        """Switch "comment", "pace" or "breaks" on or off."""
        self._preferences.set_habit(habit, not self._on(habit))
        self.habits_changed.emit()
        self.changed.emit()

    def undo(self) -> None:
        self._turn(back=True)

    def redo(self) -> None:
        self._turn(back=False)

    def _turn(self, *, back: bool) -> None:
        try:
            event = self._session.turn(back=back)
        except NeuFaceError as error:
            self._tell(*problem(error))
            return
        if event is None:
            self._tell(tr("There is nothing to take back.") if back else tr("There is nothing to put back."), Kind.INFO)
            return
        self.show_clip(event.clip)
        target = next((e for e in self._session.history(event.clip) if e.id == event.target), None)
        self._tell(decision_words(event, target, back=back), Kind.INFO)

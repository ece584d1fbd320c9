"""Fits, additions and exports of the open project: puts them in line and says what came of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import torch
from PySide6.QtCore import QObject, QTimer, Signal

from neuface_core.export.write_files import FilesWritten
from neuface_core.jobs import Progress
from neuface_core.project.records import ClipRecord, ClipState
from neuface_studio import demo_clip, tasks
from neuface_studio.batch import Batch
from neuface_studio.grouping import Grouping
from neuface_studio.language import mark, tr, tr_n
from neuface_studio.opened_clip import ClipFiles
from neuface_studio.problems import advice, of_clip
from neuface_studio.seen import Seen
from neuface_studio.session import Session
from neuface_studio.views.banner import Kind
from neuface_studio.views.job_bar import JobBar
from neuface_studio.views.queue_model import QueueModel
from neuface_studio.worker import Failure, JobQueue, Task
from neuface_studio.worker_process import WorkerProcess

_MADE = {
    "flame": mark("FLAME fitting is there. Hold {look.hold_flame} to see it."),
    "gradients": mark("The gradient map is there. {look.gradient} shows and hides it."),
}


class Background(QObject):
    """The line of jobs of one window.

    Signals
    -------
    changed()
        What runs or waits is different.
    said(words, Kind, action, details)
        For the banner.
    added(names, words, problem), exported(path)
    fitted(name)
        There is a new fit of the clip, or something to compare it with.
    detected(name)
        The landmarks of the clip are there, for a person to verify.
    previewed(name, previews)
        The result so far of a running fit, a tuple of `SpanPreview`.
    asked(paths)
        A person has to say whether these are views of one clip.
    """

    changed = Signal()
    said = Signal(str, object, str, str)
    added = Signal(list, str, bool)
    asked = Signal(list)
    fitted = Signal(str)
    detected = Signal(str)
    previewed = Signal(str, object)
    exported = Signal(str)

    def __init__(self, session: Session, device: torch.device, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.device = device
        self._process = WorkerProcess()
        self._fitting = tasks.Fitting(device, self._process)
        self._stopping = False
        self.queue = JobQueue(self)
        self.batch = Batch(self.queue)
        self.queue.ended.connect(self._on_ended)
        self.queue.changed.connect(self.changed)
        self.queue.progressed.connect(self._on_preview)

    def connect_to(self, bar: JobBar, model: QueueModel) -> None:
        """Let the status bar and the queue follow."""
        self.queue.started.connect(bar.start)
        self.queue.started.connect(lambda task: self._show_fit(bar, model, task, task.clip))
        self.queue.progressed.connect(lambda _, progress, left: bar.show_progress(progress, left))
        self.queue.progressed.connect(lambda task, progress, _: self._on_progress(model, task, progress))
        self.queue.ended.connect(lambda task, *_: self._show_fit(bar, model, task, ""))
        self.queue.changed.connect(lambda: self._show_line(bar))
        line = QTimer(self, singleShot=True, interval=0)  # type: ignore[call-overload]  # many fits come into line at once
        line.timeout.connect(lambda: model.set_line({task.clip for task in self.batch.waiting}))
        self.queue.changed.connect(line.start)

    def _show_line(self, bar: JobBar) -> None:
        task = self.queue.current
        bar.set_line(len(self.queue.waiting), task is not None and task.control.paused, task is not None)

    def _show_fit(self, bar: JobBar, model: QueueModel, task: Task, name: str) -> None:
        """The fit of the clip `name` began; "" where it ended."""
        if task.kind == "fit" and task is self.queue.current:  # others end as well: they are taken out of the line
            model.set_progress(name, 0.0)
            bar.set_counts(model.shown_states())

    @staticmethod
    def _on_progress(model: QueueModel, task: Task, progress: Progress) -> None:
        if task.kind == "fit":
            model.set_progress(task.clip, progress.fraction if progress.stage == "fit" else 0.0)

    def take_device(self, device: torch.device) -> None:
        """Let other jobs than the one that runs compute there."""
        self.device = device
        self._fitting.device = device

    @property
    def elsewhere(self) -> bool:
        """Whether fits run in a process of their own instead of the background thread."""
        return self._fitting.elsewhere

    @elsewhere.setter
    def elsewhere(self, on: bool) -> None:
        self._fitting.elsewhere = on  # holds for the next fit; the one that runs goes on where it is

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of the processes of this window."""
        other = self._process.pid
        return (os.getpid(),) if other is None else (os.getpid(), other)

    # --- what can be asked for

    def fit(self, names: Sequence[str]) -> None:
        project = self._session.project
        if project is not None:
            self.queue.add(*(self._fitting.task(project, name) for name in names))

    def fit_face(self, name: str, face: int, count: int, view: int = 0) -> None:
        """Fit another person of the clip: number `face`, from 0, of `count` in a view."""
        if self._session.project is not None:
            self.queue.add(self._fitting.task(self._session.project, name, (face, count), view))

    def fit_flame(self, name: str) -> None:
        """FLAME fitting of a clip, to compare with."""
        if self._session.project is not None:
            self.queue.add(tasks.flame_task(self._session.project, name, self.device))

    def map_gradients(self, name: str) -> None:
        """Which pixels move the mesh of a clip."""
        if self._session.project is not None:
            self.queue.add(tasks.gradient_task(self._session.project, name, self.device))

    def refit(self, name: str) -> None:
        """Fit anew what was corrected in a clip."""
        if self._session.project is not None:
            self.queue.add(self._fitting.refit_task(self._session.project, name))

    def detect(self, names: Sequence[str]) -> None:
        """Find the landmarks of clips, for a person to verify."""
        project = self._session.project
        if project is not None:
            self.queue.add(*(self._fitting.detect_task(project, name) for name in names))

    def film(self, name: str, files: ClipFiles, seen: Seen, span: tuple[int, int], path: Path) -> None:
        """Write a video of what is seen."""
        if self._session.project is not None:
            self.queue.add(tasks.film_task(self._session.project, name, files, seen, span, path))

    def add(self, paths: Sequence[Path], grouping: Grouping = Grouping.ASK) -> None:
        if self._session.project is not None:
            self.queue.add(tasks.add_task(self._session.project, paths, grouping))

    def make_demo(self) -> None:
        """Render a clip to try things on, then fit it."""
        if self._session.project is not None:
            self.queue.add(demo_clip.demo_task(self._session.project))

    def export(self, path: Path, *, vertices: bool = False) -> None:
        if self._session.project is not None:
            self.queue.add(tasks.export_task(self._session.project, path, vertices=vertices))

    def export_files(self, out: Path, name: str, clips: Sequence[str] | None = None, *, force: bool = False) -> None:
        """Write clips in the format called `name`; the accepted ones where none are named."""
        if self._session.project is not None:
            self.queue.add(tasks.export_files_task(self._session.project, out, name, clips, force=force))

    def stop(self) -> bool:
        """Cancel what runs and wait for it; nothing is announced any more."""
        self._stopping = True
        ended = self.queue.stop()
        self._process.close()
        return ended

    # --- what came of it

    def _on_ended(self, task: Task, outcome: str, result: object) -> None:
        project = self._session.project
        if self._stopping or project is None or task.owner is not project:
            return
        if outcome == "cancelled" and task is not self.queue.current:
            return  # it never began
        if outcome == "failed" and isinstance(result, Failure):
            words = of_clip(f"{task.title}: {result.words}", task.clip)
            self.said.emit(words if result.advised else f"{words} {advice()}", Kind.PROBLEM, "", result.details)
        elif outcome == "cancelled":
            self.said.emit(tr("{job} was stopped; what was there before is kept.", job=task.title), Kind.INFO, "", "")
        if task.kind in ("fit", "refit", "detect"):
            (self._after_detection if task.kind == "detect" else self._after_fit)(task, outcome, result)
        else:
            self._after_other(task, outcome, result)
        if task.kind == "refit" and outcome != "done":
            self.fitted.emit(task.clip)  # what was seen of it so far makes way for the fit that is kept

    def _after_other(self, task: Task, outcome: str, result: object) -> None:
        if task.kind == "demo" and isinstance(result, tasks.Added):
            self._session.records_changed.emit()
            self.fit([record.name for record in result.records])
            self._session.show(result.records[0].name)
        elif task.kind == "add" and isinstance(result, tasks.Added):
            self._after_adding(result)
        elif task.kind == "add":
            self._session.records_changed.emit()
        elif outcome == "done":
            self._after_making(task, result)

    def _after_making(self, task: Task, result: object) -> None:
        """Something was made of fits that are there."""
        if task.kind in _MADE:
            self.said.emit(f"{task.clip}: {tr(_MADE[task.kind])}", Kind.GOOD, "", "")
            self.fitted.emit(task.clip)
        elif isinstance(result, FilesWritten):
            self.said.emit(*_written(result))
            self.exported.emit(str(result.out))
        elif task.kind == "film":
            self.said.emit(tr("Written: {path}", path=result), Kind.GOOD, "", "")
        elif task.kind == "export":
            self.said.emit(tr("Written and verified: {path}", path=result), Kind.GOOD, "", "")
            self.exported.emit(str(result))

    def _on_preview(self, task: Task, progress: Progress, _left: float) -> None:
        if progress.preview and task.owner is self._session.project and not self._stopping:
            self.previewed.emit(task.clip, progress.preview)

    def _after_detection(self, task: Task, outcome: str, result: object) -> None:
        self._session.refresh(task.clip)
        if outcome != "done" or not isinstance(result, ClipRecord):
            return
        if result.state in (ClipState.FAILED, ClipState.SET_ASIDE):
            self.said.emit(f"{result.name}: {result.reason} {_what_now()}", Kind.PROBLEM, "", "")
        else:
            self.detected.emit(task.clip)

    def _after_fit(self, task: Task, outcome: str, result: object) -> None:
        self._session.refresh(task.clip)
        if not any(waiting.kind == "fit" for waiting in self.queue.waiting):
            # What is usual has moved with the new fits: the others may have become more or less suspicious.
            self._session.records_changed.emit()
        if outcome != "done" or not isinstance(result, ClipRecord):
            return
        if result.state in (ClipState.FAILED, ClipState.SET_ASIDE):
            failed = tr("{name} could not be fitted. {reason}", name=result.name, reason=result.reason)
            aside = tr("{name} was set aside. {reason}", name=result.name, reason=result.reason)
            words = f"{failed if result.state is ClipState.FAILED else aside} {_what_now()}"
            self.said.emit(words, Kind.PROBLEM, "", "")
        else:
            self.fitted.emit(task.clip)

    def _after_adding(self, result: tasks.Added) -> None:
        if result.to_ask:
            self.asked.emit(list(result.to_ask))
            return
        count = len(result.records)
        words = tr_n("{n} clips added.", "{n} clip added.", count) if count else tr("No video was found there.")
        if result.problems:
            words += " " + tr("Left out: {problem}", problem=_and_more(result.problems))
        unreadable = [r for r in result.records if r.state is ClipState.FAILED]
        if unreadable:
            one = unreadable[0]
            words += " " + tr("{name} cannot be read: {reason}", name=one.name, reason=one.reason)
        self._session.records_changed.emit()
        self.added.emit([r.name for r in result.records], words, bool(result.problems or unreadable or not count))


def _and_more(problems: Sequence[str]) -> str:
    """The first problem, and how many others there are."""
    if len(problems) < 2:
        return problems[0]
    return tr("{problem} (and {n} more)", problem=problems[0], n=len(problems) - 1)


def _what_now() -> str:
    """What a person can do with a clip that has no fit."""
    return tr("{fit.clip} tries again, {review.reject} rejects the clip; the others go on.")


def _written(result: FilesWritten) -> tuple[str, Kind, str, str]:
    """Words, kind, button and details of the banner after files were written."""
    count = len(result.files)
    several = tr("{n} files or folders in {folder}", n=count, folder=result.out)
    words = tr("Written: {path}", path=result.files[0] if count == 1 else several)
    details = "\n".join((*result.problems, *result.notes))
    if result.problems:
        words += ". " + tr("Not written: {problem}", problem=_and_more(result.problems))
        return words, Kind.PROBLEM, "", details
    return words, Kind.GOOD, "", details

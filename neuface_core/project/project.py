"""A project on disk: clips, fits and decisions in one folder, safe against being killed at any moment.

Layout (docs/adr/0004-project-on-disk.md)::

    NAME.neuface/
        project.toml                      what makes it a project; settings
        catalogue.sqlite                  clips, runs, decisions
        decisions.jsonl                   copy of the decisions as text
        runs/<clip>/<run>.npz             one fit with all its views, never changed
        runs/<clip>/landmarks.npz         every face that was tracked; landmarks_<k>.npz those of view k > 0
        derived/<clip>/<run>.<what>       made of a fit for the window, and made again when it is gone
        .lock                             held by the one writer

Threads: every method may be called from any thread; a lock serialises the use of the catalogue, while arrays are read
and written outside of it, so that a window is not kept waiting by a worker. Processes: one writer, any number of
readers (`read_only=True`). Do not use a project in a forked child.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, get_args

from sqlalchemy import select

from neuface_core.atomic_file import remove_partials
from neuface_core.errors import ProjectError
from neuface_core.frame_ranges import Span, frames_mask, frames_text
from neuface_core.landmarks.corrections import LandmarkEdit
from neuface_core.project import clip_rows, project_file
from neuface_core.project.catalogue import Catalogue, meta
from neuface_core.project.decision_store import DecisionStore
from neuface_core.project.licence_rows import accepted_licences
from neuface_core.project.lock import WriterLock
from neuface_core.project.project_clips import ProjectClips
from neuface_core.project.records import DecisionEvent, Verdict

_OUR_FILES = (".lock", "catalogue.sqlite", "decisions.jsonl", project_file.FILE_NAME)


class Project(ProjectClips):
    """An open project; made by `create`, `open` or `open_or_create`, and a context manager.

    Every method that writes raises `ProjectError` when the project was opened read-only, and every method that takes
    the name of a clip raises it when there is no such clip.
    """

    def __init__(self, path: Path, catalogue: Catalogue, lock: WriterLock | None) -> None:
        super().__init__(path, catalogue, DecisionStore(catalogue, path / "decisions.jsonl"))
        self._writer_lock = lock

    # --- opening and closing

    @classmethod
    def create(cls, path: Path | str, settings: Mapping[str, Any] | None = None) -> Self:
        """Make a new project in the folder `path`, which must not exist or be empty.

        Raises
        ------
        ProjectError
            When there is something already, or the folder cannot be made.
        """
        root = clip_rows.absolute_path(path)
        if root.is_file():
            raise ProjectError("This is a file, and a project is a folder.", remedy="Choose another name.", path=root)
        try:
            root.mkdir(parents=True, exist_ok=True)
            # What a killed `create` left behind does not count as something.
            strangers = [p.name for p in root.iterdir() if not p.name.startswith(_OUR_FILES)]
        except OSError as error:
            raise ProjectError(
                f"The project cannot be made: {error.strerror}.",
                remedy="Choose a folder that you may write to.",
                path=root,
            ) from error
        if (root / project_file.FILE_NAME).exists():
            raise ProjectError("There is a project already.", remedy="Open it, or choose another name.", path=root)
        if strangers:
            raise ProjectError(
                "The folder holds other files.", remedy="Choose a new folder for the project.", path=root
            )
        lock = WriterLock(root / ".lock")
        try:
            project_file.create_project_file(root, settings)
            return cls._open_writing(root, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path | str, read_only: bool = False) -> Self:
        """Open the project in the folder `path`.

        Raises
        ------
        ProjectLockedError
            When another program writes to it; reading is still possible.
        ProjectError
            When there is none, or it is damaged; nothing is changed or deleted then.
        """
        root = clip_rows.absolute_path(path)
        if not root.is_dir() or not (root / project_file.FILE_NAME).exists():
            raise ProjectError("There is no project here.", remedy="Create it first, or check the name.", path=root)
        project_file.read_project_file(root)
        if read_only:
            return cls(root, Catalogue(root / "catalogue.sqlite", read_only=True), None)
        lock = WriterLock(root / ".lock")
        try:
            return cls._open_writing(root, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open_or_create(cls, path: Path | str, settings: Mapping[str, Any] | None = None) -> Self:
        """Open the project for writing, or make it where there is none; `settings` are for a new one."""
        root = clip_rows.absolute_path(path)
        return cls.open(root) if (root / project_file.FILE_NAME).exists() else cls.create(root, settings)

    @classmethod
    def _open_writing(cls, root: Path, lock: WriterLock) -> Self:
        remove_partials(root)
        project = cls(root, Catalogue(root / "catalogue.sqlite", read_only=False), lock)
        try:
            with project._catalogue.writing() as connection:
                clip_rows.release_interrupted(connection)
            project._decisions.reconcile()
        except BaseException:
            project._catalogue.close()
            raise
        return project

    def close(self) -> None:
        """Let go of the files and the lock; calling it twice is harmless."""
        self._catalogue.close()
        if self._writer_lock is not None:
            self._writer_lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- about the project

    @property
    def path(self) -> Path:
        """Absolute path of the folder."""
        return self._path

    @property
    def read_only(self) -> bool:
        return self._catalogue.read_only

    @property
    def id(self) -> str:
        """UUID given when the project was made."""
        return project_file.read_project_file(self._path).id

    @property
    def settings(self) -> dict[str, Any]:
        """The table ``[settings]`` of `project.toml`."""
        return project_file.read_project_file(self._path).settings

    def set_settings(self, settings: Mapping[str, Any]) -> None:
        """Replace the settings; None values are left out."""
        with self._catalogue.writing():
            project_file.write_settings(self._path, settings)

    def view_state(self) -> dict[str, Any]:
        """What the window was showing, as `set_view_state` left it; empty at first."""
        with self._catalogue.reading() as connection:
            stored = connection.execute(select(meta.c.value).where(meta.c.key == "view_state")).scalar()
        return json.loads(stored) if stored else {}

    def set_view_state(self, state: Mapping[str, Any]) -> None:
        """Remember JSON-ready values, for example clip, frame, zoom, layers."""
        document = json.dumps(dict(state))
        with self._catalogue.writing() as connection:
            connection.execute(meta.insert().prefix_with("OR REPLACE").values(key="view_state", value=document))

    # --- decisions

    def decide(
        self, name: str, verdict: Verdict, reason: str = "", note: str = "", reviewer: str = ""
    ) -> DecisionEvent:
        """Accept or reject the latest fit, or the landmarks of a clip that is to be verified before its fit.

        On disk when this returns. What is accepted after a person corrected landmarks is recorded as such.

        Raises
        ------
        ProjectError
            When a clip without a fit, or without landmarks to verify, is accepted.
        """
        record = self.clip(name)
        if verdict not in get_args(Verdict):
            raise ProjectError(f"{verdict!r} is no verdict.", remedy="Say accept or reject.", path=self._path)
        of_landmarks = record.stage == "landmarks"
        if verdict != "reject" and not record.run and not of_landmarks:
            raise ProjectError(f"{name!r} has no fit that could be accepted.", remedy="Fit it first.", path=self._path)
        if verdict != "reject":
            repaired = bool(self.landmark_edits(name)) if of_landmarks else record.metrics.get("repaired_frames", 0) > 0
            verdict = "accept-repaired" if repaired else "accept"
        return self._decisions.append(
            "decide",
            name,
            record.run,
            verdict=verdict,
            reason=str(reason),
            note=note,
            reviewer=reviewer,
            value="landmarks" if of_landmarks else "",
        )

    def skip(self, name: str, reviewer: str = "") -> DecisionEvent:
        """Leave the clip for later: it comes after all others that wait for a decision."""
        return self._decisions.append("skip", name, self.clip(name).run, reviewer=reviewer)

    def add_note(self, name: str, note: str, reviewer: str = "") -> DecisionEvent:
        """Write a note on the clip; an empty one takes the note away."""
        return self._decisions.append("note", name, self.clip(name).run, note=note, reviewer=reviewer)

    def exclude(self, name: str, frames: str, reviewer: str = "") -> DecisionEvent:
        """Leave these frames out, "3, 10-20", and no others; "" takes all of them in again.

        Raises
        ------
        NeuFaceError
            When `frames` is not understood.
        """
        record = self.clip(name)
        value = frames_text(frames_mask(frames, record.n_frames))
        return self._decisions.append("exclude", name, record.run, value=value, reviewer=reviewer)

    def mark(self, name: str, marks: Span, reviewer: str = "") -> DecisionEvent:
        """Set the in and the out mark of a clip, or take them away."""
        return self._decisions.append("marks", name, self.clip(name).run, value=marks.text, reviewer=reviewer)

    def tag(self, name: str, tags: Iterable[str], reviewer: str = "") -> DecisionEvent:
        """Give a clip these tags and no others; a tag has no comma."""
        wanted = sorted({clean for tag in tags if (clean := " ".join(tag.replace(",", " ").split()))}, key=str.casefold)
        return self._decisions.append("tag", name, self.clip(name).run, value=", ".join(wanted), reviewer=reviewer)

    def edit_landmarks(self, name: str, edit: LandmarkEdit, reviewer: str = "") -> DecisionEvent:
        """Correct landmarks; what the detector saw stays as it is. On disk when this returns.

        Raises
        ------
        ProjectError
            When there is no such frame or view.
        """
        record = self.clip(name)
        if edit.view >= record.n_views or max(edit.frames) >= record.n_frames:
            raise ProjectError(
                f"{name!r} has {record.n_frames} frames and {record.n_views} views; the correction was not kept.",
                remedy="Count frames and views from 0.",
                path=self._path,
            )
        return self._decisions.append("edit", name, record.run, value=edit.text, reviewer=reviewer)

    def undo(self, reviewer: str = "") -> DecisionEvent | None:
        """Take back the latest event that holds, of whichever session; None where there is none."""
        return self._decisions.turn("undo", reviewer)

    def redo(self, reviewer: str = "") -> DecisionEvent | None:
        """Put back what `undo` took back last; None where there is nothing, or something was decided since."""
        return self._decisions.turn("redo", reviewer)

    def adopt_history(self, name: str, events: Iterable[DecisionEvent]) -> None:
        """Take up what was decided on a clip in another project, with its times and reviewers."""
        self.clip(name)
        self._decisions.adopt([replace(event, clip=name) for event in events])

    def accepted_licences(self) -> dict[str, dict[str, str]]:
        """Name of every accepted clip to the licences of the models behind its fit."""
        return accepted_licences(self._catalogue)

    def history(self, name: str | None = None) -> list[DecisionEvent]:
        """Every event in its order, undo and redo included, of one clip or of all."""
        return self._decisions.events(name)

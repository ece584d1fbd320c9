"""A project on disk: clips, fits and decisions in one folder, safe against being killed at any moment.

Layout (docs/adr/0004-project-on-disk.md)::

    NAME.neuface/
        project.toml                      what makes it a project; settings
        catalogue.sqlite                  clips, runs, decisions
        decisions.jsonl                   copy of the decisions as text
        runs/<clip>/<run>.npz             one fit, never changed
        runs/<clip>/landmarks.npz         every face that was tracked
        .lock                             held by the one writer

Threads: every method may be called from any thread; a lock serialises the use of the catalogue, while arrays are read
and written outside of it, so that a window is not kept waiting by a worker. Processes: one writer, any number of
readers (`read_only=True`). Do not use a project in a forked child.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update

from neuface_core.atomic_file import remove_partials
from neuface_core.errors import ProjectError
from neuface_core.fitting.fit import Fit
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import clip_rows, fit_file, project_file
from neuface_core.project.catalogue import Catalogue, clips, meta, views
from neuface_core.project.decision_store import DecisionStore
from neuface_core.project.lock import WriterLock
from neuface_core.project.records import ClipRecord, ClipState, DecisionEvent, Verdict

if TYPE_CHECKING:
    from neuface_core.clips import Clip

_OUR_FILES = (".lock", "catalogue.sqlite", "decisions.jsonl", project_file.FILE_NAME)


class Project:
    """An open project; made by `create`, `open` or `open_or_create`, and a context manager.

    Every method that writes raises `ProjectError` when the project was opened read-only, and every method that takes
    the name of a clip raises it when there is no such clip.
    """

    def __init__(self, path: Path, catalogue: Catalogue, lock: WriterLock | None) -> None:
        self._path = path
        self._catalogue = catalogue
        self._writer_lock = lock
        self._decisions = DecisionStore(catalogue, path / "decisions.jsonl")

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

    # --- clips

    def add_clips(self, wanted: Sequence[Clip]) -> list[ClipRecord]:
        """Add clips and return the record of each, in their order.

        A clip that is there already (same files, or same content) is not added twice: its record is returned. A video
        that cannot be read is added as failed, and looked at again when it is added again. A name that is taken gets
        a number.
        """
        records = []
        for clip in wanted:
            probe = clip_rows.probe_videos(clip.views)
            paths = [clip_rows.stored_path(self._path, view) for view in clip.views]
            with self._catalogue.writing() as connection:
                found, same_paths = clip_rows.find_id(connection, paths, probe.fingerprint)
                if found is None:
                    name = clip_rows.free_name(connection, clip.name)
                    clip_rows.insert_clip(connection, name, paths, probe)
                    clip_rows.adopt_runs(connection, self._folder(name), name, probe.fingerprint)
                    self._decisions.refresh(connection, [name])
                else:
                    name = clip_rows.look_again(connection, self._path, found, paths, probe, same_paths=same_paths)
                records += clip_rows.read_records(connection, self._path, name)
        return records

    def clips(self) -> list[ClipRecord]:
        """All clips in the order in which they were added; reads no file but the catalogue."""
        with self._catalogue.reading() as connection:
            return clip_rows.read_records(connection, self._path)

    def clip(self, name: str) -> ClipRecord:
        """The clip called `name`."""
        with self._catalogue.reading() as connection:
            found = clip_rows.read_records(connection, self._path, name)
        if not found:
            raise self._no_such_clip(name)
        return found[0]

    def source_path(self, name: str, view: int = 0) -> Path:
        """Path of a video of the clip.

        Raises
        ------
        ProjectError
            When the file is gone.
        """
        path = self.clip(name).views[view]
        if not path.exists():
            raise ProjectError(
                f"The video of {name!r} is gone; it was here when it was added. Its fit and decisions are kept.",
                remedy="Bring it back, or tell the project where it is now.",
                path=path,
            )
        return path

    def frame_times(self, name: str) -> tuple[NDArray[np.int64], Fraction] | None:
        """Time stamps (F,) of the first view, and the seconds of one step; None where unknown."""
        with self._catalogue.reading() as connection:
            return clip_rows.read_timing(connection, name)

    def relocate(self, name: str, path: Path | str, view: int = 0) -> ClipRecord:
        """Tell where the video of a clip is now.

        Raises
        ------
        ProjectError
            When the file has other content than the one that was added.
        VideoError
            When the file cannot be read.
        """
        record = self.clip(name)
        moved = tuple(clip_rows.absolute_path(path) if i == view else old for i, old in enumerate(record.views))
        probe = clip_rows.probe_videos(moved)
        if probe.fingerprint != record.fingerprint:
            raise ProjectError(
                f"This is not the video that was added as {name!r}: {probe.problem or 'its content differs'}.",
                remedy="Choose the original file, or add this one as a new clip.",
                path=Path(path),
            )
        with self._catalogue.writing() as connection:
            connection.execute(
                update(views)
                .where(views.c.clip_id == clip_rows.clip_id(name), views.c.view == view)
                .values(path=clip_rows.stored_path(self._path, moved[view]))
            )
        return self.clip(name)

    def set_state(
        self, name: str, state: ClipState | str, reason: str = "", *, suspicion: float | None = None
    ) -> ClipRecord:
        """Say where the clip stands; accepting and rejecting is `decide`."""
        state = ClipState(state)
        if state in (ClipState.ACCEPTED, ClipState.REJECTED):
            raise ProjectError(f"{name!r} can only be {state} by a decision.", remedy="Use decide().", path=self._path)
        values: dict[str, Any] = {"state": str(state), "reason": reason}
        self._update(name, values if suspicion is None else values | {"suspicion": suspicion})
        return self.clip(name)

    # --- landmarks and fits

    def save_landmarks(self, name: str, tracks: Sequence[LandmarkTrack], selected: int = 0) -> None:
        """Keep the tracks of every person in the clip, and which one it is about; replaces earlier ones."""
        self._catalogue.demand_writer()
        self.clip(name)
        path = self._folder(name) / "landmarks.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_partials(path.parent)
        fit_file.write_landmarks(path, tracks)
        self._update(name, {"track": selected})

    def load_landmarks(self, name: str) -> tuple[tuple[LandmarkTrack, ...], int] | None:
        """The tracks and the index of the one that the clip is about; None where nothing was detected yet."""
        self.clip(name)
        path = self._folder(name) / "landmarks.npz"
        if not path.exists():
            return None
        with self._catalogue.reading() as connection:
            selected = connection.execute(select(clips.c.track).where(clips.c.name == name)).scalar_one()
        tracks = fit_file.read_landmarks(path)
        return tracks, min(int(selected), max(0, len(tracks) - 1))

    def select_track(self, name: str, index: int) -> None:
        """Say which person the clip is about; the fit is made anew only when it is asked for."""
        found = self.load_landmarks(name)
        if found is None or not 0 <= index < len(found[0]):
            raise ProjectError(
                f"{name!r} has no face number {index}.", remedy="Detect landmarks first.", path=self._path
            )
        self._update(name, {"track": index})

    def save_fit(self, name: str, fit: Fit) -> str:
        """Keep `fit` as the clip's latest and put the clip up for review; earlier fits stay on disk.

        Returns the identifier of the run.
        """
        self._catalogue.demand_writer()
        record = self.clip(name)
        run = clip_rows.new_run()
        path = self._folder(name) / f"{run}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_partials(path.parent)
        fit_file.write_fit(path, fit, clip=name, fingerprint=record.fingerprint)
        with self._catalogue.writing() as connection:
            clip_rows.record_run(connection, name, run, fit)
        return run

    def load_fit(self, name: str) -> Fit:
        """The latest fit of the clip.

        Raises
        ------
        ProjectError
            When there is none yet, or its file is damaged.
        """
        record = self.clip(name)
        if not record.run:
            raise ProjectError(f"{name!r} has no fit yet.", remedy="Fit it first.", path=self._path)
        return fit_file.read_fit(self._folder(name) / f"{record.run}.npz")

    # --- decisions

    def decide(
        self, name: str, verdict: Verdict, reason: str = "", note: str = "", reviewer: str = ""
    ) -> DecisionEvent:
        """Accept or reject the latest fit; on disk when this returns.

        Raises
        ------
        ProjectError
            When a clip without a fit is accepted.
        """
        record = self.clip(name)
        if verdict not in ("accept", "reject"):
            raise ProjectError(f"{verdict!r} is no verdict.", remedy="Say accept or reject.", path=self._path)
        if verdict == "accept" and not record.run:
            raise ProjectError(f"{name!r} has no fit that could be accepted.", remedy="Fit it first.", path=self._path)
        return self._decisions.append(
            "decide", name, record.run, verdict=verdict, reason=str(reason), note=note, reviewer=reviewer
        )

    def add_note(self, name: str, note: str, reviewer: str = "") -> DecisionEvent:
        """Write a note on the clip; an empty one takes the note away."""
        return self._decisions.append("note", name, self.clip(name).run, note=note, reviewer=reviewer)

    def undo(self, reviewer: str = "") -> DecisionEvent | None:
        """Take back the latest decision or note that holds, of whichever session; None where there is none."""
        return self._decisions.turn("undo", reviewer)

    def redo(self, reviewer: str = "") -> DecisionEvent | None:
        """Put back what `undo` took back last; None where there is nothing, or something was decided since."""
        return self._decisions.turn("redo", reviewer)

    def history(self, name: str | None = None) -> list[DecisionEvent]:
        """Every event in its order, undo and redo included, of one clip or of all."""
        with self._catalogue.lock:
            return [e for e in self._decisions.log().events if name is None or e.clip == name]

    # --- shared

    def _folder(self, name: str) -> Path:
        return self._path / "runs" / clip_rows.clip_id(name)

    def _update(self, name: str, values: Mapping[str, Any]) -> None:
        with self._catalogue.writing() as connection:
            if connection.execute(update(clips).where(clips.c.name == name).values(**values)).rowcount == 0:
                raise self._no_such_clip(name)

    def _no_such_clip(self, name: str) -> ProjectError:
        return ProjectError(f"The project has no clip called {name!r}.", remedy="List its clips.", path=self._path)

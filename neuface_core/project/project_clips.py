"""Clips of a project with their videos, landmarks and fits: what `Project` is besides settings and decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update

from neuface_core.atomic_file import remove_partials
from neuface_core.clip_layouts import Clip
from neuface_core.errors import ProjectError, meant
from neuface_core.evaluation.suspicion import Usual
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.targets import shots
from neuface_core.landmarks.corrections import CorrectedTrack, LandmarkEdit, corrected
from neuface_core.landmarks.track import LandmarkTrack
from neuface_core.project import clip_list, clip_rows, fit_file, suspicion_rows
from neuface_core.project.catalogue import Catalogue, clips, views
from neuface_core.project.clip_list import ClipList, Texts
from neuface_core.project.clip_rows import ViewRecord
from neuface_core.project.decision_store import DecisionStore
from neuface_core.project.probe import probe_clip
from neuface_core.project.records import ClipRecord, ClipState, DecisionEvent, without_fit
from neuface_core.video import FrameSource
from neuface_core.video_part import open_part

MAX_GAP = 5
"""Frames without a detection that a shot may have, as in the settings of a fit."""


class ProjectClips:
    """See `neuface_core.project.Project`, through which it is used.

    `view` is always the number of a camera, from 0 in the order of `ClipRecord.views`.
    """

    def __init__(self, path: Path, catalogue: Catalogue, decisions: DecisionStore) -> None:
        self._path = path
        self._catalogue = catalogue
        self._decisions = decisions

    # --- clips

    def add_clips(self, wanted: Sequence[Clip]) -> list[ClipRecord]:
        """Add clips and return the record of each, in their order.

        A clip that is there already (same files, or same content) is not added twice: its record is returned. A video
        that cannot be read is added as failed, and looked at again when it is added again. A name that is taken gets
        a number.
        """
        records = []
        for clip in wanted:
            probe = probe_clip(clip)
            paths = [clip_rows.stored_path(self._path, view) for view in clip.views]
            with self._catalogue.writing() as connection:
                found, same_paths = clip_rows.find_id(connection, paths, probe.fingerprint)
                if found is None:
                    name = clip_rows.free_name(connection, clip.name)
                    clip_rows.insert_clip(connection, name, paths, clip, probe)
                    clip_rows.adopt_runs(connection, self._folder(name), name, probe.fingerprint)
                    self._decisions.refresh(connection, [name])
                else:
                    name = clip_rows.look_again(
                        connection, self._path, found, paths, clip, probe, same_paths=same_paths
                    )
                records += clip_rows.read_records(connection, self._path, name)
        return records

    def add_imported(self, clip: Clip, system: str) -> ClipRecord:
        """Add a clip for the tracks of another tool, beside a clip of the same videos that is fitted here.

        Where there is one for this system and these videos already, that is returned: a further import is its next fit.
        """
        probe = probe_clip(clip)
        paths = [clip_rows.stored_path(self._path, view) for view in clip.views]
        with self._catalogue.writing() as connection:
            found, same_paths = clip_rows.find_id(connection, paths, probe.fingerprint, system)
            if found is None:
                name = clip_rows.free_name(connection, f"{clip.name} ({system})")
                clip_rows.insert_clip(connection, name, paths, clip, probe, system)
                self._decisions.refresh(connection, [name])
            else:
                name = clip_rows.look_again(connection, self._path, found, paths, clip, probe, same_paths=same_paths)
        return self.clip(name)

    def clips(self) -> list[ClipRecord]:
        """All clips in the order in which they were added; reads no file but the catalogue."""
        with self._catalogue.reading() as connection:
            return clip_rows.read_records(connection, self._path)

    def clip_list(self) -> ClipList:
        """The same for a list of many thousands: records are read when somebody looks at them."""

        def read(names: Sequence[str]) -> list[ClipRecord]:
            with self._catalogue.reading() as connection:
                return clip_rows.read_records(connection, self._path, names=names)

        def texts() -> list[Texts]:
            with self._catalogue.reading() as connection:
                return clip_list.read_texts(connection)

        with self._catalogue.reading() as connection:
            return ClipList(clip_list.read_rows(connection), read, texts)

    def clip(self, name: str) -> ClipRecord:
        """The clip called `name`."""
        with self._catalogue.reading() as connection:
            found = clip_rows.read_records(connection, self._path, name)
        if not found:
            raise self._no_such_clip(name)
        return found[0]

    def views(self, name: str) -> list[ViewRecord]:
        """Names, offsets and sizes of the clip's views."""
        self.clip(name)
        with self._catalogue.reading() as connection:
            return clip_rows.read_views(connection, name)

    def view_names(self, name: str) -> tuple[str, ...]:
        """Names of the clip's views, unique in the clip."""
        return tuple(view.name for view in self.views(name))

    def offsets(self, name: str) -> tuple[int, ...]:
        """Of every view: moment f of the clip is frame f + offset of the view's video."""
        return tuple(view.offset for view in self.views(name))

    def open_view(self, name: str, view: int = 0) -> FrameSource:
        """The video of a view, its frames numbered by the moments of the clip: frame f is moment f.

        Raises
        ------
        ProjectError
            When the file is gone, or there is no such view.
        VideoError
            When it cannot be read, or is shorter than it was.
        """
        path = self.source_path(name, view)
        known = self.views(name)[view]
        whole = known.n_frames == 0 or (known.offset == 0 and self.clip(name).n_frames == known.n_frames)
        return open_part(path, 0 if whole else known.offset, None if whole else self.clip(name).n_frames)

    def source_path(self, name: str, view: int = 0) -> Path:
        """Path of a video of the clip; `open_view` reads it by the moments of the clip.

        Raises
        ------
        ProjectError
            When the file is gone, or there is no such view.
        """
        record = self.clip(name)
        if not 0 <= view < record.n_views:
            raise ProjectError(f"{name!r} has no view number {view}; it has {record.n_views}.", path=self._path)
        path = record.views[view]
        if not path.exists():
            raise ProjectError(
                f"The video of {name!r} is gone; it was here when it was added. Its fit and decisions are kept.",
                remedy="Bring it back, or tell the project where it is now.",
                path=path,
            )
        return path

    def frame_times(self, name: str) -> tuple[NDArray[np.int64], Fraction] | None:
        """Time stamps (F,) of the moments in the first view, and the seconds of one step; None where unknown."""
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
        probe = probe_clip(Clip(name, moved, self.view_names(name), self.offsets(name)))
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

    def save_landmarks(self, name: str, tracks: Sequence[LandmarkTrack], selected: int = 0, view: int = 0) -> None:
        """Keep the tracks of every person in a view, and which one the clip is about; replaces earlier ones.

        Row f of a track is moment f of the clip.
        """
        self._catalogue.demand_writer()
        fingerprint = self.clip(name).fingerprint
        path = self._landmark_file(name, view)
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_partials(path.parent)
        fit_file.write_landmarks(path, tracks, fingerprint=fingerprint)
        self._select(name, view, selected)

    def load_landmarks(self, name: str, view: int = 0) -> tuple[tuple[LandmarkTrack, ...], int] | None:
        """The tracks of a view and the index of the one that the clip is about; None where nothing was detected yet."""
        known, fingerprint = self.views(name), self.clip(name).fingerprint
        path = self._landmark_file(name, view)
        tracks = fit_file.read_landmarks(path, fingerprint=fingerprint) if path.exists() else None
        return None if tracks is None else (tracks, min(known[view].track, max(0, len(tracks) - 1)))

    def landmark_edits(self, name: str, view: int | None = None) -> list[LandmarkEdit]:
        """Corrections of landmarks that hold, oldest first, of all views or of one."""
        edits = [LandmarkEdit.from_text(event.value) for event in self.landmark_edit_events(name)]
        return [edit for edit in edits if view is None or edit.view == view]

    def landmark_edit_events(self, name: str) -> list[DecisionEvent]:
        """The same as events of the log: who made them, and when."""
        with self._catalogue.lock:
            return self._decisions.log().edits(name)

    def corrected_landmarks(self, name: str, view: int = 0, max_gap: int = MAX_GAP) -> CorrectedTrack | None:
        """The track that the clip is about in a view, with the corrections that hold; None where there is none."""
        found = self.load_landmarks(name, view)
        if found is None or not found[0]:
            return None
        track = found[0][found[1]]
        edits = [edit for edit in self.landmark_edits(name, view) if edit.track == found[1]]
        return corrected(track, edits, shots(track, max_gap))

    def select_track(self, name: str, index: int, view: int = 0) -> None:
        """Say which person the clip is about; the fit is made anew only when it is asked for."""
        found = self.load_landmarks(name, view)
        if found is None or not 0 <= index < len(found[0]):
            raise ProjectError(
                f"{name!r} has no face number {index}.", remedy="Detect landmarks first.", path=self._path
            )
        self._select(name, view, index)

    def save_fit(self, name: str, fit: Fit | MultiViewFit, run: str = "") -> str:
        """Keep `fit` as the clip's latest and put the clip up for review; earlier fits stay on disk.

        Returns the identifier of the run: `run` for one that comes from another project, else a new one.
        """
        self._catalogue.demand_writer()
        record = self.clip(name)
        run = run or clip_rows.new_run()
        path = self._folder(name) / f"{run}.npz"
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_partials(path.parent)
        fit_file.write_fit(path, fit, clip=name, fingerprint=record.fingerprint)
        with self._catalogue.writing() as connection:
            clip_rows.record_run(connection, name, run, fit)
        return run

    def track_file(self, name: str, view: int = 0) -> Path:
        """Where the track of another tool is kept whole beside the latest fit, which was made from it.

        Raises
        ------
        ProjectError
            When there is no fit yet.
        """
        path = self._run_file(name)
        return path.with_name(f"{path.stem}.view-{view}.track" if view else f"{path.stem}.track")

    def fitted_views(self, name: str) -> tuple[int, ...]:
        """Numbers of the views that the latest fit holds: a view without a face is left out of a fit.

        Raises
        ------
        ProjectError
            When there is no fit yet, or its file is damaged.
        """
        if self.clip(name).n_views == 1:
            self._run_file(name)
            return (0,)
        known = self.view_names(name)
        return tuple(known.index(view) for view in fit_file.read_view_names(self._run_file(name)) if view in known)

    def load_fit(self, name: str, view: int = 0) -> Fit:
        """The latest fit of a view of the clip; row f is moment f of the clip.

        Raises
        ------
        ProjectError
            When there is none yet, the view was left out of it (see `fitted_views`), or its file is damaged.
        """
        path = self._run_file(name)
        if self.clip(name).n_views == 1 and view == 0:
            return fit_file.read_fit(path)
        known = self.view_names(name)
        if not 0 <= view < len(known):
            raise ProjectError(f"{name!r} has no view number {view}; it has {len(known)}.", path=self._path)
        if known[view] not in fit_file.read_view_names(path):
            raise ProjectError(
                f"The view {known[view]!r} of {name!r} is not in the fit: no face was found in it.",
                remedy="Look at another view.",
                path=path,
            )
        return fit_file.read_fit(path, known[view])

    def runs(self, name: str) -> tuple[str, ...]:
        """Identifiers of the fits of a clip that are on disk, the oldest first; empty without a fit."""
        self.clip(name)
        with self._catalogue.reading() as connection:
            known = clip_rows.read_runs(connection, name)
        return tuple(run for run in known if (self._folder(name) / f"{run}.npz").exists())

    def load_views(self, name: str, run: str = "") -> Fit | MultiViewFit:
        """A fit with all its views, the latest one without `run`; a plain `Fit` of a clip of one view.

        Raises
        ------
        ProjectError
            When there is none yet, or its file is damaged.
        """
        return fit_file.read_any(self._folder(name) / f"{run}.npz" if run else self._run_file(name))

    def derived_file(self, name: str, what: str) -> Path:
        """Where something is kept that was made of the clip's latest fit and can be made again, under the name `what`.

        The folder `derived` may be deleted at any time. What was made of an older fit is removed when this is asked
        for by a writer.

        Raises
        ------
        ProjectError
            When there is no fit yet.
        """
        run = self._run_file(name).stem
        folder = self._path / "derived" / clip_rows.clip_id(name)
        if not self._catalogue.read_only and folder.is_dir():
            for old in folder.iterdir():
                if not old.name.startswith(run):
                    with suppress(OSError):
                        old.unlink()
        return folder / f"{run}.{what}"

    def usual(self) -> Usual:
        """What is usual in the project, to judge the frames of a clip by (`evaluation.suspicion.judge_clip`)."""
        with self._catalogue.reading() as connection:
            return suspicion_rows.read_usual(connection)

    # --- shared

    def _folder(self, name: str) -> Path:
        return self._path / "runs" / clip_rows.clip_id(name)

    def _landmark_file(self, name: str, view: int) -> Path:
        return self._folder(name) / (f"landmarks_{view}.npz" if view else "landmarks.npz")

    def _run_file(self, name: str) -> Path:
        record = self.clip(name)
        if not record.run:
            raise without_fit(record, self._path)
        return self._folder(name) / f"{record.run}.npz"

    def _select(self, name: str, view: int, index: int) -> None:
        of_view = (views.c.clip_id == clip_rows.clip_id(name)) & (views.c.view == view)
        with self._catalogue.writing() as connection:
            if connection.execute(update(views).where(of_view).values(track=index)).rowcount == 0:
                raise ProjectError(f"{name!r} has no view number {view}.", path=self._path)

    def _update(self, name: str, values: Mapping[str, Any]) -> None:
        with self._catalogue.writing() as connection:
            found = connection.execute(update(clips).where(clips.c.name == name).values(**values)).rowcount
        if not found:
            raise self._no_such_clip(name)

    def _no_such_clip(self, name: str) -> ProjectError:
        with self._catalogue.reading() as connection:
            remedy = meant(name, connection.execute(select(clips.c.name)).scalars(), "neuface list names its clips.")
        return ProjectError(f"The project has no clip called {name!r}.", remedy=remedy, path=self._path)

"""What is known about the clip and the frame: numbers before and after, decisions, settings, licence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from neuface_core.evaluation.suspicion import Suspicion
from neuface_core.fitting.fit import Fit
from neuface_core.fitting.licences import fit_licences
from neuface_core.models.licences import commercial_use
from neuface_core.project.records import ClipRecord, DecisionEvent
from neuface_studio import theme
from neuface_studio.language import mark, tr
from neuface_studio.opened_clip import OpenedClip
from neuface_studio.views.controls import Digits
from neuface_studio.views.history_words import history_rows
from neuface_studio.views.queue_model import QueueModel, length_words, reason_words

# (words, metric after, metric before, format); lower is better in all of them.
_PAIRS = (
    (mark("Landmark error"), "nme_bbox", "nme_bbox_encoder", "{:.2f} %"),
    (mark("Jitter"), "jitter_mm", "jitter_mm_encoder", mark("{:.2f} mm")),
)


_LEAST_WIDTH = 296
_MOST_FINDINGS = 6
_STATE_ROW = 0  # of the section "Video"
_SETTING_WORDS = {"preset": mark("Preset"), "seed": mark("Seed"), "device": mark("Device")}


def _number(value: float, form: str) -> str:
    return form.format(value) if math.isfinite(value) else "–"


class _Section(QWidget):
    """A caption over rows of words and values."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._caption = QLabel(title.upper())
        self._caption.setObjectName("caption")
        self._caption.setWordWrap(True)
        self._shape: tuple[int, ...] = ()
        self._labels: list[list[QLabel]] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(7)
        layout.addWidget(self._caption)
        layout.addLayout(self._grid)

    def set_title(self, title: str) -> None:
        self._caption.setText(title.upper())

    def fill(self, rows: Sequence[tuple[str, ...]]) -> None:
        """Rows of one cell (spans all), two, or three; the last is the strongest."""
        shape = tuple(len(row) for row in rows)
        if shape != self._shape:
            self._rebuild(shape)
        for row, labels in zip(rows, self._labels, strict=True):
            for words, label in zip(row, labels, strict=True):
                if label.text() != words:
                    label.setText(words)
        self.setVisible(bool(rows))

    def say(self, row: int, words: str) -> None:
        """Another value in a row that is there."""
        self._labels[row][-1].setText(words)

    def _rebuild(self, shape: tuple[int, ...]) -> None:
        """New labels; while a clip plays the rows stay the same and only their words change."""
        for label in (label for labels in self._labels for label in labels):
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._shape, self._labels = shape, []
        columns = max(shape, default=1)
        for y, cells in enumerate(shape):
            labels = []
            for x in range(cells):
                label = Digits() if x else QLabel()
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                labels.append(label)
                if x < cells - 1 or cells == 1:
                    label.setObjectName("muted")
                label.setWordWrap(x == 0)  # long names take two lines: a number is never cut off
                top = Qt.AlignmentFlag.AlignTop
                if cells == 1:
                    self._grid.addWidget(label, y, 0, 1, columns)
                elif x:
                    self._grid.addWidget(label, y, columns - cells + x, Qt.AlignmentFlag.AlignRight | top)
                else:
                    label.setAlignment(Qt.AlignmentFlag.AlignLeft | top)
                    self._grid.addWidget(label, y, 0)
            self._labels.append(labels)


class Inspector(QFrame):
    """The panel on the right."""

    def __init__(self, model: QueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._model = model
        model.restated.connect(self._on_restated)
        self._title = QLabel("")
        self._title.setObjectName("title")
        self._title.setWordWrap(True)
        self._suspicion = _Section(tr("Why look"))
        self._frame = _Section(tr("This frame"))
        self._clip = _Section(tr("Before and after the fit"))
        self._views = _Section(tr("Views"))
        self._video = _Section(tr("Video"))
        self._history = _Section(tr("History"))
        self._run = _Section(tr("Made with"))
        self._sections = (self._suspicion, self._frame, self._clip, self._views, self._video, self._history, self._run)
        self._fit_words()
        inner = QWidget()
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(14, 12, 14, 14)
        rows.setSpacing(18)
        rows.addWidget(self._title)
        for section in self._sections:
            rows.addWidget(section)
        rows.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        area.viewport().setAutoFillBackground(False)
        inner.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(area)
        self._fit: Fit | None = None
        self._record: ClipRecord | None = None
        self.set_clip(None, None, (), "")

    def _fit_words(self) -> None:
        self.setMinimumWidth(theme.px(_LEAST_WIDTH))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()

    def set_clip(
        self,
        record: ClipRecord | None,
        fit: Fit | None,
        history: Sequence[DecisionEvent],
        licence: str,
        faces: tuple[int, int] = (0, 0),
        runs: Mapping[str, datetime] | None = None,
        me: str = "",
    ) -> None:
        """Another clip, or another state of it.

        `faces` is which person it is about, from 1, and how many there are; `runs` says when each fit was made; `me` is
        the person at the screen.
        """
        self._fit, self._record = fit, record
        self._title.setText(record.name if record else tr("Nothing selected"))
        if record is None:
            for section in self._sections:
                section.fill(())
            return
        rows: list[tuple[str, ...]] = [(tr("State"), self._model.state_words(record))]
        if record.reason:
            rows.append(
                (reason_words(record.reason),) if " " in record.reason else (tr("Reason"), reason_words(record.reason))
            )
        if record.n_views > 1:
            rows.append((tr("Views"), str(record.n_views)))
        rows.append((tr("Length"), length_words(record)))
        rows.append((tr("Size"), f"{record.width} × {record.height}"))
        rows.append((tr("Rate"), tr("{rate:.2f} fps", rate=record.fps)))
        if faces[1] > 1:
            rows.append((tr("Face"), tr("{one} of {all}", one=faces[0], all=faces[1])))
        if record.tags:
            rows.append((tr("Tags: {tags}", tags=", ".join(record.tags)),))
        if record.excluded:
            rows.append((tr("Left out: frames {frames}", frames=record.excluded),))
        if record.note:
            rows.append((tr("Note: {note}", note=record.note),))
        self._video.fill(rows)
        self._clip.fill(_clip_rows(fit) if fit else ())
        self._run.fill(_run_rows(fit, licence) if fit else ())
        self._history.fill(history_rows(history, runs or {}, record.run, fit, me))
        self._frame.fill(())
        self._views.fill(())
        self._suspicion.fill(())

    def _on_restated(self, name: str) -> None:
        if self._record is not None and self._record.name == name:
            self._video.say(_STATE_ROW, self._model.state_words(self._record))

    def set_suspicion(self, clip: OpenedClip | None) -> None:
        """How suspicious the fit is, and what is unusual in it."""
        found = clip.suspicion if clip is not None else None
        self._suspicion.fill(_suspicion_rows(found) if found is not None else ())

    def set_views(self, clip: OpenedClip | None, view: int) -> None:
        """What the views of a clip of several say about each other, and about `view`, the large one."""
        several = clip is not None and len(clip.views) > 1
        if several and clip:
            self._clip.set_title(tr("Before and after: {view}", view=clip.views[view].name))
        else:
            self._clip.set_title(tr("Before and after the fit"))
        self._views.fill(_view_rows(clip, view) if several and clip is not None else ())

    def set_frame(self, frame: int, time_s: float) -> None:
        """The numbers of one frame."""
        rows: list[tuple[str, ...]] = [(tr("Time"), f"{time_s:.3f} s")]
        fit = self._fit
        if fit is not None and frame < fit.n_frames:
            after, before = float(fit.error[frame]), float(fit.error_encoder[frame])
            rows.append((tr("Landmark error"), f"{_number(before, '{:.2f}')} →", _number(after, "{:.2f} %")))
            if fit.landmarks.detected[frame]:
                rows.append((tr("Confidence"), f"{float(np.nanmean(fit.landmarks.confidence[frame])):.2f}"))
                rank = int((fit.error > fit.error[frame]).sum()) + 1
                rows.append(
                    (tr("Rank, worst first"), tr("{one} of {all}", one=rank, all=int(np.isfinite(fit.error).sum())))
                )
            elif fit.valid[frame]:
                rows.append((tr("No face was detected here: the mesh is carried over."),))
            else:
                rows.append((tr("No face: this frame has no mesh."),))
        self._frame.fill(rows)


def _clip_rows(fit: Fit) -> list[tuple[str, ...]]:
    metrics = fit.metrics
    rows: list[tuple[str, ...]] = []
    for words, after, before, form in _PAIRS:
        first, last = metrics.get(before, math.nan), metrics.get(after, math.nan)
        rows.append((tr(words), f"{_number(first, '{:.2f}')} →", _number(last, form)))
    rows.append(
        (
            tr("Worst frame"),
            "",
            _number(float(np.nanmax(fit.error)) if np.isfinite(fit.error).any() else math.nan, "{:.2f} %"),
        )
    )
    rows.append((tr("Motion retained"), "", _number(100 * metrics.get("motion_retained", math.nan), "{:.0f} %")))
    rows.append((tr("Frames with a face"), "", f"{fit.landmarks.detected_share:.0%}".replace("%", " %")))
    return rows


def _suspicion_rows(found: Suspicion) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [(tr("Suspicion"), f"{found.score:.1f}")]
    rows += [(_sentence(finding.words),) for finding in found.findings[:_MOST_FINDINGS]]
    hidden = len(found.findings) - _MOST_FINDINGS
    if hidden > 0:
        rows.append((tr("… and {n} more", n=hidden),))
    if not found.findings:
        rows.append((tr("Nothing is unusual in this fit."),))
    return rows


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _view_rows(clip: OpenedClip, view: int) -> list[tuple[str, ...]]:
    """Distance between the views, who lost its vote, and the landmark error of each."""
    if clip.fit is None:
        return []
    agreement = clip.agreement
    rows: list[tuple[str, ...]] = []
    if agreement is not None:
        distance = _number(agreement.cvd_encoder_mm, "{:.2f}"), _number(agreement.cvd_mm, "{:.2f} mm")
        rows.append((tr("Apart (CVD)"), f"{distance[0]} →", distance[1]))
        if agreement.worst is not None:
            first, second, apart = agreement.worst
            rows.append(
                (tr("Farthest apart: {first} and {second}, {apart:.2f} mm", first=first, second=second, apart=apart),)
            )
        said = agreement.sentences()
        rows += [(words,) for words in said]
        if not said:
            rows.append((tr("Every view has its vote at every moment."),))
    for k, opened in enumerate(clip.views):
        metrics = opened.fit.metrics if opened.fit is not None else {}
        name = tr("{view} (large)", view=opened.name) if k == view else opened.name
        before, after = metrics.get("nme_bbox_encoder", math.nan), metrics.get("nme_bbox", math.nan)
        rows.append((name, f"{_number(before, '{:.2f}')} →" if metrics else "", _number(after, "{:.2f} %")))
    return rows


def _run_rows(fit: Fit, licence: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (tr("Head"), fit.head_id),
        (tr("Encoder"), fit.encoder_id),
        (tr("Landmarks"), fit.landmarks.detector),
    ]
    if isinstance(about := fit.settings.get("import"), dict):
        return _import_rows(fit, about, licence)
    seconds, iterations = fit.metrics.get("seconds", math.nan), fit.metrics.get("iterations", math.nan)
    rows.append((tr("Iterations"), _number(iterations, "{:.0f}")))
    rows.append((tr("Time"), _number(seconds, "{:.1f} s")))
    for key, name in _SETTING_WORDS.items():
        if key in fit.settings:
            rows.append((tr(name), str(fit.settings[key])))
    licences = fit_licences(fit) or ({fit.head_id: licence} if licence else {})
    for model, words in licences.items():
        if commercial_use(words) is False and "commercial" not in words:
            rows.append((tr("Licence of {model}: {licence} (non-commercial)", model=model, licence=words),))
        else:
            rows.append((tr("Licence of {model}: {licence}", model=model, licence=words),))
    return rows


def _import_rows(fit: Fit, about: Mapping[str, Any], licence: str) -> list[tuple[str, ...]]:
    """What there is to know of a track that another tool made."""
    off = fit.metrics.get("camera_residual_percent", math.nan)
    rows: list[tuple[str, ...]] = [(tr("Made by"), str(about.get("system", ""))), (tr("Head"), fit.head_id)]
    rows += [(tr("Landmarks"), fit.landmarks.detector), (tr("Camera"), str(about.get("camera", "")))]
    if off > 0:
        drawn = mark("Drawn with the nearest weak perspective, {off:.2f} % of the face off; measured with its own.")
        rows.append((tr(drawn, off=off),))
    rows.append((tr("File: {name}", name=Path(str(about.get("file", ""))).name),))
    rows += [(str(note),) for note in about.get("notes", ())]
    licences = dict.fromkeys(words for words in (str(about.get("licence", "")), licence) if words)
    return [*rows, *((tr("Licence: {licence}", licence=words),) for words in licences)]

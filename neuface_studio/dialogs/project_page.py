"""Settings of the open project: what `neuface config P` shows, as far as most people change it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFormLayout, QLabel, QVBoxLayout, QWidget

from neuface_core.encoders.loading import check_encoder
from neuface_core.errors import NeuFaceError
from neuface_core.fitting.settings import NeuFaceSettings
from neuface_core.landmarks.fan import check_weights
from neuface_core.pipeline_settings import PipelineSettings
from neuface_studio.language import mark, tr
from neuface_studio.views.controls import Choice, Tick

DETECTORS = {"open": mark("open: MediaPipe's face mesh"), "fan": mark("fan: needs its own file")}
PRESETS = {
    "default": mark("default: tuned on real clips"),
    "paper": mark("paper: as published, without our additions"),
    "released": mark("released: as the published code"),
}
_ENCODERS = ("open", "deca", "emoca")
_AS_IT_IS = ""


class ProjectPage(QWidget):
    """Detector, encoder, preset, and whether landmarks are verified first.

    Parameters
    ----------
    stored, path
        The settings of the project as they are written, and its folder; None for no project.
    why_not
        Why they cannot be changed, or "".
    changed
        Called after every change.
    """

    def __init__(self, stored: Mapping[str, Any] | None, path: Path, why_not: str, changed: Callable[[], None]) -> None:
        super().__init__()
        self._stored, self._path, self._changed = dict(stored or {}), path, changed
        self.detector, self.preset, self.encoder = Choice(), Choice(), Choice()
        self.detector.setAccessibleName(tr("Who finds the landmarks"))
        self.preset.setAccessibleName(tr("Settings of the method"))
        self.encoder.setAccessibleName(tr("Encoder, by name or file"))
        self.encoder.setEditable(True)
        self.encoder.setToolTip(tr("open, deca, emoca, emoca:NAME, or the file of an encoder"))
        self.verify = Tick(tr("A person verifies the landmarks before a clip is fitted"))
        for key, words in DETECTORS.items():
            self.detector.addItem(tr(words), key)
        for key, words in PRESETS.items():
            self.preset.addItem(tr(words), key)
        self.encoder.addItems(list(_ENCODERS))
        self.said = QLabel()
        self.said.setObjectName("warn")
        hint = QLabel(why_not or tr("They hold for fits from now on; a fit that is there keeps what it was made with."))
        hint.setObjectName("muted")
        for label in (self.said, hint):
            label.setWordWrap(True)
            label.setMinimumWidth(420)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow(tr("Landmarks"), self.detector)
        form.addRow(tr("Encoder"), self.encoder)
        form.addRow(tr("Method"), self.preset)
        form.addRow("", self.verify)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 16, 14, 10)
        layout.addLayout(form)
        layout.addWidget(hint)
        layout.addWidget(self.said)
        layout.addStretch()
        self.first_problem = ""
        try:
            self._show(PipelineSettings.of_project(self._stored, path))
        except NeuFaceError as error:
            self.first_problem = str(error)
            why_not = self.first_problem
        self._usable = not why_not
        for widget in (self.detector, self.encoder, self.preset, self.verify):
            widget.setEnabled(self._usable)
        self.detector.currentIndexChanged.connect(lambda _: self._take())
        self.preset.currentIndexChanged.connect(lambda _: self._take())
        self.encoder.currentTextChanged.connect(lambda _: self._take())
        self.verify.toggled.connect(lambda _: self._take())
        self.problem = ""
        self._judge()

    @classmethod
    def of_none(cls) -> ProjectPage:
        """The page while no project is open."""
        return cls(None, Path(), tr("No project is open."), lambda: None)

    def _show(self, settings: PipelineSettings) -> None:
        self.detector.setCurrentIndex(max(0, self.detector.findData(settings.detector)))
        self.encoder.setCurrentText(settings.encoder)
        self.verify.setChecked(settings.verify_landmarks)
        method = settings.neuface
        if method != NeuFaceSettings.of_preset(method.preset):
            if self.preset.findData(_AS_IT_IS) < 0:
                self.preset.addItem(tr("its own, as project.toml has it"), _AS_IT_IS)
            self.preset.setCurrentIndex(self.preset.findData(_AS_IT_IS))
        else:
            self.preset.setCurrentIndex(max(0, self.preset.findData(method.preset)))

    def reset(self) -> None:
        """The usual settings."""
        if self._usable:
            self._show(PipelineSettings())

    @property
    def wanted(self) -> dict[str, Any] | None:
        """What is to be written; None where nothing is to be changed."""
        if not self._usable:
            return None
        found = deepcopy(self._stored)
        chosen = {
            "detector": self.detector.currentData(),
            "encoder": self.encoder.currentText().strip(),
            "verify_landmarks": self.verify.isChecked(),
        }
        usual = PipelineSettings()
        for key, value in chosen.items():
            if value == getattr(usual, key):
                found.pop(key, None)
            else:
                found[key] = value
        if (preset := self.preset.currentData()) != _AS_IT_IS:
            method = NeuFaceSettings.of_preset(preset).model_dump(mode="json", exclude_defaults=True)
            found.pop("neuface", None)
            found |= {"neuface": method} if method else {}
        same = PipelineSettings.of_project(self._stored, self._path).model_dump()
        try:
            return found if PipelineSettings.of_project(found, self._path).model_dump() != same else None
        except NeuFaceError:
            return found

    def _take(self) -> None:
        self._judge()
        self._changed()

    def _judge(self) -> None:
        """`problem`: what is impossible; a model that is missing is said, too, but can be added later."""
        self.problem, warning = "", self.first_problem
        if self._usable:
            spec = self.encoder.currentText().strip()
            try:
                PipelineSettings.of_project(self.wanted or self._stored, self._path)
                if not spec:
                    self.problem = tr("An encoder is needed: choose open, deca, emoca, or a file.")
                else:
                    check_encoder(spec)
                    if self.detector.currentData() == "fan":
                        check_weights()
            except NeuFaceError as error:
                warning = str(error)
        self.said.setText(self.problem or warning)
        self.said.setVisible(bool(self.said.text()))

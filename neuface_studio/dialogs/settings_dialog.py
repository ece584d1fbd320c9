"""Settings of the person, seen in the window while they are changed, and of the project; Cancel brings all back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from neuface_core.devices import DEVICE_CHOICES, pick_device
from neuface_core.errors import NeuFaceError
from neuface_studio.dialogs.project_page import ProjectPage
from neuface_studio.heat_maps import HEAT_MAPS, heat_map
from neuface_studio.language import ENGLISH, languages, mark, tr
from neuface_studio.user_settings import FONT_SCALES, THEMES, UserSettings
from neuface_studio.views.controls import Choice, Tick

__all__ = ["SettingsDialog", "UserSettings"]

_DEVICES = {"cpu": mark("processor"), "cuda": mark("graphics card, CUDA"), "mps": mark("graphics of Apple, MPS")}
_MAP_ICON = QSize(64, 12)


class SettingsDialog(QDialog):
    """`changed(settings)` is called at every change, and with the first ones again when the dialog is cancelled.

    What a person chose for the project is `project.wanted` when the dialog is accepted.
    """

    def __init__(
        self,
        settings: UserSettings,
        changed: Callable[[UserSettings], None],
        user: str,
        project: ProjectPage | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self._first = self.settings = settings
        self._changed = changed
        self._user_pages: dict[QWidget, tuple[str, ...]] = {}
        self._boxes: dict[str, QComboBox | Tick | QLineEdit] = {}
        self.pages = QTabWidget()
        self.pages.setAccessibleName(tr("Pages of the settings"))
        self.pages.setDocumentMode(True)
        self.pages.tabBar().setDrawBase(False)
        self._make_pages(user)
        self.project = project or ProjectPage.of_none()
        self.pages.addTab(self.project, tr("This &project"))
        buttons = QDialogButtonBox()
        self.keep = buttons.addButton(tr("Keep"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.keep.setObjectName("primary")
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.reset = buttons.addButton(tr("Usual values of this page"), QDialogButtonBox.ButtonRole.ResetRole)
        self.reset.clicked.connect(self._reset)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)  # it grows with the size of words
        layout.setContentsMargins(16, 12, 16, 16)
        layout.setSpacing(14)
        layout.addWidget(self.pages)
        layout.addWidget(buttons)
        self._show(settings)
        for box in self._boxes.values():
            if isinstance(box, QComboBox):
                box.currentIndexChanged.connect(lambda _: self._take())
            elif isinstance(box, Tick):
                box.toggled.connect(lambda _: self._take())
            else:
                box.textChanged.connect(lambda _: self._take())
        self.judge()

    # --- pages

    def _make_pages(self, user: str) -> None:
        self.theme = self._choice(tr("Colours of the window"), [(tr(words), key) for key, words in THEMES.items()])
        self.scale = self._choice(
            tr("Size of words"), [(f"{scale:.0%}".replace("%", " %"), scale) for scale in FONT_SCALES]
        )
        self.heat = self._choice(
            tr("Colours of errors and strips"), [(tr(words), key) for key, words in HEAT_MAPS.items()]
        )
        self.heat.setIconSize(_MAP_ICON)
        for row, name in enumerate(HEAT_MAPS):
            self.heat.setItemIcon(row, _map_icon(name))
        self.language = self._choice(tr("Language of the window"), _languages())
        self.language.setToolTip(tr("Holds from the next start on."))
        look = self._page(
            tr("&Look"),
            [
                ("theme", tr("Colours"), self.theme),
                ("font_scale", tr("Size of words"), self.scale),
                ("heat", tr("Colour map"), self.heat),
                ("language", tr("Language"), self.language),
            ],
            tr("Every map rises from dark to light, and can be read with any kind of colour vision."),
        )
        look.setRowVisible(self.language, len(languages()) > 1)
        self.reviewer = QLineEdit()
        self.reviewer.setPlaceholderText(user)
        self.reviewer.setAccessibleName(tr("Your name beside decisions"))
        self.advance = Tick(tr("Go on to the next undecided clip after a decision"))
        self.comment = Tick(tr("Ask for a comment after a decision"))
        self.pace = Tick(tr("Show the pace, clips an hour"))
        self.breaks = Tick(tr("Call breaks to mind"))
        self._page(
            tr("&Judging"),
            [
                ("reviewer", tr("Your name"), self.reviewer),
                ("advance", "", self.advance),
                ("comment", "", self.comment),
                ("pace", "", self.pace),
                ("breaks", "", self.breaks),
            ],
            tr("Your name is written beside every decision from now on."),
        )
        self.device = self._choice(tr("What fits compute on"), _devices())
        model = self.device.model()
        for row, name in enumerate(DEVICE_CHOICES):
            if _problem_of(name) and isinstance(model, QStandardItemModel):
                model.item(row).setEnabled(False)
        self.where = self._choice(
            tr("Where fits run"),
            [(tr("in the background of the window"), False), (tr("in a process of their own, for long batches"), True)],
        )
        self._page(
            tr("&Fits"),
            [("device", tr("Fits compute on"), self.device), ("elsewhere", tr("Fits run"), self.where)],
            tr("Both hold for the next fit; one that runs goes on as it is."),
        )

    def _page(self, title: str, rows: list[tuple[str, str, Any]], hint: str) -> QFormLayout:
        """A page of the person's settings: key, words before the control, control."""
        page = QWidget()
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        for key, words, box in rows:
            form.addRow(words, box)
            self._boxes[key] = box
        muted = QLabel(hint)
        muted.setObjectName("muted")
        muted.setWordWrap(True)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(14, 16, 14, 10)
        layout.addLayout(form)
        layout.addWidget(muted)
        layout.addStretch()
        self._user_pages[page] = tuple(key for key, _, _ in rows)
        self.pages.addTab(page, title)
        return form

    @staticmethod
    def _choice(name: str, entries: list[tuple[str, object]]) -> QComboBox:
        box = Choice()
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for words, value in entries:
            box.addItem(words, value)
        return box

    # --- values

    def _show(self, settings: UserSettings) -> None:
        for key, box in self._boxes.items():
            value = getattr(settings, key)
            if isinstance(box, QComboBox):
                box.setCurrentIndex(max(0, box.findData(value)))
            elif isinstance(box, Tick):
                box.setChecked(value)
            else:
                box.setText(value)

    def _take(self) -> None:
        found: dict[str, Any] = {}
        for key, box in self._boxes.items():
            if isinstance(box, QComboBox):
                found[key] = box.currentData()
            else:
                found[key] = box.isChecked() if isinstance(box, Tick) else box.text().strip()
        self.settings = replace(self.settings, **found)
        self._changed(self.settings)

    def _reset(self) -> None:
        page = self.pages.currentWidget()
        if page is self.project:
            self.project.reset()
            return
        usual = UserSettings()
        self._show(replace(self.settings, **{key: getattr(usual, key) for key in self._user_pages[page]}))

    def judge(self) -> None:
        """What is impossible cannot be kept."""
        self.keep.setEnabled(not self.project.problem)

    def reject(self) -> None:
        self.settings = self._first
        self._changed(self.settings)
        super().reject()


def _languages() -> list[tuple[str, object]]:
    """The languages of the window, each by its own name."""
    others = [(QLocale(code).nativeLanguageName(), code) for code in languages() if code != ENGLISH]
    return [(tr("As the system"), ""), ("English", ENGLISH), *others]


def _problem_of(device: str) -> str:
    """Why fits cannot compute on a device; "" where they can."""
    try:
        pick_device(device)
    except NeuFaceError as error:
        return error.message
    return ""


def _devices() -> list[tuple[str, object]]:
    """Every device, with clear words where it is not there."""
    entries: list[tuple[str, object]] = [(tr("the fastest here: {device}", device=pick_device("auto")), "auto")]
    for name in DEVICE_CHOICES[1:]:
        words = tr(_DEVICES[name])
        entries.append((tr("{device} (not in this machine)", device=words) if _problem_of(name) else words, name))
    return entries


def _map_icon(name: str) -> QIcon:
    """The colours of a map from left to right."""
    line = QImage(heat_map(name).tobytes(), 256, 1, 768, QImage.Format.Format_RGB888)
    wide = line.scaled(_MAP_ICON, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation)
    return QIcon(QPixmap.fromImage(wide))

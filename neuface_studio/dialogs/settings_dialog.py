"""Settings of the person, seen in the window while they are changed; Cancel brings everything back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from neuface_studio.language import ENGLISH, languages, mark, tr
from neuface_studio.views.controls import Choice

THEMES = {"dark": mark("Dark"), "light": mark("Light"), "system": mark("As the system")}
FONT_SCALES = (0.85, 1.0, 1.15, 1.3, 1.5)


@dataclass(frozen=True)
class UserSettings:
    """What a person chose once for all projects.

    Attributes
    ----------
    theme
        Key of `THEMES`.
    font_scale
        Times the usual size of all words.
    reviewer
        Name that stands beside decisions; "" for the name of the user of this machine.
    elsewhere
        Fits run in a process of their own.
    language
        Code of the language of the window from the next start on; "" for that of the system.
    """

    theme: str = "dark"
    font_scale: float = 1.0
    reviewer: str = ""
    elsewhere: bool = False
    language: str = ""


class SettingsDialog(QDialog):
    """`changed(settings)` is called at every change, and with the first ones again when the dialog is cancelled."""

    def __init__(
        self, settings: UserSettings, changed: Callable[[UserSettings], None], user: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Settings"))
        self._first = self.settings = settings
        self._changed = changed
        self.theme = self._choice(tr("Colours of the window"), [(tr(words), key) for key, words in THEMES.items()])
        self.theme.setCurrentIndex(max(0, self.theme.findData(settings.theme)))
        self.scale = self._choice(
            tr("Size of words"), [(f"{scale:.0%}".replace("%", " %"), scale) for scale in FONT_SCALES]
        )
        self.scale.setCurrentIndex(max(0, self.scale.findData(settings.font_scale)))
        self.reviewer = QLineEdit(settings.reviewer)
        self.reviewer.setPlaceholderText(user)
        self.reviewer.setAccessibleName(tr("Your name beside decisions"))
        self.where = self._choice(
            tr("Where fits run"),
            [(tr("in the background of the window"), False), (tr("in a process of their own, for long batches"), True)],
        )
        self.where.setCurrentIndex(int(settings.elsewhere))
        self.language = self._choice(tr("Language of the window"), _languages())
        self.language.setCurrentIndex(max(0, self.language.findData(settings.language)))
        self.language.setToolTip(tr("Holds from the next start on."))
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        for words, widget in (
            (tr("Colours"), self.theme),
            (tr("Size of words"), self.scale),
            (tr("Your name"), self.reviewer),
            (tr("Fits run"), self.where),
        ):
            form.addRow(words, widget)
        form.addRow(tr("Language"), self.language)
        form.setRowVisible(self.language, len(languages()) > 1)
        hint = QLabel(tr("Your name is written beside every decision from now on."))
        hint.setObjectName("muted")
        hint.setWordWrap(True)
        buttons = QDialogButtonBox()
        keep = buttons.addButton(tr("Keep"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setObjectName("primary")
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)  # it grows with the size of words
        layout.setContentsMargins(22, 18, 22, 18)
        layout.setSpacing(14)
        layout.addLayout(form)
        layout.addWidget(hint)
        layout.addWidget(buttons)
        for box in (self.theme, self.scale, self.where, self.language):
            box.currentIndexChanged.connect(lambda _: self._take())
        self.reviewer.textChanged.connect(lambda _: self._take())

    @staticmethod
    def _choice(name: str, entries: list[tuple[str, object]]) -> QComboBox:
        box = Choice()
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for words, value in entries:
            box.addItem(words, value)
        return box

    def _take(self) -> None:
        self.settings = replace(
            self.settings,
            theme=self.theme.currentData(),
            font_scale=self.scale.currentData(),
            reviewer=self.reviewer.text().strip(),
            elsewhere=self.where.currentData(),
            language=self.language.currentData(),
        )
        self._changed(self.settings)

    def reject(self) -> None:
        self.settings = self._first
        self._changed(self.settings)
        super().reject()


def _languages() -> list[tuple[str, object]]:
    """The languages of the window, each by its own name."""
    others = [(QLocale(code).nativeLanguageName(), code) for code in languages() if code != ENGLISH]
    return [(tr("As the system"), ""), ("English", ENGLISH), *others]

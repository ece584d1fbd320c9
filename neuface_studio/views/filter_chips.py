"""What the queue is filtered by: a chip for everything that is set, and a menu that sets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from neuface_core.project.records import RejectReason
from neuface_studio import icons
from neuface_studio.language import tr
from neuface_studio.queue_filter import Wanted
from neuface_studio.views.flow_layout import FlowLayout

_MOST_TAGS = 40


class FilterButton(QToolButton):
    """Opens a menu of reasons and tags.

    Signals
    -------
    chosen(Wanted)
        With what a person chose.
    """

    chosen = Signal(object)

    def __init__(self, wanted: Callable[[], Wanted], tags: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._wanted, self._tags = wanted, tags
        self.setObjectName("flat")
        self.setIcon(icons.icon("filter"))
        self.setToolTip(tr("Filter by reason or tag"))
        self.setAccessibleName(tr("Filter by reason or tag"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu_ = QMenu(self)
        self.menu_.aboutToShow.connect(self._fill)
        self.setMenu(self.menu_)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _fill(self) -> None:
        """What can be chosen, as it is now."""
        self.menu_.clear()
        now = self._wanted()
        self.menu_.addSection(tr("Reason"))
        for reason in RejectReason:
            self._add(tr(reason.words), replace(now, reason=reason.words), reason.words == now.reason)
        self.menu_.addSection(tr("Tag"))
        tags = list(self._tags())
        for tag in tags[:_MOST_TAGS]:
            self._add(tag, replace(now, tag=tag.casefold()), tag.casefold() == now.tag)
        if not tags:
            action = self.menu_.addAction(tr("No clip has a tag yet: Shift+T gives one"))
            action.setEnabled(False)

    def _add(self, words: str, wanted: Wanted, now: bool) -> None:
        action = self.menu_.addAction(words)
        action.setCheckable(True)
        action.setChecked(now)
        action.triggered.connect(partial(self._choose, wanted))

    def _choose(self, wanted: Wanted, _checked: bool = False) -> None:
        self.chosen.emit(wanted)


class FilterChips(QWidget):
    """A chip for every filter that is on; a click takes it off.

    Signals
    -------
    removed(str)
        Name of the field of `Wanted`.
    """

    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = FlowLayout(self)
        self._row.setContentsMargins(12, 0, 12, 0)
        self._chips: dict[str, QToolButton] = {}
        self.hide()

    @property
    def words(self) -> list[str]:
        """What the chips say."""
        return [chip.text() for chip in self._chips.values()]

    def chip(self, field: str) -> QToolButton:
        """The chip of a field of `Wanted`."""
        return self._chips[field]

    def show_wanted(self, wanted: Wanted) -> None:
        """A chip for each that is set."""
        found = dict(wanted.chips())
        for field in [field for field in self._chips if field not in found]:
            chip = self._chips.pop(field)
            self._row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for field, words in found.items():
            if field not in self._chips:
                chip = QToolButton()
                chip.setObjectName("chip")
                chip.setIcon(icons.icon("close"))
                chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
                chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
                chip.clicked.connect(partial(self._remove, field))
                self._chips[field] = chip
                self._row.addWidget(chip)
            self._chips[field].setText(words)
            self._chips[field].setToolTip(tr("Take this filter off"))
            self._chips[field].setAccessibleName(tr("Filter: {words}. Press to take it off", words=words))
        self.setVisible(bool(found))

    def _remove(self, field: str, _checked: bool = False) -> None:
        self.removed.emit(field)

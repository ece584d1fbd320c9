"""All keys in a table that can be changed; a key that another command has is refused, with the name of that command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from neuface_studio import theme
from neuface_studio.fuzzy import ranked
from neuface_studio.key_map import FILE_NAME, KeyMap, KeyMapError, portable, take_away
from neuface_studio.language import tr

_ID = Qt.ItemDataRole.UserRole
_FIELD_PADDING = 30


class KeyEditor(QDialog):
    """Changes take effect at once; `changed(map)` is called for each, and keeps them."""

    def __init__(self, keys: KeyMap, changed: Callable[[KeyMap], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keys"))
        self.resize(theme.px(760), 640)
        self._keys, self._changed = keys, changed
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find a command…"))
        self.search.setAccessibleName(tr("Find a command"))
        self.search.textChanged.connect(self._fill)
        self.table = QTreeWidget()
        self.table.setAccessibleName(tr("Commands and their keys"))
        self.table.setHeaderLabels([tr("Command"), tr("Group"), tr("Keys"), ""])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for column, width in ((2, 170), (3, 90)):
            self.table.setColumnWidth(column, theme.px(width))
        self.table.header().setStretchLastSection(False)
        self.table.currentItemChanged.connect(lambda *_: self._show())
        self.press = QKeySequenceEdit()
        self.press.setMaximumSequenceLength(1)
        self.press.setAccessibleName(tr("New key: press it here"))
        self.press.ensurePolished()
        asks = self.press.findChildren(QLineEdit)[0].placeholderText()
        self.press.setMinimumWidth(self.press.fontMetrics().horizontalAdvance(asks) + theme.px(_FIELD_PADDING))
        self.press.keySequenceChanged.connect(lambda _: self._say(""))
        self.set = self._button(tr("Use this key"), self._set)
        self.add = self._button(tr("Use it as well"), self._add)
        self.none = self._button(tr("No key"), lambda: self._try([]))
        self.reset_one = self._button(tr("Usual key"), self._reset_one)
        self.said = QLabel()
        self.said.setObjectName("warn")
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(self.said.fontMetrics().height())
        editing = QHBoxLayout()
        editing.addWidget(self.press, 1)
        for button in (self.set, self.add, self.none, self.reset_one):
            editing.addWidget(button)
        buttons = QDialogButtonBox()
        self.reset_all = self._button(tr("All usual keys"), lambda: self._take(KeyMap(self._keys.commands)))
        for button in (
            self.reset_all,
            self._button(tr("Import…"), self._import),
            self._button(tr("Export…"), self._export),
        ):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ResetRole)
        close = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.AcceptRole)
        close.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 16)
        layout.setSpacing(10)
        for part in (self.search, self.table):
            layout.addWidget(part)
        layout.addLayout(editing)
        layout.addWidget(self.said)
        layout.addWidget(buttons)
        self._fill()

    @staticmethod
    def _button(words: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _=False: act())
        return button

    @property
    def command_id(self) -> str:
        """The command that is being edited; "" where the table is empty."""
        item = self.table.currentItem()
        return str(item.data(0, _ID)) if item is not None else ""

    def choose(self, command_id: str) -> None:
        """Edit this command."""
        for row in range(self.table.topLevelItemCount()):
            item = self.table.topLevelItem(row)
            if item is not None and item.data(0, _ID) == command_id:
                self.table.setCurrentItem(item)

    def _fill(self) -> None:
        chosen = self.command_id
        self.table.clear()
        commands = ((c, f"{c.said} {tr(c.category)} {self._keys.shown(c.id)}") for c in self._keys.commands)
        for command in ranked(self.search.text(), commands):
            changed = tr("changed") if command.id in self._keys.changed else ""
            item = QTreeWidgetItem([command.said, tr(command.category), self._keys.shown(command.id), changed])
            item.setData(0, _ID, command.id)
            self.table.addTopLevelItem(item)
        if (first := self.table.topLevelItem(0)) is not None:
            self.table.setCurrentItem(first)
        self.choose(chosen)

    def _show(self) -> None:
        one = bool(self.command_id)
        self.reset_one.setEnabled(one and self.command_id in self._keys.changed)
        self.reset_all.setEnabled(bool(self._keys.changed))
        for widget in (self.press, self.set, self.add, self.none):
            widget.setEnabled(one)
        self.press.clear()

    # --- changes

    def _pressed(self) -> str:
        return portable(self.press.keySequence().toString(QKeySequence.SequenceFormat.PortableText))

    def _set(self) -> None:
        if key := self._pressed():
            self._try([key])

    def _add(self) -> None:
        if key := self._pressed():
            self._try([*self._keys.keys(self.command_id), key])

    def _try(self, keys: list[str]) -> None:
        clash = next((c for key in keys if (c := self._keys.clash(self.command_id, key)) is not None), None)
        if clash is not None:
            self._say(f"{clash.words} {take_away()}")
            return
        try:
            self._take(self._keys.with_keys(self.command_id, keys))
        except KeyMapError as error:
            self._say(str(error))

    def _reset_one(self) -> None:
        try:
            self._take(self._keys.reset(self.command_id))
        except KeyMapError as error:
            self._say(str(error))

    def _take(self, keys: KeyMap) -> None:
        self._keys = keys
        self._fill()
        self._show()
        self._say("")
        try:
            self._changed(keys)
        except KeyMapError as error:
            self._say(str(error))

    def _say(self, words: str) -> None:
        self.said.setText(words)
        self.said.setAccessibleName(words)

    # --- files

    def _import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Import keys"), "", tr("Keys (*.toml)"))
        if name:
            self.import_from(Path(name))

    def import_from(self, path: Path) -> None:
        """Take over the keys of a file; a file with a conflict changes nothing."""
        try:
            self._take(self._keys.loaded(path))
        except KeyMapError as error:
            self._say(str(error))

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Export keys"), FILE_NAME, tr("Keys (*.toml)"))
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write what differs from the usual keys."""
        try:
            self._keys.save(path)
        except KeyMapError as error:
            self._say(str(error))

"""What stands in the window before there is a clip: it says what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from neuface_studio import icons, theme
from neuface_studio.language import tr

_WIDTH, _HEIGHT = 560, 230
_FILM = 60
_PROJECT_ICON = 18
_BESIDE_WORDS = 60  # of a recent project: margins and icon


class _DropArea(QWidget):
    """A dashed field with a film in it."""

    def __init__(self) -> None:
        super().__init__()
        self.highlighted = False

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(colours.accent if self.highlighted else colours.muted), 1.6, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(QColor(colours.hover if self.highlighted else colours.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 14, 14)
        film = QRectF((self.width() - _FILM) / 2, 28, _FILM, _FILM)
        icons.paint(painter, "film", film, QColor(colours.accent), 1.2)


class EmptyState(QWidget):
    """Signals `open_wanted()`, `add_wanted()`, `recent_wanted(path)`."""

    open_wanted = Signal()
    add_wanted = Signal()
    recent_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._area = _DropArea()
        self._title = QLabel()
        self._title.setObjectName("hero")
        self._words = QLabel()
        self._words.setObjectName("muted")
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        add = QPushButton(tr("Choose videos…"))
        add.setObjectName("primary")
        add.clicked.connect(self.add_wanted)
        self._open = QPushButton(tr("Open a project…"))
        self._open.clicked.connect(self.open_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(add)
        buttons.addWidget(self._open)
        buttons.addStretch()
        inside = QVBoxLayout(self._area)
        inside.setContentsMargins(24, 96, 24, 24)
        inside.setSpacing(8)
        inside.addWidget(self._title)
        inside.addWidget(self._words)
        inside.addSpacing(8)
        inside.addLayout(buttons)
        self._steps = QLabel()
        self._steps.setObjectName("muted")
        self._known: list[tuple[QPushButton, Path]] = []
        self._recent = QVBoxLayout()
        self._recent.setSpacing(4)
        layout = QVBoxLayout(self)
        layout.addStretch(3)
        layout.addWidget(self._area, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(22)
        layout.addWidget(self._steps, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(26)
        layout.addLayout(self._recent)
        layout.addStretch(4)
        self._fit_words()

    def _fit_words(self) -> None:
        width = theme.px(_WIDTH)
        self._area.setMinimumSize(width, theme.px(_HEIGHT))
        for button, path in self._known:
            button.setFixedWidth(width)
            button.setIconSize(QSize(theme.px(_PROJECT_ICON), theme.px(_PROJECT_ICON)))
            room = width - theme.px(_BESIDE_WORDS)
            words = f"{path.name}    {path.parent}"
            button.setText(button.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, room))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._fit_words()

    def teach(self, project: str = "", recent: Sequence[str] = (), with_keys: Callable[[str], str] = str) -> None:
        """Words for no project, or for the empty project `project`.

        Parameters
        ----------
        recent
            Paths of projects to offer.
        with_keys
            Puts the keys that hold in place of commands.
        """
        self._steps.setText(
            with_keys(
                tr(
                    "1   Drop videos      2   Press {fit.clip}: every face gets a mesh      3   Press {review.accept} "
                    "or {review.reject} to judge      4   {project.export} writes the dataset"
                )
            )
        )
        self._title.setText(tr("This project has no clips yet") if project else tr("Drop videos of faces here"))
        self._words.setText(
            tr("Drop videos or folders here.")
            if project
            else tr("A project is made for them. Or drop a project to open it.")
        )
        self._open.setText(tr("Open another project…") if project else tr("Open a project…"))
        while (item := self._recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        known = [path for path in recent if Path(path).is_dir()][:4] if not project else []
        if known:
            caption = QLabel(tr("RECENT PROJECTS"))
            caption.setObjectName("caption")
            self._recent.addWidget(caption, 0, Qt.AlignmentFlag.AlignHCenter)
        self._known = []
        for path in known:
            button = QPushButton()
            button.setObjectName("recent")
            button.setToolTip(path)
            button.setIcon(icons.icon("mesh", "muted"))
            button.clicked.connect(lambda _=False, p=path: self.recent_wanted.emit(p))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            self._known.append((button, Path(path)))
        self._fit_words()

    def highlight(self, on: bool) -> None:
        """Something is held over the window."""
        self._area.highlighted = on
        self._area.update()

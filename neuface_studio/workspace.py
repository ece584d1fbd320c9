"""Which panel stands where."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from neuface_studio import theme
from neuface_studio.actions import ActionSet
from neuface_studio.dialogs.reject_strip import RejectStrip
from neuface_studio.language import tr
from neuface_studio.playhead import Playhead
from neuface_studio.state import LayerState, ViewState
from neuface_studio.views.banner import Banner
from neuface_studio.views.edit_bar import EditBar
from neuface_studio.views.empty import EmptyState
from neuface_studio.views.inspector import Inspector
from neuface_studio.views.layer_switches import LayerSwitches
from neuface_studio.views.mesh import MeshView
from neuface_studio.views.note_line import NoteStrip
from neuface_studio.views.question_strip import QuestionStrip
from neuface_studio.views.queue import Queue
from neuface_studio.views.queue_model import QueueModel
from neuface_studio.views.review_bar import ReviewBar
from neuface_studio.views.tag_line import TagStrip
from neuface_studio.views.transport import Transport, tool_button
from neuface_studio.views.video import VideoView
from neuface_studio.views.view_grid import ViewGrid
from neuface_studio.views.view_strip import ViewStrip

_MARGIN = 6
SIDES = (408, 742, 300)
HALVES = (500, 340)
_QUEUE_FROM = 330  # less is not left to the list of clips for the sake of the inspector
_CENTRE_FROM = 632  # in which name, state and verdicts have room
_CAPTION = 48  # height of a panel's title with a margin: its buttons stay free


def _framed(title: str, view: QWidget, buttons: list[QWidget]) -> QFrame:
    """A view under a line with its title and buttons."""
    frame = QFrame()
    frame.setObjectName("panel")
    label = QLabel(title)
    label.setObjectName("caption")
    head = QHBoxLayout()
    head.setContentsMargins(12, 3, 6, 3)
    head.setSpacing(2)
    head.addWidget(label)
    head.addStretch()
    for button in buttons:
        head.addWidget(button)
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, 1, 1, 1)
    layout.setSpacing(0)
    layout.addLayout(head)
    layout.addWidget(view, 1)
    return frame


def _height(panel: QWidget, width: int) -> int:
    """What it needs at this width."""
    needed = panel.heightForWidth(width) if panel.hasHeightForWidth() else panel.sizeHint().height()
    return max(needed, panel.minimumSizeHint().height())


class Workspace(QWidget):
    """All panels; the window puts things into them."""

    def __init__(
        self,
        actions: ActionSet,
        playhead: Playhead,
        layers: LayerState,
        views: ViewState,
        model: QueueModel,
        *,
        opengl: bool,
    ) -> None:
        super().__init__()
        self.banner = Banner(actions["message.act"], actions["message.copy"], actions["message.close"], self)
        self.question = QuestionStrip(self)
        self.question.ended.connect(self._give_back_keyboard)
        self.empty = EmptyState()
        self.queue = Queue(model)
        self.video = VideoView()
        self.strip = ViewStrip(views, playhead)
        self.grid = ViewGrid(views, playhead)
        self.grid.set_wanted(False)
        self.mesh = MeshView(opengl)
        self.inspector = Inspector(model)
        self.transport = Transport(playhead, views, actions)
        self.timeline = self.transport.timeline
        self.review = ReviewBar(
            model, actions["review.accept"], actions["review.reject"], actions["review.undo"], actions["fit.clip"]
        )
        self.edit_bar = EditBar(actions)
        self.edit_bar.hide()
        self.reject = RejectStrip(self)
        self.reject.hide()
        self.note = NoteStrip(self)
        self.note.hide()
        self.tags = TagStrip(self)
        self.tags.hide()
        on_video = (("look.grid", "grid"), ("look.zoom_face", "zoom_face"), ("look.zoom_fit", "zoom_fit"))
        on_mesh = (
            ("look.meshes", "views"),
            ("look.colour", "heat"),
            ("look.follow_head", "follow"),
            ("look.reset_camera", "camera"),
        )
        pictures = QWidget()
        either = QVBoxLayout(pictures)
        either.setContentsMargins(0, 0, 0, 0)
        either.addWidget(self.video)
        either.addWidget(self.grid)
        switches: list[QWidget] = [LayerSwitches(layers, actions)]
        video = _framed(tr("VIDEO"), pictures, [*switches, *(tool_button(actions[n], icon) for n, icon in on_video)])
        mesh = _framed(tr("MESH"), self.mesh, [tool_button(actions[n], icon) for n, icon in on_mesh])
        self.halves = self._splitter((video, mesh), HALVES)
        self._centre = centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_MARGIN)
        column.addWidget(self.halves, 1)
        column.addWidget(self.strip)
        column.addWidget(self.review)
        column.addWidget(self.edit_bar)
        column.addWidget(self.transport)
        self.sides = self._splitter((self.queue, centre, self.inspector), SIDES)
        self.sides.setStretchFactor(0, 0)
        self.sides.setStretchFactor(1, 1)
        self.sides.setStretchFactor(2, 0)
        self._scale = 1.0  # of the words, for which `SIDES` are made
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.sides)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN // 2, _MARGIN, _MARGIN)
        layout.setSpacing(_MARGIN)
        layout.addWidget(self._pages, 1)
        # These lie over the panels: a message or a question must not make the pictures jump.
        for floating in (self.banner, self.question, self.reject, self.note, self.tags):
            floating.raise_()
            floating.installEventFilter(self)

    @staticmethod
    def _splitter(widgets: tuple[QWidget, ...], sizes: tuple[int, ...]) -> QSplitter:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(_MARGIN)
        for widget in widgets:
            splitter.addWidget(widget)
        splitter.setSizes(list(sizes))
        return splitter

    @property
    def panels_shown(self) -> bool:
        return not self.queue.isHidden()

    def show_panels(self, shown: bool) -> None:
        """Queue and inspector, or the pictures alone."""
        self.queue.setVisible(shown)
        self._make_room()

    def _make_room(self) -> None:
        """On a small screen the pictures and the queue come before the inspector."""
        parts = [self.queue, self._centre, self.inspector]
        queue, centre, inspector = (max(p.minimumWidth(), p.minimumSizeHint().width()) for p in parts)
        needed = max(queue, theme.px(_QUEUE_FROM)) + centre + inspector + 2 * _MARGIN + 2 * self.sides.handleWidth()
        self.inspector.setVisible(self.panels_shown and self.width() >= needed)

    def minimumSizeHint(self) -> QSize:
        """Without the inspector, which makes way."""
        least = super().minimumSizeHint()
        spare = self.inspector.minimumWidth() + self.sides.handleWidth() if not self.inspector.isHidden() else 0
        return least - QSize(spare, 0)

    def next_panel(self) -> None:
        """The keyboard goes to the next panel that is seen."""
        if not self.question.isHidden() and not self.question.isAncestorOf(self.window().focusWidget() or self):
            self.question.take_focus()
            return
        panels: list[QWidget] = [self.queue.table, self.video, self.mesh, self.timeline]
        shown = [panel for panel in panels if panel.isVisible()]
        focus = self.window().focusWidget() or self
        at = next((i for i, panel in enumerate(shown) if panel.hasFocus() or panel.isAncestorOf(focus)), -1)
        if shown:
            shown[(at + 1) % len(shown)].setFocus()

    def show_grid(self, grid: bool) -> None:
        """All views equally large, or one large and the others below."""
        focused = self.video.hasFocus() or self.grid.hasFocus()
        self.strip.set_wanted(not grid)
        self.grid.set_wanted(grid)
        self.video.setVisible(self.grid.isHidden())
        if focused:  # else Qt gives the keyboard to the next button
            (self.video if self.grid.isHidden() else self.grid).setFocus()

    def show_editing(self, editing: bool) -> None:
        """The keys of repair take the place of the slit scan: the frame stays as large as it was."""
        self.edit_bar.setVisible(editing)
        self.timeline.set_brief(editing)

    def show_clips(self, some: bool) -> None:
        """The panels, or what to do when there is no clip."""
        self._pages.setCurrentIndex(1 if some else 0)

    @property
    def shows_clips(self) -> bool:
        return self._pages.currentIndex() == 1

    @property
    def rejecting(self) -> bool:
        return not self.reject.isHidden()

    def _place_floating(self) -> None:
        """Messages at the upper edge of the pictures; what is asked of a clip over its bar."""
        below = self.halves if self.shows_clips else self._pages
        place = QRect(below.mapTo(self, below.rect().topLeft()), below.size())
        top = place.y() + (_CAPTION if self.shows_clips else 10)
        for message in (m for m in (self.banner, self.question) if not m.isHidden()):
            width = min(820, place.width() - 24)
            message.setFixedWidth(width)
            message.resize(width, max(42, _height(message, width)))
            message.move(place.x() + (place.width() - width) // 2, top)
            message.raise_()
            top += message.height() + _MARGIN
        for strip in (s for s in (self.reject, self.note, self.tags) if not s.isHidden()):
            bar = self.review.rect()
            corner = self.review.mapTo(self, bar.bottomLeft())
            strip.setFixedWidth(bar.width())
            strip.resize(bar.width(), _height(strip, bar.width()))
            strip.move(corner.x(), corner.y() - strip.height() + 1)
            strip.raise_()

    def hide_strips(self) -> None:
        """No question any more; the keyboard goes back to where it works."""
        strips, focus = (self.reject, self.note, self.tags), self.focusWidget() or self
        typing = any(strip.isAncestorOf(focus) for strip in strips)
        for strip in strips:
            strip.hide()
        if typing:
            self._give_back_keyboard()

    def _give_back_keyboard(self) -> None:
        """To where it works most."""
        (self.queue.take_focus if self.panels_shown and self.shows_clips else self.video.setFocus)()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
        self._place_floating()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest):
            self._place_floating()
        return False

    def apply_theme(self) -> None:
        """Whatever keeps a colour takes it anew."""
        self.mesh.apply_theme()
        self.review.apply_theme()
        self.timeline.apply_theme()
        self._make_room()
        if self._scale != theme.font_scale():  # larger words, wider panels of words, as far as the pictures have room
            wider, self._scale = theme.font_scale() / self._scale, theme.font_scale()
            queue = round(wider * self.sides.sizes()[0])
            inspector = 0 if self.inspector.isHidden() else theme.px(SIDES[2])
            room = self.sides.width() - inspector - 2 * _MARGIN
            queue = max(self.queue.minimumWidth(), min(queue, room - theme.px(_CENTRE_FROM)))
            QTimer.singleShot(0, self, lambda: self.sides.setSizes([queue, room - queue, inspector]))
        self.update()

"""Everything that a frame needs, made off the GUI thread and handed over in one piece.

Video, overlay and mesh of one frame travel together as a `Picture`, so that the views cannot disagree about the frame.
The latest wish wins: a wish that was not begun when the next one comes is forgotten, so scrubbing drops frames and
never queues them. A picture of a clip that was left (its ticket is old) is thrown away by whoever receives it.

What will be asked for next is made ahead, but not while the window paints a step: on few cores the two would only take
each other's time, and a person waits for the paint.

Of a clip of several views the large picture comes first. The small ones follow one by one, the oldest first, and wait
for any new wish; a wish makes one of them at least, so that none stands still while a person scrubs.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import replace

from PySide6.QtCore import QObject, QThread, Signal

from neuface_core.errors import NeuFaceError
from neuface_core.frame_cache import FrameCache
from neuface_studio.compose import compose, compose_small
from neuface_studio.opened_clip import ClipFiles, OpenedClip, open_clip
from neuface_studio.picture import Picture, SmallPicture, Wish
from neuface_studio.state import Result

CACHE_BYTES = 512 << 20
SMALL_BYTES = 48 << 20

_OPEN_VIDEOS = 12  # more views than a rig has cameras; a decoder that is opened again and again costs a seek each time
_AHEAD_S = 1.5
_REPORT_S = 0.2
_PAINTS_S = 1.0  # after so long without a word the window paints nothing: it is hidden


class Compositor(QThread):
    """Opens clips, decodes frames and draws overlays.

    Attributes
    ----------
    idle
        Nothing is left to do, not even ahead.

    Signals
    -------
    opened(OpenedClip), failed(ticket, words)
        One of the two for every `open`, unless a later one overtook it.
    ready(Picture), small(SmallPicture)
    cached(frames (N,) int64)
        Which frames of the large view are in memory.
    """

    opened = Signal(object)
    failed = Signal(int, str)
    ready = Signal(object)
    small = Signal(object)
    cached = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._condition = threading.Condition()
        self._to_open: tuple[int, ClipFiles] | None = None
        self._wish: Wish | None = None
        self._next: Picture | None = None  # made ahead: the frame that the next step will ask for
        self._given: Picture | None = None  # made ahead, and received with the wish
        self._step_ahead = False
        self._on_its_way = False  # a picture was handed over that nobody has taken yet
        self._rest_until = 0.0
        self.idle = False
        self._stopping = False
        self._clip: OpenedClip | None = None
        self._swapped: OpenedClip | None = None
        self._cache = FrameCache(CACHE_BYTES, _OPEN_VIDEOS)
        self._smalls = _SmallPictures()
        self._small_wish: Wish | None = None
        self._served: Wish | None = None
        self._to_draw: list[int] = []
        self._drawn: dict[int, int] = {}  # of every view: the turn in which its small picture was made
        self._turn = 0
        self._ahead: list[tuple[int, int]] = []
        self._reported = 0.0

    # --- from the GUI thread

    def open(self, ticket: int, files: ClipFiles) -> None:
        """Open another clip; wishes for the old one are forgotten."""
        with self._condition:
            self._to_open, self._wish, self.idle = (ticket, files), None, False
            self._condition.notify()

    def swap(self, clip: OpenedClip) -> None:
        """The same clip with another result, from the next wish on."""
        with self._condition:
            self._swapped = clip

    def ask(self, wish: Wish) -> Picture | None:
        """Show this, and forget what was asked before; a picture that was made ahead is given at once."""
        with self._condition:
            known = self._next
            free = not (self._on_its_way or self._to_open or self._swapped)
            self._given = replace(known, wish=wish) if free and known is not None and known.wish == wish else None
            self._wish, self.idle = wish, False
            self._let_paint(wish)
            self._condition.notify()
            return self._given

    def taken(self) -> None:
        """The picture was received: the next one may be made. Else they would queue while the window is busy."""
        with self._condition:
            self._on_its_way = False
            self._condition.notify()

    def painted(self) -> None:
        """The picture is on the screen: now there is time for what comes next."""
        with self._condition:
            self._rest_until = 0.0
            self._condition.notify()

    def stop(self) -> None:
        """End the thread and wait for it."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self.wait()

    # --- on its own thread

    def run(self) -> None:
        while True:
            with self._condition:
                self._wait_for_work()
                if self._stopping:
                    break
                to_open, self._to_open = self._to_open, None
                wish = None
                if self._wanted and not to_open:
                    wish, self._wish = self._wish, None
                swapped, self._swapped = self._swapped, None
                if swapped is not None and self._clip is not None and swapped.ticket == self._clip.ticket:
                    self._clip, self._next = swapped, None
                    self._smalls.clear()
            if to_open:
                self._open(*to_open)
            elif wish:
                self._serve(wish)
            elif self._to_draw:
                self._draw_small()
            elif self._step_ahead:
                self._make_next()
            else:
                self._decode_ahead()
        self._leave_clip()
        self._cache.clear()

    def _wait_for_work(self) -> None:
        while not (self._stopping or self._to_open or self._wanted or self._to_draw):
            rest_s = self._rest_until - time.monotonic()
            if self._idle_work and rest_s <= 0:
                break
            self.idle = not self._idle_work
            self._condition.wait(rest_s if self._idle_work else None)
        self.idle = False

    @property
    def _wanted(self) -> bool:
        """There is a wish, and the picture before was taken."""
        return self._wish is not None and not self._on_its_way

    @property
    def _idle_work(self) -> bool:
        """There is something to do while nobody asks for anything."""
        return bool(self._step_ahead or self._ahead)

    def _open(self, ticket: int, files: ClipFiles) -> None:
        self._leave_clip()
        self._ahead, self._to_draw = [], []
        self._next, self._step_ahead, self._served = None, False, None
        self._smalls.clear()
        self._drawn.clear()
        result = open_clip(ticket, files)
        if isinstance(result, str):
            self.failed.emit(ticket, result)
            return
        self._clip = result
        self.opened.emit(result)

    def _leave_clip(self) -> None:
        """Close its videos, also those of which every frame was in memory and that the cache never saw."""
        clip, self._clip = self._clip, None
        for view in clip.views if clip is not None else ():
            if view.source is not None:
                view.source.close()

    def _serve(self, wish: Wish) -> None:
        clip = self._clip
        if clip is None or clip.ticket != wish.ticket or not 0 <= wish.frame < clip.source.info.n_frames:
            return
        # Whoever jumps about gains nothing by the neighbour of where he is.
        before, self._served = self._served, wish
        self._step_ahead = before is not None and wish.frame - before.frame == wish.direction
        given = self._given
        if given is None or given.wish is not wish:
            self._hand_over(compose(clip, wish, self._cache))
        self._small_wish, self._to_draw = wish, []
        if wish.small and len(clip.views) > 1:
            self._to_draw = sorted(range(len(clip.views)), key=lambda k: (self._drawn.get(k, -1), k))
            self._draw_small()
        self._ahead = _frames_ahead(clip, wish)
        self._report(clip, wish.view)

    def _hand_over(self, picture: Picture) -> None:
        with self._condition:
            self._on_its_way = True
            self._let_paint(picture.wish)
        self.ready.emit(picture)

    def _let_paint(self, wish: Wish) -> None:
        self._rest_until = 0.0 if wish.overlap else time.monotonic() + _PAINTS_S

    def _make_next(self) -> None:
        """The picture of the next step, while the window paints the present one."""
        clip, wish, self._step_ahead = self._clip, self._served, False
        if clip is None or wish is None or not 0 <= wish.frame + wish.direction < clip.source.info.n_frames:
            return
        self._next = compose(clip, replace(wish, frame=wish.frame + wish.direction), self._cache)

    def _draw_small(self) -> None:
        clip, wish, view = self._clip, self._small_wish, self._to_draw.pop(0)
        if clip is None or wish is None:
            self._to_draw = []
            return
        self._turn += 1
        self._drawn[view] = self._turn
        self.small.emit(self._smalls.picture(clip, wish, view, self._cache))

    def _decode_ahead(self) -> None:
        clip, (view, index) = self._clip, self._ahead.pop(0)
        source = clip.views[view].source if clip is not None else None
        if clip is None or source is None:
            self._ahead = []
            return
        try:
            if self._cache.peek(source, index) is None:
                self._cache.frame(source, index)
        except (NeuFaceError, IndexError):
            self._ahead = []
        shown = self._small_wish.view if self._small_wish is not None else 0
        self._report(clip, shown, at_once=not self._ahead)

    def _report(self, clip: OpenedClip, view: int, *, at_once: bool = False) -> None:
        now = time.monotonic()
        source = clip.views[view].source
        if source is not None and (at_once or now - self._reported > _REPORT_S):
            self._reported = now
            self.cached.emit(self._cache.held(source))


def _frames_ahead(clip: OpenedClip, wish: Wish) -> list[tuple[int, int]]:
    """(view, frame) to decode while nothing else is to be done: the large view first."""
    info = clip.source.info
    views = [wish.view, *(k for k in range(len(clip.views)) if k != wish.view)] if wish.small else [wish.view]
    frame_bytes = max(1, *(v.source.info.width * v.source.info.height * 3 for v in clip.views if v.source is not None))
    # More than half of the budget would push out what was just made.
    reach = min(max(2, int(_AHEAD_S * info.fps)), CACHE_BYTES // 2 // frame_bytes // len(views))
    frames = [i for k in range(1, reach + 1) if 0 <= (i := wish.frame + wish.direction * k) < info.n_frames]
    return [(view, i) for view in views if clip.views[view].source is not None for i in frames]


class _SmallPictures:
    """Small pictures of one clip within a budget of bytes, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, int, Result, bool, int], SmallPicture] = OrderedDict()
        self._bytes = 0

    def clear(self) -> None:
        self._kept.clear()
        self._bytes = 0

    def picture(self, clip: OpenedClip, wish: Wish, view: int, cache: FrameCache) -> SmallPicture:
        """The small picture of `view` at the moment of `wish`."""
        key = (view, wish.frame, wish.result, wish.overlay, wish.small_height)
        if key in self._kept:
            self._kept.move_to_end(key)
            known = self._kept[key]
            return replace(known, wish=wish)
        made = compose_small(clip, view, wish, cache)
        if made.image is not None:
            self._kept[key] = made
            self._bytes += _size(made)
            while self._bytes > SMALL_BYTES and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return made


def _size(picture: SmallPicture) -> int:
    return sum(image.sizeInBytes() for image in (picture.image, picture.overlay) if image is not None)

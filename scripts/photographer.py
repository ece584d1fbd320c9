"""Drives a window of NeuFace Studio by keys and takes pictures of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QWidget

    from neuface_studio.main_window import MainWindow

_PATIENCE_S = 120.0
_SETTLE_S = 1.2
_REPAINT_S = 0.4
_FLAT = 24


def save(pixmap: QPixmap, path: Path) -> None:
    """Write a picture of the guide in 256 colours: it is read over slow lines, too."""
    pixmap.save(str(path))
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    picture.quantize(palette=_palette(picture), dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    print(f"    {path.name}  {path.stat().st_size / 1e3:.0f} kB", flush=True)


def _colours_with_a_meaning() -> NDArray[np.uint8]:
    """(N, 3) colours of which few pixels say much: of verdicts, views and landmarks."""
    from PySide6.QtGui import QColor

    from neuface_studio import theme

    now = theme.current()
    named = [QColor(now.accent), QColor(now.good), QColor(now.bad), QColor(now.warn), *map(theme.view_colour, range(7))]
    named += [theme.DETECTED, theme.PROJECTED, theme.CROP, theme.PUT]
    return np.array([(c.red(), c.green(), c.blue()) for c in named], np.uint8)


def _palette(picture: Image.Image) -> Image.Image:
    """256 colours: the flat ones of the window exactly, the others with the root of how often they are seen.

    Counted as they are, skin would take them all and leave none to the landmarks, which are few pixels.
    """
    colours, counts = np.unique(np.asarray(picture).reshape(-1, 3), axis=0, return_counts=True)
    flat = colours[np.argsort(-counts)[:_FLAT]]
    meant = _colours_with_a_meaning()
    flat = np.unique(np.concatenate([flat, meant[(meant[:, None] == colours).all(-1).any(1)]]), axis=0)
    shades, members = np.unique(colours >> 3, axis=0, return_inverse=True)
    seen = np.ceil(np.sqrt(np.bincount(members.ravel(), counts))).astype(int)
    weighed = Image.fromarray(np.repeat((shades << 3 | 4).astype(np.uint8), seen, axis=0)[None])
    rest = weighed.quantize(256 - len(flat), Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*flat.ravel().tolist(), *rest[: 3 * (256 - len(flat))]])
    return palette


class Photographer:
    """Drives a window by keys and takes pictures of it, or of a part of it.

    Parameters
    ----------
    themes
        Names of themes. Where there are several, every picture is taken in each of them, and its name says which.
    ending
        What stands behind every name, for example the scale of the screen.
    """

    def __init__(self, window: MainWindow, out: Path, themes: tuple[str, ...], ending: str = "") -> None:
        self.window, self.out = window, out
        self._themes, self._ending = themes, ending

    # --- time

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window live until `condition` holds."""
        from PySide6.QtWidgets import QApplication

        end = time.monotonic() + _PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"waited {_PATIENCE_S:g} s in vain: {what}")
            QApplication.processEvents()
            time.sleep(0.005)

    def settle(self, seconds: float = _SETTLE_S) -> None:
        """Let everything be drawn that is made in the background."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= end, "time to pass")

    # --- hands

    def press(self, *keys: str) -> None:
        """Press keys, each written as the guide writes it."""
        from PySide6.QtGui import QKeySequence
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        if not self.window.isActiveWindow():  # after a dialog, where no window manager gives the keyboard back
            self.window.activateWindow()
            self.wait(self.window.isActiveWindow, "the keyboard")
        for key in keys:
            QTest.keySequence(self.window, QKeySequence(key))
            QApplication.processEvents()

    def open_clip(self, name: str, frame: int) -> None:
        """Show a frame of a clip, and nothing else over it."""
        window, stage = self.window, self.window.stage
        window.review.show_clip(name)
        self.wait(lambda: stage.clip is not None and stage.clip.name == name, name)
        self.go_to(frame)
        if window.situation.fit:
            self.wait(lambda: window.work.timeline.has_slits(window.views.view), "the slit scan")
        self.settle()
        window.work.banner.hide()

    def go_to(self, frame: int) -> None:
        """Show a frame of the clip."""
        video = self.window.stage.video
        self.window.playhead.seek(frame)
        self.wait(lambda: video.shown_frame == frame, f"frame {frame}")

    # --- pictures

    def take(self, name: str, *parts: QWidget, high: int = 10_000) -> None:
        """A picture of what surrounds these parts of the window, at most so high; of all of it where none is named."""
        from PySide6.QtCore import QRect

        def look() -> QPixmap:
            box = QRect()
            for part in parts:
                box = box.united(QRect(part.mapTo(self.window, part.rect().topLeft()), part.size()))
            box.setHeight(min(box.height(), high))
            return self.window.grab(box) if parts else self.window.grab()

        self._in_every_theme(name, look)

    def take_dialog(self, name: str, dialog: QWidget | None, *, close: bool = True) -> None:
        """A picture of a dialog, which is closed then."""
        assert dialog is not None, name
        self._in_every_theme(name, dialog.grab)
        if close:
            dialog.close()
            self.settle()

    def take_over(self, name: str, popup: QWidget | None) -> None:
        """A picture of the window with something that lies over it, which is closed then."""
        from PySide6.QtGui import QPainter

        assert popup is not None, name

        def look() -> QPixmap:
            whole = self.window.grab()
            painter = QPainter(whole)
            painter.drawPixmap(self.window.mapFromGlobal(popup.pos()), popup.grab())
            painter.end()
            return whole

        self._in_every_theme(name, look)
        popup.close()
        self.settle()

    def _in_every_theme(self, name: str, look: Callable[[], QPixmap]) -> None:
        from PySide6.QtWidgets import QApplication

        from neuface_studio import theme

        self.settle()
        for wanted in self._themes:
            if theme.current().name != wanted:
                self.window.set_theme(theme.THEMES[wanted])
                self.settle(_REPAINT_S)
            QApplication.sendPostedEvents()  # words that came with the last event have their room before they are seen
            if len(self._themes) > 1:
                look().save(str(self.out / f"{name}-{wanted}{self._ending}.png"))
            else:
                save(look(), self.out / f"{name}.png")

"""Colours, type and spacing. Widgets take colours from the palette roles or from here, never from themselves.

Interface colours change between dark and light. Data colours never do: a reviewer learns once that a yellow strip is a
bad frame. They are from Okabe and Ito's set, and the error map rises evenly in lightness, so that both can be read with
any kind of colour vision.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from string import Template

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QPainter, QPalette, QPen
from PySide6.QtWidgets import QApplication

from neuface_core.rendering import overlay
from neuface_studio.heat_maps import chosen_heat, heat_map

SPACE = 8
"""Pixels between things that belong together; every margin is a multiple of half of it."""

ERROR_RANGE_PERCENT = (0.0, 4.0)
"""Landmark error (NME of the box) at the two ends of the error map; fixed, so that clips can be compared by colour."""


@dataclass(frozen=True)
class Theme:
    """Interface colours of one scheme, as #rrggbb."""

    name: str
    window: str
    panel: str
    raised: str
    hover: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    bad: str
    warn: str
    canvas: str
    canvas_top: str
    on_canvas: str


DARK = Theme(
    name="dark",
    window="#15171b",
    panel="#1b1e23",
    raised="#262a31",
    hover="#30353d",
    border="#2f343c",
    text="#e7e9ec",
    muted="#a1a9b4",
    accent="#5aa9f0",
    on_accent="#0b1420",
    good="#3ecf9a",
    bad="#ff8a5c",
    warn="#f2c14e",
    canvas="#0e1013",
    canvas_top="#23272e",
    on_canvas="#c9ced6",
)

LIGHT = Theme(
    name="light",
    window="#f1f2f4",
    panel="#ffffff",
    raised="#e9ebee",
    hover="#dde1e6",
    border="#d3d7dd",
    text="#1b1f24",
    muted="#565f6b",
    accent="#0b63b0",
    on_accent="#ffffff",
    good="#00694b",
    bad="#9c3e00",
    warn="#7a5800",
    canvas="#d4d8de",
    canvas_top="#eef0f3",
    on_canvas="#2c323a",
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

# Okabe and Ito, "Color Universal Design" (2008); the landmarks as in the overlay videos.
DETECTED = QColor(*overlay.DETECTED)
PROJECTED = QColor(*overlay.PROJECTED)
BEFORE = QColor("#cc79a7")
PUT = QColor("#ffb000")
"""A landmark that a person put."""
CROP = QColor("#e69f00")
FLAME = QColor("#4fd6a8")
PREVIOUS = QColor("#f0b04a")
RESULT = {"fit": PROJECTED, "before": BEFORE, "flame": FLAME, "previous": PREVIOUS}
"""The colour of each result that can be drawn, by `state.Result`."""
UNDETECTED = QColor("#d55e00")

# Okabe and Ito's seven, in an order in which neighbours differ in lightness too; more cameras begin anew.
_VIEWS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2")


def error_map() -> NDArray[np.uint8]:
    """The map of landmark errors, (256, 3) uint8: dark is no error, pale is `ERROR_RANGE_PERCENT[1]`."""
    return heat_map(chosen_heat())


def heat_colours(values: NDArray[np.floating], full: float) -> NDArray[np.uint8]:
    """Map values (...) from 0 to `full` to (..., 3) uint8 of the error map; NaN becomes the lowest colour."""
    scaled = np.clip(np.nan_to_num(values, nan=0.0) / full, 0, 1)
    colours: NDArray[np.uint8] = error_map()[(scaled * 255).astype(np.intp)]
    return colours


def error_colours(errors: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Map errors (...) in percent to (..., 3) uint8; NaN becomes the lowest colour."""
    return heat_colours(errors, ERROR_RANGE_PERCENT[1])


def view_colour(view: int) -> QColor:
    """The colour of a camera: of its mesh beside the others, and of the mark beside its name."""
    return QColor(_VIEWS[view % len(_VIEWS)])


_BETWEEN_LINES = 8.0


def hatch(painter: QPainter, box: QRectF, opacity: float = 1.0) -> None:
    """Slanted lines over `box`: what is there does not count. They lie on what is below, and read on any of it."""
    painter.save()
    painter.setOpacity(opacity)
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    # Not a pattern of Qt: that has the same pixels on every screen, and is too fine to be seen on one of many.
    first = np.floor((box.left() + box.top()) / _BETWEEN_LINES) * _BETWEEN_LINES
    sums = np.arange(first, box.right() + box.bottom() + _BETWEEN_LINES, _BETWEEN_LINES)
    for colour, shift in ((QColor(0, 0, 0, 150), 1), (QColor(255, 255, 255, 170), 0)):
        painter.setPen(QPen(colour, 1))
        ends = sums + shift
        painter.drawLines([QLineF(s - box.bottom(), box.bottom(), s - box.top(), box.top()) for s in ends.tolist()])
    painter.restore()


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2."""
    parts = [float(c) / 255 for c in QColor(colour).getRgb()[:3]]  # type: ignore[index]
    linear: list[float] = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio of WCAG 2, from 1 to 21."""
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palette(theme: Theme) -> QPalette:
    """The palette that Fusion draws with."""
    result = QPalette()
    role = QPalette.ColorRole
    for which, colour in {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.panel,
        role.AlternateBase: theme.window,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.bad,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Link: theme.accent,
        role.Light: theme.hover,
        role.Midlight: theme.raised,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Shadow: theme.canvas,
        role.Accent: theme.accent,
    }.items():
        result.setColor(which, QColor(colour))
    # What cannot be used is quiet, but can still be read.
    for which in (role.Text, role.WindowText, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.muted))
    return result


_STYLE = Template(
    """
QToolTip { color: $text; background: $raised; border: 1px solid $border; padding: 4px 6px; }
QMenuBar { background: $window; padding: 2px 6px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $raised; border: 1px solid $border; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 22px; border-radius: 4px; }
QMenu::indicator { width: 12px; height: 12px; left: 5px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMainWindow::separator { background: $window; width: 6px; height: 6px; }
QSplitter::handle { background: $window; }
QDockWidget { titlebar-close-icon: none; titlebar-normal-icon: none; }
QStatusBar { background: $window; border-top: 1px solid $border; }
QStatusBar::item { border: none; }
QFrame#panel { background: $panel; border: 1px solid $border; border-radius: 8px; }
QFrame#strip { background: $raised; border: 1px solid $border; border-radius: 8px; }
QFrame#banner { border-radius: 8px; border: 1px solid $border; background: $raised; }
QDialog#floating { background: $panel; border: 1px solid $muted; }
QDialog#floating QListWidget { border: none; }
QLabel#onCanvas { color: $on_canvas; background: transparent; }
QLabel#hud { color: #f2f4f7; background: rgba(0, 0, 0, 165); border-radius: 6px; padding: 4px 10px; font-size: 9pt; }
QLabel#warn { color: $warn; }
QLabel#muted, QLabel#caption { color: $muted; }
QLabel#caption { font-size: 8pt; font-weight: 600; }
QLabel#title { font-size: 11pt; font-weight: 600; }
QLabel#hero { font-size: 20pt; font-weight: 600; }
QPushButton, QToolButton { background: $raised; border: 1px solid $border; border-radius: 6px; padding: 5px 12px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: transparent; }
QPushButton:focus, QToolButton:focus { border: 1px solid $accent; }
QPushButton#accept { color: $good; font-weight: 600; }
QPushButton#reject { color: $bad; font-weight: 600; }
QPushButton#accept:disabled, QPushButton#reject:disabled { color: $muted; }
QPushButton#primary { background: $accent; color: $on_accent; border: 1px solid $accent; font-weight: 600; }
QPushButton#primary:disabled { background: transparent; color: $muted; border-color: $border; }
QToolButton#flat { background: transparent; border: 1px solid transparent; padding: 3px; border-radius: 5px; }
QToolButton#flat::menu-indicator { image: none; }
QToolButton#chip { background: $raised; border: 1px solid $border; border-radius: 9px; padding: 2px 8px;
    font-size: 8pt; }
QToolButton#chip:hover { background: $hover; }
QToolButton#chip:focus { border: 1px solid $accent; }
QToolButton#flat:hover { background: $hover; }
QToolButton#flat:checked { background: $hover; border: 1px solid $border; }
QToolButton#flat:focus { border: 1px solid $accent; }
QLineEdit, QComboBox, QPlainTextEdit { background: $window; border: 1px solid $border; border-radius: 6px;
    padding: 4px 8px; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus { border: 1px solid $accent; }
QComboBox::drop-down { border: none; width: 24px; }
QTableView { background: $panel; alternate-background-color: $panel; border: none; gridline-color: transparent;
    outline: none;    selection-background-color: $hover; selection-color: $text; }
QTableView::item { border-bottom: 1px solid $border; padding: 0 6px; }
QTextBrowser { background: $panel; border: 1px solid $border; border-radius: 6px; padding: 6px 8px; }
QTabWidget::pane { border: none; }
QTabBar::tab { color: $muted; padding: 6px 12px; border: 1px solid transparent; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { border: 1px solid $accent; border-bottom: 2px solid $accent; }
QTreeWidget, QListWidget, QTableWidget { background: $panel; border: 1px solid $border; border-radius: 6px;
    outline: none; selection-background-color: $hover; selection-color: $text; }
QTreeWidget::item, QListWidget::item { padding: 4px 6px; }
QTreeWidget::item:selected, QListWidget::item:selected { background: $hover; color: $text; }
QKeySequenceEdit QLineEdit { min-width: 120px; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $muted; border: none; border-bottom: 1px solid $border;
    padding: 5px 10px; font-size: 8pt; font-weight: 600; }
QTableView#queue QHeaderView::section { padding-left: 4px; }
QTableView#queue QHeaderView::section:first { padding-left: 10px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $hover; border-radius: 4px; min-height: 28px; margin: 1px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle:horizontal { background: $hover; border-radius: 4px; min-width: 28px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: $raised; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $raised; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { background: $text; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }
QSlider::handle:horizontal:focus { background: $accent; }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 15px; height: 15px; border: 1px solid $muted; border-radius: 4px; background: $window; }
QCheckBox::indicator:checked { background: $accent; border: 1px solid $accent; }
QCheckBox::indicator:focus { border: 2px solid $accent; }
QPushButton#recent { text-align: left; padding: 8px 14px; background: $panel; }
QPushButton#recent:hover { background: $hover; }
QPushButton#reason { text-align: left; padding: 7px 12px; background: $panel; }
QPushButton#reason:hover { background: $hover; }
QScrollArea { background: transparent; border: none; }
"""
)


def style_sheet(theme: Theme) -> str:
    """Rounded corners and spacing on top of Fusion."""
    style = _STYLE.substitute({key: value for key, value in vars(theme).items() if key != "name"})
    return re.sub(r"(\d+)pt", lambda size: f"{int(size[1]) * font_scale():g}pt", style)


def font_scale() -> float:
    """Times the usual size of all words: what the person chose here, of what the system asks for."""
    return _kept(_SCALE) * _kept(_SYSTEM)


def _kept(name: str) -> float:
    app = QApplication.instance()
    scale = app.property(name) if isinstance(app, QObject) else None
    return float(scale) if scale else 1.0


def set_font_scale(app: QApplication, scale: float) -> None:
    """Takes effect with the next `apply`."""
    app.setProperty(_SCALE, scale)


def system_scale(points: float, platform: str = sys.platform) -> float:
    """Times the usual size of words that the system asks for with an interface font of `points`."""
    low, high = _USUAL_POINTS.get(platform, _USUAL_POINTS["linux"])
    if points <= 0:  # the system counts in pixels
        return 1.0
    return float(np.clip(points / np.clip(points, low, high), *_SYSTEM_SCALES))


def px(length: float) -> int:
    """Pixels of something that holds words: `length` at their usual size, more where they are larger."""
    return round(length * font_scale())


def of_system() -> Theme:
    """The theme that fits what the system asks for."""
    hints = QGuiApplication.styleHints()
    hints.unsetColorScheme()
    return LIGHT if hints.colorScheme() == Qt.ColorScheme.Light else DARK


def interface_font(points: float = 10.0) -> QFont:
    """The system's sans serif, with the usual good ones first."""
    font = QFont()
    font.setFamilies(["Inter", "SF Pro Text", "Segoe UI", "Cantarell", "Noto Sans", "DejaVu Sans"])
    font.setPointSizeF(points * font_scale())
    return font


def number_font(points: float = 9.0, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The interface font with digits of equal width, so that counting numbers do not jump."""
    font = interface_font(points)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def line_height(points: float = 10.0) -> int:
    """Height of a line of the interface font, in pixels."""
    return QFontMetrics(interface_font(points)).height()


_PROPERTY, _SCALE, _SYSTEM = "neufaceTheme", "neufaceFontScale", "neufaceSystemScale"
_USUAL_POINTS = {"darwin": (13.0, 13.0), "win32": (9.0, 9.0), "linux": (9.0, 11.0)}
"""From and to: the interface fonts of those who changed nothing."""
_SYSTEM_SCALES = (0.8, 2.0)


def current() -> Theme:
    """The theme that was applied last; dark before that."""
    app = QApplication.instance()
    name = app.property(_PROPERTY) if isinstance(app, QObject) else None
    return THEMES.get(str(name), DARK)


def apply(app: QApplication, theme: Theme) -> None:
    """Dress the whole application; may be called again while it runs."""
    app.setProperty(_PROPERTY, theme.name)
    if app.property(_SYSTEM) is None:  # later it is our own
        app.setProperty(_SYSTEM, system_scale(app.font().pointSizeF()))
    if app.style().objectName().lower() != "fusion":
        app.setStyle("Fusion")
    hints = QGuiApplication.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Dark if theme.name == "dark" else Qt.ColorScheme.Light)
    app.setFont(interface_font())
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme))

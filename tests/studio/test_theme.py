"""Words can be read in both themes, and data colours for every kind of colour vision."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from neuface_studio import theme
from neuface_studio.heat_maps import HEAT_MAPS, heat_map

ON = ("window", "panel", "raised", "hover")
WORDS = ("text", "muted", "accent", "good", "bad", "warn")


BOTH = pytest.mark.parametrize("scheme", [theme.DARK, theme.LIGHT], ids=lambda s: s.name)
SIMULATION = {
    "usual": np.eye(3),
    "protanopia": np.array([[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]),
    "deuteranopia": np.array([[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9690]]),
    "tritanopia": np.array([[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]),
}
"""On linear RGB, severity 1: Machado, Oliveira and Fernandes (2009), Table 1."""
XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
ENOUGH = 4.5
"""WCAG 2, level AA, for words of the usual size."""


@BOTH
def test_words_stand_out(scheme: theme.Theme) -> None:
    pairs = [(word, ground) for word in WORDS for ground in ON]
    # A button while it is pressed: "Accept" and "Reject" have colours of their own.
    pairs += [(word, "border") for word in ("text", "good", "bad")]
    pairs += [("on_accent", "accent"), ("on_canvas", "canvas"), ("on_canvas", "canvas_top")]
    for word, ground in pairs:
        ratio = theme.contrast(getattr(scheme, word), getattr(scheme, ground))
        assert ratio >= ENOUGH, f"{scheme.name}: {word} on {ground} has a contrast of {ratio:.2f}"


@BOTH
def test_words_stand_out_in_what_qt_draws(scheme: theme.Theme) -> None:
    role, palette = QPalette.ColorRole, theme.palette(scheme)
    words = {
        role.Window: (role.WindowText, role.BrightText, role.Link, role.PlaceholderText),
        role.Base: (role.Text, role.Link, role.PlaceholderText),
        role.AlternateBase: (role.Text, role.Link),
        role.Button: (role.ButtonText, role.BrightText),
        role.Highlight: (role.HighlightedText,),
        role.ToolTipBase: (role.ToolTipText,),
    }
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for ground, on_it in words.items():
            for word in on_it:
                ratio = theme.contrast(palette.color(group, word).name(), palette.color(group, ground).name())
                assert ratio >= ENOUGH, f"{scheme.name}: {word.name} on {ground.name} has a contrast of {ratio:.2f}"


@BOTH
def test_words_stand_out_in_every_rule_of_the_style_sheet(scheme: theme.Theme) -> None:
    """Where one rule says both the colour of words and what is below, of what cannot be used as well."""
    seen = 0
    for selectors, rules in re.findall(r"([^{}]+)\{([^{}]*)\}", theme.style_sheet(scheme)):
        said = {key.strip(): value.strip() for key, _, value in (rule.partition(":") for rule in rules.split(";"))}
        for word, ground in (("color", "background"), ("selection-color", "selection-background-color")):
            pair = said.get(word, ""), said.get(ground, "")
            if not all(colour.startswith("#") for colour in pair):
                continue
            seen += 1
            assert theme.contrast(*pair) >= ENOUGH, f"{scheme.name}: {selectors.strip()}"
    assert seen >= 6


def test_words_over_the_video_stand_out_whatever_it_shows() -> None:
    """They lie on a dark veil, of which the faintest lets a share of a white frame through; or on a result's colour."""
    light = round(255 * (1 - 165 / 255))
    assert theme.contrast("#f2f4f7", f"#{light:02x}{light:02x}{light:02x}") >= ENOUGH
    for result, colour in theme.RESULT.items():
        assert theme.contrast("#101216", colour.name()) >= ENOUGH, result


@pytest.mark.parametrize("name", HEAT_MAPS)
def test_every_colour_map_rises_in_lightness(name: str) -> None:
    lightness = [theme.luminance(f"#{r:02x}{g:02x}{b:02x}") for r, g, b in heat_map(name)[::5]]
    assert (np.diff(lightness) > 0).all()


def _seen(colours: np.ndarray, kind: str) -> np.ndarray:
    """CIELAB (N, 3) of sRGB colours (N, 3) uint8 as somebody with this kind of colour vision sees them."""
    share = colours / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ SIMULATION[kind].T, 0, 1)
    xyz = linear @ XYZ.T / (0.95047, 1.0, 1.08883)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("kind", SIMULATION)
def test_colours_that_mean_something_differ_for_every_kind_of_colour_vision(kind: str) -> None:
    """Views, results and landmarks each among themselves: six times what can just be told apart (ΔE 2.3)."""
    for together in (
        [theme.view_colour(view) for view in range(7)],
        list(theme.RESULT.values()),
        [theme.DETECTED, theme.PROJECTED, theme.CROP, theme.UNDETECTED],
    ):
        lab = _seen(np.array([colour.getRgb()[:3] for colour in together]), kind)
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1)[np.triu_indices(len(lab), 1)]
        assert apart.min() >= 14, [colour.name() for colour in together]


@pytest.mark.parametrize("kind", SIMULATION)
def test_the_error_map_is_read_with_every_kind_of_colour_vision(kind: str) -> None:
    """Sixteen steps, each lighter than the one before, and told apart from it."""
    lab = _seen(theme.error_map()[::16], kind)
    assert (np.diff(lab[:, 0]) > 0).all()
    assert np.linalg.norm(np.diff(lab, axis=0), axis=1).min() > 2.3


def test_a_larger_error_is_lighter() -> None:
    colours = theme.error_colours(np.array([0.0, 1.0, 2.0, 4.0, 9.0]))
    sums = colours.astype(int).sum(1)
    assert (np.diff(sums[:4]) > 0).all()
    assert (colours[3] == colours[4]).all()


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_hatching_is_as_coarse_on_every_screen(ratio: int, qapp: QApplication) -> None:
    picture = QImage(80 * ratio, 40 * ratio, QImage.Format.Format_Grayscale8)
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(128, 128, 128))
    painter = QPainter(picture)
    theme.hatch(painter, QRectF(8, 8, 64, 24))
    painter.end()
    seen = np.frombuffer(picture.constBits(), np.uint8).reshape(40 * ratio, -1)[:, : 80 * ratio].astype(int)
    bright = seen[20 * ratio] > 160
    assert np.count_nonzero(np.diff(bright.astype(int)) == 1) == 64 / 8
    assert np.mean(seen[8 * ratio : 32 * ratio, 8 * ratio : 72 * ratio] > 160) == pytest.approx(1 / 6, abs=0.06)
    outside = np.ones_like(seen, bool)
    outside[8 * ratio : 32 * ratio, 8 * ratio : 72 * ratio] = False
    assert (seen[outside] == 128).all()
